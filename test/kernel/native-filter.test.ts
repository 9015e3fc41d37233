// Promise: what nft's own tools do to natroute's part of the filter table is found and put right as in the nat table, and
// where they stand in the way of natroute's own chains, nothing is changed and a person is told what to type.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { createObserver } from '../../src/engine/observer.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import type { World } from '../../src/engine/world.ts';
import { stateOfBoth } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { inside, runInside } from './inside.ts';
import { clear, openNetfilter, run } from './nat-table.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const pass = (): Promise<PassReport> => reconcile(world, daemonPass);

let fake: FakeWorld;
let world: World;

function nft(...words: readonly string[]): string {
  const { code, out, err } = run('nft', words);
  assert.equal(code, 0, `nft ${words.join(' ')}: ${err}`);
  return out;
}

const listing = (): string => nft('-s', 'list', 'table', 'ip', 'filter');
const saved = (): string => run('iptables-save', ['-t', 'filter']).out.replace(/^#.*\n/gm, '');

/** As a person approves it. */
async function apply(): Promise<PassReport> {
  return reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
}

function begin(): void {
  run('nft', ['flush', 'ruleset']);
  for (const family of ['v4', 'v6'] as const) clear(family);
  fake = createFakeWorld();
  const netfilter = { ...fake.netfilter, ...openNetfilter() };
  world = { ...fake, netfilter, observer: createObserver({ ...fake, netfilter }) };
}

function push(forwarding: boolean): void {
  const files = stateOfBoth([80, 443]);
  const host = `${files['host.yaml'] ?? ''}${forwarding ? 'forwarding: accept\n' : ''}`;
  fake.mirror.push({ ...files, 'host.yaml': host });
}

function replaceIn(chain: string, part: RegExp, rule: string): void {
  const line = nft('-a', 'list', 'chain', 'ip', 'filter', chain)
    .split('\n')
    .find((one) => part.test(one));
  const handle = /# handle (\d+)$/.exec(line ?? '')?.[1] ?? '';
  nft(`replace rule ip filter ${chain} handle ${handle} ${rule}`);
}

/** One pass puts the table back as it was, and its first change says why. */
async function healed(tamper: () => void): Promise<string> {
  const before = listing();
  tamper();
  assert.notEqual(listing(), before);
  const report = await pass();
  assert.equal(report.outcome, 'healed');
  assert.equal(listing(), before);
  assert.equal((await pass()).outcome, 'unchanged');
  return report.proposal.drift.changes[0]?.note ?? '';
}

if (inside === null) {
  describe('nft at the filter table and at the names of our chains', () => runInside(import.meta.url, 120));
} else if (inside === 'legacy') {
  it('on legacy there is nothing more to ask', async () => {
    begin();
    assert.equal(await openNetfilter().listing('v4', true), null);
  });
} else {
  beforeEach(() => begin());

  describe('natroute’s part of the filter table', () => {
    beforeEach(async () => {
      run('iptables', ['-P', 'FORWARD', 'DROP']);
      run('iptables', ['-A', 'FORWARD', '-p', 'tcp', '--dport', '1', '-j', 'ACCEPT']);
      push(true);
      await apply();
      assert.equal((await pass()).outcome, 'unchanged');
    });

    it('has its jump put right that a set narrows', async () => {
      const text = saved();
      const note = await healed(() => {
        replaceIn('FORWARD', /jump NR-FWD/, 'ip saddr { 1.1.1.1, 2.2.2.2 } counter jump NR-FWD comment "natroute"');
        assert.equal(saved(), text, 'iptables shows what it showed before');
      });
      assert.match(note, /^iptables does not show all of it; nft lists it as: ip saddr \{ 1\.1\.1\.1, 2\.2\.2\.2 \}/);
    });

    it('has one of two rules taken out that iptables shows alike', async () => {
      nft('add rule ip filter FORWARD ip saddr { 9.9.9.9, 8.8.8.8 } tcp dport 2 drop');
      const note = await healed(() => nft('insert rule ip filter NR-FWD ip saddr { 1.1.1.1, 2.2.2.2 } counter drop'));
      assert.match(note, /nft lists it as: ip saddr \{ 1\.1\.1\.1, 2\.2\.2\.2 \} counter drop$/);
    });

    it('is told to be switched off, and hooked in elsewhere', async () => {
      nft('add table ip filter { flags dormant; }');
      const report = await pass();
      assert.equal(report.outcome, 'reported');
      assert.match(report.text, /^The table ip filter is switched off .* nft add table ip filter$/);
      nft('add', 'table', 'ip', 'filter');
      assert.equal((await pass()).outcome, 'unchanged');
      nft('flush chain ip filter FORWARD; delete chain ip filter FORWARD');
      nft('add chain ip filter FORWARD { type filter hook forward priority -5; }');
      await assert.rejects(
        pass(),
        /The chain FORWARD of the table ip filter is hooked in as "type filter hook forward priority -5" instead of .* delete chain ip filter FORWARD'/,
      );
    });

    it('is not read where nothing of ours is in it', async () => {
      push(false);
      await pass();
      nft('add table ip filter { flags dormant; }');
      assert.equal((await pass()).outcome, 'unchanged');
    });
  });

  describe('in the way of our chains', () => {
    /** Nothing is changed, and nothing that must be undone is begun. */
    async function refused(words: RegExp): Promise<void> {
      const before = nft('list', 'ruleset');
      await assert.rejects(apply(), words);
      assert.equal(nft('list', 'ruleset'), before);
      assert.equal(await fake.files.read(fake.paths.intent), null);
    }

    it('a chain on a hook has the name of one that is needed', async () => {
      for (const name of ['NR-DST', 'NR-A-main']) {
        begin();
        push(false);
        nft(`add table ip nat; add chain ip nat ${name} { type nat hook prerouting priority -90; policy drop; }`);
        await refused(
          new RegExp(
            `^Fault: The chain ${name} of the table ip nat is hooked in as "type nat hook prerouting priority -90".*nft rename chain ip nat ${name} NEWNAME`,
          ),
        );
        nft('rename', 'chain', 'ip', 'nat', name, 'THEIRS');
        assert.equal((await apply()).outcome, 'applied');
      }
    });

    it('a chain on a hook has a name like ours that nobody needs', async () => {
      push(false);
      nft('add table ip nat; add chain ip nat NR-A-other { type nat hook prerouting priority -90; }');
      assert.equal((await apply()).outcome, 'applied');
      assert.equal((await pass()).outcome, 'unchanged');
    });

    it('a program owns the table', async () => {
      push(false);
      const owner = spawn('nft', ['-i'], { stdio: ['pipe', 'ignore', 'inherit'] });
      try {
        owner.stdin.write('add table ip nat { flags owner; }\n');
        while (!run('nft', ['list', 'tables']).out.includes('ip nat')) await new Promise((r) => setTimeout(r, 20));
        await refused(/The table ip nat belongs to a program that lets nobody else change it \(flags owner\)/);
      } finally {
        owner.kill();
        await once(owner, 'close');
      }
      assert.equal((await apply()).outcome, 'applied');
    });
  });
}
