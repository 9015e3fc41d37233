/**
 * Domain configs as xm reads them: Python 2 files. What in them is data is taken; what is a program is listed and never
 * run or guessed, and no key is believed that a program may have changed.
 */
import { domuLimits, isAtom, shorten, Unreadable, unreadableConfig } from './domu.ts';
import type { Assigned, Atom, DomuConfig, DomuValue, Left } from './domu.ts';
import { pythonLines, type PyLine, type PyToken } from './python-tokens.ts';

interface Told {
  readonly file: string;
  readonly values: Map<string, Assigned>;
  readonly left: Left[];
  /** Whether code was run that could have made functions which change any name. */
  wild: boolean;
}

/** Never throws; `left` has what is no data, or the place where Python would stop. */
export function parseXm(file: string, text: string): DomuConfig {
  const told: Told = { file, values: new Map(), left: [], wild: false };
  try {
    if (text.length > domuLimits.bytes)
      throw new Unreadable(`it is longer than ${domuLimits.bytes} bytes`, { line: 1, column: 1 });
    let header: PyLine | null = null;
    for (const line of pythonLines(text)) {
      if (line.indent > 0) {
        const [first] = line.tokens;
        if (header === null && first !== undefined) throw new Unreadable('this line is indented for no reason', first);
        doubt(told, line.tokens);
        continue;
      }
      header = line.tokens.at(-1)?.text === ':' ? line : null;
      for (const tokens of isCompound(line) ? [line.tokens] : splitAt(line.tokens, ';')) statement(told, tokens, line);
    }
  } catch (error) {
    if (error instanceof Unreadable) return unreadableConfig(file, 'xm', text, error);
    throw error;
  }
  return { format: 'xm', values: told.values, left: told.left, readable: true };
}

const compound = new Set(['if', 'elif', 'else', 'for', 'while', 'def', 'class', 'try', 'except', 'finally', 'with']);

function isCompound({ tokens: [first] }: PyLine): boolean {
  return first?.kind === 'name' && compound.has(first.text ?? '');
}

/** Only outside of brackets: a semicolon inside one is no Python. */
function splitAt(tokens: readonly PyToken[], operator: string): readonly (readonly PyToken[])[] {
  const parts: PyToken[][] = [[]];
  for (const token of tokens) {
    if (isOp(token, operator)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function isOp(token: PyToken | undefined, text: string): boolean {
  return token?.kind === 'op' && token.text === text;
}

function statement(told: Told, tokens: readonly PyToken[], line: PyLine): void {
  const [first] = tokens;
  if (first === undefined) return;
  const at = { file: told.file, line: first.line, column: first.column };
  const data = assignment(tokens);
  if (data !== null) {
    for (const name of data.names) told.values.set(name, { value: data.value, at });
    return;
  }
  // A text that stands alone is a comment by another name.
  if (tokens.every(({ kind }) => kind === 'string')) return;
  doubt(told, tokens);
  told.left.push({ at, what: shorten(line.source), why: whyProgram(tokens) });
}

/** `a = 1`, `a = b = [...]`: names and a value that is there in full. Null for anything else. */
function assignment(
  tokens: readonly PyToken[],
): { readonly names: readonly string[]; readonly value: DomuValue } | null {
  const names: string[] = [];
  let at = 0;
  while (tokens[at]?.kind === 'name' && isOp(tokens[at + 1], '=')) {
    names.push(tokens[at]?.text ?? '');
    at += 2;
  }
  if (names.length === 0) return null;
  const reading: Reading = { tokens, at };
  const value = valueOf(reading, 0);
  return value === null || reading.at !== tokens.length ? null : { names, value };
}

interface Reading {
  readonly tokens: readonly PyToken[];
  at: number;
}

const words: Readonly<Record<string, string>> = { True: '1', False: '0' };

/** Null where it is no plain value. */
function valueOf(reading: Reading, depth: number): DomuValue | null {
  const token = reading.tokens[reading.at];
  if (token === undefined || depth > domuLimits.depth) return null;
  if (token.kind === 'string') return textOf(reading);
  if (isOp(token, '-') || token.kind === 'number') return numberOf(reading);
  if (token.kind === 'name') {
    const text = Object.hasOwn(words, token.text ?? '') ? words[token.text ?? ''] : undefined;
    reading.at += 1;
    return text === undefined ? null : { text, bare: true };
  }
  if (isOp(token, '[')) return listOf(reading, ']', depth);
  return isOp(token, '(') ? listOf(reading, ')', depth) : null;
}

/** Python joins texts that stand side by side. */
function textOf(reading: Reading): Atom | null {
  let text = '';
  for (;;) {
    const token = reading.tokens[reading.at];
    if (token?.kind !== 'string') return { text, bare: false };
    if (token.text === null) return null;
    text += token.text;
    reading.at += 1;
  }
}

/** Whole ones only, a leading 0 being octal as in Python 2. */
function numberOf(reading: Reading): Atom | null {
  const negative = isOp(reading.tokens[reading.at], '-');
  if (negative) reading.at += 1;
  const token = reading.tokens[reading.at];
  reading.at += 1;
  if (token?.kind !== 'number') return null;
  const written = (token.text ?? '').replace(/[lL]$/, '');
  if (!/^(0|[1-9][0-9]*|0[0-7]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+)$/.test(written) || written.length > 20) return null;
  const value = BigInt(/^0[0-7]+$/.test(written) ? `0o${written.slice(1)}` : written);
  return { text: String(negative ? -value : value), bare: true };
}

/** A list, a tuple, or one value in brackets. */
function listOf(reading: Reading, close: ')' | ']', depth: number): DomuValue | null {
  reading.at += 1;
  const items: DomuValue[] = [];
  let commas = 0;
  while (!isOp(reading.tokens[reading.at], close)) {
    const item = valueOf(reading, depth + 1);
    if (item === null) return null;
    items.push(item);
    if (isOp(reading.tokens[reading.at], ',')) {
      reading.at += 1;
      commas += 1;
    } else if (!isOp(reading.tokens[reading.at], close)) return null;
  }
  reading.at += 1;
  const [only] = items;
  return close === ')' && commas === 0 && only !== undefined ? only : items;
}

const wild = new Set(['exec', 'execfile', 'eval', 'global', 'globals', 'locals', 'vars', 'setattr', '__import__']);
const binders = new Set(['for', 'as', 'import', 'def', 'class', 'del']);
const assigns = /^(?:=|[-+*/%&|^]=|\*\*=|\/\/=|<<=|>>=)$/;

/**
 * What a program may have changed is not believed: names that it may bind, and lists that it mentions at all, for these
 * may grow without being assigned. Where it may bind any name, nothing is believed that came before.
 */
function doubt(told: Told, tokens: readonly PyToken[]): void {
  const { values } = told;
  const star = tokens[0]?.text === 'from' && isOp(tokens.at(-1), '*');
  const isWild = star || tokens.some(({ kind, text }) => kind === 'name' && wild.has(text ?? ''));
  const calls = tokens.some((token) => isOp(token, '('));
  if (isWild || (told.wild && calls)) {
    told.wild = true;
    values.clear();
    return;
  }
  const last = tokens.findLastIndex(({ kind, text }) => kind === 'op' && assigns.test(text ?? ''));
  let binding = false;
  tokens.forEach(({ kind, text }, index) => {
    if (kind !== 'name' || text === null) return;
    const known = values.get(text);
    if (known !== undefined && (index < last || binding || !isAtom(known.value))) values.delete(text);
    binding = binders.has(text) || (binding && text !== 'in');
  });
}

const meanings: Readonly<Record<string, string>> = {
  if: 'a condition: which way it goes, only Python knows',
  for: 'a loop',
  while: 'a loop',
  def: 'a function',
  class: 'a class',
  try: 'a program',
  with: 'a program',
  import: 'a program imports a module',
  from: 'a program imports a module',
  print: 'a program prints something',
  exec: 'it runs other code',
  execfile: 'it reads another file as a program',
  del: 'a program deletes something',
  None: 'None says nothing',
};

/** In one part of a sentence. */
function whyProgram(tokens: readonly PyToken[]): string {
  const [first] = tokens;
  const name = first?.kind === 'name' ? (first.text ?? '') : '';
  if (Object.hasOwn(meanings, name)) return meanings[name] ?? '';
  if (compound.has(name)) return 'part of a condition or a program';
  const equals = tokens.findIndex(({ kind, text }) => kind === 'op' && assigns.test(text ?? ''));
  const right = tokens.slice(equals + 1);
  const has = (...texts: readonly string[]): boolean =>
    right.some(({ kind, text }) => kind === 'op' && texts.includes(text ?? ''));
  const word = right.find(({ kind, text }) => kind === 'name' && !Object.hasOwn(words, text ?? ''))?.text;
  if (equals >= 0 && tokens[equals]?.text !== '=') return `${tokens[equals]?.text ?? ''} computes a value`;
  if (word === 'os') return 'it asks the operating system';
  if (has('%')) return '% puts a text together';
  if (has('+', '*', '-', '/')) return 'it computes a value';
  if (word === 'lambda') return 'a function';
  if (word === 'None') return 'None says nothing';
  if (word !== undefined && word !== null) return has('(') ? `it calls ${word}` : `it uses the variable ${word}`;
  if (has('{')) return 'a dictionary, which no domain config has';
  return equals === -1 ? 'no data, but a program' : 'a value that is neither a whole number, a text nor a list';
}
