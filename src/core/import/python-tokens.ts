/** The words of a Python 2 file, line by logical line, as far as a domain config of xm needs them. */
import { Unreadable } from './domu.ts';

export interface PyToken {
  readonly kind: 'name' | 'number' | 'string' | 'op';
  /** A string's value; else as written. Null for a string whose value is no text. */
  readonly text: string | null;
  readonly line: number;
  readonly column: number;
}

/** A logical line: what stands in brackets or behind a backslash belongs to it. */
export interface PyLine {
  readonly indent: number;
  readonly tokens: readonly PyToken[];
  /** Its first line as it is written. */
  readonly source: string;
}

interface Scan {
  readonly text: string;
  at: number;
  line: number;
  lineStart: number;
}

const operators = /\*\*=?|\/\/=?|<<=?|>>=?|[-+*/%&|^=!<>]=|<>|[-+*/%@&|^~<>()[\]{},:.`=;]/y;
const blanks = /[ \t\f]*(?:#[^\n]*)?/y;

/** Throws Unreadable where Python would stop. */
export function pythonLines(text: string): readonly PyLine[] {
  const scan: Scan = { text: text.replace(/\r\n?/g, '\n'), at: 0, line: 1, lineStart: 0 };
  const lines: PyLine[] = [];
  while (scan.at < scan.text.length) {
    const line = readLine(scan);
    if (line !== null) lines.push(line);
  }
  return lines;
}

const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };

/** Null for a line with nothing on it. */
function readLine(scan: Scan): PyLine | null {
  const start = scan.at;
  const tokens: PyToken[] = [];
  const open: PyToken[] = [];
  for (;;) {
    skip(scan, blanks);
    const character = scan.text.charAt(scan.at);
    if (character === '' || (character === '\n' && open.length === 0)) {
      newLine(scan);
      break;
    }
    if (character === '\n') newLine(scan);
    else if (character === '\\' && scan.text.charAt(scan.at + 1) === '\n') {
      scan.at += 1;
      newLine(scan);
    } else {
      const token = readToken(scan);
      tokens.push(token);
      balance(token, open);
    }
  }
  const [unclosed] = open;
  if (unclosed !== undefined) throw new Unreadable(`the ${unclosed.text ?? ''} is never closed`, unclosed);
  const source = scan.text.slice(start, lineEnd(scan.text, start));
  return tokens.length === 0 ? null : { indent: indentOf(source), tokens, source: source.trim() };
}

function balance(token: PyToken, open: PyToken[]): void {
  if (token.kind !== 'op' || token.text === null) return;
  if ('([{'.includes(token.text)) open.push(token);
  const opener = pairs[token.text];
  if (opener !== undefined && open.pop()?.text !== opener)
    throw new Unreadable(`this ${token.text} closes nothing`, token);
}

function indentOf(source: string): number {
  let indent = 0;
  for (const character of source) {
    if (character === ' ') indent += 1;
    else if (character === '\t') indent += 8 - (indent % 8);
    else break;
  }
  return indent;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function newLine(scan: Scan): void {
  if (scan.at < scan.text.length) scan.at += 1;
  scan.line += 1;
  scan.lineStart = scan.at;
}

function skip(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? '';
  scan.at += found.length;
  return found;
}

const names = /[A-Za-z_][A-Za-z0-9_]*/y;
const numbers = /(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9]+)[a-zA-Z]*/y;
const stringStart = /(?:[uU]|[bB])?[rR]?(?:"""|'''|"|')/y;

function readToken(scan: Scan): PyToken {
  const place = { line: scan.line, column: scan.at - scan.lineStart + 1 };
  const opening = skip(scan, stringStart);
  if (opening !== '') return { kind: 'string', text: readString(scan, opening, place), ...place };
  for (const [kind, pattern] of [
    ['name', names],
    ['number', numbers],
    ['op', operators],
  ] as const) {
    const text = skip(scan, pattern);
    if (text !== '') return { kind, text, ...place };
  }
  const character = scan.text.charAt(scan.at);
  throw new Unreadable(`Python does not know the character ${JSON.stringify(character)} here`, place);
}

const named: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Null where the bytes are no UTF-8, or where Python would read a character by its number. */
function readString(scan: Scan, opening: string, place: Pick<PyToken, 'line' | 'column'>): string | null {
  const quote = /["']+$/.exec(opening)?.[0] ?? '"';
  const isRaw = /r/i.test(opening);
  const isUnicode = /u/i.test(opening);
  const bytes: number[] = [];
  let plain = true;
  const encoder = new TextEncoder();
  const end = (): boolean => scan.text.startsWith(quote, scan.at);
  while (!end()) {
    const character = String.fromCodePoint(scan.text.codePointAt(scan.at) ?? 0);
    if (scan.at >= scan.text.length || (character === '\n' && quote.length === 1))
      throw new Unreadable('the text has no closing quote', place);
    if (character === '\\') {
      const code = /^\\(?:\n|x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/.exec(scan.text.slice(scan.at, scan.at + 4))?.[0] ?? '\\';
      if (isUnicode && /^\\[uUNx0-7]/.test(code)) plain = false;
      bytes.push(...(isRaw ? encoder.encode(code) : escaped(code, encoder)));
      for (let i = 0; i < code.length; i++) advance(scan, 1);
      continue;
    }
    bytes.push(...encoder.encode(character));
    advance(scan, character.length);
  }
  scan.at += quote.length;
  if (!plain) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function advance(scan: Scan, by: number): void {
  const isEnd = scan.text.charAt(scan.at) === '\n';
  scan.at += by;
  if (!isEnd) return;
  scan.line += 1;
  scan.lineStart = scan.at;
}

/** A backslash before anything else stays. */
function escaped(code: string, encoder: { encode(text: string): Uint8Array }): Iterable<number> {
  const rest = code.slice(1);
  if (rest === '\n') return [];
  if (/^x..$/.test(rest)) return [Number.parseInt(rest.slice(1), 16)];
  if (/^[0-7]+$/.test(rest)) return [Number.parseInt(rest, 8) & 255];
  if (rest === '\\' || rest === "'" || rest === '"') return encoder.encode(rest);
  const byte = Object.hasOwn(named, rest) ? named[rest] : undefined;
  return byte === undefined ? encoder.encode(code) : [byte];
}
