// Promise: what the kernel's audit trail says of a change of the nat tables is read as it stands there, in each form
// that hosts keep it in; what is missing, cut off or somebody else's is not made up.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { accused, actorOf, foreignTouches, trailTells } from '../../../src/core/actor.ts';
import { fits, showCommand } from '../../../src/core/trail/command.ts';
import { lineOfJournal, readRecord } from '../../../src/core/trail/records.ts';
import { readTouches, type TrailLookups } from '../../../src/core/trail/touches.ts';
import type { Touch } from '../../../src/model/trail.ts';

const lookups: TrailLookups = {
  userName: (uid) => ({ 0: 'root', 1000: 'bob' })[uid] ?? String(uid),
  processName: (pid) => (pid === 28411 ? 'bash' : null),
};
const golden = (name: string): readonly string[] =>
  readFileSync(new URL(`../../golden/trail/${name}`, import.meta.url), 'latin1').split('\n');
const read = (lines: readonly string[]): readonly Touch[] => readTouches(lines, lookups);
const brief = ({ family, pid, first, actor }: Touch): string =>
  [family, pid, actor.process, actor.user ?? '-', first ? 'first' : 'later', actor.command ?? '-'].join(' ');

const dnat = '-t nat -A PREROUTING -p tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22';

describe('the audit trail of real changes', () => {
  it('as auditd writes it raw: both backends, and nobody for what only looked or cleared up', () => {
    assert.deepEqual(read(golden('auditd-raw.log')).map(brief), [
      `v4 28410 iptables-nft - first iptables-nft ${dnat} -m comment --comment "a b"`,
      `v4 28412 iptables-legacy bob first iptables-legacy ${dnat}`,
      'v4 28414 iptables-nft-re bob first iptables-nft-restore --noflush',
      'v4 28457 nft bob later nft add rule ip nat PREROUTING tcp dport 99 dnat to 1.2.3.4',
      // The title is the one of the shell that became this process: it is not told.
      'v4 28411 iptables-nft bob later -',
    ]);
  });

  it('with parent, file, and as whom it ran', () => {
    const [, legacy] = read(golden('auditd-raw.log'));
    assert.deepEqual(legacy?.actor, {
      process: 'iptables-legacy',
      pid: 28412,
      user: 'bob',
      ranAs: 'root',
      command: `iptables-legacy ${dnat}`,
      exe: '/usr/sbin/xtables-legacy-multi',
      parent: { pid: 28411, process: 'bash' },
    });
    assert.equal(legacy.at.toISOString(), new Date(1795388329933).toISOString());
    assert.equal(legacy.parentPid, 28411);
  });

  it('enriched, and the whole command line where a rule asks for EXECVE', () => {
    const touches = read(golden('auditd-enriched.log'));
    assert.deepEqual(touches.map(brief), [
      'v4 32447 iptables-restor - first iptables-restore --noflush -w 10',
      // 128 bytes of it are all that the kernel keeps.
      `v4 32490 iptables-nft root first iptables-nft ${dnat} -m comment --comment "a b" -m commen...`,
      'v4 32488 iptables-restor - first iptables-restore --noflush -w 10',
      'v4 32491 iptables-nft root later iptables-nft -t nat -D PREROUTING 1',
      'v4 32508 iptables-nft - first iptables-nft -t nat -N A',
      'v4 32509 iptables-nft - later iptables-nft -t nat -A PREROUTING -p tcp --dport 2222 -m comment --comment "a b" -m comment --comment "a long comment that makes the command line longer than what a process title holds" -j DNAT --to-destination 192.168.1.2:22',
      'v4 32511 iptables-nft - later iptables-nft -t nat -F',
    ]);
  });

  it('as the journal keeps it, once, from the audit socket and from the kernel, and from nobody else', () => {
    const entry = (more: object): string => JSON.stringify({ _SOURCE_REALTIME_TIMESTAMP: '1795388621737000', ...more });
    const message = 'NETFILTER_CFG table=nat family=2 entries=5 op=xt_replace pid=8669 comm="iptables-legacy"';
    const audit = lineOfJournal(
      entry({ _TRANSPORT: 'audit', _AUDIT_TYPE_NAME: 'NETFILTER_CFG', _AUDIT_ID: '16', MESSAGE: message }),
    );
    assert.equal(audit, `type=NETFILTER_CFG msg=audit(1795388621.737:16): ${message.replace('NETFILTER_CFG ', '')}`);
    const kernel = lineOfJournal(
      entry({
        _TRANSPORT: 'kernel',
        MESSAGE:
          'audit: type=1325 audit(1795388621.737:16): table=nat family=2 entries=5 op=xt_replace pid=8669 comm="iptables-legacy"',
      }),
    );
    assert.deepEqual(
      read([audit, String(kernel)]).map(({ pid }) => pid),
      [8669],
    );
    assert.equal(lineOfJournal(entry({ _TRANSPORT: 'syslog', MESSAGE: `audit: type=1325 ${message}` })), null);
    assert.equal(lineOfJournal(entry({ _TRANSPORT: 'kernel', MESSAGE: null })), null);
    assert.equal(lineOfJournal('{"MESSAGE":"cut o'), null);
  });
});

describe('a trail that is damaged or lies', () => {
  const change =
    'type=NETFILTER_CFG msg=audit(1.000:1): table=nat:9 family=2 entries=1 op=nft_register_rule pid=7 comm="nft"';

  it('gives what is sure where records are missing', () => {
    assert.deepEqual(read([change])[0]?.actor, { process: 'nft', pid: 7, user: null });
  });

  it('reads no record out of the middle of a line, and none that is cut off', () => {
    assert.equal(readRecord(`type=USER_CMD msg=audit(1.000:1): cmd="${change}"`)?.type, 'USER_CMD');
    assert.equal(readRecord(`x ${change}`), null);
    for (let length = 0; length < change.length; length++) {
      const touches = read([change.slice(0, length)]);
      assert.ok(
        touches.every(({ actor }) => actor.process === null || actor.process === 'nft'),
        `at ${length}`,
      );
    }
  });

  it('takes other tables, counters, failures and unknown types for nothing', () => {
    const others = [
      change.replace('table=nat:9', 'table=filter:9'),
      change.replace('table=nat:9', 'table=nat2:9'),
      change.replace('family=2', 'family=1'),
      change.replace('nft_register_rule', 'nft_reset_rule'),
      change.replace('nft_register_rule', 'nft_invalid'),
      change.replace('NETFILTER_CFG', 'NETFILTER_PKT'),
      'type=UNKNOWN[1340] msg=audit(1.000:3): a=b',
      '',
    ];
    assert.deepEqual(read(others), []);
    const failed = change.replace('audit(1.000:1)', 'audit(2.000:2)');
    assert.deepEqual(read([failed, 'type=SYSCALL msg=audit(2.000:2): success=no pid=7']), []);
  });

  it('lets no program write another line or field', () => {
    const title = Buffer.from('nft\0add\n type=SYSCALL auid=0 \u001b[31m').toString('hex');
    const [touch] = read([change, `type=PROCTITLE msg=audit(1.000:1): proctitle=${title}`]);
    assert.equal(touch?.actor.command, 'nft "add\\n type=SYSCALL auid=0 \\u001b[31m"');
    const comm =
      'type=NETFILTER_CFG msg=audit(1.000:1): table=nat:9 family=2 op=nft_register_rule pid=7 comm=6E66742061756964';
    assert.equal(read([comm])[0]?.actor.process, 'nft auid');
  });
});

describe('a command line', () => {
  it('is told only of the process that ran it', () => {
    assert.ok(fits(['/usr/bin/python3', '/root/fw.py'], 'fw.py', '/usr/bin/python3.11'));
    assert.ok(fits(['-bash'], 'bash', '/usr/bin/bash'));
    assert.ok(fits(['iptables-nft-restore', '-n'], 'iptables-nft-re', '/usr/sbin/xtables-nft-multi'));
    assert.ok(!fits(['bash', '-c', 'iptables -F'], 'iptables', '/usr/sbin/xtables-nft-multi'));
    assert.ok(!fits([''], 'iptables', null));
  });

  it('shows no secret', () => {
    const words = [
      'fw',
      '--token',
      'abc',
      '--api-key=def',
      'PASSWORD=ghi',
      'https://bob:jkl@example.org/x',
      '-p',
      'tcp',
    ];
    assert.equal(
      showCommand({ words, cut: false }),
      'fw --token *** --api-key=*** PASSWORD=*** "https://***@example.org/x" -p tcp',
    );
  });
});

describe('who is accused', () => {
  const touch = (pid: number, more: Partial<Touch> = {}): Touch => ({
    at: new Date(0),
    family: 'v4',
    pid,
    parentPid: 1,
    first: false,
    actor: { process: 'iptables', pid, user: 'bob', command: `iptables ${pid}`, parent: { pid: 1, process: 'sh' } },
    ...more,
  });

  it('never natroute itself, nor a namespace that began with this change', () => {
    const touches = [touch(5), touch(6, { parentPid: 4 }), touch(7, { first: true }), touch(8)];
    assert.deepEqual(foreignTouches(touches, new Set([4, 5])), [touch(8)]);
  });

  it('whoever was seen, with what the trail knows of them and of nobody else', () => {
    const seen = { process: 'iptables', pid: 8, user: null };
    assert.deepEqual(accused([seen], [touch(7), touch(8)]), [touch(8).actor]);
    assert.deepEqual(accused([seen], [touch(7)]), [seen]);
    assert.deepEqual(accused([seen], [touch(8, { actor: { process: 'other', pid: 8, user: 'eve' } })]), [seen]);
    assert.deepEqual(accused([], [touch(7)]), [touch(7).actor]);
    assert.ok(trailTells([seen], [touch(8)]) && !trailTells([seen], [touch(7)]) && !trailTells([], []));
  });

  it('of several only what all have in common, and what they ran', () => {
    const all = [1, 2, 3, 4, 5].map((pid) => touch(pid).actor);
    assert.deepEqual(actorOf([...all, all[0]!]), {
      process: 'iptables',
      pid: null,
      user: 'bob',
      command: 'iptables 1; iptables 2; iptables 3; and 2 more',
      parent: { pid: 1, process: 'sh' },
    });
    assert.deepEqual(actorOf([all[0]!, all[0]!]), all[0]);
    assert.equal(actorOf([all[0]!, { process: 'nft', pid: 9, user: 'eve' }])?.user, null);
  });
});
