// What each entry of a ledger did to the rules, on a real git, and the index of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLedger } from '../../src/adapters/git/ledger.ts';
import { ledgerText } from '../../src/core/ledger/text.ts';
import { limits } from '../../src/model/limits.ts';
import type { Ledger } from '../../src/ports.ts';
import { faultSaying } from './git-world.ts';
import { record, summary } from './ledger-records.ts';

let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-steps-'));
});
after(() => rmSync(top, { recursive: true, force: true }));

const at = (name: string): string => join(top, name);
const open = (name: string): Ledger =>
  createLedger({ path: at(name), host: 'dedibox', home: at('home'), signingKey: null, remote: null, text: ledgerText });
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', folder, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: top, GIT_CONFIG_GLOBAL: '/dev/null', TZ: 'UTC' },
  }).trim();

describe('the steps of a ledger', () => {
  const rulesOf = (...ports: readonly number[]): { v4: string; v6: string } => ({
    v4: ['*nat', ...ports.map((port) => `-A NR-A-main --dport ${port}`), 'COMMIT', ''].join('\n'),
    v6: '',
  });

  it('tells what each entry did to the rules, oldest first', async () => {
    const ledger = open('steps.git');
    const tables = [rulesOf(1, 2), rulesOf(1, 2), rulesOf(2, 3), { ...rulesOf(), v6: rulesOf(9).v4 }];
    const ids = [];
    for (const [n, nat] of tables.entries()) ids.push(await ledger.append(record(n, { nat })));
    const steps = await ledger.steps();
    assert.deepEqual(
      steps.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      steps.map(({ came, gone }) =>
        [came.v4, gone.v4, came.v6].map((lines) => lines.map((line) => line.slice(-1)).join('')),
      ),
      [
        ['12', '', ''],
        ['', '', ''],
        ['3', '1', ''],
        ['', '23', '9'],
      ],
    );
    assert.deepEqual({ ...steps[2]?.heading, changes: record(2).changes, impact: [] }, summary(record(2)));
    assert.equal(steps[2]?.subject, git(at('steps.git'), 'log', '-1', '--format=%s', 'main~1'));
    assert.deepEqual(await open('none.git').steps(), []);
  });

  it('keeps an index of them, which never says more or less than the ledger', async () => {
    const path = at('indexed.git');
    const ledger = open('indexed.git');
    const index = join(path, 'natroute-index');
    const first = await ledger.append(record(0, { nat: rulesOf(0) }));
    for (let n = 1; n <= limits.ledgerIndexBehind; n += 1) await ledger.append(record(n, { nat: rulesOf(n, n + 1) }));
    const all = await ledger.steps();
    assert.ok(readdirSync(path).includes('natroute-index'));
    const kept = readFileSync(index);
    assert.deepEqual(await open('indexed.git').steps(), all);
    // Behind by one, it serves all the same and is not written anew.
    await ledger.append(record(200, { nat: rulesOf(7) }));
    const more = await ledger.steps();
    assert.deepEqual(more.slice(0, -1), all);
    assert.deepEqual(more.at(-1)?.came.v4, ['-A NR-A-main --dport 7']);
    assert.deepEqual(readFileSync(index), kept);
    // Cut short, changed in place, of another format, of another ledger, or of entries that the branch lost.
    for (const bad of [
      kept.subarray(0, -100),
      Buffer.from(kept.toString().replace('--dport 9', '--dport 8')),
      Buffer.from('{}\n[]\n'),
    ]) {
      writeFileSync(index, bad);
      assert.deepEqual(await open('indexed.git').steps(), more);
      assert.deepEqual(await open('indexed.git').steps(), more);
    }
    await open('other.git').append(record(1));
    writeFileSync(join(at('other.git'), 'natroute-index'), kept);
    assert.equal((await open('other.git').steps()).length, 1);
    writeFileSync(index, kept);
    git(path, 'update-ref', 'refs/heads/main', first);
    assert.deepEqual(
      (await open('indexed.git').steps()).map(({ id }) => id),
      [first],
    );
  });

  it('an entry on top of two is damage', async () => {
    const path = at('merged.git');
    const ledger = open('merged.git');
    const first = await ledger.append(record(1));
    await ledger.append(record(2));
    const message = git(path, 'log', '-1', '--format=%B', 'main');
    const env = ['-c', 'user.name=x', '-c', 'user.email=x'];
    const merge = git(path, ...env, 'commit-tree', '-p', 'main', '-p', first, '-m', message, 'main^{tree}');
    git(path, 'update-ref', 'refs/heads/main', merge);
    await assert.rejects(ledger.steps(), faultSaying('ledger-damaged', /does not stand on the one before it alone/));
  });
});
