/**
 * Lists and maps of a YAML file edited in the style in which they are written: in brackets or line by line, with
 * their own indentation and line ends. All but the edited places stays as it is.
 */
import type { Span } from '../parse/source.ts';
import type { Marks, YamlFile } from '../parse/yaml-data.ts';
import { insert, lineEnd, lineEndingOf, lineStart, nextLine, withoutLines, type Splice } from './splice.ts';

/** How a list or map is written: `[a, b]`, or line by line. */
export function isFlow(file: YamlFile, [start]: Span): boolean {
  return /[[{]/.test(file.source.text[start] ?? '');
}

export function marksOf(file: YamlFile, value: object): Marks {
  const marks = file.marks.get(value);
  if (marks === undefined) throw new Error('invariant: a list or map without its place in the file');
  return marks;
}

/** Where the last character of a value stands: YAML's own range of lines goes up to what comes next. */
export function endOf(file: YamlFile, value: unknown, [start, end]: Span): number {
  const marks = typeof value === 'object' && value !== null ? file.marks.get(value) : undefined;
  if (marks === undefined || isFlow(file, marks.self)) {
    return start + file.source.text.slice(start, end).trimEnd().length;
  }
  if (Array.isArray(value)) {
    const [last, place] = [value.at(-1) as unknown, marks.items.at(-1)];
    return place === undefined ? end : endOf(file, last, place);
  }
  const [key, mark] = [...marks.keys].at(-1) ?? [];
  if (key === undefined || mark === undefined) return end;
  const last = (value as Record<string, unknown>)[key];
  return Math.max(endOf(file, last, [mark.start, mark.end]), mark.keyEnd);
}

/** Parts of a list by number; what comes is written behind the last one that stays. */
export interface ListEdit {
  readonly removed: ReadonlySet<number>;
  readonly replaced: ReadonlyMap<number, string>;
  /** Each its lines, of which all but the first are indented under the first. */
  readonly added: readonly (readonly string[])[];
}

/** `keyEnd` is where the key ends that the list is the value of. */
export function editList(file: YamlFile, list: readonly unknown[], edit: ListEdit, keyEnd: number): readonly Splice[] {
  const marks = marksOf(file, list);
  const replaced = [...edit.replaced].map(([i, text]): Splice => {
    const [start, end] = marks.items[i] ?? marks.self;
    return { start, end, text };
  });
  if (isFlow(file, marks.self)) {
    const added = edit.added.map((lines) => lines.join(' '));
    return [...replaced, ...editFlow(file.source.text, marks.self, marks.items, { removed: edit.removed, added })];
  }
  return [...replaced, ...editLines(file, list, edit, keyEnd)];
}

interface FlowEdit {
  readonly removed: ReadonlySet<number>;
  readonly added: readonly string[];
}

/** What stands between brackets: the items of a list, or the entries of a map. */
export function editFlow(
  text: string,
  self: Span,
  items: readonly Span[],
  { removed, added }: FlowEdit,
): readonly Splice[] {
  const lastKept = items.findLastIndex((_, i) => !removed.has(i));
  const gone = [...removed].map((i) => items[i] ?? self);
  const behind = items.slice(lastKept + 1);
  const splices: Splice[] = gone
    .filter((span) => !behind.includes(span))
    .map((span) => {
      const next = items[items.indexOf(span) + 1] ?? span;
      return linesOf(text, span) ?? { start: span[0], end: next[0], text: '' };
    });
  const kept = items[lastKept];
  const lines = behind.map((span) => linesOf(text, span));
  const [first, last] = [behind[0], behind.at(-1)];
  if (lines.every((one) => one !== null)) splices.push(...lines);
  else if (first !== undefined && last !== undefined) {
    // Without any item a comma behind the last one would stand alone.
    const comma = kept === undefined ? (/^\s*,/.exec(text.slice(last[1]))?.[0].length ?? 0) : 0;
    splices.push({ start: kept?.[1] ?? first[0], end: last[1] + comma, text: '' });
  }
  if (added.length === 0) return splices;
  if (kept === undefined) return [insert(self[0] + 1, added.join(', ')), ...splices];
  return [...besideLast(text, { self, before: items[lastKept - 1] ?? null, last: kept }, added), ...splices];
}

/** The whole lines of an item that shares them with nothing but its comma and its comment; null for another. */
function linesOf(text: string, [start, end]: Span): Splice | null {
  const from = lineStart(text, start);
  const alone =
    text.slice(from, start).trim() === '' && /^[ \t]*,?[ \t]*(#.*)?$/.test(text.slice(end, lineEnd(text, end)));
  return alone ? withoutLines(text, start, end) : null;
}

interface LastItem {
  readonly self: Span;
  readonly before: Span | null;
  readonly last: Span;
}

/** On the same line, or where each has a line of its own, on the next one, behind the last one's comment. */
function besideLast(text: string, { self, before, last }: LastItem, added: readonly string[]): readonly Splice[] {
  const [start, end] = last;
  const ownLine = text.slice(before?.[1] ?? self[0], start).includes('\n');
  if (!ownLine) return [insert(end, added.map((one) => `, ${one}`).join(''))];
  const newLine = lineEndingOf(text) + text.slice(lineStart(text, start), start).replace(/\S.*$/, '');
  const lines = added.join(`,${newLine}`);
  const [, comma] = /^([ \t]*,)?[ \t]+#/.exec(text.slice(end, lineEnd(text, end))) ?? [null];
  if (comma === null) return [insert(end, `,${newLine}${lines}`)];
  const behind = lineEnd(text, end);
  if (comma === undefined) return [insert(end, ','), insert(behind, newLine + lines)];
  return [insert(behind, `${newLine}${lines},`)];
}

function editLines(file: YamlFile, list: readonly unknown[], edit: ListEdit, keyEnd: number): readonly Splice[] {
  const { text } = file.source;
  const { items } = marksOf(file, list);
  const { removed, added } = edit;
  const places = list.map((value, i) => {
    const span = items[i] ?? [0, 0];
    const dash = dashBefore(text, span[0]);
    return { dash, start: span[0], end: endOf(file, value, span) };
  });
  const goes = places.flatMap((_, i) => (removed.has(i) ? [withOwnComment(text, places, i)] : []));
  const model = places.at(-1);
  if (model === undefined) throw new Error('invariant: a list in lines without an item');
  const newLine = lineEndingOf(text);
  const indent = ' '.repeat(model.dash - lineStart(text, model.dash));
  const inner = indent + ' '.repeat(indentOfItem(text, model));
  const written = added.map((lines) => `${indent}- ${lines.join(newLine + inner)}`);
  const lastKept = places.findLast((_, i) => !removed.has(i));
  if (lastKept !== undefined) {
    if (written.length === 0) return goes;
    return [insert(lineEnd(text, lastKept.end), written.map((one) => newLine + one).join('')), ...goes];
  }
  if (written.length > 0) return [insert(goes[0]?.start ?? 0, written.map((one) => newLine + one).join('')), ...goes];
  return [insert(text.indexOf(':', keyEnd) + 1, ' []'), ...goes];
}

/** How far an item's own keys stand behind the dash; 2 where it begins on another line. */
function indentOfItem(text: string, { dash, start }: { readonly dash: number; readonly start: number }): number {
  return lineStart(text, start) === lineStart(text, dash) ? start - dash : 2;
}

function dashBefore(text: string, start: number): number {
  const from = Math.max(0, start - dashSearchCharacters);
  const found = /-(?:[ \t]|#[^\n]*|\r?\n)*$/.exec(text.slice(from, start));
  if (found === null) throw new Error('invariant: an item of a list without its dash');
  return from + found.index;
}

const dashSearchCharacters = 2_000;

interface ItemPlace {
  readonly dash: number;
  readonly end: number;
}

/**
 * The item's lines, and the comment right above it where that speaks of this item alone: one above several items that
 * follow each other closely is their heading, and stays.
 */
function withOwnComment(text: string, places: readonly ItemPlace[], i: number): Splice {
  const { dash, end } = places[i] ?? { dash: 0, end: 0 };
  const next = places[i + 1];
  const after = nextLine(text, end);
  let start = lineStart(text, dash);
  if (next === undefined || lineStart(text, next.dash) !== after) {
    const above = /(?:^|\n)((?:[ \t]*#[^\n]*\n)+)$/.exec(text.slice(Math.max(0, start - commentCharacters), start));
    start -= above?.[1]?.length ?? 0;
  }
  return withoutLines(text, start, end);
}

const commentCharacters = 4_000;

export interface MapEdit {
  readonly removed: ReadonlySet<string>;
  readonly added: readonly (readonly [key: string, text: string])[];
}

/** Some key stays. */
export function editMap(file: YamlFile, map: object, { removed, added }: MapEdit): readonly Splice[] {
  const { text } = file.source;
  const marks = marksOf(file, map);
  const entries = [...marks.keys];
  const written = added.map(([key, value]) => `${key}: ${value}`);
  if (isFlow(file, marks.self)) {
    const spans = entries.map(([, mark]): Span => [mark.keyStart, Math.max(mark.keyEnd, mark.end)]);
    const gone = new Set(entries.flatMap(([key], i) => (removed.has(key) ? [i] : [])));
    return editFlow(text, marks.self, spans, { removed: gone, added: written });
  }
  const ends = entries.map(([key, mark]) => {
    const value = (map as Record<string, unknown>)[key];
    return Math.max(mark.keyEnd, endOf(file, value, [mark.start, mark.end]));
  });
  const goes = entries.flatMap(([key, { keyStart }], i): Splice[] => {
    if (!removed.has(key)) return [];
    // The first key of an item stands on the line of its dash.
    const next = entries[i + 1]?.[1].keyStart;
    if (i === 0 && next !== undefined) return [{ start: keyStart, end: next, text: '' }];
    return [withoutLines(text, keyStart, ends[i] ?? keyStart)];
  });
  if (written.length === 0) return goes;
  const last = entries.findLastIndex(([key]) => !removed.has(key));
  const first = entries[0]?.[1].keyStart ?? 0;
  const newLine = lineEndingOf(text) + ' '.repeat(first - lineStart(text, first));
  return [insert(lineEnd(text, ends[last] ?? 0), written.map((one) => newLine + one).join('')), ...goes];
}
