// Promise: what guests did stands in the ledger in few entries and plain words, and says nothing about any rule.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untoldAlerts } from '../../../src/core/alert/alerts.ts';
import { earlierSteps } from '../../../src/core/ledger/earlier.ts';
import { guestEntries } from '../../../src/core/ledger/guest-entries.ts';
import { ruleLives } from '../../../src/core/ledger/lives.ts';
import { openings } from '../../../src/core/ledger/openings.ts';
import { subjectOf } from '../../../src/core/ledger/subject.ts';
import { parseChanges, parseMessage, renderEntry } from '../../../src/core/ledger/text.ts';
import { entryText } from '../../../src/core/views/history.ts';
import { plain } from '../../../src/core/views/paint.ts';
import type { GuestEvent } from '../../../src/model/guest-status.ts';
import type { LedgerRecord, LedgerStep } from '../../../src/model/record.ts';
import { stepOf } from '../../fakes/ledger.ts';

const commit = {
  commit: '3f2a91c4'.padEnd(40, '0'),
  author: 'Alice <alice@example.org>',
  authoredAt: '2026-11-22T18:57:40+01:00',
  subject: 'Open ssh to mail',
  signature: 'good',
} as const;
const healed: GuestEvent = {
  name: 'web',
  at: '2026-11-22T19:00:03.120Z',
  cause: 'heal',
  outcome: 'healed',
  text: 'start web',
  generation: 12,
  commit,
};
const rules = [
  '-A PREROUTING -m comment --comment natroute -j NR-DST',
  '-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
  '-A NR-A-main -p tcp -m tcp --dport 25 -m comment --comment "natroute mail main:25/tcp" -j DNAT --to-destination 192.168.1.2:25',
];

function recordOf(events: readonly GuestEvent[], more: Partial<LedgerRecord> = {}): LedgerRecord {
  const [entry, ...others] = guestEntries(events);
  assert.ok(entry !== undefined && others.length === 0);
  const { commit: desired, ...outline } = entry.outline;
  return {
    ...outline,
    desired,
    at: '2026-11-22T19:00:15.000Z',
    impact: [],
    actor: null,
    reason: null,
    about: 'guests',
    versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
    nat: { v4: `${rules.join('\n')}\n`, v6: '' },
    ...more,
  };
}

describe('entries about guests', () => {
  it('are one for each cause, outcome and generation, oldest first, with one change for each guest', () => {
    const events: readonly GuestEvent[] = [
      healed,
      { ...healed, name: 'mail', cause: 'push', outcome: 'applied', text: 'memory 512' },
      { ...healed, at: '2026-11-22T19:00:09.000Z' },
      { ...healed, name: 'mail', at: '2026-11-22T19:00:10.000Z', outcome: 'failed', text: 'no disk' },
      { ...healed, generation: 13, text: 'start it' },
      { ...healed, name: 'db' },
    ];
    const entries = guestEntries(events);
    assert.deepEqual(
      entries.map(({ outline: { cause, outcome, generation, changes } }) => [
        `${cause} ${outcome} ${generation ?? ''}`,
        changes.map(({ key, after, note }) => `${key}: ${after ?? ''} (${note ?? ''})`),
      ]),
      [
        [
          'heal healed 12',
          [
            'web: start web (2 times, noticed 2026-11-22T19:00:03Z to 2026-11-22T19:00:09Z)',
            'db: start web (noticed 2026-11-22T19:00:03Z)',
          ],
        ],
        ['push applied 12', ['mail: memory 512 (noticed 2026-11-22T19:00:03Z)']],
        ['heal failed 12', ['mail: no disk (noticed 2026-11-22T19:00:10Z)']],
        ['heal healed 13', ['web: start it (noticed 2026-11-22T19:00:03Z)']],
      ],
    );
    assert.deepEqual(
      entries.flatMap((entry) => entry.events).toSorted((a, b) => events.indexOf(a) - events.indexOf(b)),
      events,
      'each event is in one of them',
    );
  });

  it('begin with a sentence about them', () => {
    const subjects: readonly (readonly [Partial<GuestEvent>, string])[] = [
      [{}, 'Bring back the guest web: start web (heal 3f2a91c)'],
      [{ cause: 'push', outcome: 'applied' }, 'Change the guest web: start web (push 3f2a91c)'],
      [{ cause: 'boot', outcome: 'applied' }, 'Bring up the guest web after the boot: start web (boot 3f2a91c)'],
      [
        { cause: 'drift', outcome: 'reported' },
        'Find drift of the guest web, left as it is: start web (drift 3f2a91c)',
      ],
      [
        { cause: 'push', outcome: 'reported', text: 'kernel a -> b' },
        'Let the guest web wait for a restart: kernel a -> b (push 3f2a91c)',
      ],
      [{ outcome: 'failed', text: 'no such bridge', commit: null }, 'Fail with the guest web: no such bridge (heal)'],
    ];
    for (const [event, subject] of subjects) assert.equal(subjectOf(recordOf([{ ...healed, ...event }])), subject);
    assert.equal(
      subjectOf(recordOf([healed, { ...healed, name: 'mail' }])),
      'Bring back 2 guests: web, mail (heal 3f2a91c)',
    );
  });

  it('read like a commit, and come back as they went in', () => {
    const record = recordOf([healed]);
    const { message, files } = renderEntry(record);
    assert.match(
      message,
      /^Bring back the guest web: start web \(heal 3f2a91c\)\n\n~ guest web: start web \(noticed 2026-11-22T19:00:03Z\)\n\nNatroute-Cause: heal\nNatroute-Outcome: healed\nNatroute-About: guests\n/,
    );
    const changes = parseChanges([...(files.get('changes.json')?.() ?? [])].join(''));
    assert.deepEqual({ ...parseMessage(message), ...changes, nat: record.nat }, record);
    const other = message.replace('About: guests', 'About: nobody');
    assert.deepEqual([parseMessage(other).newer, parseMessage(other).about], [true, undefined]);
  });

  it('are shown as guests, not as rules', () => {
    const { nat, ...record } = recordOf([healed]);
    assert.ok(nat.v4.length > 0);
    const text = entryText({ id: 'a'.repeat(40), record }, plain);
    assert.match(text, /\nGuests:\n {2}web\n {4}~ start web {3}# noticed 2026-11-22T19:00:03Z\n$/);
    assert.doesNotMatch(text, /Rules of the nat table/);
  });

  it('change nothing of what is known of rules', () => {
    const pushed = recordOf([healed], { cause: 'push', outcome: 'applied', at: '2026-11-22T18:00:00.000Z' });
    const { about, ...network } = pushed;
    assert.equal(about, 'guests');
    const without: LedgerRecord = { ...network, nat: { v4: `${rules.slice(0, 2).join('\n')}\n`, v6: '' } };
    const drift: LedgerRecord = { ...without, cause: 'drift', outcome: 'reported' };
    // In the middle of a drift that is put right afterwards, and of an opening.
    const between = (['boot', 'push', 'heal'] as const).map((cause): LedgerRecord => ({ ...drift, cause, about }));
    const again: LedgerRecord = { ...network, outcome: 'confirmed' };
    const boot: LedgerRecord = { ...pushed, cause: 'boot', outcome: 'applied' };
    const told = (records: readonly LedgerRecord[]): unknown => {
      const steps = records.map((record, i): LedgerStep => {
        const at = new Date(
          Date.parse(pushed.at) + records.filter((one) => one.about !== about).indexOf(record) * 1000,
        );
        return stepOf({ ...record, at: at.toISOString() }, records[i - 1] ?? null, `${record.cause} ${record.outcome}`);
      });
      const question = { port: null, now: new Date('2026-11-23T00:00:00Z') };
      return [openings(steps, ruleLives(steps), question), earlierSteps(steps).map(({ id }) => id)].map(
        (part) => JSON.parse(JSON.stringify(part)) as unknown,
      );
    };
    assert.deepEqual(told([network, drift, ...between, again, boot]), told([network, drift, again]));
  });

  it('are no news to those who are told of passes', () => {
    const records = (['push', 'heal', 'boot', 'drift'] as const).map((cause) => {
      const { nat, ...record } = recordOf([healed], { cause, outcome: cause === 'drift' ? 'reported' : 'applied' });
      assert.ok(nat.v4.length > 0);
      return record;
    });
    assert.deepEqual(untoldAlerts(records, []), []);
  });
});
