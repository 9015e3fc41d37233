/**
 * A ledger entry as the text that git keeps, and back. The message is for people: a subject, a line per change, and
 * trailers, which are what is read back; `changes.json` has the changes in full.
 */
import { earlierSteps } from './earlier.ts';
import type { Change, Impact } from '../../model/change.ts';
import type { Guest } from '../../model/desired.ts';
import { limits } from '../../model/limits.ts';
import type {
  Actor,
  Cause,
  CommitFacts,
  LedgerHeading,
  LedgerRecord,
  LedgerSummary,
  Outcome,
  Versions,
} from '../../model/record.ts';
import { diffTally } from '../files/line-diff.ts';
import { inHistory } from '../history.ts';
import { oneLine } from './plain.ts';
import { subjectOf } from './subject.ts';

/** Gives a text piece by piece, the same one each time: of ten thousand forwards no second copy is held. */
export type Pieces = () => Iterable<string>;

export interface LedgerText {
  readonly message: string;
  /** Name -> content of the files of the entry. */
  readonly files: ReadonlyMap<string, Pieces>;
}

export const changesFile = 'changes.json';
export const natFiles = { v4: 'nat.v4', v6: 'nat.v6' } as const;

// Records, so that a cause or an outcome that is new to the model cannot be forgotten here.
const causes: Readonly<Record<Cause, true>> = {
  push: true,
  drift: true,
  heal: true,
  rollback: true,
  until: true,
  adopt: true,
  take: true,
  approve: true,
  suspend: true,
  upgrade: true,
  boot: true,
  unload: true,
  unknown: true,
};
const outcomes: Readonly<Record<Outcome, true>> = {
  'applied': true,
  'confirmed': true,
  'reported': true,
  'healed': true,
  'failed': true,
  'rolled-back': true,
  'recovered': true,
  'unloaded': true,
  'suspended': true,
  'resumed': true,
  'unknown': true,
};
const signatures: Readonly<Record<CommitFacts['signature'], true>> = {
  good: true,
  bad: true,
  unknown: true,
  none: true,
};
const actions: Readonly<Record<Change['action'], true>> = { create: true, update: true, replace: true, delete: true };
const kinds: Readonly<Record<Change['kind'], true>> = {
  'rule': true,
  'jump': true,
  'chain': true,
  'foreign-rule': true,
  'guest': true,
  'file': true,
  'sysctl': true,
};
const abouts: Readonly<Record<NonNullable<LedgerHeading['about']>, true>> = { guests: true };
const effects: Readonly<Record<Impact['effect'], true>> = {
  'opens': true,
  'closes': true,
  'narrows': true,
  'widens': true,
  'retargets': true,
  'falls-to-host': true,
};

function changeLines(change: Change): readonly string[] {
  if (change.kind === 'file') return [fileLine(change)];
  if (change.kind === 'guest') return [guestLine(change)];
  const where =
    change.family === null
      ? `${change.kind} ${change.key}:`
      : `${change.family}${change.chain === null ? '' : ` -A ${change.chain}`}`;
  const note = change.note === null ? '' : ` (${change.note})`;
  const line = (sign: string, text: string): string =>
    oneLine(`${sign} ${where} ${text}${note}`, limits.trailerCharacters);
  if (change.before === change.after) return [line('~', change.after ?? change.key)];
  return [
    ...(change.before === null ? [] : [line('-', change.before)]),
    ...(change.after === null ? [] : [line('+', change.after)]),
  ];
}

/** Its content stands in the changes and in the entry's own files. */
function fileLine({ action, key, before, after, note }: Change): string {
  const sign = { create: '+', update: '~', replace: '~', delete: '-' }[action];
  const why = note === null ? '' : ` (${note})`;
  return oneLine(`${sign} file ${key} ${diffTally(before, after)}${why}`, limits.trailerCharacters);
}

/** What was done or found; no text of a guest goes and none comes. */
function guestLine({ key, after, note }: Change): string {
  const when = note === null ? '' : ` (${note})`;
  return oneLine(`~ guest ${key}: ${after ?? ''}${when}`, limits.trailerCharacters);
}

function body(changes: readonly Change[]): string {
  const lines = changes.flatMap(changeLines);
  const shown = lines.slice(0, limits.changeLines);
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`... and ${more} more lines in ${changesFile}`] : [])].join('\n');
}

function trailers(record: LedgerSummary): string {
  const { desired, actor, versions } = record;
  const pairs: readonly (readonly [key: string, value: string | number | null])[] = [
    ['Cause', record.cause],
    ['Outcome', record.outcome],
    ['About', record.about ?? null],
    ['At', record.at],
    ['Generation', record.generation],
    ['Commit', desired?.commit ?? null],
    ['Subject', desired?.subject ?? null],
    ['Author', desired?.author ?? null],
    ['Authored', desired?.authoredAt ?? null],
    ['Signature', desired?.signature ?? null],
    ['Request', desired?.request ?? null],
    ['Actor', actor?.process ?? null],
    ['Actor-Pid', actor?.pid ?? null],
    ['Actor-User', actor?.user ?? null],
    ['Actor-As', actor?.ranAs ?? null],
    ['Actor-Command', actor?.command ?? null],
    ['Actor-Exe', actor?.exe ?? null],
    ['Actor-Terminal', actor?.terminal ?? null],
    ['Actor-Parent', actor?.parent === undefined ? null : `${actor.parent.pid} ${actor.parent.process ?? ''}`.trim()],
    ['Reason', record.reason],
    ['Left', record.left ?? null],
    ['Gap', record.gap ?? null],
    ['Versions', versions.natroute],
    ['Iptables', versions.iptables],
    ['Backend', versions.backend],
    ['Config', versions.config ?? null],
  ];
  return pairs
    .flatMap(([key, value]) =>
      value === null ? [] : [`Natroute-${key}: ${oneLine(String(value), limits.trailerCharacters)}`],
    )
    .join('\n');
}

/** A guest never changes, and most are the same at the next entry. */
const spelled = new WeakMap<Guest, string>();

function guestText(guest: Guest): string {
  const known = spelled.get(guest);
  if (known !== undefined) return known;
  const text = JSON.stringify(guest, null, 1);
  spelled.set(guest, text);
  return text;
}

export function renderEntry(record: LedgerRecord): LedgerText {
  const changes = body(record.changes);
  const message = [subjectOf(record), ...(changes === '' ? [] : [changes]), trailers(record)].join('\n\n');
  const files = new Map<string, Pieces>();
  const add = (name: string, text: string): unknown => files.set(name, () => [text]);
  if (record.nat.v4 !== '') add(natFiles.v4, record.nat.v4);
  if (record.nat.v6 !== '') add(natFiles.v6, record.nat.v6);
  const { state } = record;
  if (state !== undefined) {
    add('host.json', `${JSON.stringify(state.host, null, 1)}\n`);
    files.set('guests.json', () => guestsText(state.guests));
    for (const [path, content] of Object.entries(state.files)) add(`files${path}`, content);
  }
  files.set(changesFile, () => changesText(record));
  return { message: `${message}\n`, files };
}

function* guestsText(guests: readonly Guest[]): Generator<string> {
  yield '[\n';
  for (const [i, guest] of guests.entries()) {
    if (i > 0) yield ',\n';
    yield guestText(guest);
  }
  yield '\n]\n';
}

/** What `JSON.stringify({ changes, impact }, null, 1)` gives, and a newline. */
function* changesText({ changes, impact }: Pick<LedgerRecord, 'changes' | 'impact'>): Generator<string> {
  yield '{\n "changes": ';
  yield* listText(changes);
  yield ',\n "impact": ';
  yield* listText(impact);
  yield '\n}\n';
}

function* listText(items: readonly object[]): Generator<string> {
  for (const [i, item] of items.entries())
    yield `${i === 0 ? '[' : ','}\n  ${JSON.stringify(item, null, 1).replaceAll('\n', '\n  ')}`;
  yield items.length === 0 ? '[]' : '\n ]';
}

/** What kept an entry from being read; never thrown past the reader of the ledger. */
export class UnreadableEntry extends Error {
  override readonly name = 'UnreadableEntry';
}

/** The trailers of natroute in the last paragraph, and only there: what stands above came from outside. */
function readTrailers(message: string): ReadonlyMap<string, string> {
  const lines = message.trimEnd().split('\n');
  const found = new Map<string, string>();
  for (const line of lines.slice(lines.lastIndexOf('') + 1)) {
    const match = /^Natroute-([A-Za-z-]+): ?(.*)$/.exec(line);
    if (match === null)
      throw new UnreadableEntry(`the line ${JSON.stringify(line.slice(0, 100))} is no trailer of natroute`);
    const [, key = '', value = ''] = match;
    if (found.has(key)) throw new UnreadableEntry(`Natroute-${key} stands there twice`);
    found.set(key, value);
  }
  return found;
}

type Words<Word extends string> = Readonly<Record<Word, true>>;

function isOneOf<Word extends string>(words: Words<Word>, value: unknown): value is Word {
  return typeof value === 'string' && Object.hasOwn(words, value);
}

/** A word of a newer natroute is `unknown`; what names no natroute that wrote it is no entry. */
function oneOf<Word extends string>(
  words: Words<Word | 'unknown'>,
  [what, key]: readonly [what: string, key: string],
  found: ReadonlyMap<string, string>,
): Word | 'unknown' {
  const value = found.get(key);
  if (isOneOf(words, value)) return value;
  if (value !== undefined && (found.get('Versions') ?? '') !== '') return 'unknown';
  throw new UnreadableEntry(`${what} ${JSON.stringify(value ?? null)} is unknown to this natroute`);
}

function hasNewWords(found: ReadonlyMap<string, string>): boolean {
  const isNew = (words: Readonly<Record<string, true>>, key: string): boolean =>
    found.has(key) && !isOneOf(words, found.get(key));
  return (
    isNew(causes, 'Cause') || isNew(outcomes, 'Outcome') || isNew(signatures, 'Signature') || isNew(abouts, 'About')
  );
}

function wholeNumber(what: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  if (!/^[0-9]{1,15}$/.test(value)) throw new UnreadableEntry(`${what} ${JSON.stringify(value)} is no number`);
  return Number(value);
}

function desiredOf(found: ReadonlyMap<string, string>): CommitFacts | null {
  const commit = found.get('Commit');
  if (commit === undefined) return null;
  const request = found.get('Request');
  return {
    commit,
    subject: found.get('Subject') ?? '',
    author: found.get('Author') ?? '',
    authoredAt: found.get('Authored') ?? '',
    signature: oneOf(signatures, ['the signature', 'Signature'], found),
    ...(request === undefined ? {} : { request }),
  };
}

function actorOf(found: ReadonlyMap<string, string>): Actor | null {
  const [ranAs, command, exe, terminal] = ['As', 'Command', 'Exe', 'Terminal'].map((key) => found.get(`Actor-${key}`));
  const parent = parentOf(found.get('Actor-Parent'));
  const actor: Actor = {
    process: found.get('Actor') ?? null,
    pid: wholeNumber('the pid', found.get('Actor-Pid')),
    user: found.get('Actor-User') ?? null,
    ...(ranAs === undefined ? {} : { ranAs }),
    ...(command === undefined ? {} : { command }),
    ...(exe === undefined ? {} : { exe }),
    ...(terminal === undefined ? {} : { terminal }),
    ...(parent === undefined ? {} : { parent }),
  };
  return Object.values(actor).every((value) => value === null) ? null : actor;
}

function parentOf(text: string | undefined): Actor['parent'] {
  if (text === undefined) return undefined;
  const [pid, ...name] = text.split(' ');
  return { pid: wholeNumber('the pid of the parent', pid) ?? 0, process: name.length === 0 ? null : name.join(' ') };
}

function versionsOf(found: ReadonlyMap<string, string>): Versions {
  const config = found.get('Config');
  return {
    natroute: found.get('Versions') ?? '',
    iptables: found.get('Iptables') ?? null,
    backend: found.get('Backend') ?? null,
    ...(config === undefined ? {} : { config }),
  };
}

/** The message alone, without changes and impact. Throws UnreadableEntry. */
export function parseMessage(message: string): LedgerHeading {
  const found = readTrailers(message);
  const at = found.get('At') ?? '';
  if (Number.isNaN(Date.parse(at))) throw new UnreadableEntry(`its time ${JSON.stringify(at)} is none`);
  const [left, gap, about] = ['Left', 'Gap', 'About'].map((key) => found.get(key));
  return {
    cause: oneOf(causes, ['the cause', 'Cause'], found),
    outcome: oneOf(outcomes, ['the outcome', 'Outcome'], found),
    at,
    generation: wholeNumber('the generation', found.get('Generation')),
    desired: desiredOf(found),
    actor: actorOf(found),
    versions: versionsOf(found),
    reason: found.get('Reason') ?? null,
    ...(left === undefined ? {} : { left }),
    ...(gap === undefined ? {} : { gap }),
    ...(about === 'guests' ? { about } : {}),
    ...(hasNewWords(found) ? { newer: true } : {}),
  };
}

function listIn(json: object, key: string): readonly Record<string, unknown>[] {
  const list: unknown = key in json ? (json as Record<string, unknown>)[key] : null;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'object' && item !== null)) {
    throw new UnreadableEntry(`${changesFile} has no list of ${key}`);
  }
  return list as Record<string, unknown>[];
}

function mustBeWord(value: unknown): void {
  if (typeof value !== 'string') throw new UnreadableEntry(`${JSON.stringify(value ?? null)} is no word of a change`);
}

/** The content of `changes.json`, without those that only a newer natroute knows. Throws UnreadableEntry. */
export function parseChanges(text: string): Pick<LedgerSummary, 'changes' | 'impact' | 'newer'> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnreadableEntry(`${changesFile} is no JSON`);
  }
  if (typeof json !== 'object' || json === null) throw new UnreadableEntry(`${changesFile} is no JSON object`);
  const all = { changes: listIn(json, 'changes'), impact: listIn(json, 'impact') };
  for (const { action, kind } of all.changes) for (const word of [action, kind]) mustBeWord(word);
  for (const { effect } of all.impact) mustBeWord(effect);
  const changes = all.changes.filter(({ action, kind }) => isOneOf(actions, action) && isOneOf(kinds, kind));
  const impact = all.impact.filter(({ effect }) => isOneOf(effects, effect));
  return {
    changes: changes as unknown as readonly Change[],
    impact: impact as unknown as readonly Impact[],
    ...(changes.length + impact.length < all.changes.length + all.impact.length ? { newer: true } : {}),
  };
}

/** All that the keeper of the ledger needs to know of entries. */
export const ledgerText = { renderEntry, parseMessage, parseChanges, inHistory, earlierSteps } as const;
