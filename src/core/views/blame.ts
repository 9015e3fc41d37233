/** `blame` for a person: a line for each rule, with its commit and author; or all that is known of the rules of one port. */
import type { Counters } from '../../model/nat.ts';
import { showPorts } from '../../model/family.ts';
import type { Actor, LedgerStep } from '../../model/record.ts';
import type { BlamedRule } from '../ledger/blame.ts';
import { actorWords } from '../ledger/subject.ts';
import { forwardOf } from '../nat/forwards.ts';
import { isOurComment, mark } from '../nat/ours.ts';
import { commentOf } from '../nat/rule.ts';
import { printable, type Paint } from './paint.ts';
import { counted, row, showCommit, showTime } from './words.ts';

export interface BlameFacts {
  readonly host: string;
  readonly from: 'kernel' | 'ledger';
  readonly note: string | null;
  readonly newest: LedgerStep | null;
  readonly rules: readonly ShownRule[];
  readonly missing: readonly ShownRule[];
}

type ShownRule = BlamedRule & {
  readonly firstSeen: {
    readonly id: string | null;
    readonly at: string;
    readonly actor: Actor | null;
    readonly before: boolean;
  } | null;
};

export interface BlameShape {
  readonly columns: number;
  /** Everything of each rule, instead of a line. */
  readonly whole: boolean;
}

export function blameText(facts: BlameFacts, paint: Paint, shape: BlameShape): string {
  const lines = [paint('strong', heading(facts))];
  if (facts.note !== null) lines.push(paint('warning', `the kernel was not asked: ${printable(facts.note)}`));
  const titles: Readonly<Record<BlamedRule['kind'], string>> = {
    forward: 'Forwards',
    frame: 'The frame around them',
    stranger: "Not natroute's",
  };
  for (const kind of ['forward', 'frame', 'stranger'] as const) {
    const rules = facts.rules.filter((rule) => rule.kind === kind);
    if (rules.length === 0) continue;
    lines.push('', paint('strong', titles[kind]));
    lines.push(...section(rules, paint, shape));
  }
  if (facts.missing.length > 0) {
    lines.push('', paint('error', 'In the ledger and no more in the kernel (see `natroute drift`)'));
    lines.push(...section(facts.missing, paint, shape));
  }
  if (facts.rules.length === 0 && facts.missing.length === 0) lines.push('no such rule');
  return `${lines.join('\n')}\n`;
}

function heading({ host, from, newest, rules }: BlameFacts): string {
  const where = from === 'kernel' ? 'as they are in the kernel now' : 'as the last entry of the ledger has them';
  const last =
    newest === null ? 'the ledger is empty' : `last entry ${newest.id.slice(0, 10)}, ${showTime(newest.heading.at)}`;
  return `${printable(host)}: ${counted(rules.length, 'rule')} ${where}; ${last}`;
}

function section(rules: readonly ShownRule[], paint: Paint, shape: BlameShape): readonly string[] {
  if (shape.whole) return rules.flatMap((rule) => ['', ...wholeRule(rule, paint, shape.columns)]).slice(1);
  return table(
    rules.map((rule) => cellsOf(rule)),
    paint,
    shape.columns,
  );
}

const titlesOfColumns = ['rule', 'commit', 'author', 'signed', 'applied', 'packets'] as const;

/** What each rule is, its commit, author, signature, when it was applied, and what it carried. */
function cellsOf(rule: ShownRule): readonly string[] {
  const { brought, began, counters } = rule;
  const desired = brought?.heading.desired ?? null;
  const at = showTime(brought?.heading.at ?? began?.heading.at ?? rule.firstSeen?.at ?? '').slice(0, 16);
  return [
    whatOf(rule),
    desired?.commit.slice(0, 10) ?? '-',
    desired === null ? whose(rule) : (desired.author.split(' <')[0] ?? ''),
    desired?.signature ?? '-',
    at === '' ? '-' : at,
    counters === null ? '-' : String(counters.packets),
  ].map(printable);
}

/** Whom to ask about a rule that no commit brought. */
function whose(rule: ShownRule): string {
  const actor = actorWords(rule.began?.heading.actor ?? rule.firstSeen?.actor ?? null).replace(/^by /, '');
  if (actor !== '') return actor;
  if (rule.brought !== null) return 'a folder';
  if (rule.began === null && rule.firstSeen === null) return 'not recorded';
  return rule.firstSeen?.before === true ? 'before natroute' : 'by hand';
}

function whatOf({ kind, chain, text, family }: BlamedRule): string {
  const six = family === 'v6' ? ' IPv6' : '';
  const comment = commentOf(text);
  const forward = kind === 'forward' ? forwardOf(chain, text) : null;
  if (forward !== null) {
    const guest = comment?.slice(mark.length + 1).split(' ')[0] ?? '';
    const source = / from (\S+)$/.exec(comment ?? '')?.[1];
    return `${forward.address}:${showPorts(forward.ports)}/${forward.protocol} ${guest}${source === undefined ? '' : ` from ${source}`}${six}`;
  }
  const own = comment !== null && isOurComment(comment) ? comment.slice(mark.length + 1) : null;
  return own === null ? `${chain} ${text}${six}` : `${chain} ${own}${six}`.trimEnd();
}

/** Columns as wide as what is in them; the rule gives way, down to a readable width, then is cut. */
function table(rows: readonly (readonly string[])[], paint: Paint, columns: number): readonly string[] {
  const all = [titlesOfColumns, ...rows];
  const most = [Infinity, 10, 20, 7, 16, 12];
  const widths = titlesOfColumns.map((_, i) =>
    Math.min(most[i] ?? 0, Math.max(...all.map((cells) => (cells[i] ?? '').length))),
  );
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 2);
  widths[0] = Math.max(24, Math.min(widths[0] ?? 0, columns - rest));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (i === cells.length - 1 ? cell.padStart(widths[i] ?? 0) : cut(cell, widths[i] ?? 0).padEnd(widths[i] ?? 0))).join('  ')}`;
  return [paint('faint', line(titlesOfColumns)), ...rows.map(line)];
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}

function wholeRule(rule: ShownRule, paint: Paint, columns: number): readonly string[] {
  const { brought, began, counters, chain, text, family } = rule;
  const lines = [`  ${paint('strong', printable(whatOf(rule)))}`];
  const say = (name: string, words: string | null): void => {
    if (words !== null) lines.push(...row(name.padEnd(11), printable(words), { indent: '    ', columns }));
  };
  const desired = brought?.heading.desired ?? null;
  say('rule', `${family === 'v6' ? 'IPv6 ' : ''}-A ${chain} ${text}`);
  say('commit', desired === null ? null : showCommit(desired).replace(/^commit /, ''));
  say('signature', desired?.signature ?? null);
  say('request', desired?.request ?? null);
  say('applied', brought === null ? null : entryWords(brought));
  if (began !== null && began.id !== brought?.id)
    say(brought === null ? 'by hand' : 'again', `${entryWords(began)} ${actorWords(began.heading.actor)}`.trimEnd());
  if (rule.firstSeen !== null) say('first seen', seenWords(rule.firstSeen));
  if (began === null && rule.firstSeen === null) say('first seen', 'not recorded');
  say('carried', countersWords(counters));
  return lines;
}

function seenWords({ id, at, actor, before }: NonNullable<ShownRule['firstSeen']>): string {
  if (before) return `${showTime(at)}, when natroute looked for the first time`;
  const entry = id === null ? '' : `, entry ${id.slice(0, 10)}`;
  return `${showTime(at)}${entry} ${actorWords(actor)}`.trimEnd();
}

function entryWords({ id, heading: { at, cause, generation } }: LedgerStep): string {
  return `${showTime(at)}, ${cause}${generation === null ? '' : `, generation ${generation}`}, entry ${id.slice(0, 10)}`;
}

function countersWords(counters: Counters | null): string | null {
  return counters === null ? null : `${counted(counters.packets, 'packet')}, ${counters.bytes} bytes`;
}
