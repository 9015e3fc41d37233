// Promise: with auditing on, whoever changed the nat table by hand is named with login user, command line and parent, on
// both backends, through auditd's log as through the journal; natroute's own changes accuse nobody.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nameSince, userName } from '../../src/adapters/process.ts';
import { createTrail, type TrailOptions } from '../../src/adapters/trail.ts';
import { accused, actorOf, foreignTouches } from '../../src/core/actor.ts';
import { lineOfJournal } from '../../src/core/trail/records.ts';
import { readTouches } from '../../src/core/trail/touches.ts';
import type { Touch } from '../../src/model/trail.ts';
import { holdAuditd, holdJournald, journald, whyNoAudit } from './audit-hold.ts';
import { type Backend, backends, inside, runInside } from './inside.ts';
import { openNetfilter, table } from './nat-table.ts';
import { tableText } from '../../src/core/nat/save.ts';

const rule = 'POSTROUTING -o tun0 -m comment --comment "by hand" -j MASQUERADE';

/** What a person does who logged in; ends when it is done, but its shell lives on until `bye`. */
async function byHand(commands: string): Promise<{ pid: number; bye(): void }> {
  const child = spawn('sh', ['-c', `echo 0 >/proc/self/loginuid; ${commands}; echo done; cat`]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { pid: Number(child.pid), bye: () => child.stdin.end() };
}

function newTrail(options: Partial<TrailOptions>): {
  readonly all: () => readonly Touch[];
  readonly own: Set<number>;
  readonly since: (at: Date, pid: number) => Promise<readonly Touch[]>;
} {
  let all: readonly Touch[] = [];
  const own = new Set<number>();
  const trail = createTrail({
    readTouches: (lines) => {
      all = readTouches(lines, { userName, processName: nameSince });
      return foreignTouches(all, own);
    },
    lineOfJournal,
    ...options,
  });
  return {
    all: () => all,
    own,
    async since(at, pid) {
      const ofPerson = (touches: readonly Touch[]): readonly Touch[] => touches.filter((t) => t.parentPid === pid);
      // A loaded machine may be later than natroute would wait.
      for (let i = 0; i < 40; i++) {
        const touches = ofPerson((await trail.touches(at, (found) => ofPerson(found).length > 0)) ?? []);
        if (touches.length > 0) return touches;
      }
      return [];
    },
  };
}

async function proves(options: Partial<TrailOptions>): Promise<void> {
  const trail = newTrail(options);
  const begin = new Date(Date.now() - 50);
  const netfilter = openNetfilter({ started: (pid) => trail.own.add(pid) });
  const text = `*nat\n-A ${rule.replace('by hand', 'natroute')}\nCOMMIT\n`;
  await netfilter.canonicalise('v4', text);
  await netfilter.restore('v4', { text, plannedOn: tableText(table('v4')) });
  // Another natroute, whose process ids we do not know.
  await openNetfilter().canonicalise('v4', text);

  const changed = performance.now();
  const person = await byHand(`iptables -w 5 -t nat -A ${rule}`);
  try {
    const touches = await trail.since(begin, person.pid);
    console.log(`# measured: named ${Math.round(performance.now() - changed)} ms after the command began`);
    const actor = actorOf(accused([], touches));
    assert.equal(touches.length, 1);
    assert.deepEqual(actor, {
      process: 'iptables',
      pid: touches[0]?.pid,
      user: 'root',
      ranAs: 'root',
      command: `iptables -w 5 -t nat -A ${rule}`,
      exe: `/usr/sbin/xtables-${String(inside)}-multi`,
      parent: { pid: person.pid, process: 'sh' },
    });
    const ours = trail.all().filter(({ pid, parentPid }) => trail.own.has(pid) || trail.own.has(parentPid ?? 0));
    assert.ok(ours.length >= 2, `${ours.length} changes of our own in the trail`);
    assert.ok(foreignTouches(ours, trail.own).length === 0);
    const theirs = trail.all().filter(({ actor: { process }, first }) => process === 'iptables-restor' && first);
    assert.ok(theirs.length >= 2, 'the throw-away namespaces were not told apart');
  } finally {
    person.bye();
  }
}

async function byJournal(backend: Backend): Promise<void> {
  const hold = await holdJournald();
  try {
    const trail = newTrail({
      auditConfig: '/nowhere/auditd.conf',
      auditPidFile: '/nowhere/auditd.pid',
      journalArguments: ['-D', `/proc/${hold.pid}/root/run/log/journal`],
    });
    const begin = new Date();
    const iptables = `XTABLES_LOCKFILE=/dev/null /usr/sbin/xtables-${backend}-multi iptables -t nat`;
    const person = await byHand(`exec unshare -n sh -c '${iptables} -N made; ${iptables} -A ${rule}; echo done; cat'`);
    try {
      const [touch, ...more] = await trail.since(begin, person.pid);
      assert.deepEqual(more, []);
      assert.equal(touch?.actor.user, 'root');
      assert.equal(touch.actor.command, `/usr/sbin/xtables-${backend}-multi iptables -t nat -A ${rule}`);
    } finally {
      person.bye();
    }
  } finally {
    assert.ok(await hold.release());
  }
}

const journalMissing = existsSync(journald) ? false : 'no journald here';
const why = whyNoAudit();
if (inside === null) {
  describe('the audit trail', { skip: why ?? false }, () => {
    runInside(import.meta.url, 150);
    for (const backend of backends) {
      it(`names who did it, by the journal, on ${backend}`, { skip: journalMissing }, () => byJournal(backend));
    }
  });
} else {
  it('names who did it, by auditd', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'natroute-audit-'));
    try {
      const hold = await holdAuditd(folder);
      try {
        await proves({ auditConfig: join(folder, 'auditd.conf') });
      } finally {
        assert.ok(await hold.release());
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
