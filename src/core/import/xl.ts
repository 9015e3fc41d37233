/**
 * Domain configs as xl reads them: the grammar of libxlu, where one mistake makes xl refuse the whole file. Held against
 * the real xl in test/xen.
 */
import { domuLimits, isAtom, Unreadable, unreadableConfig } from './domu.ts';
import type { Assigned, DomuConfig, DomuValue } from './domu.ts';

type Kind = 'ident' | 'number' | 'string' | 'newline' | 'end' | ',' | '[' | ']' | '=' | '+=' | ';';

interface Token {
  readonly kind: Kind;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Never throws; `left` has the place where xl would stop. */
export function parseXl(file: string, text: string): DomuConfig {
  try {
    if (text.length > domuLimits.bytes)
      throw new Unreadable(`it is longer than ${domuLimits.bytes} bytes`, { line: 1, column: 1 });
    return { format: 'xl', values: statements(tokensOf(text), file), left: [], readable: true };
  } catch (error) {
    if (error instanceof Unreadable) return unreadableConfig(file, 'xl', text, error);
    throw error;
  }
}

const patterns: readonly (readonly [Kind, RegExp])[] = [
  ['ident', /[a-z][_0-9a-z.]*/y],
  ['number', /[0-9][0-9a-fx]*/y],
  // A comment needs the end of its line: at the end of the file xl refuses it.
  ['newline', /\n|#.*\n/y],
  ['string', /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y],
  ['+=', /\+=/y],
];

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let [line, lineStart] = [1, 0];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === ' ' || character === '\t') {
      at += 1;
      continue;
    }
    const place = { line, column: at - lineStart + 1 };
    const [kind, found] = tokenAt(text, at) ?? [];
    if (kind === undefined || found === undefined) throw new Unreadable(whyNoToken(text, at), place);
    tokens.push({ kind, text: kind === 'string' ? unquote(found, place) : found, ...place });
    at += found.length;
    if (kind === 'newline') [line, lineStart] = [line + 1, at];
  }
  tokens.push({ kind: 'end', text: '', line, column: at - lineStart + 1 });
  return tokens;
}

function tokenAt(text: string, at: number): readonly [Kind, string] | null {
  const character = text.charAt(at);
  if (character === ',' || character === '[' || character === ']' || character === '=' || character === ';')
    return [character, character];
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return [kind, found];
  }
  return null;
}

function whyNoToken(text: string, at: number): string {
  const character = text.charAt(at);
  switch (character) {
    case '#':
      return 'xl wants an end of line behind the last comment';
    case '"':
    case "'":
      return 'the text has no closing quote on its line';
    case '\r':
      return 'the file has Windows line ends, which xl refuses';
    default:
      return /[+\-.():%]/.test(character)
        ? 'this looks like Python: xl reads data only'
        : `xl does not know the character ${JSON.stringify(character)} here`;
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

/** Bytes that are written as numbers xl refuses or loses, so they have no meaning here either. */
function unquote(literal: string, place: Pick<Token, 'line' | 'column'>): string {
  return literal.slice(1, -1).replace(/\\(.)/g, (whole: string, character: string) => {
    const meant = escapes.get(character);
    if (meant === undefined) throw new Unreadable(`xl does not read the escape ${whole}`, place);
    return meant;
  });
}

interface Reading {
  readonly tokens: readonly Token[];
  at: number;
}

function peek(reading: Reading): Token {
  const token = reading.tokens[reading.at];
  if (token === undefined) throw new Error('invariant: the tokens of a config end with their end');
  return token;
}

function take(reading: Reading, kind: Kind, wanted: string): Token {
  const token = peek(reading);
  if (token.kind !== kind) throw new Unreadable(`xl expects ${wanted} here`, token);
  reading.at += 1;
  return token;
}

function statements(tokens: readonly Token[], file: string): ReadonlyMap<string, Assigned> {
  const reading: Reading = { tokens, at: 0 };
  const values = new Map<string, Assigned>();
  for (;;) {
    const { kind } = peek(reading);
    if (kind === 'end') return values;
    if (kind === 'newline' || kind === ';') {
      reading.at += 1;
      continue;
    }
    const key = take(reading, 'ident', 'a key');
    const operator = peek(reading);
    if (operator.kind !== '=' && operator.kind !== '+=') throw new Unreadable('xl expects = here', operator);
    reading.at += 1;
    const value = valueOf(reading, 0);
    const { line, column } = key;
    const before = operator.kind === '+=' ? values.get(key.text)?.value : undefined;
    values.set(key.text, { value: added(before, value, operator), at: { file, line, column } });
    const next = peek(reading);
    if (next.kind !== 'newline' && next.kind !== ';' && next.kind !== 'end')
      throw new Unreadable('xl expects the end of the line or ; here', next);
  }
}

function added(before: DomuValue | undefined, value: DomuValue, place: Token): DomuValue {
  if (before === undefined) return value;
  if (isAtom(before) && isAtom(value)) return { text: before.text + value.text, bare: false };
  if (!isAtom(before) && !isAtom(value)) return [...before, ...value];
  throw new Unreadable('xl cannot add a list to a text, or a text to a list', place);
}

function valueOf(reading: Reading, depth: number): DomuValue {
  const token = peek(reading);
  if (token.kind === 'string' || token.kind === 'number') {
    reading.at += 1;
    return { text: token.text, bare: token.kind === 'number' };
  }
  if (depth > domuLimits.depth) throw new Unreadable('there are too many lists in each other', token);
  take(reading, '[', 'a number, a text in quotes or a list');
  const items: DomuValue[] = [];
  skipLines(reading);
  while (peek(reading).kind !== ']') {
    items.push(valueOf(reading, depth + 1));
    skipLines(reading);
    if (peek(reading).kind === ']') break;
    take(reading, ',', ', or ]');
    skipLines(reading);
  }
  reading.at += 1;
  return items;
}

function skipLines(reading: Reading): void {
  while (peek(reading).kind === 'newline') reading.at += 1;
}
