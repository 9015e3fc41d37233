/** One text file of the state repository: from character offsets to lines, columns and excerpts. */
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import type { Problem } from './spell/spelled.ts';
import { visible } from './visible.ts';

/** Offsets in UTF-16 units: where something begins, and where it ends. */
export type Span = readonly [start: number, end: number];

export interface Source {
  readonly path: string;
  readonly text: string;
  /** The offset at which each line begins. */
  readonly lineStarts: readonly number[];
}

export function createSource(path: string, text: string): Source {
  const lineStarts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1);
  return { path, text, lineStarts };
}

export function positionAt(source: Source, offset: number): Position {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { file: source.path, line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 };
}

export function offsetOf(source: Source, position: Position): number {
  return (source.lineStarts[position.line - 1] ?? source.text.length) + position.column - 1;
}

/**
 * The line at a span, with the part of the span that is on it. A long line is cut around the span; hidden
 * characters are made visible one for one, so that the marker stays below what it marks.
 */
export function excerptOf(source: Source, [start, end]: Span): NonNullable<Diagnostic['excerpt']> {
  const { line, column } = positionAt(source, start);
  const lineStart = source.lineStarts[line - 1] ?? 0;
  const next = source.lineStarts[line];
  const whole = source.text.slice(lineStart, next === undefined ? undefined : next - 1).replace(/\r$/, '');
  const index = Math.min(column - 1, whole.length);
  const length = Math.max(1, Math.min(end - start, whole.length - index));
  const most = limits.excerptCharacters;
  if (whole.length <= most) return { line: visible(whole), column: index + 1, length };
  const from = Math.max(0, Math.min(index - 20, whole.length - most));
  const cut = whole.slice(from, from + most);
  const head = from > 0 ? '...' : '';
  const tail = from + most < whole.length ? '...' : '';
  const shownColumn = index - from + head.length + 1;
  return {
    line: `${head}${visible(cut)}${tail}`,
    column: shownColumn,
    length: Math.min(length, most - (index - from)),
  };
}

export function diagnose(source: Source, span: Span, problem: Problem): Diagnostic {
  return { ...problem, severity: 'error', at: positionAt(source, span[0]), excerpt: excerptOf(source, span) };
}

export function warn(source: Source, span: Span, problem: Problem): Diagnostic {
  return { ...diagnose(source, span, problem), severity: 'warning' };
}

/**
 * Where a value that begins at `offset` ends on its line: a bracket's partner, else the next separator. It is for
 * markers only, where nothing but a position is known.
 */
export function tokenAt(source: Source, offset: number): Span {
  const { line } = positionAt(source, offset);
  const next = source.lineStarts[line];
  const rest = source.text.slice(offset, next === undefined ? undefined : next - 1);
  if (/^[{[]/.test(rest)) {
    let depth = 0;
    for (let i = 0; i < rest.length; i++) {
      if ('{['.includes(rest.charAt(i))) depth++;
      else if ('}]'.includes(rest.charAt(i)) && --depth === 0) return [offset, offset + i + 1];
    }
  }
  const key = /^("[^"]*"|'[^']*'|[^\s:,{}[\]]+):(?=\s|$)/.exec(rest)?.[1];
  if (key !== undefined) return [offset, offset + key.length];
  const plain = /^("[^"]*"|'[^']*'|[^,\]}#]*?)(?=\s*([,\]}]|\s#|$))/.exec(rest)?.[0] ?? rest;
  return [offset, offset + Math.max(1, plain.length)];
}
