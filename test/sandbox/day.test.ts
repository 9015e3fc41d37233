// Promise: after a day with pushes by two people, hand edits, a revert, a restart, a suspension, a forward that ended by
// its date and a program that insisted on being first, history and blame answer what the script of that day knows.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Author } from '../../deploy/sandbox/state.ts';
import { bob, natroute, playDay, type Day } from './day-script.ts';

interface Entry {
  readonly id: string;
  readonly record: {
    readonly at: string;
    readonly cause: string;
    readonly outcome: string;
    readonly reason: string | null;
    readonly desired: { readonly commit: string; readonly author: string } | null;
    readonly actor: { readonly process: string | null } | null;
    readonly changes: readonly {
      readonly action: string;
      readonly kind: string;
      readonly key: string;
      readonly chain: string | null;
    }[];
  };
}

interface Opening {
  readonly from: string;
  readonly to: string | null;
  readonly address: string;
  readonly guest: string | null;
  readonly target: string;
  readonly sources: readonly string[] | null;
  readonly opened: { readonly actor: { readonly process: string } | null; readonly cause: string };
  readonly brought: { readonly desired: { readonly commit: string; readonly request?: string } } | null;
  readonly ended: {
    readonly why: string;
    readonly entry: {
      readonly desired: { readonly commit: string };
      readonly actor: { readonly process: string } | null;
    } | null;
  } | null;
}

interface BlamedRule {
  readonly rule: string;
  readonly commit: { readonly commit: string } | null;
  readonly firstSeen: { readonly actor: { readonly process: string } | null } | null;
}

interface Verified {
  readonly entries: number;
  readonly damage: readonly string[];
  readonly differing: readonly object[];
  readonly same: number;
}

let day: Day;
let entries: readonly Entry[];

const ask = async <T>(...argv: readonly string[]): Promise<T> =>
  JSON.parse(await natroute(day.sandbox, ...argv, '--json')) as T;
const openingsOf = async (port: string): Promise<readonly Opening[]> =>
  (await ask<{ openings: readonly Opening[] }>('history', '--port', port)).openings;
const short = ({ record }: Entry): string => `${record.cause} ${record.outcome}`;
const mail = ({ name, mail: address }: Author): string => `${name} <${address}>`;

interface At {
  readonly open: readonly {
    readonly address: string;
    readonly ports: { readonly first: number };
    readonly protocol: string;
  }[];
  readonly rules: { readonly v4: string };
}

const openAt = async (time: Date): Promise<{ readonly ports: readonly string[]; readonly rules: string }> => {
  const { open, rules } = await ask<At>('history', '--at', time.toISOString(), '--rules');
  return { ports: open.map(({ ports, protocol }) => `${ports.first}/${protocol}`).toSorted(), rules: rules.v4 };
};

describe('a day of a host', { timeout: 240_000 }, () => {
  before(async () => {
    day = await playDay();
    entries = (await ask<{ entries: readonly Entry[] }>('history')).entries.toReversed();
  });
  after(() => day.sandbox.stop());

  it('what happened, in order?', () => {
    const pushed = entries.filter((entry) => short(entry) === 'push applied');
    const { first, open8443, open2022, revert2022, dated } = day.commits;
    assert.deepEqual(
      pushed.map(({ record }) => record.desired?.commit),
      [first, open8443, open2022, revert2022, dated],
    );
    const during = (commit: string): readonly Entry[] =>
      entries.filter((entry) => entry.record.desired?.commit === commit && short(entry) !== 'push applied');
    const drifts = during(open2022).filter(({ record }) => record.cause === 'drift');
    assert.deepEqual(
      drifts.flatMap(({ record }) => record.changes.map(({ action, key }) => `${action} ${key}`)),
      [
        'create -p tcp -m tcp --dport 2323 -j DNAT --to-destination 192.168.1.9:23',
        'delete natroute mail main:25/tcp',
        'create -p tcp -m tcp --dport 2424 -j DNAT --to-destination 192.168.1.9:24',
        'update natroute main',
      ],
    );
    // What came by iptables and what came by nft a moment later are one drift or two, each healed before the next.
    assert.deepEqual(
      during(open2022).map(short),
      drifts.flatMap(() => ['drift reported', 'heal healed']),
    );
    assert.deepEqual(during(revert2022).map(short), [
      ...['drift reported', 'heal healed'],
      ...['suspend suspended', 'drift reported', 'suspend resumed', 'heal healed'],
    ]);
    assert.equal(entries.filter((entry) => short(entry) === 'until applied').length, 1);
  });

  it('what did Bob do?', async () => {
    const { entries: his } = await ask<{ entries: readonly Entry[] }>('history', '--author', 'bob');
    assert.deepEqual(his.map((entry) => [short(entry), entry.record.desired?.commit]).toReversed(), [
      ['push applied', day.commits.open2022],
      ['push applied', day.commits.dated],
      ['until applied', day.commits.dated],
    ]);
    assert.deepEqual([...new Set(his.map(({ record }) => record.desired?.author))], [mail(bob)]);
  });

  it('who let somebody in on 2022, whom, and who took it back?', async () => {
    const [opening, ...more] = await openingsOf('2022/tcp');
    assert.deepEqual(more, []);
    assert.deepEqual([opening?.target, opening?.sources], ['192.168.1.2:22', ['192.0.2.77']]);
    assert.equal(opening?.brought?.desired.commit, day.commits.open2022);
    assert.deepEqual([opening.ended?.why, opening.ended?.entry?.desired.commit], ['removed', day.commits.revert2022]);
  });

  it('which port was opened by hand, with which program, and until when?', async () => {
    const [opening, ...more] = await openingsOf('main:2323/tcp');
    assert.deepEqual(more, []);
    assert.deepEqual([opening?.guest, opening?.target, opening?.brought], [null, '192.168.1.9:23', null]);
    assert.equal(opening?.opened.actor?.process, 'iptables');
    assert.ok(opening.to !== null && Date.parse(opening.to) - Date.parse(opening.from) < 5000);
  });

  it('when was mail’s port 25 closed, and by what?', async () => {
    const [now, then, ...more] = await openingsOf('main:25/tcp');
    assert.deepEqual(more, []);
    assert.deepEqual([now?.to, now?.opened.cause, now?.brought?.desired.commit], [null, 'heal', day.commits.first]);
    assert.deepEqual([then?.ended?.why, then?.ended?.entry?.actor?.process], ['drift', 'iptables']);
  });

  it('what did somebody narrow with nft, which iptables does not show?', () => {
    const drift = entries.filter(({ record }) => record.cause === 'drift');
    const narrowed = drift.find(({ record }) => record.changes.some(({ chain }) => chain === 'NR-DST'));
    assert.match(narrowed?.record.actor?.process ?? '', /\bnft\b/);
  });

  it('what was closed while natroute was not there, and by whom?', async () => {
    const [now, then, ...more] = await openingsOf('443/tcp');
    assert.deepEqual(more, []);
    assert.equal(now?.to, null);
    assert.deepEqual([then?.ended?.why, then?.ended?.entry?.actor], ['drift', null], 'unknown, and not guessed');
  });

  it('what was open at a quarter past?', async () => {
    const then = await openAt(day.times.bothOpen);
    for (const port of ['2022/tcp', '8443/tcp', '25/tcp']) assert.ok(then.ports.includes(port), port);
    assert.ok(!then.ports.includes('9443/tcp'));
    assert.deepEqual(
      then.rules.split('\n').filter((line) => line.startsWith('-A NR-A-main ')),
      day.rulesThen,
      'the very rules that the kernel had',
    );
    const later = await openAt(day.times.reverted);
    assert.deepEqual(
      then.ports.filter((port) => !later.ports.includes(port)),
      ['2022/tcp'],
    );
    assert.ok(!(await openAt(day.times.suspended)).ports.includes('8443/tcp'));
    const end = await openAt(day.times.end);
    assert.ok(end.ports.includes('8443/tcp') && !end.ports.includes('9443/tcp'));
  });

  it('and before natroute?', async () => {
    const text = await natroute(day.sandbox, 'history', '--at', day.times.before.toISOString(), '--rules');
    assert.match(text, /begins/);
  });

  it('whose is port 8443, which somebody closed while it was left alone?', async () => {
    const [now, then, ...more] = await openingsOf('8443');
    assert.deepEqual(more, []);
    for (const opening of [now, then]) {
      assert.equal(opening?.brought?.desired.commit, day.commits.open8443);
      assert.equal(opening.brought.desired.request, 'ops/dom0!12');
    }
    assert.deepEqual([then?.ended?.why, then?.ended?.entry?.actor?.process], ['drift', 'iptables']);
    assert.match(day.statusThen, /suspended +main:8443\/tcp is left alone until .*: moving the site/);
    assert.match(day.driftThen, /seen by an event, by iptables; left by a suspension/);
    const whole = await natroute(day.sandbox, 'blame', 'main:8443/tcp');
    assert.match(whole, /"Open 8443 for the new site" by Alice <alice@example\.org>/);
    assert.match(whole, /request +ops\/dom0!12/);
  });

  it('when did the draft end?', async () => {
    const [opening, ...more] = await openingsOf('9443/tcp');
    assert.deepEqual(more, []);
    assert.equal(opening?.brought?.desired.commit, day.commits.dated);
    assert.equal(opening.ended?.why, 'date-past');
    assert.ok(Math.abs(Date.parse(opening.to ?? '') / 1000 - day.dateStop) <= 1, opening.to ?? '');
  });

  it('which commit does each rule come from?', async () => {
    const { rules } = await ask<{ rules: readonly BlamedRule[] }>('blame');
    const of = (part: string): string | undefined => rules.find(({ rule }) => rule.includes(part))?.commit?.commit;
    assert.deepEqual(['main:80/tcp', 'main:25/tcp', 'main:443/tcp', 'main:8443/tcp'].map(of), [
      day.commits.first,
      day.commits.first,
      day.commits.first,
      day.commits.open8443,
    ]);
    const foreign = rules.find(({ rule }) => rule.includes('FW-AGENT'));
    assert.deepEqual([foreign?.commit, foreign?.firstSeen?.actor?.process], [null, 'fw-agent']);
  });

  it('who insists on being first?', async () => {
    const fought = entries.filter(({ record }) => record.changes.some(({ kind }) => kind === 'jump'));
    const reasons = fought.map(({ record }) => record.reason ?? '').join('\n');
    assert.match(reasons, /it came back, \d+ times by now/);
    assert.match(
      reasons,
      /fw-agent insists on being first in PREROUTING \(v4, 5 times\): our jump is left where it stands/,
    );
    const moves = fought.filter(({ record }) => record.outcome === 'healed');
    assert.ok(moves.length <= 5, `${moves.length} moves`);
    const status = await natroute(day.sandbox, 'status');
    assert.match(status, /fw-agent insists on being first in PREROUTING \(v4, 5\s+times\)/);
  });

  it('is all of this to be trusted?', async () => {
    const { damage, differing, same, entries: verified } = await ask<Verified>('history', '--verify');
    assert.deepEqual([damage, differing], [[], []]);
    assert.equal(verified, entries.length);
    assert.ok(same >= 5, 'each push is what its commit compiles to');
  });
});
