/**
 * Holds one file's data against its schema. Refusals become sentences of our own, one for each real problem, and what
 * is refused is taken out, so that the rest of the file can still be looked at.
 */
import type { ErrorObject } from 'ajv';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import type { Validator } from '../generated/validators.js';
import { explain, typesOf } from './refusals.ts';
import type { Part } from './refusals.ts';
import { diagnose } from './source.ts';
import type { Span } from './source.ts';
import { visible } from './visible.ts';
import { keySpan, valueSpan } from './yaml-data.ts';
import type { YamlFile } from './yaml-data.ts';

export interface Shaped<T> {
  /** What is left after refused parts were taken out; null where nothing usable is. */
  readonly data: T | null;
  /** Nothing was taken out: what is not there was not written. */
  readonly whole: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** One round for each level that may have to go after what was below it. */
const roundsMost = 8;

/** Changes `file.root`: what is refused goes. */
export function shape<T>(file: YamlFile, validate: Validator<T>): Shaped<T> {
  const { root } = file;
  if (validate(root))
    return { data: root, whole: file.misspelled.size === 0, diagnostics: [...file.misspelled.values()] };
  const diagnostics = explainAll(file, validate.errors ?? []);
  for (let round = 0; round < roundsMost; round++) {
    const refused = (validate.errors ?? []).map((error) => partOf(file, error)).filter((part) => part !== null);
    if (refused.some((part) => part.parent === null)) return { data: null, whole: false, diagnostics };
    for (const part of refused) if (part.parent !== null) drop(file, part.parent, part.key);
    compact(file, refused);
    if (validate(root)) return { data: root, whole: false, diagnostics };
  }
  return { data: null, whole: false, diagnostics };
}

const dropped = Symbol('dropped');

function drop(file: YamlFile, parent: object, key: string): void {
  // Items leave together at the end of the round: until then the others keep their numbers.
  if (Array.isArray(parent)) parent[Number(key)] = dropped;
  else {
    Reflect.deleteProperty(parent, key);
    file.marks.get(parent)?.keys.delete(key);
  }
}

function compact(file: YamlFile, refused: readonly Part[]): void {
  for (const { parent } of refused) {
    if (!Array.isArray(parent)) continue;
    const list: unknown[] = parent;
    const marks = file.marks.get(list);
    let kept = 0;
    for (let i = 0; i < list.length; i++) {
      if (list[i] === dropped) continue;
      list[kept] = list[i];
      const span = marks?.items[i];
      if (marks && span) marks.items[kept] = span;
      kept++;
    }
    list.length = kept;
    if (marks) marks.items.length = kept;
  }
}

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** The part that an error is about, and that must go; null where it is already gone. */
function partOf(file: YamlFile, error: ErrorObject): Part | null {
  const tokens = error.instancePath.split('/').slice(1).map(unescaped);
  const { additionalProperty, propertyName } = error.params as Record<string, unknown>;
  const key = additionalProperty ?? propertyName ?? error.propertyName;
  if (typeof key === 'string') tokens.push(key);
  let part: Part = { parent: null, key: '', value: file.root, span: file.rootSpan, path: '', parentPath: '' };
  for (const token of tokens) {
    const parent: unknown = part.value;
    if (typeof parent !== 'object' || parent === null) return null;
    const marks = file.marks.get(parent);
    const inList = Array.isArray(parent);
    const value: unknown = (parent as Record<string, unknown>)[token];
    if (value === undefined) return null;
    const mark = marks?.keys.get(token);
    const isName = token === key && typeof key === 'string';
    const span = inList ? marks?.items[Number(token)] : mark && (isName ? keySpan(mark) : valueSpan(mark));
    const word = visible(token.length > 40 ? `${token.slice(0, 40)}...` : token);
    const path = inList ? `${part.path}[${token}]` : part.path === '' ? word : `${part.path}.${word}`;
    part = { parent, key: token, value, span: span ?? part.span, path, parentPath: part.path };
  }
  return part;
}

function explainAll(file: YamlFile, errors: readonly ErrorObject[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  // One value, one problem: a wrong type makes every other word about it void.
  const told = new Set<string>();
  const misspelled = new Map(file.misspelled);
  for (const error of errors) {
    // What is wrong with a name is said by the error inside.
    if (error.keyword === 'propertyNames') continue;
    const part = partOf(file, error);
    if (part === null) continue;
    const what = error.keyword === 'required' ? `${part.path}/${String(error.params['missingProperty'])}` : part.path;
    if (told.has(what)) continue;
    told.add(what);
    // How a number is spelled matters only where a number belongs.
    if (misspelled.has(part.span[0])) {
      if (error.keyword !== 'type' || typesOf(error.parentSchema ?? {}).includes('integer')) continue;
      misspelled.delete(part.span[0]);
    }
    diagnostics.push(diagnose(file.source, markOf(file, error, part), explain(error, part)));
    if (diagnostics.length > limits.diagnosticsShown) break;
  }
  return [...diagnostics, ...misspelled.values()];
}

/** Where the marker stands: a missing key is shown at the key that its map belongs to. */
function markOf(file: YamlFile, error: ErrorObject, part: Part): Span {
  if (error.keyword !== 'required' && error.keyword !== 'dependencies') return part.span;
  if (part.parent === null || Array.isArray(part.parent)) return part.span;
  const mark = file.marks.get(part.parent)?.keys.get(part.key);
  return mark === undefined ? part.span : keySpan(mark);
}
