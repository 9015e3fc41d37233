// What people read, held line by line: plans, drift, history, status, and Markdown that nothing from outside can break.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { subjectOf } from '../../../src/core/ledger/subject.ts';
import { changeLines, changeTally } from '../../../src/core/views/changes.ts';
import { historyText } from '../../../src/core/views/history.ts';
import { planMarkdown } from '../../../src/core/views/markdown.ts';
import { coloured, plain, printableLines } from '../../../src/core/views/paint.ts';
import { planText, type PlanHeading } from '../../../src/core/views/plan.ts';
import { statusText, type StatusFacts } from '../../../src/core/views/status.ts';
import { fold, showTime } from '../../../src/core/views/words.ts';
import type { Change, Plan } from '../../../src/model/change.ts';
import type { CommitFacts, LedgerEntry, LedgerLine } from '../../../src/model/record.ts';

const change = (of: Partial<Change>): Change => ({
  action: 'create',
  kind: 'rule',
  family: 'v4',
  chain: 'NR-A-main',
  key: '',
  before: null,
  after: null,
  counters: null,
  note: null,
  at: null,
  ...of,
});
const forward = (port: number, to: string, source = ''): string =>
  `${source === '' ? '' : `-s ${source} `}-p tcp -m tcp --dport ${port} -m comment --comment "natroute mail main:${port}/tcp${source === '' ? '' : ` from ${source}`}" -j DNAT --to-destination ${to}`;

const commit: CommitFacts = {
  commit: '7f5cd17276'.padEnd(40, '0'),
  author: 'Ann <ann@example.org>',
  authoredAt: '2026-11-22T18:57:40+01:00',
  subject: 'Open ssh',
  signature: 'none',
};
const heading: PlanHeading = { host: 'dedibox', from: 'generation 3', to: commit };
const emptyNat = { changes: [], restore: null, plannedOn: '' };
const planWith = (of: Partial<Plan>): Plan => ({
  nat: { v4: { ...emptyNat, restore: '*nat\nCOMMIT\n' }, v6: emptyNat },
  changes: [],
  impact: [],
  findings: [],
  ...of,
});

describe('rules as a diff', () => {
  it('what goes and what comes at one port stand together, by chain', () => {
    const changes = [
      change({
        kind: 'jump',
        chain: 'PREROUTING',
        before: '-m comment --comment natroute -j NR-DST',
        after: '-m comment --comment natroute -j NR-DST',
        action: 'update',
        note: 'moved',
      }),
      change({ after: forward(25, '192.168.1.2:25') }),
      change({ after: forward(2222, '192.168.1.2:22', '192.0.2.77/32') }),
      change({
        action: 'delete',
        before: '-p tcp -m tcp --dport 23 -j DNAT --to-destination 10.0.0.1',
        note: 'stranger in our chain',
      }),
      change({ action: 'delete', before: forward(2222, '192.168.1.2:22') }),
      change({ action: 'update', before: forward(80, '10.0.0.1:80'), after: forward(80, '192.168.1.1:80') }),
    ];
    assert.deepEqual(
      changeLines(changes, plain),
      [
        '  PREROUTING, IPv4',
        '    ~ -j NR-DST   # moved',
        '  NR-A-main, IPv4',
        '    -                 -p tcp -m tcp --dport 23 -j DNAT --to-destination 10.0.0.1   # stranger in our chain',
        '    + mail main:25/tcp    -p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
        '    - mail main:80/tcp    -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80',
        '    + mail main:80/tcp    -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80',
        '    - mail main:2222/tcp  -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22',
        '    + mail main:2222/tcp  -s 192.0.2.77/32 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22',
      ].map((line) => line.replace('-                 -p', '-                     -p')),
    );
    assert.equal(changeTally(changes), '1 jump to update, 2 rules to create, 1 rule to update, 2 rules to delete');
  });

  it('new and vanishing chains are said in the heading', () => {
    const lines = changeLines(
      [
        change({ kind: 'chain', key: 'NR-A-main' }),
        change({ after: forward(25, '192.168.1.2:25') }),
        change({
          kind: 'chain',
          key: 'NR-A-old',
          chain: 'NR-A-old',
          action: 'update',
          family: 'v6',
          note: 'stays, empty: a foreign rule jumps to it',
        }),
      ],
      plain,
    );
    assert.equal(lines[0], '  NR-A-main, IPv4: a new chain');
    assert.equal(lines[2], '  NR-A-old, IPv6: the chain stays, empty: a foreign rule jumps to it');
  });

  it('where only the place of our comment differs, the whole texts are shown', () => {
    const after = forward(25, '192.168.1.2:25');
    const before = after
      .replace(/ -m comment --comment ("[^"]*") -j/, ' -j')
      .replace('-p tcp', '-m comment --comment "natroute mail main:25/tcp" -p tcp');
    const lines = changeLines([change({ action: 'update', before, after })], plain);
    assert.match(lines[1] ?? '', /- mail main:25\/tcp {2}-m comment --comment "natroute/);
    assert.notEqual(lines[1]?.slice(6), lines[2]?.slice(6));
  });
});

describe('a plan', () => {
  it('of nothing says so in the words of its source', () => {
    const empty = planWith({ nat: { v4: emptyNat, v6: emptyNat } });
    assert.match(planText(empty, heading, plain), /\nNo changes: the host is as the repository says\.\n$/);
    assert.match(
      planText(empty, { ...heading, to: { folder: './wip' } }, plain),
      /-> the folder \.\/wip\nNo changes: the host is as the folder says\.\n$/,
    );
    assert.match(
      planText(empty, { ...heading, to: 'nothing of natroute' }, plain),
      /there is no rule of natroute in the kernel/,
    );
    assert.match(
      planText(empty, { ...heading, to: null, from: null }, plain),
      /^dedibox: nothing applied yet; nothing was fetched yet\n/,
    );
  });

  it('from outside, nothing can draw on the terminal or forge a line', () => {
    const nasty = 'a\u001b[2J\r\n+ main:1/tcp\u202e\u009b';
    const plan = planWith({
      changes: [change({ chain: `X${nasty}`, before: nasty, note: nasty, action: 'delete' })],
      findings: [{ code: 'stays-open', family: 'v4', chain: nasty, rule: nasty, text: `open: ${nasty}` }],
    });
    const text = planText(plan, { ...heading, to: { ...commit, subject: nasty, author: nasty } }, plain);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.doesNotMatch(text, /^\+ main:1/m);
    const markdown = planMarkdown(plan, {
      ...heading,
      to: { ...commit, subject: '![x](http://t/) `` | <img src=x> @all', author: nasty },
    });
    assert.doesNotMatch(markdown, /<img|!\[|\u001b|[^\\]@all/);
    assert.equal(markdown.match(/^```/gm)?.length, 2);
  });

  it('a rule that a finding quotes stands on a line of its own', () => {
    const finding = {
      code: 'stays-open',
      family: 'v6',
      chain: 'PREROUTING',
      rule: '-j ACCEPT',
      text: 'open: -j ACCEPT',
    } as const;
    assert.match(
      planText(planWith({ findings: [finding] }), heading, plain),
      / {2}! open\n {6}ip6tables -t nat -A PREROUTING -j ACCEPT\n$/,
    );
    const filter = {
      ...finding,
      table: 'filter',
      chain: 'bad',
      rule: '-j DROP',
      text: 'drops: -A bad -j DROP',
    } as const;
    assert.match(
      planText(planWith({ findings: [filter] }), heading, plain),
      / {2}! drops\n {6}ip6tables -t filter -A bad -j DROP\n$/,
    );
  });
});

describe('status', () => {
  const well: StatusFacts = {
    host: 'dedibox',
    repository: '/srv/state.git',
    branch: 'main',
    trusted: commit.commit,
    commit,
    generation: 3,
    restores: null,
    quarantined: null,
    unconfirmed: null,
    appliedAt: '2026-11-22T19:32:54.377Z',
    lastPass: { at: '2026-11-22T19:32:55.950Z', outcome: 'healed', text: 'healed 1 change' },
    drift: null,
    foreign: null,
    suspensions: [],
    held: null,
    rejected: null,
    guests: [
      {
        name: 'web',
        desired: 'running',
        state: 'converged',
        detail: null,
        pending: [],
        uptimeSeconds: 93_784,
        memory: 512,
        addresses: ['192.168.1.1'],
        forwards: ['main:80/tcp', 'main:2222/tcp -> 22'],
      },
    ],
    guestsFailed: null,
    daemon: { pid: 812, startedAt: '2026-11-22T19:00:00.000Z', nextPass: '2026-11-22T19:33:00.000Z', lanes: {} },
  };

  const lost = {
    name: 'mail',
    desired: 'running',
    state: 'failed',
    detail: 'no such disk',
    pending: [],
    uptimeSeconds: null,
    memory: null,
    addresses: [],
    forwards: [],
  };

  it('in order, on one screen', () => {
    assert.equal(
      statusText(well, plain),
      `dedibox: in order

  repository  /srv/state.git, branch main
  commit      7f5cd17276 "Open ssh" by Ann <ann@example.org>
  generation  3, made 2026-11-22 19:32:54Z
  last pass   2026-11-22 19:32:55Z healed: healed 1 change
  daemon      pid 812 since 2026-11-22 19:00:00Z, next pass 2026-11-22 19:33:00Z

  guest  wanted   is         up     MiB  address
  web    running  converged  1d 2h  512  192.168.1.1
      forwards: main:80/tcp, main:2222/tcp -> 22
`,
    );
  });

  it('trouble first, each with what it is', () => {
    const text = statusText(
      {
        ...well,
        trusted: 'ab'.repeat(20),
        rejected: {
          commit: { ...commit, subject: 'Bad\u001b[2J' },
          at: '2026-11-22T19:40:00.000Z',
          reason: 'it has 1 error: '.padEnd(140, 'word '),
        },
        held: { since: '2026-11-22T19:41:00.000Z', reason: 'by hand' },
        drift: { since: '2026-11-22T19:42:00.000Z', changes: [change({})], items: [] },
        foreign: {
          count: 3,
          first: [
            { code: 'foreign-owner', family: 'v4', chain: 'DOCKER', rule: null, text: 'Of Docker: chain DOCKER.' },
            { code: 'forward-policy', family: 'v4', chain: 'FORWARD', rule: null, text: 'FORWARD drops \u001b[2J' },
          ],
        },
        daemon: {
          pid: 1,
          startedAt: '2026-11-22T19:00:00.000Z',
          nextPass: null,
          lanes: {
            fetch: { failures: 3, lastError: 'the remote does not answer' },
            network: { failures: 0, lastError: null },
          },
        },
        guests: [...well.guests, { ...lost, pending: ['kernel /a -> /b'] }],
      },
      plain,
    );
    assert.match(text, /^dedibox: 6 things to look at\n! rejected {4}commit 7f5cd17276 "Bad\\u001b\[2J"/);
    assert.match(
      text,
      /\n! fetch {7}failed 3 times in a row: the remote does not answer\n! guests {6}failed: mail\n! drift {7}1 difference since 2026-11-22 19:42:00Z; `natroute drift` shows what\n! foreign {5}FORWARD drops \\u001b\[2J\n! held /,
    );
    assert.match(text, /\n {2}foreign {5}3 findings about others in the packet filter; `natroute plan` shows them\n/);
    assert.doesNotMatch(text, /Of Docker/);
    assert.match(text, /\n {2}fetched {5}abababababa?.*, not what is applied\n/);
    assert.match(
      text,
      /address\n {2}mail {3}running {2}failed {5}- {6}- {4}-\n {6}no such disk\n {6}waits for a restart: kernel \/a -> \/b\n {2}web {4}running {2}converged/,
    );
    for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
    assert.match(statusText({ ...well, daemon: null }, coloured), /\u001b\[33m! daemon {6}not running/);
  });
});

describe('history', () => {
  const entry = (subject: string): LedgerEntry => ({
    id: '3f2a91c4'.padEnd(40, '0'),
    record: {
      cause: 'push',
      outcome: 'failed',
      at: '2026-11-22T19:32:54.467Z',
      desired: commit,
      generation: 2,
      actor: null,
      versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
      changes: [],
      impact: [],
      reason: subject,
    },
  });

  const lineOf = ({ id, record }: LedgerEntry): LedgerLine => ({ id, subject: subjectOf(record), heading: record });

  it('one line an entry; on a terminal folded under itself', () => {
    const text = historyText([lineOf(entry('because of '.repeat(12).trim()))], plain, null);
    assert.match(text, /^2026-11-22 19:32:54Z {2}3f2a91c400 {2}failed {7}Fail: because of .*\(push 7f5cd17\)\n$/);
    const folded = historyText([lineOf(entry('because of '.repeat(12).trim()))], plain, 80)
      .trimEnd()
      .split('\n');
    assert.ok(folded.length > 1);
    for (const line of folded) assert.ok(line.length <= 80, line);
    assert.match(folded[1] ?? '', /^ {47}\S/);
    assert.equal(historyText([], plain, 80), 'the ledger has no such entry\n');
  });
});

describe('words', () => {
  it('folds at spaces, leaves long words whole, shows only whole times', () => {
    assert.deepEqual(fold('one two three', 7), ['one two', 'three']);
    assert.deepEqual(fold('incomprehensible x', 5), ['incomprehensible', 'x']);
    assert.deepEqual(fold('', 5), ['']);
    assert.equal(showTime('2026-11-22T19:32:54.467Z'), '2026-11-22 19:32:54Z');
    assert.equal(showTime('never\u001b'), 'never\\u001b');
    assert.equal(printableLines('one\u001b[31m\n  two\r'), 'one\\u001b[31m\n  two\\u000d');
  });
});
