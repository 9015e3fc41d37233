/** The exact rules that come and go, as a diff by chain: what goes with `-`, what comes with `+`, what moves with `~`. */
import type { Change } from '../../model/change.ts';
import { type DiffLine, lineDiff } from '../files/line-diff.ts';
import { isOurComment, mark } from '../nat/ours.ts';
import { commentOf, quoteValue } from '../nat/rule.ts';
import { printable, type Paint, type Style } from './paint.ts';
import { counted } from './words.ts';

/** A group of lines under one heading, which is painted where it has a style. */
export interface ChangeGroup {
  readonly heading: string;
  readonly style: Style | null;
  readonly lines: readonly (readonly [Style, string])[];
}

/** In the order of the changes; neighbours of one chain together. */
export function changeGroups(changes: readonly Change[]): readonly ChangeGroup[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1);
    if (last !== undefined && placeOf(last[0]) === placeOf(change)) last.push(change);
    else groups.push([change]);
  }
  return groups.map(groupOf);
}

/** Every group's heading and lines, indented by two and by four. */
export function changeLines(changes: readonly Change[], paint: Paint): readonly string[] {
  return changeGroups(changes).flatMap(({ heading, style, lines }) => [
    `  ${style === null ? heading : paint(style, heading)}`,
    ...lines.map(([own, line]) => `    ${paint(own, line)}`),
  ]);
}

const families = { v4: 'IPv4', v6: 'IPv6' } as const;

function placeOf(change: Change | undefined): string {
  if (change === undefined) return '';
  if (change.kind === 'file') return change.key;
  if (change.kind === 'sysctl') return 'kernel settings';
  if (change.kind === 'guest') return change.key;
  return change.chain === null ? change.kind : `${change.chain}, ${families[change.family ?? 'v4']}`;
}

function groupOf(changes: readonly Change[]): ChangeGroup {
  const [first] = changes;
  if (first?.kind === 'file') return fileGroup(first);
  if (first?.kind === 'guest') return { heading: printable(first.key), style: null, lines: changes.map(guestLine) };
  if (first?.kind === 'sysctl') return { heading: placeOf(first), style: null, lines: changes.flatMap(settingLines) };
  const whole = changes.find((change) => change.kind === 'chain');
  const rest = byPort(changes.filter((change) => change !== whole));
  const labels = rest.map((change) => labelOf(change).length);
  const width = Math.min(mostLabelWidth, Math.max(0, ...labels));
  const place = printable(placeOf(changes[0]));
  return {
    heading: whole === undefined ? place : `${place}: ${chainWords(whole)}`,
    style: whole === undefined ? null : styles[whole.action],
    lines: rest.flatMap((change) => diffOf(change, width)),
  };
}

const fileWords: Readonly<Record<Change['action'], string>> = {
  create: 'a new file',
  update: 'changes',
  replace: 'made anew',
  delete: 'goes',
};
const signStyles: Readonly<Record<DiffLine['sign'], Style>> = {
  '+': 'create',
  '-': 'delete',
  ' ': 'faint',
  '~': 'faint',
};

function fileGroup({ key, action, before, after, note }: Change): ChangeGroup {
  const words = [fileWords[action], note].filter((word) => word !== null).join(', ');
  return {
    heading: printable(`${key}: ${words}`),
    style: styles[action],
    lines: lineDiff(before, after).map(({ sign, text }) => [signStyles[sign], printable(`${sign} ${text}`)] as const),
  };
}

function settingLines({ key, before, after }: Change): readonly (readonly [Style, string])[] {
  return [
    ['delete', printable(`- ${key} = ${before ?? ''}`)],
    ['create', printable(`+ ${key} = ${after ?? ''}`)],
  ];
}

function guestLine({ after, note }: Change): readonly [Style, string] {
  return ['update', printable(`~ ${after ?? ''}${note === null ? '' : `   # ${note}`}`)];
}

/** What goes and what comes at one port stand together, as in a diff; what has no port keeps its place behind. */
function byPort(changes: readonly Change[]): readonly Change[] {
  const portOf = ({ before, after }: Change): number =>
    Number(/ --dports? (\d+)/.exec(` ${after ?? before ?? ''}`)?.[1] ?? Infinity);
  const comes = ({ before }: Change): number => Number(before === null);
  const sorted = changes.map((change) => ({ change, port: portOf(change) }));
  const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
  return sorted
    .sort((a, b) => compare(a.port, b.port) || (a.port === Infinity ? 0 : comes(a.change) - comes(b.change)))
    .map(({ change }) => change);
}

const mostLabelWidth = 32;
const styles: Readonly<Record<Change['action'], Style>> = {
  create: 'create',
  update: 'update',
  replace: 'update',
  delete: 'delete',
};

function chainWords({ action, note }: Change): string {
  const words = { create: 'a new chain', update: 'the chain', replace: 'the chain, anew', delete: 'the chain goes' };
  return `${words[action]}${note === null ? '' : ` ${printable(note)}`}`;
}

/** What our comment names: `mail main:25/tcp`, without the source that the rule itself shows; '' where there is none. */
function labelOf({ before, after }: Change): string {
  const comment = commentOf(after ?? before ?? '');
  return comment === null || !isOurComment(comment) ? '' : comment.slice(mark.length + 1).replace(/ from \S+$/, '');
}

function diffOf(change: Change, width: number): readonly (readonly [Style, string])[] {
  const label = labelOf(change);
  const [before, after] = textsOf(change);
  const note = change.note === null ? '' : `   # ${change.note}`;
  const line = (style: Style, sign: string, text: string): readonly [Style, string] => [
    style,
    printable(`${sign} ${width === 0 ? '' : `${label.padEnd(width)}  `}${text}${note}`),
  ];
  if (before === after) return [line('update', '~', after ?? change.key)];
  return [
    ...(before === null ? [] : [line('delete', '-', before)]),
    ...(after === null ? [] : [line('create', '+', after)]),
  ];
}

/** Without our comment, which stands in the label; with it where nothing else tells the two apart. */
function textsOf({ before, after }: Change): readonly [string | null, string | null] {
  const short = [withoutOurComment(before), withoutOurComment(after)] as const;
  return short[0] === short[1] && before !== after ? [before, after] : short;
}

function withoutOurComment(text: string | null): string | null {
  const comment = text === null ? null : commentOf(text);
  if (text === null || comment === null || !isOurComment(comment)) return text;
  return text.replace(`-m comment --comment ${quoteValue(comment)} `, '');
}

/** `20 to create, 1 to delete`; '' for no change. */
export function changeTally(changes: readonly Change[]): string {
  const actions: readonly Change['action'][] = ['create', 'update', 'replace', 'delete'];
  const kinds = [...new Set(changes.map(({ kind }) => kind))];
  return kinds
    .flatMap((kind) =>
      actions.flatMap((action) => {
        const n = changes.filter((change) => change.kind === kind && change.action === action).length;
        return n === 0 ? [] : [`${counted(n, kind.replace('-', ' '))} to ${action}`];
      }),
    )
    .join(', ');
}
