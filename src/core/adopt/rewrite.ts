/** Edits of a guest's `forwards:`, item by item, as splices of its file. */
import type { YamlFile } from '../parse/yaml-data.ts';
import { editList, editMap, endOf, isFlow, marksOf, type ListEdit } from './layout.ts';
import { insert, lineEnd, lineEndingOf, lineStart, type Splice } from './splice.ts';
import { writeList, type Fields } from './spelling.ts';

/** `scalar` keeps the quotes of what stands there; `whole` is written as it is. A key that is not there is added. */
export type KeyEdit =
  | { readonly kind: 'scalar' | 'whole'; readonly text: string }
  | { readonly kind: 'remove' }
  | {
      readonly kind: 'list';
      readonly removed: ReadonlySet<number>;
      readonly replaced: ReadonlyMap<number, string>;
      readonly added: readonly string[];
    };

export type ItemEdit = 'remove' | ReadonlyMap<string, KeyEdit>;

export interface NewItem {
  readonly guest: string;
  readonly fields: Fields;
}

export interface ForwardsEdit {
  /** By the item's number. */
  readonly items: ReadonlyMap<number, ItemEdit>;
  readonly added: readonly Fields[];
}

/** The file is a guest's, and without fault. */
export function editForwards(file: YamlFile, { items, added }: ForwardsEdit): readonly Splice[] {
  const root = file.root as Record<string, unknown>;
  const list = root['forwards'] as readonly Record<string, unknown>[] | undefined;
  if (list === undefined) return added.length === 0 ? [] : newList(file, root, added);
  const splices = [...items].flatMap(([i, edit]) => {
    const item = list[i];
    return edit === 'remove' || item === undefined ? [] : editItem(file, item, edit);
  });
  const edit: ListEdit = {
    removed: new Set([...items].flatMap(([i, one]) => (one === 'remove' ? [i] : []))),
    replaced: new Map(),
    added: added.map((fields) => linesOf(file, list, fields)),
  };
  return [...splices, ...editList(file, list, edit, marksOf(file, root).keys.get('forwards')?.keyEnd ?? 0)];
}

function editItem(
  file: YamlFile,
  item: Record<string, unknown>,
  edits: ReadonlyMap<string, KeyEdit>,
): readonly Splice[] {
  const { text } = file.source;
  const marks = marksOf(file, item);
  const splices: Splice[] = [];
  const removed = new Set<string>();
  const added: (readonly [string, string])[] = [];
  for (const [key, edit] of edits) {
    const mark = marks.keys.get(key);
    if (edit.kind === 'remove') removed.add(key);
    else if (edit.kind === 'list') {
      const lists = { ...edit, added: edit.added.map((one) => [one]) };
      splices.push(...editList(file, item[key] as readonly unknown[], lists, mark?.keyEnd ?? 0));
    } else if (mark === undefined) added.push([key, edit.text]);
    else {
      const end = endOf(file, item[key], [mark.start, mark.end]);
      const quote = edit.kind === 'scalar' ? (/^["']/.exec(text.slice(mark.start, end))?.[0] ?? '') : '';
      splices.push({ start: mark.start, end, text: quote + edit.text + quote });
    }
  }
  if (removed.size > 0 || added.length > 0) splices.push(...editMap(file, item, { removed, added }));
  return splices;
}

/** In the style of the last item: `{port: 80}` or key by key. */
function linesOf(file: YamlFile, list: readonly object[], fields: Fields): readonly string[] {
  const last = list.at(-1);
  const inLines = last !== undefined && !isFlow(file, marksOf(file, last).self);
  return inLines ? fields.map(([key, text]) => `${key}: ${text}`) : [inBraces(file, fields)];
}

function inBraces(file: YamlFile, fields: Fields): string {
  const pad = /\{ \S/.test(file.source.text) ? ' ' : '';
  return `{${pad}${fields.map(([key, text]) => `${key}: ${text}`).join(', ')}${pad}}`;
}

/** A guest that had no forwards until now. */
function newList(file: YamlFile, root: Record<string, unknown>, added: readonly Fields[]): readonly Splice[] {
  const { text } = file.source;
  const items = added.map((fields) => inBraces(file, fields));
  const marks = marksOf(file, root);
  if (isFlow(file, marks.self)) {
    return editMap(file, root, { removed: new Set(), added: [['forwards', writeList(items)]] });
  }
  const newLine = lineEndingOf(text);
  const dash = newLine + dashIndent(file, root);
  return [
    insert(
      lineEnd(text, endOf(file, root, marks.self)),
      `${newLine}forwards:${items.map((one) => `${dash}- ${one}`).join('')}`,
    ),
  ];
}

/** As far in as the items of `interfaces:` stand. */
function dashIndent(file: YamlFile, root: Record<string, unknown>): string {
  const list = root['interfaces'];
  if (!Array.isArray(list) || isFlow(file, marksOf(file, list).self)) return '  ';
  const start = marksOf(file, list).items[0]?.[0] ?? 0;
  const line = file.source.text.slice(lineStart(file.source.text, start), start);
  return /^( *)- *$/.exec(line)?.[1] ?? '  ';
}
