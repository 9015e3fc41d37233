/** What a schema refuses, in sentences of our own: never the validator's. */
import type { ErrorObject } from 'ajv';
import { isFormat, problemOf } from './formats.ts';
import { listed, nearest } from './nearest.ts';
import type { Span } from './source.ts';
import { looksLikeNumber, spellNumber } from './spell/numbers.ts';
import type { Problem } from './spell/spelled.ts';
import { quoted, visible } from './visible.ts';

/** A part of the data: a key of a map or list, or the root where there is no parent. */
export interface Part {
  readonly parent: object | null;
  readonly key: string;
  readonly value: unknown;
  readonly span: Span;
  /** From the root: `forwards[2].port`. */
  readonly path: string;
  readonly parentPath: string;
}

const theFile = 'the file';

/** The schema around a keyword: its other words explain what was meant. */
export type SchemaPart = Readonly<Record<string, unknown>>;

/** One refusal by a schema in our own words. */
export function explain(error: ErrorObject, part: Part): Problem {
  const schema: SchemaPart = error.parentSchema ?? {};
  const params = error.params as Readonly<Record<string, unknown>>;
  const name = part.path === '' ? theFile : part.path;
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

function describe(schema: SchemaPart): string {
  const text = schema['description'];
  return typeof text === 'string'
    ? lowerFirst(text.replace(/\.$/, ''))
    : `write ${listed(typesOf(schema).map((t) => typeWords[t] ?? t))}`;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function unknownKey(part: Part, known: readonly string[]): Problem {
  const near = nearest(part.key, known);
  const where = part.parentPath === '' ? '' : ` in ${part.parentPath}`;
  return {
    code: 'unknown-key',
    message: `there is no key ${quoted(part.key)}${where}`,
    help: near === null ? `the keys are ${listed(known, 30)}` : `did you mean ${near}?`,
  };
}

function missingKey(name: string, key: string, schema: SchemaPart): Problem {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, SchemaPart>>;
  const description = properties[key] === undefined ? '' : describe(properties[key]);
  return {
    code: 'missing-key',
    message: `${name} has no ${quoted(key)}`,
    help: description === '' ? `add ${key}` : `add ${key}: ${description}`,
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

export function typesOf(schema: SchemaPart): readonly string[] {
  return [schema['type']].flat().map(String);
}

function wrongType(name: string, value: unknown, schema: SchemaPart): Problem {
  const wanted = typesOf(schema);
  const words = listed(wanted.filter((t) => t !== 'null').map((t) => typeWords[t] ?? t));
  const problem = (message: string, help: string): Problem => ({ code: 'wrong-type', message, help });
  if (name === theFile)
    return problem(
      `${name} must be ${words}, and ${shown(value)}`,
      'write KEY: VALUE lines; `natroute init` shows some',
    );
  if (value === null) return problem(`${name} is empty`, `give it a value (${words}), or remove the key`);
  if (typeof value === 'string' && wanted.includes('integer') && looksLikeNumber(value)) {
    const spelled = spellNumber(value);
    return 'problem' in spelled
      ? spelled.problem
      : problem(`${name} must be ${words}, and ${quoted(value)} is a text`, 'remove the quotes');
  }
  return problem(`${name} must be ${words}, and ${shown(value)}`, typeHelp(value, wanted, schema));
}

/** What to write instead, where that can be told from what is there. */
function typeHelp(value: unknown, wanted: readonly string[], schema: SchemaPart): string {
  const scalar = typeof value === 'string' || typeof value === 'number' ? visible(String(value)) : null;
  if (wanted.includes('array') && !wanted.includes('string'))
    return scalar === null ? 'write a list: each entry on a line that begins with a dash' : `write a list: [${scalar}]`;
  if (wanted.includes('boolean')) {
    if (/^(yes|on|y)$/i.test(scalar ?? '')) return 'write true';
    return /^(no|off|n)$/i.test(scalar ?? '') ? 'write false' : 'write true or false';
  }
  if (typeof value === 'number' && wanted.includes('string'))
    return schema['format'] === 'listen'
      ? `write ${value}/tcp or ${value}/udp`
      : 'put it in quotes if the text is meant';
  const required = schema['required'];
  if (wanted.includes('object') && scalar !== null && Array.isArray(required) && required.length === 1)
    return `write { ${String(required[0])}: ${scalar} }`;
  return describe(schema);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'is a list';
  if (value === null) return 'is empty';
  if (typeof value === 'string') return `${quoted(value)} is a text`;
  if (typeof value === 'number') return `${value} is a number`;
  if (typeof value === 'boolean') return `is ${value}`;
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

function outOfRange(name: string, value: unknown, schema: SchemaPart): Problem {
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

function tooManyEntries(name: string, limit: number, schema: SchemaPart): Problem {
  if (limit === 1) return { code: 'wrong-value', message: `${name} has more than one key`, help: describe(schema) };
  // Lists of two are one IPv4 and one IPv6.
  const help = limit === 2 ? 'one IPv4 and one IPv6 are the most' : `at most ${limit} are taken`;
  return { code: 'wrong-value', message: `${name} has too many entries`, help };
}
