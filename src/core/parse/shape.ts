/**
 * Holds one file's data against its schema. Refusals become sentences of our own, one for each real problem, and what
 * is refused is taken out, so that the rest of the file can still be looked at.
 */
import type { ErrorObject } from 'ajv';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import type { Schema, Validator } from '../generated/validators.js';
import { isFormat, problemOf } from './formats.ts';
import { nearest, listed } from './nearest.ts';
import { diagnose } from './source.ts';
import type { Span } from './source.ts';
import { looksLikeNumber, spellNumber } from './spell/numbers.ts';
import type { Problem } from './spell/spelled.ts';
import type { YamlFile } from './yaml-data.ts';
import { quoted } from './visible.ts';

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
export function shape<T>(file: YamlFile, validate: Validator<T>, schema: Schema): Shaped<T> {
  const { root } = file;
  if (validate(root)) return { data: root, whole: true, diagnostics: [] };
  const diagnostics = explainAll(file, schema, validate.errors ?? []);
  for (let round = 0; round < roundsMost; round++) {
    const refused = (validate.errors ?? []).map((error) => partOf(file, error)).filter((part) => part !== null);
    if (refused.some((part) => part.parent === null)) return { data: null, whole: false, diagnostics };
    for (const part of refused) if (part.parent !== null) drop(file, part.parent, part.key);
    compact(file, refused);
    if (validate(root)) return { data: root, whole: false, diagnostics };
  }
  return { data: null, whole: false, diagnostics };
}

/** A part of the data: a key of a map or list, or the root where there is no parent. */
interface Part {
  readonly parent: object | null;
  readonly key: string;
  readonly value: unknown;
  readonly span: Span;
  /** From the root: `forwards[2].port`. */
  readonly path: string;
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
  let part: Part = { parent: null, key: '', value: file.root, span: file.rootSpan, path: '' };
  for (const token of tokens) {
    const parent: unknown = part.value;
    if (typeof parent !== 'object' || parent === null) return null;
    const marks = file.marks.get(parent);
    const inList = Array.isArray(parent);
    const value: unknown = (parent as Record<string, unknown>)[token];
    if (value === undefined) return null;
    const mark = marks?.keys.get(token);
    const isName = token === key && typeof key === 'string';
    const span = inList ? marks?.items[Number(token)] : isName ? mark?.key : mark?.value;
    const path = inList ? `${part.path}[${token}]` : part.path === '' ? token : `${part.path}.${token}`;
    part = { parent, key: token, value, span: span ?? part.span, path };
  }
  return part;
}

function explainAll(file: YamlFile, schema: Schema, errors: readonly ErrorObject[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  // One value, one problem: a wrong type makes every other word about it void.
  const told = new Set<string>();
  for (const error of errors) {
    // What is wrong with a name is said by the error inside.
    if (error.keyword === 'propertyNames') continue;
    const part = partOf(file, error);
    if (part === null) continue;
    const what = error.keyword === 'required' ? `${part.path}/${String(error.params['missingProperty'])}` : part.path;
    if (told.has(what)) continue;
    told.add(what);
    diagnostics.push(
      diagnose(file.source, markOf(file, error, part), explain(error, part, schemaAt(schema, error.schemaPath))),
    );
    if (diagnostics.length > limits.diagnosticsShown) break;
  }
  return diagnostics;
}

/** Where the marker stands: a missing key is shown at the key that its map belongs to. */
function markOf(file: YamlFile, error: ErrorObject, part: Part): Span {
  if (error.keyword !== 'required' && error.keyword !== 'dependencies') return part.span;
  if (part.parent === null || Array.isArray(part.parent)) return part.span;
  return file.marks.get(part.parent)?.keys.get(part.key)?.key ?? part.span;
}

/** The schema that holds the keyword which an error names. */
function schemaAt(schema: Schema, schemaPath: string): Readonly<Record<string, unknown>> {
  let found: unknown = schema;
  for (const token of schemaPath.split('/').slice(1, -1)) {
    if (typeof found !== 'object' || found === null) break;
    found = (found as Record<string, unknown>)[unescaped(decodeURIComponent(token))];
  }
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}

function explain(error: ErrorObject, part: Part, schema: Readonly<Record<string, unknown>>): Problem {
  const params = error.params as Readonly<Record<string, unknown>>;
  const name = part.path === '' ? 'the file' : part.path;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(part, Object.keys(schema['properties'] ?? {}));
    case 'required':
    case 'dependencies':
      return missingKey(name, String(params['missingProperty']), schema);
    case 'type':
      return wrongType(name, part.value, schema);
    case 'enum':
      return notAmong(name, part.value, params['allowedValues']);
    case 'format':
      return badlySpelled(part, error, params['format']);
    case 'minimum':
    case 'maximum':
      return outOfRange(name, part.value, schema);
    case 'maxLength':
      return {
        code: 'too-long',
        message: `${name} is too long`,
        help: `at most ${String(params['limit'])} characters are taken`,
      };
    case 'minItems':
      return emptyList(name, part);
    case 'maxItems':
    case 'maxProperties':
      return tooManyEntries(name, Number(params['limit']), schema);
    case 'minProperties':
      return { code: 'missing-key', message: `${name} is empty`, help: describe(schema) };
    case 'minLength':
      return { code: 'wrong-value', message: `${name} is an empty text`, help: describe(schema) };
    default:
      return { code: 'wrong-value', message: `${name} is not as it must be`, help: describe(schema) };
  }
}

function describe(schema: Readonly<Record<string, unknown>>): string {
  const text = schema['description'];
  return typeof text === 'string' ? lowerFirst(text.replace(/\.$/, '')) : 'compare with the documentation of this key';
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function unknownKey(part: Part, known: readonly string[]): Problem {
  const near = nearest(part.key, known);
  const where = part.path.includes('.') || part.path.includes('[') ? ` in ${parentPath(part)}` : '';
  return {
    code: 'unknown-key',
    message: `there is no key ${quoted(part.key)}${where}`,
    help: near === null ? `the keys are ${listed(known, 30)}` : `did you mean ${near}?`,
  };
}

function parentPath(part: Part): string {
  return part.path.slice(0, part.path.length - part.key.length - 1);
}

function missingKey(name: string, key: string, schema: Readonly<Record<string, unknown>>): Problem {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const description = properties[key] === undefined ? '' : describe(properties[key]);
  return {
    code: 'missing-key',
    message: `${name} has no ${quoted(key)}`,
    help: description === '' || description.startsWith('compare') ? `add ${key}` : `add ${key}: ${description}`,
  };
}

const typeWords: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  string: 'a text',
  array: 'a list',
  object: 'a map of keys and values',
  boolean: 'true or false',
  null: 'empty',
};

function wrongType(name: string, value: unknown, schema: Readonly<Record<string, unknown>>): Problem {
  const wanted = [schema['type']].flat().map(String);
  const words = listed(wanted.filter((t) => t !== 'null').map((t) => typeWords[t] ?? t));
  if (value === null)
    return { code: 'wrong-type', message: `${name} is empty`, help: `give it a value (${words}), or remove the key` };
  if (typeof value === 'string' && wanted.includes('integer')) {
    const spelled = spellNumber(value);
    if (!('problem' in spelled))
      return {
        code: 'wrong-type',
        message: `${name} must be ${words}, and ${quoted(value)} is a text`,
        help: 'remove the quotes',
      };
    if (looksLikeNumber(value)) return spelled.problem;
  }
  const help =
    typeof value === 'number' && wanted.includes('string')
      ? 'put it in quotes, or write what is meant'
      : describe(schema);
  return { code: 'wrong-type', message: `${name} must be ${words}, and ${shown(value)}`, help };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'is a list';
  if (value === null) return 'is empty';
  if (typeof value === 'string') return `${quoted(value)} is a text`;
  if (typeof value === 'number') return `${value} is a number`;
  if (typeof value === 'boolean') return `${value} is neither`;
  return 'is a map';
}

function notAmong(name: string, value: unknown, allowed: unknown): Problem {
  const words = Array.isArray(allowed) ? allowed.map(String) : [];
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const near = nearest(text, words);
  const choice = `write ${listed(words)}`;
  return {
    code: 'wrong-value',
    message: `${name} cannot be ${quoted(text)}`,
    help: near === null ? choice : `did you mean ${near}? (${listed(words)})`,
  };
}

function badlySpelled(part: Part, error: ErrorObject, format: unknown): Problem {
  const text = error.propertyName ?? (typeof part.value === 'string' ? part.value : '');
  const problem = isFormat(format) ? problemOf(format, text) : null;
  // The validator just said no by the same reading.
  if (problem === null) throw new Error(`a value was refused for its format ${String(format)} without a reason`);
  return problem;
}

function outOfRange(name: string, value: unknown, schema: Readonly<Record<string, unknown>>): Problem {
  const isPort = schema['format'] === 'ports';
  const range = `from ${String(schema['minimum'])} to ${String(schema['maximum'])}`;
  return isPort
    ? { code: 'port', message: `${String(value)} is not a port`, help: `ports go ${range}` }
    : { code: 'wrong-value', message: `${name} cannot be ${String(value)}`, help: `write a number ${range}` };
}

function emptyList(name: string, part: Part): Problem {
  if (part.key === 'from')
    return {
      code: 'sources',
      message: `${name} is an empty list: nobody could use the forward`,
      help: 'delete the forward, or remove `from` to let everyone in',
    };
  return {
    code: 'wrong-value',
    message: `${name} is an empty list`,
    help: 'write at least one entry, or remove the key',
  };
}

function tooManyEntries(name: string, limit: number, schema: Readonly<Record<string, unknown>>): Problem {
  if (limit === 1) return { code: 'wrong-value', message: `${name} has more than one key`, help: describe(schema) };
  // Lists of two are one IPv4 and one IPv6.
  const help = limit === 2 ? 'one IPv4 and one IPv6 are the most' : `at most ${limit} are taken`;
  return { code: 'wrong-value', message: `${name} has too many entries`, help };
}
