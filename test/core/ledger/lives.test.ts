// Who brought each rule and when a port was open, folded from the entries of a ledger.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blame, firstSeen } from '../../../src/core/ledger/blame.ts';
import { ruleLives, type RuleLife } from '../../../src/core/ledger/lives.ts';
import { openings, parsePortQuestion, type Opening } from '../../../src/core/ledger/openings.ts';
import { parseSave } from '../../../src/core/nat/save.ts';
import { openingsText } from '../../../src/core/views/openings.ts';
import { plain } from '../../../src/core/views/paint.ts';
import type { LedgerRecord, LedgerStep } from '../../../src/model/record.ts';
import { stepOf } from '../../fakes/ledger.ts';

const frame = [
  '-A PREROUTING -m comment --comment natroute -j NR-DST',
  '-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
];
const forward = (port: number, to: string, more: { source?: string; until?: string } = {}): string =>
  `-A NR-A-main ${more.source === undefined ? '' : `-s ${more.source}/32 `}-p tcp -m tcp --dport ${port} ` +
  `${more.until === undefined ? '' : `-m time --datestop ${more.until} `}-m comment --comment "natroute mail main:${port}/tcp` +
  `${more.source === undefined ? '' : ` from ${more.source}`}" -j DNAT --to-destination ${to}`;
const ssh = forward(2222, '192.168.1.2:22');
const smtp = forward(25, '192.168.1.2:25');

interface Event {
  readonly cause?: LedgerRecord['cause'];
  readonly outcome?: LedgerRecord['outcome'];
  readonly commit?: string | null;
  /** Hours since the first of November. */
  readonly hour: number;
  readonly rules: readonly string[];
}

function stepsOf(events: readonly Event[]): readonly LedgerStep[] {
  const records = events.map(({ cause = 'push', outcome = 'applied', commit = 'a', hour, rules }): LedgerRecord => {
    const drift = cause === 'drift';
    return {
      ...{ cause, outcome: drift ? 'reported' : outcome, impact: [], changes: [], reason: null },
      at: new Date(Date.UTC(2026, 10, 1, hour)).toISOString(),
      generation: 1,
      desired:
        commit === null
          ? null
          : {
              commit: commit.repeat(40),
              author: `Ann ${commit} <ann@example.org>`,
              authoredAt: '2026-11-01T00:00:00Z',
              subject: `Change ${commit}`,
              signature: 'good',
            },
      actor: drift ? { process: 'iptables', pid: 4393, user: null } : null,
      versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
      nat: { v4: `${rules.join('\n')}\n`, v6: '' },
    };
  });
  return records.map((record, i) => stepOf(record, records[i - 1] ?? null, `e${i}`));
}

const lifeOf = (lives: readonly RuleLife[], line: string): readonly string[] =>
  lives
    .filter((life) => `-A ${life.chain} ${life.text}` === line)
    .map(({ began, brought, ended }) => `${began.id}..${ended?.id ?? 'now'} by ${brought?.id ?? 'hand'}`);

const opened = (events: readonly Event[], port = '2222/tcp', hour = 1000): readonly Opening[] => {
  const steps = stepsOf(events);
  const now = new Date(Date.UTC(2026, 10, 1, hour));
  return openings(steps, ruleLives(steps), { port: parsePortQuestion(port), now });
};
const spans = (found: readonly Opening[]): readonly string[] =>
  found.map(({ began, end, sources, to }) =>
    [began.id, end === null ? 'now' : `${end.why} ${end.at.slice(8, 13)}`, to, sources?.join('+') ?? 'anyone'].join(
      ' ',
    ),
  );

describe('the life of a rule', () => {
  it('is its commit’s from the entry that brought it, whatever later commits change elsewhere', () => {
    const lives = ruleLives(
      stepsOf([
        { hour: 0, rules: [...frame, smtp] },
        { hour: 1, commit: 'b', rules: [...frame, smtp, ssh] },
        { hour: 2, commit: 'c', rules: [...frame, ssh] },
      ]),
    );
    assert.deepEqual(lifeOf(lives, smtp), ['e0..e2 by e0']);
    assert.deepEqual(lifeOf(lives, ssh), ['e1..now by e1']);
  });

  it('taken away by hand and healed is still the commit’s that brought it', () => {
    const lives = ruleLives(
      stepsOf([
        { hour: 0, rules: [...frame, ssh] },
        { hour: 1, commit: 'b', rules: [...frame, ssh, smtp] },
        { hour: 2, commit: 'b', cause: 'drift', rules: [...frame, smtp] },
        { hour: 3, commit: 'b', cause: 'heal', outcome: 'healed', rules: [...frame, ssh, smtp] },
      ]),
    );
    assert.deepEqual(lifeOf(lives, ssh), ['e0..e2 by e0', 'e3..now by e0']);
  });

  it('taken away by hand, then out of git, then asked for again is the last commit’s', () => {
    const lives = ruleLives(
      stepsOf([
        { hour: 0, rules: [...frame, ssh] },
        { hour: 1, cause: 'drift', rules: [...frame] },
        { hour: 2, commit: 'b', rules: [...frame] },
        { hour: 3, commit: 'c', rules: [...frame, ssh] },
      ]),
    );
    assert.deepEqual(lifeOf(lives, ssh), ['e0..e1 by e0', 'e3..now by e3']);
  });

  it('left away by a suspension, whatever is pushed meanwhile, and then healed is still the commit’s that brought it', () => {
    const lives = ruleLives(
      stepsOf([
        { hour: 0, rules: [...frame, ssh] },
        { hour: 1, cause: 'suspend', outcome: 'suspended', rules: [...frame, ssh] },
        { hour: 2, cause: 'drift', rules: [...frame] },
        { hour: 3, commit: 'b', rules: [...frame, smtp] },
        { hour: 4, commit: 'b', cause: 'suspend', outcome: 'resumed', rules: [...frame, smtp] },
        { hour: 5, commit: 'b', cause: 'heal', outcome: 'healed', rules: [...frame, ssh, smtp] },
      ]),
    );
    assert.deepEqual(lifeOf(lives, ssh), ['e0..e2 by e0', 'e5..now by e0']);
  });

  it('made by hand is nobody’s commit', () => {
    const stray = '-A NR-A-main -p tcp -m tcp --dport 23 -j DNAT --to-destination 192.168.1.9:23';
    const lives = ruleLives(
      stepsOf([
        { hour: 0, rules: [...frame] },
        { hour: 1, cause: 'drift', rules: [...frame, stray] },
        { hour: 2, cause: 'heal', outcome: 'healed', rules: [...frame] },
      ]),
    );
    assert.deepEqual(lifeOf(lives, stray), ['e1..e2 by hand']);
  });

  it('spelled anew for the same commit stays with the entry that brought it; for another commit it is changed', () => {
    const respelled = ssh.replace('--dport 2222', '--dport 2222:2222');
    const of = (commit: string): readonly string[] =>
      lifeOf(
        ruleLives(
          stepsOf([
            { hour: 0, rules: [...frame, ssh] },
            { hour: 1, commit: 'b', rules: [...frame, ssh, smtp] },
            { hour: 2, commit, rules: [...frame, respelled, smtp] },
          ]),
        ),
        respelled,
      );
    assert.deepEqual(of('b'), ['e2..now by e0']);
    assert.deepEqual(of('c'), ['e2..now by e2']);
  });

  it('goes on where the rule only moves, and while one of two copies is left', () => {
    const steps = stepsOf([
      { hour: 0, rules: [...frame, ssh, smtp] },
      { hour: 1, cause: 'drift', rules: [...frame, ssh, smtp] },
    ]).map((step, i) => (i === 0 ? step : { ...step, came: { v4: [ssh], v6: [] }, gone: { v4: [ssh], v6: [] } }));
    assert.deepEqual(lifeOf(ruleLives(steps), ssh), ['e0..now by e0']);
    const doubled = [
      ...steps.slice(0, 1),
      { ...steps[1]!, came: { v4: [ssh], v6: [] }, gone: { v4: [], v6: [] } },
      { ...steps[1]!, id: 'e2', came: { v4: [], v6: [] }, gone: { v4: [ssh], v6: [] } },
    ];
    assert.deepEqual(lifeOf(ruleLives(doubled), ssh), ['e0..now by e0']);
  });
});

describe('when a port was open', () => {
  it('each time, newest first, with why it ended', () => {
    const moved = forward(2222, '192.168.1.9:22');
    const found = opened([
      { hour: 0, rules: [...frame, ssh] },
      { hour: 1, commit: 'b', rules: [...frame, moved] },
      { hour: 2, commit: 'c', rules: [...frame] },
      { hour: 3, commit: 'd', rules: [...frame, ssh] },
      { hour: 4, commit: 'd', cause: 'drift', rules: [...frame] },
      { hour: 5, commit: 'd', cause: 'heal', outcome: 'healed', rules: [...frame, ssh] },
      { hour: 6, commit: 'd', cause: 'boot', rules: [...frame, ssh] },
      { hour: 7, commit: null, cause: 'unload', outcome: 'unloaded', rules: [] },
      { hour: 8, commit: 'd', rules: [...frame, ssh] },
    ]);
    assert.deepEqual(spans(found), [
      'e8 now 192.168.1.2:22 anyone',
      'e6 unloaded 01T07 192.168.1.2:22 anyone',
      'e5 booted 01T06 192.168.1.2:22 anyone',
      'e3 drift 01T04 192.168.1.2:22 anyone',
      'e1 removed 01T02 192.168.1.9:22 anyone',
      'e0 changed 01T01 192.168.1.2:22 anyone',
    ]);
    assert.equal(found[2]?.brought?.id, 'e3');
    assert.match(found[3]?.end?.text ?? '', /behind natroute's back by iptables, pid 4393/);
    assert.match(found[4]?.end?.text ?? '', /taken away by commit cccccccccc "Change c" by Ann c/);
  });

  it('taken out by a commit while it was left alone, and by natroute when that was over', () => {
    const [found] = opened([
      { hour: 0, rules: [...frame, ssh] },
      { hour: 1, cause: 'suspend', outcome: 'suspended', rules: [...frame, ssh] },
      { hour: 2, commit: 'b', rules: [...frame, ssh] },
      { hour: 3, commit: 'b', cause: 'suspend', outcome: 'resumed', rules: [...frame, ssh] },
      { hour: 4, commit: 'b', cause: 'heal', outcome: 'healed', rules: [...frame] },
    ]);
    assert.deepEqual(
      [found?.brought?.id, found?.end?.at, found?.end?.why, found?.end?.text],
      [
        'e0',
        '2026-11-01T04:00:00.000Z',
        'removed',
        'not asked for by commit bbbbbbbbbb "Change b" by Ann b <ann@example.org>; it was left alone until then',
      ],
    );
    const [byHand] = opened([
      { hour: 0, rules: frame },
      { hour: 1, cause: 'drift', rules: [...frame, ssh] },
      { hour: 2, cause: 'heal', outcome: 'healed', rules: frame },
    ]);
    assert.equal(byHand?.end?.text, 'natroute took away what was no rule of its own');
  });

  it('a forward behind a jump that is gone is closed', () => {
    for (const missing of frame) {
      const found = opened([
        { hour: 0, rules: [...frame, ssh] },
        { hour: 1, cause: 'drift', rules: [...frame.filter((line) => line !== missing), ssh] },
        { hour: 2, cause: 'heal', outcome: 'healed', rules: [...frame, ssh] },
      ]);
      assert.deepEqual(spans(found), ['e2 now 192.168.1.2:22 anyone', 'e0 drift 01T01 192.168.1.2:22 anyone']);
    }
  });

  it('the sources of one forward are one opening, until one of them goes', () => {
    const [one, two] = ['192.0.2.77', '192.0.2.78'].map((source) => forward(2222, '192.168.1.2:22', { source }));
    assert.deepEqual(
      spans(
        opened([
          { hour: 0, rules: [...frame, one!, two!] },
          { hour: 1, commit: 'b', rules: [...frame, one!] },
        ]),
      ),
      ['e0 now 192.168.1.2:22 192.0.2.77', 'e0 removed 01T01 192.168.1.2:22 192.0.2.78'],
    );
    assert.deepEqual(spans(opened([{ hour: 0, rules: [...frame, one!, two!] }])), [
      'e0 now 192.168.1.2:22 192.0.2.77+192.0.2.78',
    ]);
  });

  it('its own date ends it, to the second, and a healed rule whose date is past opens nothing', () => {
    const dated = forward(2222, '192.168.1.2:22', { until: '2026-11-01T05:59:59' });
    const events: readonly Event[] = [
      { hour: 0, rules: [...frame, dated] },
      { hour: 9, cause: 'drift', rules: [...frame] },
      { hour: 10, cause: 'heal', outcome: 'healed', rules: [...frame, dated] },
    ];
    assert.deepEqual(spans(opened(events)), ['e0 date-past 01T06 192.168.1.2:22 anyone']);
    assert.deepEqual(spans(opened(events.slice(0, 1), '2222', 5)), ['e0 now 192.168.1.2:22 anyone']);
  });

  it('a port inside a range, of one address, of one protocol', () => {
    const range =
      '-A NR-A-main -p udp -m udp --dport 50000:50100 -m comment --comment "natroute mail main:50000-50100/udp" -j DNAT --to-destination 192.168.1.2:60000-60100/50000';
    const events: readonly Event[] = [{ hour: 0, rules: [...frame, range] }];
    for (const port of ['50000', '50100/udp', 'main:50050/udp'])
      assert.deepEqual(spans(opened(events, port)), ['e0 now 192.168.1.2:60000-60100 anyone'], port);
    for (const port of ['49999', '50101', '50050/tcp', 'failover:50050/udp'])
      assert.deepEqual(spans(opened(events, port)), [], port);
  });

  it('in words', () => {
    const found = opened([
      { hour: 0, rules: [...frame, ssh] },
      { hour: 1, commit: 'b', rules: [...frame] },
    ]);
    assert.equal(
      openingsText('2222/tcp', found, { paint: plain, columns: 100 }),
      [
        '2222/tcp was opened once; closed now',
        '',
        '2026-11-01 00:00:00Z - 2026-11-01 01:00:00Z  main:2222/tcp -> mail 192.168.1.2:22',
        '    for       anyone',
        '    opened by commit aaaaaaaaaa "Change a" by Ann a <ann@example.org>',
        '    applied   2026-11-01 00:00:00Z, push, generation 1, entry e0',
        '    ended     taken away by commit bbbbbbbbbb "Change b" by Ann b <ann@example.org> (entry e1)',
        '',
      ].join('\n'),
    );
  });
});

it('what names a port, and what does not', () => {
  assert.deepEqual(parsePortQuestion('main:2222/tcp'), { address: 'main', port: 2222, protocol: 'tcp' });
  assert.deepEqual(parsePortQuestion('2222'), { address: null, port: 2222, protocol: null });
  for (const text of ['', 'main', '0', '65536', '080', '22/icmp', ':22', '22-23', 'main:22/tcp '])
    assert.equal(parsePortQuestion(text), null, text);
});

describe('blame', () => {
  const steps = stepsOf([
    { hour: 0, rules: [...frame, smtp] },
    { hour: 1, commit: 'b', rules: [...frame, smtp, ssh] },
  ]);
  const foreign = '-A PREROUTING -p tcp -m tcp --dport 9 -j ACCEPT';
  const table = (lines: readonly string[]): string =>
    `*nat\n:PREROUTING ACCEPT [0:0]\n:NR-A-main - [0:0]\n:NR-DST - [0:0]\n${lines.map((line) => `[3:180] ${line}`).join('\n')}\nCOMMIT\n`;

  it('gives each live rule its commit and counters, and tells what is missing and what is not natroute’s', () => {
    const observed = { v4: parseSave(table([frame[0]!, foreign, ssh, frame[1]!])), v6: parseSave('') };
    const { rules, missing } = blame(ruleLives(steps), { observed, applied: null }, null);
    assert.deepEqual(
      rules.map(({ kind, chain, brought, counters }) => [kind, chain, brought?.id ?? null, counters?.bytes]),
      [
        ['forward', 'NR-A-main', 'e1', 180],
        ['frame', 'PREROUTING', 'e0', 180],
        ['frame', 'NR-DST', 'e0', 180],
        ['stranger', 'PREROUTING', null, 180],
      ],
    );
    assert.deepEqual(
      missing.map(({ text, brought }) => [`-A NR-A-main ${text}`, brought?.id]),
      [[smtp, 'e0']],
    );
  });

  it('without the kernel it is the last entry that speaks; of one port only its forwards', () => {
    const all = blame(ruleLives(steps), null, null);
    assert.deepEqual([all.rules.length, all.missing.length], [4, 0]);
    const one = blame(ruleLives(steps), null, parsePortQuestion('2222'));
    assert.deepEqual(
      one.rules.map(({ text, counters }) => [`-A NR-A-main ${text}`, counters]),
      [[ssh, null]],
    );
  });

  it('a stranger’s rule was first seen by the oldest entry that tells of it', () => {
    const rule = { family: 'v4', chain: 'PREROUTING', text: foreign.slice('-A PREROUTING '.length) } as const;
    const entry = (id: string, hour: number, after: string): Parameters<typeof firstSeen>[1][number] => ({
      id,
      record: {
        ...steps[0]!.heading,
        at: new Date(Date.UTC(2026, 10, 1, hour)).toISOString(),
        impact: [],
        changes: [
          {
            ...{ action: 'create', kind: 'foreign-rule', family: 'v4', chain: 'PREROUTING', key: after },
            ...{ before: null, after, counters: null, note: null, at: null },
          },
        ],
      },
    });
    const told = [entry('late', 5, rule.text), entry('first', 3, rule.text), entry('other', 1, '-j ACCEPT')];
    assert.equal(firstSeen(rule, told)?.id, 'first');
    assert.equal(firstSeen(rule, []), null);
  });
});
