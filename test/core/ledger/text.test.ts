// A ledger entry survives the way into a commit and back; nobody can write a trailer who is not natroute.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { inHistory } from '../../../src/core/history.ts';
import { oneLine } from '../../../src/core/ledger/plain.ts';
import { subjectOf } from '../../../src/core/ledger/subject.ts';
import { entryText, historyText } from '../../../src/core/views/history.ts';
import { plain } from '../../../src/core/views/paint.ts';
import {
  parseChanges,
  parseMessage,
  renderEntry,
  UnreadableEntry,
  type LedgerText,
} from '../../../src/core/ledger/text.ts';
import type { Change, Impact } from '../../../src/model/change.ts';
import type { Guest, Host } from '../../../src/model/desired.ts';
import { limits } from '../../../src/model/limits.ts';
import type { LedgerHeading, LedgerRecord, LedgerSummary } from '../../../src/model/record.ts';

const change: Change = {
  action: 'create',
  kind: 'rule',
  family: 'v4',
  chain: 'NR-A-main',
  key: 'natroute mail main:2222/tcp',
  before: null,
  after: '-p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22',
  counters: null,
  note: null,
  at: { file: 'guests/mail.yaml', line: 7, column: 5 },
};
const impact: Impact = {
  effect: 'opens',
  address: 'main',
  protocol: 'tcp',
  ports: { first: 2222, last: 2222 },
  sources: null,
  before: null,
  after: 'mail 192.168.1.2:22',
  family: null,
  routes: { before: [], after: [] },
  hostListens: null,
  counters: null,
  text: 'main:2222/tcp opens',
};
const pushed: LedgerRecord = {
  cause: 'push',
  outcome: 'applied',
  at: '2026-11-22T18:57:46.123Z',
  desired: {
    commit: '3f2a91c4'.padEnd(40, '0'),
    author: 'Alice <alice@example.org>',
    authoredAt: '2026-11-22T18:57:40+01:00',
    subject: 'Open ssh to mail',
    signature: 'good',
  },
  generation: 12,
  actor: null,
  versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
  changes: [change],
  impact: [impact],
  reason: null,
  nat: { v4: ':NR-DST - [0:0]\n', v6: '' },
};

function textOf(files: LedgerText['files'], name: string): string {
  return [...(files.get(name)?.() ?? [])].join('');
}

function readBack(record: LedgerRecord): LedgerSummary {
  const { message, files } = renderEntry(record);
  return { ...parseMessage(message), ...parseChanges(textOf(files, 'changes.json')) };
}

function summary(record: LedgerRecord): LedgerSummary {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'nat')) as unknown as LedgerSummary;
}

describe('ledger text', () => {
  it('reads like a commit that a person wrote', () => {
    assert.equal(
      renderEntry(pushed).message,
      `Open main:2222/tcp to mail 192.168.1.2:22 (push 3f2a91c)

+ v4 -A NR-A-main -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22

Natroute-Cause: push
Natroute-Outcome: applied
Natroute-At: 2026-11-22T18:57:46.123Z
Natroute-Generation: 12
Natroute-Commit: 3f2a91c400000000000000000000000000000000
Natroute-Subject: Open ssh to mail
Natroute-Author: Alice <alice@example.org>
Natroute-Authored: 2026-11-22T18:57:40+01:00
Natroute-Signature: good
Natroute-Versions: 0.1.0
Natroute-Iptables: 1.8.9
Natroute-Backend: nft
`,
    );
  });

  it('keeps a family only where it has rules', () => {
    assert.deepEqual([...renderEntry(pushed).files.keys()], ['nat.v4', 'changes.json']);
    assert.deepEqual(
      [...renderEntry({ ...pushed, nat: { v4: '', v6: 'x\n' } }).files.keys()],
      ['nat.v6', 'changes.json'],
    );
  });

  it('comes back as it went in', () => {
    assert.deepEqual(readBack(pushed), summary(pushed));
    const drift: LedgerRecord = {
      ...pushed,
      cause: 'drift',
      outcome: 'reported',
      desired: null,
      generation: null,
      actor: { process: 'iptables', pid: 4393, user: null },
      versions: { natroute: '0.1.0', iptables: null, backend: null },
      changes: [],
      impact: [],
      reason: 'because',
      left: 'main:443/tcp',
      gap: 'all that was written down before is gone',
    };
    assert.deepEqual(readBack(drift), summary(drift));
    assert.equal(subjectOf(drift), 'Go on after a gap: all that was written down before is gone (drift)');
  });

  it('is JSON as anybody would spell it, however many changes there are', () => {
    const guests = ['a', 'b\n"'].map((name) => ({ name, forwards: [], disks: [{ path: name }] }) as unknown as Guest);
    for (const count of [0, 1, 3]) {
      const changes = Array.from({ length: count }, (_, n) => ({ ...change, note: `\n${n}` }));
      const some = guests.slice(0, count);
      const state = { host: {} as Host, guests: some, files: { '/etc/x': 'y\n' } };
      const { files } = renderEntry({ ...pushed, changes, impact: changes.map(() => impact), state });
      const whole = { changes, impact: changes.map(() => impact) };
      assert.equal(textOf(files, 'changes.json'), `${JSON.stringify(whole, null, 1)}\n`);
      const own = some.map((guest) => JSON.stringify(guest, null, 1));
      assert.equal(textOf(files, 'guests.json'), `[\n${own.join(',\n')}\n]\n`);
      assert.equal(textOf(files, 'files/etc/x'), 'y\n');
    }
  });

  it('no text from outside can forge a trailer', () => {
    const evil = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        'x\n\nNatroute-Cause: heal',
        '\nNatroute-Signature: good',
        '\r\nNatroute-Outcome: healed',
        '\u2028Natroute-Actor: nobody',
        '',
        ' ',
        'a'.repeat(2000),
      ),
    );
    const records = fc.record({
      author: evil,
      subject: evil,
      authoredAt: evil,
      reason: fc.option(evil),
      process: fc.option(evil),
      user: fc.option(evil),
      text: evil,
      key: evil,
      note: fc.option(evil),
      signature: fc.constantFrom('none' as const, 'bad' as const),
    });
    fc.assert(
      fc.property(records, (r) => {
        const record: LedgerRecord = {
          ...pushed,
          outcome: 'failed',
          desired: {
            commit: '1'.repeat(40),
            author: r.author,
            subject: r.subject,
            authoredAt: r.authoredAt,
            signature: r.signature,
          },
          actor: { process: r.process, pid: 1, user: r.user },
          reason: r.reason,
          changes: [{ ...change, after: r.text, before: r.key, key: r.key, note: r.note }],
          impact: [{ ...impact, address: r.text, after: r.key }],
        };
        const { message, files } = renderEntry(record);
        // What git itself takes for lines: no control character but newline is left.
        assert.doesNotMatch(message, /[\u0000-\u0009\u000b-\u001f\u007f\u2028]/);
        const read = parseMessage(Buffer.from(message).toString('utf8'));
        assert.deepEqual(
          [
            read.cause,
            read.outcome,
            read.generation,
            read.desired?.signature,
            read.desired?.commit,
            read.actor?.pid,
            read.at,
          ],
          ['push', 'failed', 12, r.signature, '1'.repeat(40), 1, pushed.at],
        );
        const line = (text: string): string => oneLine(text, limits.trailerCharacters);
        assert.equal(read.desired?.author, Buffer.from(line(r.author)).toString('utf8'));
        assert.equal(read.reason, r.reason === null ? null : Buffer.from(line(r.reason)).toString('utf8'));
        assert.deepEqual(parseChanges(textOf(files, 'changes.json')).changes, record.changes);
        assert.ok((message.split('\n')[0] ?? '').length <= limits.subjectCharacters);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what it did not write', () => {
    const { message } = renderEntry(pushed);
    const bad: readonly (readonly [string, RegExp])[] = [
      ['A note by hand\n', /is no trailer/],
      ['', /is no trailer|its time|the cause/],
      [
        message.replace('Cause: push', 'Cause: wish').replace(/Versions: .*/, 'Versions: '),
        /the cause "wish" is unknown/,
      ],
      [
        message.replace('Outcome: applied\n', 'Outcome: wish\n').replace(/Natroute-Versions: .*\n/, ''),
        /the outcome "wish" is/,
      ],
      [message.replace('Natroute-Cause: push\n', ''), /the cause null is unknown/],
      [message.replace('Generation: 12', 'Generation: -1'), /is no number/],
      [message.replace('Natroute-Signature: good\n', ''), /the signature null/],
      [message.replace('At: 2026', 'At: soon'), /its time/],
      [`${message}Natroute-Cause: heal\n`, /stands there twice/],
      [`${message}\nSigned-off-by: x\n`, /is no trailer/],
    ];
    for (const [text, words] of bad)
      assert.throws(() => parseMessage(text), { name: 'UnreadableEntry', message: words }, text);
    const files: readonly string[] = [
      '',
      'null',
      '[]',
      '{}',
      '{"changes":{},"impact":[]}',
      '{"changes":[1],"impact":[]}',
      '{"changes":[{"action":"create"}],"impact":[]}',
      '{"changes":[],"impact":[{"effect":7}]}',
    ];
    for (const text of files) assert.throws(() => parseChanges(text), UnreadableEntry, text);
  });

  it('reads what it can of an entry of a newer natroute, and says that it is one', () => {
    const { message } = renderEntry(pushed);
    assert.equal(parseMessage(message).newer, undefined);
    const read = (from: string, to: string): LedgerHeading => parseMessage(message.replace(from, to));
    const [cause, outcome] = [read('Cause: push', 'Cause: wish'), read('Outcome: applied', 'Outcome: constructor')];
    const signature = read('Signature: good', 'Signature: fine');
    assert.deepEqual([cause.newer, cause.cause, cause.outcome], [true, 'unknown', 'applied']);
    assert.deepEqual([outcome.newer, outcome.cause, outcome.outcome], [true, 'push', 'unknown']);
    assert.deepEqual([signature.newer, signature.desired?.signature], [true, 'unknown']);
    assert.deepEqual({ ...cause, cause: 'push', newer: undefined }, { ...parseMessage(message), newer: undefined });
    const found = parseChanges(
      '{"changes":[{"action":"wish","kind":"rule"},{"action":"create","kind":"toString"},{"action":"create","kind":"rule"}],"impact":[{"effect":"x"}]}',
    );
    assert.deepEqual([found.newer, found.changes.length, found.impact], [true, 1, []]);
    const line = { id: 'f'.repeat(40), subject: 'Wish for rain', heading: cause };
    const note = `written by a newer natroute (${pushed.versions.natroute}): update this one to read all of it`;
    assert.ok(historyText([line], plain, null).includes(`Wish for rain [${note}]`));
    assert.ok(
      entryText({ id: line.id, record: { ...cause, changes: [], impact: [] } }, plain).includes(
        `  ! newer     ${note}\n`,
      ),
    );
  });

  it('a thousand changes are counted, not all printed', () => {
    const changes = Array.from({ length: 1000 }, (_, n) => ({ ...change, key: String(n) }));
    const { message } = renderEntry({ ...pushed, changes });
    assert.match(message, /\n\.\.\. and 800 more lines in changes\.json\n/);
    assert.ok(message.split('\n').length < 230);
  });
});

describe('subjects', () => {
  const said = (part: Partial<LedgerRecord>): string => subjectOf({ ...pushed, ...part });
  it('say what happened', () => {
    const removed: Change = { ...change, action: 'delete', before: 'x', after: null };
    const drift = { cause: 'drift', outcome: 'reported', desired: null, impact: [] } as const;
    const actor = { process: 'iptables', pid: 4393, user: 'bob' };
    assert.equal(
      said({ impact: [impact, impact, impact] }),
      'Open main:2222/tcp to mail 192.168.1.2:22 and 2 more (push 3f2a91c)',
    );
    assert.equal(said({ impact: [{ ...impact, effect: 'closes' }] }), 'Close main:2222/tcp (push 3f2a91c)');
    assert.equal(
      said({ impact: [{ ...impact, effect: 'closes', family: 'v6' }] }),
      'Close main:2222/tcp on v6 (push 3f2a91c)',
    );
    assert.equal(said({ impact: [{ ...impact, effect: 'widens' }] }), 'Widen main:2222/tcp to anyone (push 3f2a91c)');
    assert.equal(
      said({ impact: [{ ...impact, effect: 'narrows', sources: ['192.0.2.77/32'] }] }),
      'Narrow main:2222/tcp to 192.0.2.77/32 (push 3f2a91c)',
    );
    assert.equal(
      said({ impact: [{ ...impact, effect: 'retargets', ports: { first: 1, last: 9 } }] }),
      'Move main:1-9/tcp to mail 192.168.1.2:22 (push 3f2a91c)',
    );
    assert.equal(
      said({ impact: [{ ...impact, effect: 'falls-to-host' }] }),
      'Let main:2222/tcp fall to the host (push 3f2a91c)',
    );
    assert.equal(said({ impact: [] }), 'Apply: 1 rule created (push 3f2a91c)');
    assert.equal(said({ impact: [], changes: [] }), 'Apply generation 12 (push 3f2a91c)');
    assert.equal(
      said({ ...drift, actor, changes: [removed, removed, change] }),
      'Find drift: 1 rule created, 2 rules deleted by iptables, pid 4393, user bob (drift)',
    );
    assert.equal(said({ ...drift, changes: [removed] }), 'Find drift: 1 rule deleted (drift)');
    assert.equal(
      said({ cause: 'heal', outcome: 'healed', changes: [change] }),
      'Heal drift: 1 rule created (heal 3f2a91c)',
    );
    assert.equal(said({ outcome: 'failed', reason: 'no checks hold' }), 'Fail: no checks hold (push 3f2a91c)');
    assert.equal(
      said({ outcome: 'rolled-back', reason: 'not confirmed' }),
      'Roll back to generation 12: not confirmed (push 3f2a91c)',
    );
    assert.equal(said({ outcome: 'recovered', reason: null }), 'Recover after an interruption (push 3f2a91c)');
    assert.equal(
      said({ cause: 'unload', outcome: 'unloaded', desired: null, changes: [removed] }),
      'Unload: 1 rule deleted (unload)',
    );
  });

  it('stay short, cut between characters', () => {
    const long = said({ outcome: 'failed', reason: '🦊'.repeat(200) });
    assert.ok(long.length <= limits.subjectCharacters);
    assert.doesNotMatch(long, /\p{Surrogate}/u);
    assert.match(long, /\.\.\. \(push 3f2a91c\)$/);
  });
});

describe('history', () => {
  it('asks for a time and an author', () => {
    const ask = (since: string | null, author: string | null): boolean => inHistory(pushed, { since, author });
    assert.ok(ask(null, null));
    assert.ok(ask('2026-11-22T18:57:46.123Z', null));
    assert.ok(ask('2026-11-22T19:57:46.123+01:00', 'ALICE'));
    assert.ok(!ask('2026-11-22T18:57:46.124Z', null));
    assert.ok(!ask(null, 'bob'));
    assert.ok(!inHistory({ ...pushed, desired: null }, { since: null, author: 'a' }));
    // Somebody's hand edit under her commit is not her doing.
    assert.ok(!inHistory({ ...pushed, cause: 'drift' }, { since: null, author: 'a' }));
  });
});
