/** Where the host stands, on one screen: trouble first. */
import type { Change, Finding } from '../../model/change.ts';
import type { DriftItem, Suspension } from '../../model/drift.ts';
import type { CommitFacts } from '../../model/record.ts';
import { suspensionText } from '../drift/suspension.ts';
import { isFight } from '../drift/track.ts';
import { unconfirmedText } from '../confirm/words.ts';
import { fightWords } from '../drift/words.ts';
import { guestLines, type GuestRow } from './guests.ts';
import { printable, type Paint, type Style } from './paint.ts';
import { counted, defaultColumns, row, showCommit, showTime } from './words.ts';

/** The part of the status that a person is shown; times are ISO 8601. */
export interface StatusFacts {
  readonly host: string;
  readonly repository: string;
  readonly branch: string;
  readonly trusted: string | null;
  readonly commit: CommitFacts | null;
  readonly generation: number | null;
  readonly restores: number | null;
  readonly appliedAt: string | null;
  readonly lastPass: { readonly at: string; readonly outcome: string; readonly text: string } | null;
  readonly drift: {
    readonly since: string;
    readonly changes: readonly Change[];
    readonly items: readonly DriftItem[];
  } | null;
  readonly foreign: { readonly count: number; readonly first: readonly Finding[] } | null;
  readonly suspensions: readonly Suspension[];
  readonly held: { readonly since: string; readonly reason: string } | null;
  readonly rejected: { readonly commit: CommitFacts; readonly at: string; readonly reason: string } | null;
  readonly quarantined: StatusFacts['rejected'];
  readonly unconfirmed: {
    readonly generation: number;
    readonly previous: number | null;
    readonly until: string;
    readonly waitsFor: readonly string[];
  } | null;
  readonly guests: readonly GuestRow[];
  readonly guestsFailed: string | null;
  readonly daemon: {
    readonly pid: number;
    readonly startedAt: string;
    readonly nextPass: string | null;
    readonly lanes: Readonly<Record<string, { readonly failures: number; readonly lastError: string | null }>>;
  } | null;
}

type Row = readonly [name: string, text: string];

export function statusText(status: StatusFacts, paint: Paint): string {
  const trouble = troubles(status);
  const head = trouble.length === 0 ? 'in order' : `${counted(trouble.length, 'thing')} to look at`;
  const lines = [
    paint('strong', `${printable(status.host)}: ${head}`),
    ...trouble.flatMap(([style, name, text]) => show([name, text], '! ').map((line) => paint(style, line))),
    '',
    ...standing(status).flatMap((one) => show(one, '  ')),
    ...guestLines(status.guests, paint),
  ];
  return `${lines.join('\n')}\n`;
}

const nameWidth = 12;

function show([name, text]: Row, mark: string): readonly string[] {
  return row(name.padEnd(nameWidth), printable(text), { indent: mark, columns: defaultColumns }).map((line, i) =>
    i === 0 ? line : line.replace('!', ' '),
  );
}

function troubles(status: StatusFacts): readonly (readonly [Style, name: string, text: string])[] {
  const { daemon, drift, held, generation } = status;
  const lanes = Object.entries(daemon?.lanes ?? {}).filter(([, { failures }]) => failures > 0);
  const unwell = status.guests
    .filter(({ state }) => state === 'failed' || state === 'drift')
    .map(({ name, state }) => (state === 'failed' ? name : `${name} (drift)`));
  return [
    ...(generation === null
      ? [['warning', 'not applied', 'nothing was applied yet: look at `natroute plan`, then `natroute apply`'] as const]
      : []),
    ...(status.unconfirmed === null
      ? []
      : [['warning', 'unconfirmed', unconfirmedText(status.unconfirmed, status.unconfirmed.waitsFor)] as const]),
    ...refused('rejected', status.rejected),
    ...refused('quarantined', status.quarantined),
    ...lanes.map(
      ([lane, { failures, lastError }]) =>
        [
          'error',
          lane,
          `failed ${failures === 1 ? 'once' : `${failures} times in a row`}: ${lastError ?? ''}`,
        ] as const,
    ),
    ...(status.guestsFailed === null ? [] : [['error', 'guests', status.guestsFailed] as const]),
    ...(unwell.length === 0 ? [] : [['error', 'guests', `failed: ${unwell.join(', ')}`] as const]),
    ...(drift === null
      ? []
      : [
          [
            'warning',
            'drift',
            `${counted(drift.changes.length, 'difference')} since ${showTime(drift.since)}${drift.items.some(isFight) ? `: ${fightWords(drift.items)}` : ''}; \`natroute drift\` shows what`,
          ] as const,
        ]),
    ...foreignTrouble(status.foreign),
    ...status.suspensions.map((one) => ['warning', 'suspended', suspensionText(one)] as const),
    ...(held === null ? [] : [['warning', 'held', `since ${showTime(held.since)}: ${held.reason}`] as const]),
    ...(daemon === null ? [['warning', 'daemon', 'not running: nothing is watched or healed'] as const] : []),
  ];
}

function refused(
  name: string,
  what: StatusFacts['rejected'],
): readonly (readonly [Style, name: string, text: string])[] {
  return what === null ? [] : [['error', name, `${showCommit(what.commit)} at ${showTime(what.at)}: ${what.reason}`]];
}

// Whose a rule is and what stands behind ours is worth a look, but no trouble.
const troublesome = new Set<Finding['code']>([
  'forward-policy',
  'hidden-nft-chain',
  'other-backend',
  'foreign-shadows',
]);
const findingsShown = 3;

function foreignTrouble(foreign: StatusFacts['foreign']): readonly (readonly [Style, name: string, text: string])[] {
  const found = (foreign?.first ?? []).filter(({ code }) => troublesome.has(code));
  return found.slice(0, findingsShown).map(({ text }, i) => ['warning', i === 0 ? 'foreign' : '', text]);
}

function standing(status: StatusFacts): readonly Row[] {
  const { commit, trusted, generation, restores, appliedAt, lastPass, foreign, daemon } = status;
  const rows: Row[] = [['repository', `${status.repository}, branch ${status.branch}`]];
  if (commit !== null) rows.push(['commit', showCommit(commit).replace(/^commit /, '')]);
  else if (generation !== null) rows.push(['commit', 'none: a folder was applied']);
  if (trusted !== null && trusted !== commit?.commit)
    rows.push(['fetched', `${trusted.slice(0, 10)}, not what is applied`]);
  if (generation !== null) {
    const whose = restores === null ? '' : `, the network of ${restores}`;
    const made = appliedAt === null ? '' : `, made ${showTime(appliedAt)}`;
    const trial = status.unconfirmed?.generation === generation ? ', not confirmed yet' : '';
    rows.push(['generation', `${generation}${whose}${made}${trial}`]);
  }
  if (lastPass !== null) rows.push(['last pass', `${showTime(lastPass.at)} ${lastPass.outcome}: ${lastPass.text}`]);
  if (foreign !== null && foreign.count > 0)
    rows.push([
      'foreign',
      `${counted(foreign.count, 'finding')} about others in the packet filter; \`natroute plan\` shows them`,
    ]);
  if (daemon !== null) {
    const next = daemon.nextPass === null ? '' : `, next pass ${showTime(daemon.nextPass)}`;
    rows.push(['daemon', `pid ${daemon.pid} since ${showTime(daemon.startedAt)}${next}`]);
  }
  return rows;
}
