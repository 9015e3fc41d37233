// Promise: a plan is only applied on the table it was made from, whoever else writes, also when the number of rules is
// the same; and what goes wrong leaves the old table, and says so.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat, unloadNat } from '../../src/core/nat/diff.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import type { NatPlan } from '../../src/model/change.ts';
import type { NatTarget } from '../../src/model/target.ts';
import { address, desired, guest, host, network, sample, type ShortForward } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { clear, load, must, openNetfilter, read, run, table } from './nat-table.ts';

const target = compileNat(sample).v4;

function plan(wanted: NatTarget = target, previous: NatTarget | null = null): NatPlan {
  return diffNat(wanted, table('v4'), { family: 'v4', previous });
}

async function apply({ restore, plannedOn }: NatPlan, more: { readonly lockWaitSeconds?: number } = {}): Promise<void> {
  assert.notEqual(restore, null);
  await openNetfilter(more).restore('v4', { text: restore ?? '', plannedOn });
}

async function faultOf(work: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

function foreignMarks(): readonly string[] {
  return [...read('v4').matchAll(/^\[\d+:\d+\] -A PREROUTING -m mark --mark (\S+) -j RETURN$/gm)].map(
    ([, mark]) => mark ?? '',
  );
}

function withForwards(count: number): NatTarget {
  const forwards: ShortForward[] = Array.from({ length: count }, (_, i) => ({ port: i + 1 }));
  return compileNat(
    desired(host([address('main', '203.0.113.10')], [network('lan', 'br0', ['192.168.1.0/24'])]), [
      guest('mail', '192.168.1.2', forwards),
    ]),
  ).v4;
}

if (inside === null) {
  describe('compare-and-swap', () => runInside(import.meta.url, 300));
} else {
  beforeEach(() => clear('v4'));

  describe(`compare-and-swap on ${inside}`, () => {
    it('applies a plan, and reads back the target', async () => {
      must('v4', '-A', 'PREROUTING', '-m', 'mark', '--mark', '1', '-j', 'RETURN');
      await apply(plan());
      assert.equal(plan(target, target).restore, null);
      assert.deepEqual(foreignMarks(), ['0x1']);
      const unload = unloadNat(table('v4'), target, 'v4');
      await apply(unload);
      assert.deepEqual(
        table('v4').chains.map((chain) => chain.name),
        ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
      );
      assert.deepEqual(foreignMarks(), ['0x1']);
    });

    const edits: readonly (readonly [string, readonly (readonly string[])[]])[] = [
      ['adds a rule', [['-A', 'PREROUTING', '-j', 'RETURN']]],
      [
        'replaces a rule, so that their number stays',
        [['-R', 'PREROUTING', '1', '-m', 'mark', '--mark', '9', '-j', 'RETURN']],
      ],
      [
        'deletes one and adds another elsewhere',
        [
          ['-D', 'PREROUTING', '1'],
          ['-A', 'OUTPUT', '-j', 'RETURN'],
        ],
      ],
      ['makes a chain', [['-N', 'THEIRS']]],
      [
        'swaps two rules',
        [
          ['-D', 'PREROUTING', '1'],
          ['-A', 'PREROUTING', '-m', 'mark', '--mark', '1', '-j', 'RETURN'],
        ],
      ],
    ];
    for (const [what, commands] of edits) {
      it(`refuses a plan when somebody ${what} meanwhile, and overwrites nothing`, async () => {
        must('v4', '-A', 'PREROUTING', '-m', 'mark', '--mark', '1', '-j', 'RETURN');
        must('v4', '-A', 'PREROUTING', '-m', 'mark', '--mark', '2', '-j', 'RETURN');
        const stale = plan();
        for (const command of commands) must('v4', ...command);
        const theirs = tableText(table('v4'));
        const fault = await faultOf(apply(stale), 'stale-table');
        assert.match(fault.message, /this plan was not applied/);
        assert.equal(tableText(table('v4')), theirs);
        await apply(plan());
      });
    }

    it('says that the table is as it was when the kernel refuses', async () => {
      const { plannedOn } = plan();
      const before = tableText(table('v4'));
      const bad = '*nat\n:NR-X - [0:0]\n-A NR-X -p tcp -j ACCEPT\n-D PREROUTING -p sctp -j LOG\nCOMMIT\n';
      const fault = await faultOf(openNetfilter().restore('v4', { text: bad, plannedOn }), 'rules-refused');
      assert.match(
        fault.message,
        inside === 'nft'
          ? /line 4 failed: .*\. That line is: -D PREROUTING -p sctp -j LOG\. The IPv4 nat table is as it was\.$/
          : /\. The IPv4 nat table is as it was\.$/,
      );
      assert.equal(tableText(table('v4')), before);
    });

    it('fails closed on what only a stale plan could say', async () => {
      must('v4', '-N', 'OURS');
      must('v4', '-A', 'OURS', '-p', 'udp', '-j', 'RETURN');
      const { plannedOn } = plan();
      for (const line of [
        '-D OURS -p tcp -j RETURN',
        '-I OURS 4 -p tcp -j RETURN',
        '-X OURS',
        '-A NOWHERE -j RETURN',
      ]) {
        const text = `*nat\n-A OURS -p icmp -j RETURN\n${line}\nCOMMIT\n`;
        await faultOf(openNetfilter().restore('v4', { text, plannedOn }), 'rules-refused');
        assert.equal(tableText(table('v4')), plannedOn, line);
      }
    });

    it('removes strangers whose rules hold a newline or bytes that are no text', async () => {
      await apply(plan());
      // Bytes that are no UTF-8, which no argument of a program started from here can hold.
      const odd = [
        '*nat',
        '-A PREROUTING -m comment --comment "theirs \xff\xfe" -j RETURN',
        '-I NR-DST -m comment --comment "odd \xff\xc3 \xe2\x82\xac" -j RETURN',
        'COMMIT',
        '',
      ];
      assert.equal(run('iptables-restore', ['--noflush', '-w', '5'], odd.join('\n')).code, 0);
      must('v4', '-I', 'NR-SRC', '-m', 'comment', '--comment', 'two\n-A NR-SRC -j "lines"', '-j', 'RETURN');
      const netfilter = openNetfilter();
      const found = diffNat(target, parseSave(await netfilter.save('v4')), { family: 'v4', previous: target });
      assert.equal(found.changes.length, 2);
      await netfilter.restore('v4', { text: found.restore ?? '', plannedOn: found.plannedOn });
      const after = parseSave(await netfilter.save('v4'));
      assert.equal(diffNat(target, after, { family: 'v4', previous: target }).restore, null);
      assert.ok(read('v4').includes('theirs \xff\xfe'), 'the stranger’s own is still there, byte for byte');
    });

    it('is not stopped by a rule with our mark that no restore line can delete', async () => {
      await apply(plan());
      must(
        'v4',
        '-I',
        'PREROUTING',
        '-m',
        'comment',
        '--comment',
        'natroute',
        '-m',
        'comment',
        '--comment',
        'a\nb',
        '-j',
        'NR-DST',
      );
      await apply(plan(target, target));
      assert.equal(plan(target, target).restore, null);
      const [first, second] = table('v4').chains[0]?.rules ?? [];
      assert.equal(first?.text, '-m comment --comment natroute -j NR-DST');
      assert.match(second?.text ?? '', /a\nb/);
      await apply(unloadNat(table('v4'), target, 'v4'));
      assert.deepEqual(
        table('v4').chains.flatMap((chain) => (chain.name.startsWith('NR-') ? [chain.name, chain.rules.length] : [])),
        ['NR-DST', 0],
      );
    });

    it('flushes no chain that a stranger makes under our name after the comparison', async () => {
      const programs = mkdtempSync(join(tmpdir(), 'natroute-late-'));
      const multi = `/usr/sbin/xtables-${inside}-multi`;
      const late = `printf '*nat\\n-N NR-SRC\\n-A NR-SRC -p udp -j RETURN\\nCOMMIT\\n' | ${multi} iptables-restore --noflush`;
      const program = `#!/bin/sh\n${late}\nexec ${multi} iptables-restore "$@"\n`;
      writeFileSync(join(programs, 'iptables-restore'), program, { mode: 0o755 });
      try {
        const { restore, plannedOn } = plan();
        const netfilter = openNetfilter({ env: { PATH: `${programs}:${process.env['PATH'] ?? ''}` } });
        await faultOf(netfilter.restore('v4', { text: restore ?? '', plannedOn }), 'stale-table');
      } finally {
        rmSync(programs, { recursive: true, force: true });
      }
      assert.deepEqual(
        table('v4').chains.flatMap(({ name, rules }) => rules.map(({ text }) => `${name} ${text}`)),
        ['NR-SRC -p udp -j RETURN'],
      );
    });

    it('has chain names as long as the kernel takes, and leaves one in place that a stranger goes to', async () => {
      const name = 'a'.repeat(23);
      const longest = compileNat(
        desired(host([address(name, '203.0.113.10')], [network('lan', 'br0', ['192.168.1.0/24'])]), [
          guest('mail', '192.168.1.2', [{ port: 25, address: name }]),
        ]),
      ).v4;
      await apply(plan(longest));
      assert.equal(plan(longest, longest).restore, null);
      must('v4', '-N', 'THEIRS');
      must('v4', '-A', 'THEIRS', '-p', 'tcp', '-g', `NR-A-${name}`);
      const next = plan(target, longest);
      assert.equal(
        next.changes.find((change) => change.kind === 'chain' && change.chain === `NR-A-${name}`)?.note,
        'stays, empty: a foreign rule jumps to it',
      );
      await apply(next);
      assert.equal(plan(target, longest).restore, null);
      const rulesOf = (chain: string): number | undefined =>
        table('v4').chains.find((one) => one.name === chain)?.rules.length;
      assert.deepEqual([rulesOf(`NR-A-${name}`), rulesOf('THEIRS')], [0, 1]);
    });

    it('plans around ten thousand rules of others', async (t) => {
      const others = Array.from(
        { length: 10_000 },
        (_, i) => `-A PREROUTING -s 10.${i >> 8}.${i & 255}.0/24 -j RETURN`,
      );
      assert.equal(load('v4', ['*nat', ...others, 'COMMIT', ''].join('\n')), null);
      const started = process.cpuUsage();
      const next = plan();
      const used = process.cpuUsage(started);
      t.diagnostic(`measured: a plan around 10,000 rules of others: ${(used.user + used.system) / 1000} ms CPU`);
      await apply(next);
      assert.equal(plan(target, target).restore, null);
      assert.equal(table('v4').chains[0]?.rules.length, 10_001);
      must('v4', '-D', 'PREROUTING', '1');
      assert.equal(plan(target, target).restore?.split('\n').length, 4);
    });

    it('takes ten thousand forwards, and one more in one line', async (t) => {
      await apply(plan(withForwards(10_000)));
      const more = withForwards(10_001);
      const started = process.cpuUsage();
      const observed = table('v4');
      const next = diffNat(more, observed, { family: 'v4', previous: withForwards(10_000) });
      const used = process.cpuUsage(started);
      t.diagnostic(
        `measured: read, parse, compile and diff of 10,000 rules: ${(used.user + used.system) / 1000} ms CPU`,
      );
      assert.equal(next.restore?.split('\n').length, 4);
      await apply(next);
      assert.equal(plan(more, more).restore, null);
    });
  });

  describe(`the lock on ${inside}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'natroute-swap-'));
    const path = join(folder, 'lock');
    let before: string | undefined;
    beforeEach(() => {
      before = process.env['XTABLES_LOCKFILE'];
      process.env['XTABLES_LOCKFILE'] = path;
      writeFileSync(path, '');
    });
    afterEach(() => {
      if (before === undefined) delete process.env['XTABLES_LOCKFILE'];
      else process.env['XTABLES_LOCKFILE'] = before;
    });
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

    it('is waited for', async () => {
      const holder = spawn('flock', [path, 'sleep', '0.7'], { stdio: 'ignore' });
      await sleep(200);
      await apply(plan(), { lockWaitSeconds: 5 });
      assert.equal(plan(target, target).restore, null);
      holder.kill();
    });

    if (inside === 'legacy') {
      it('is not waited for without end, and who holds it is named', async () => {
        const holder = spawn('flock', [path, 'sleep', '20'], { stdio: 'ignore' });
        await sleep(300);
        const named = await faultOf(apply(plan(), { lockWaitSeconds: 1 }), 'lock-held');
        assert.match(
          named.message,
          new RegExp(
            `flock \\(pid ${holder.pid ?? ''}\\) has held the iptables lock for 1 s; this change was not made\\.$`,
          ),
        );
        holder.kill();
        assert.deepEqual(table('v4').chains.length, 4);
      });
    }
  });
}
