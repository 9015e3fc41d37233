// Promise: what is let go of a ledger takes no answer with it about what still stands, and breaks no chain.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLedger } from '../../src/adapters/git/ledger.ts';
import { ruleLives } from '../../src/core/ledger/lives.ts';
import { openings } from '../../src/core/ledger/openings.ts';
import { ledgerText } from '../../src/core/ledger/text.ts';
import { limits } from '../../src/model/limits.ts';
import type { LedgerRecord, LedgerStep } from '../../src/model/record.ts';
import type { Ledger } from '../../src/ports.ts';
import { faultSaying } from './git-world.ts';
import { record } from './ledger-records.ts';

let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-keep-'));
});
after(() => rmSync(top, { recursive: true, force: true }));

const at = (name: string): string => join(top, name);
const open = (name: string, remote: string | null = null): Ledger =>
  createLedger({
    ...{ path: at(name), host: 'dedibox', home: at('home'), signingKey: null, text: ledgerText },
    remote: remote === null ? null : { url: remote, key: null, knownHosts: null },
  });
const git = (name: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', at(name), ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: top, GIT_CONFIG_GLOBAL: '/dev/null' },
  }).trim();

const jumps = [
  '-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
  '-A PREROUTING -m comment --comment natroute -j NR-DST',
];
function forward(port: number, to: number): string {
  return `-A NR-A-main -p tcp -m tcp --dport ${port} -m comment --comment "natroute mail main:${port}/tcp" -j DNAT --to-destination 192.168.1.2:${to}`;
}
const table = (...ports: readonly (readonly [number, number])[]): LedgerRecord['nat'] => ({
  v4: ['*nat', ...jumps, ...ports.map(([port, to]) => forward(port, to)), 'COMMIT', ''].join('\n'),
  v6: '',
});
/** Ports, and what they were forwarded to, entry by entry; a drift between them. */
const days: readonly Partial<LedgerRecord>[] = [
  { nat: table([25, 25]) },
  { nat: table([25, 25], [80, 80]) },
  { nat: table([25, 26], [80, 80]) },
  { nat: table([80, 80]), cause: 'drift', outcome: 'reported' },
  { nat: table([25, 26], [80, 80]), cause: 'heal', outcome: 'healed' },
  { nat: table([25, 26], [80, 80], [443, 443]) },
  { nat: table([25, 26], [443, 443]) },
  { nat: table([25, 26], [443, 443], [993, 993]) },
];
const timeOf = (n: number): Date => new Date(record(n).at);

async function fill(ledger: Ledger): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const [n, part] of days.entries()) ids.push(await ledger.append(record(n, part)));
  return ids;
}

/** Each opening: port, from which entry, brought by which, until when. */
function told(steps: readonly LedgerStep[]): readonly string[] {
  return openings(steps, ruleLives(steps), { port: null, now: timeOf(99) }).map(
    ({ ports, to, began, brought, end }) =>
      `${ports.first} ${to} ${began.heading.at} ${brought?.heading.desired?.subject ?? '-'} ${end?.at ?? 'now'}`,
  );
}

describe('a ledger that lets old entries go', () => {
  for (const cut of [1, 3, 4, 6]) {
    it(`says the same of what stood at entry ${cut}, and of all that came later`, async () => {
      const name = `cut${cut}.git`;
      const ledger = open(name);
      const ids = await fill(ledger);
      const whole = await ledger.steps();
      const later = told(whole).filter((line) => {
        const end = line.split(' ').at(-1) ?? '';
        return end === 'now' || Date.parse(end) > timeOf(cut).getTime();
      });
      const rulesBefore = await ledger.rules(ids.at(-1) ?? '', 'v4');
      assert.equal(await ledger.letGo(timeOf(cut)), cut);
      for (const reader of [ledger, open(name)]) {
        const steps = await reader.steps();
        assert.deepEqual(
          steps.filter(({ letGo }) => letGo !== true).map(({ id }) => id),
          ids.slice(cut),
        );
        const found = told(steps);
        for (const line of later) assert.ok(found.includes(line), `${line} is not in\n${found.join('\n')}`);
        const verdict = await reader.verify();
        assert.deepEqual([verdict.damage, verdict.letGo], [[], ids[cut - 1]]);
        assert.equal(await reader.entry(ids[cut - 1] ?? ''), null);
        assert.equal(await reader.rules(ids.at(-1) ?? '', 'v4'), rulesBefore);
      }
      assert.throws(() => git(name, 'cat-file', '-e', ids[cut - 1] ?? ''));
      // It goes on, and lets go again.
      const next = await ledger.append(record(9, { nat: table([25, 26]) }));
      assert.equal(git(name, 'rev-parse', 'main'), next);
      assert.equal(await ledger.letGo(timeOf(7)), 7 - cut);
      assert.deepEqual((await open(name).verify()).damage, []);
      const still = told(await open(name).steps()).filter((line) => line.endsWith(' now'));
      assert.deepEqual(
        still,
        told([...whole, ...(await ledger.steps()).slice(-1)]).filter((line) => line.endsWith(' now')),
      );
      assert.equal(readdirSync(at(name)).filter((file) => file.startsWith('natroute-earlier-')).length, 1);
    });
  }

  it('keeps the newest entry of that time, and everything where nothing is older', async () => {
    const ledger = open('nothing.git');
    assert.equal(await ledger.letGo(timeOf(99)), 0);
    const ids = await fill(ledger);
    assert.equal(await ledger.letGo(timeOf(0)), 0);
    assert.equal(await ledger.letGo(new Date(0)), 0);
    assert.equal(await ledger.letGo(timeOf(99)), ids.length - 1);
    assert.equal(await ledger.letGo(timeOf(99)), 0);
    assert.equal((await ledger.entries({ most: 9, since: null, author: null })).length, 1);
  });

  it('lets nothing go that its remote has not got, and pushes on afterwards', async () => {
    execFileSync('git', ['init', '--quiet', '--bare', at('fleet.git')]);
    const ledger = open('pushed.git', at('fleet.git'));
    const ids = await fill(ledger);
    assert.equal(await ledger.letGo(timeOf(5)), 0);
    await ledger.push();
    assert.equal(await open('pushed.git', at('fleet.git')).letGo(timeOf(5)), 5);
    const next = await ledger.append(record(9));
    await open('pushed.git', at('fleet.git')).push();
    assert.equal(git('fleet.git', 'rev-parse', 'natroute/dedibox'), next);
    assert.equal(git('fleet.git', 'rev-list', '--count', 'natroute/dedibox'), String(ids.length + 1));
  });

  it('is damaged where the note of what its rules go back to is gone or was changed', async () => {
    const ledger = open('note.git');
    await fill(ledger);
    await ledger.letGo(timeOf(5));
    const note = at(
      `note.git/${readdirSync(at('note.git')).find((file) => file.startsWith('natroute-earlier-')) ?? ''}`,
    );
    const damaged = faultSaying('ledger-damaged', /what its rules go back to, before its first entry, cannot be read/);
    writeFileSync(note, 'natroute ledger index 1 0\n[]\n');
    await assert.rejects(open('note.git').steps(), damaged);
    rmSync(note);
    await assert.rejects(open('note.git').steps(), damaged);
    assert.match((await open('note.git').verify()).damage.join(), /what its rules go back to/);
  });

  it('holds all of it where the mark cannot be written', async () => {
    const ledger = open('unmarked.git');
    const ids = await fill(ledger);
    mkdirSync(at('unmarked.git/shallow'));
    await assert.rejects(ledger.letGo(timeOf(5)), faultSaying('disk', /shallow/));
    rmdirSync(at('unmarked.git/shallow'));
    assert.deepEqual(
      (await ledger.steps()).map(({ id }) => id),
      ids,
    );
    assert.equal(await ledger.letGo(timeOf(5)), 5);
  });

  it('makes its index anew, which told of more', async () => {
    const ledger = open('index.git');
    for (let n = 0; n <= limits.ledgerIndexBehind; n += 1) await ledger.append(record(n));
    await ledger.steps();
    assert.ok(existsSync(at('index.git/natroute-index')));
    await ledger.letGo(timeOf(50));
    const steps = await open('index.git').steps();
    assert.equal(steps.filter(({ letGo }) => letGo !== true).length, limits.ledgerIndexBehind + 1 - 50);
  });
});
