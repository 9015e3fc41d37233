/** What building shares: where each written thing stands, what was found wrong with it, and what is known so far. */
import type { Address, Host, Network } from '../../../model/desired.ts';
import type { Diagnostic, Position } from '../../../model/diagnostic.ts';
import type { Family } from '../../../model/family.ts';
import { didYouMean, listed } from '../nearest.ts';
import { diagnose, positionAt, warn } from '../source.ts';
import type { Span } from '../source.ts';
import type { Problem } from '../spell/spelled.ts';
import { keySpan, valueSpan } from '../yaml-data.ts';
import type { YamlFile } from '../yaml-data.ts';

/** What was written for a part of Desired, for pointing at it later. */
export interface Origin {
  readonly file: YamlFile;
  readonly raw: object;
  /** The only key of `raw` that stands for the part, where no map was written for it. */
  readonly only?: string;
}

export type Origins = WeakMap<object, Origin>;

/** One file that is being built. */
export interface Draft {
  readonly file: YamlFile;
  /** Nothing of it was refused: what is absent was not written. */
  readonly whole: boolean;
  readonly diagnostics: Diagnostic[];
  readonly origins: Origins;
}

/** What the files of a host say so far. */
export interface Known {
  readonly addresses: ReadonlyMap<string, Address>;
  readonly networks: ReadonlyMap<string, Network>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Also those whose files could not be read. */
  readonly guests: ReadonlySet<string>;
  /** False where a part of that file was refused: then a name that is not known may still have been written. */
  readonly hostWhole: boolean;
  readonly groupsWhole: boolean;
}

/** `spent` counts the rules of all guests so far, and is moved on. */
export interface GuestSurroundings {
  readonly host: Host;
  readonly known: Known;
  readonly spent: { rules: number };
}

export function report(draft: Draft, span: Span, problem: Problem): void {
  draft.diagnostics.push(diagnose(draft.file.source, span, problem));
}

export function caution(draft: Draft, span: Span, problem: Problem): void {
  draft.diagnostics.push(warn(draft.file.source, span, problem));
}

/** The value of a key; the whole map where the key is not in it. */
export function spanOfKey(file: YamlFile, raw: object, key: string): Span {
  const marks = file.marks.get(raw);
  const mark = marks?.keys.get(key);
  return mark === undefined ? (marks?.self ?? file.rootSpan) : valueSpan(mark);
}

export function spanOfName(file: YamlFile, raw: object, key: string): Span {
  const mark = file.marks.get(raw)?.keys.get(key);
  return mark === undefined ? spanOfKey(file, raw, key) : keySpan(mark);
}

export function spanOfSelf(file: YamlFile, raw: object): Span {
  return file.marks.get(raw)?.self ?? file.rootSpan;
}

export function spanOfItem(file: YamlFile, raw: object, key: string, index: number): Span {
  const value: unknown = (raw as Record<string, unknown>)[key];
  const marks = typeof value === 'object' && value !== null ? file.marks.get(value) : undefined;
  return marks?.items[index] ?? spanOfKey(file, raw, key);
}

export function positionOf(file: YamlFile, [start]: Span): Position {
  return positionAt(file.source, start);
}

/** A value that may stand alone, as a list. */
export function asList<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** One IP for each family; problem `ip` at the second of one family. */
export function byFamily<T extends { readonly family: Family }>(
  draft: Draft,
  values: readonly { readonly value: T; readonly span: Span }[],
): Partial<Record<Family, T>> {
  const found: Partial<Record<Family, T>> = {};
  for (const { value, span } of values) {
    if (found[value.family] === undefined) found[value.family] = value;
    else
      report(draft, span, {
        code: 'ip',
        message: `this is the second ${value.family === 'v4' ? 'IPv4' : 'IPv6'} here`,
        help: 'one IPv4 and one IPv6 are the most: give the other one a name or an interface of its own',
      });
  }
  return found;
}

/** The written texts of a key that holds one text or a list, each with its place. */
export function textsOf(
  file: YamlFile,
  raw: object,
  key: string,
): readonly { readonly text: string; readonly span: Span }[] {
  const value = (raw as Record<string, string | readonly string[] | undefined>)[key];
  if (typeof value === 'string') return [{ text: value, span: spanOfKey(file, raw, key) }];
  return asList(value).map((text, i) => ({ text, span: spanOfItem(file, raw, key, i) }));
}

export function unknownAddress(
  draft: Draft,
  raw: object,
  key: string,
  { name, known }: { readonly name: string; readonly known: Known },
): void {
  if (!known.hostWhole) return;
  const names = [...known.addresses.keys()];
  report(draft, spanOfKey(draft.file, raw, key), {
    code: 'unknown-reference',
    message: `there is no address ${name}`,
    help: didYouMean(name, names, `the addresses are ${listed(names)}`),
  });
}
