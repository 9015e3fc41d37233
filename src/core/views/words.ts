/** Small words that all views share: times, counts, commits, and folding to a width. */
import type { CommitFacts } from '../../model/record.ts';
import { printable } from './paint.ts';

/** What a view is folded to where nothing else is known. */
export const defaultColumns = 100;

/** `2026-11-22 19:32:55Z`; what is no ISO 8601 time stays as it is. */
export function showTime(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(iso);
  return match === null ? printable(iso) : `${match[1] ?? ''} ${match[2] ?? ''}Z`;
}

/** `1 rule`, `2 rules`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `commit 7f5cd17276 "Open ssh" by Ann <ann@example.org>` */
export function showCommit({ commit, subject, author }: CommitFacts): string {
  return `commit ${commit.slice(0, 10)} "${printable(subject)}" by ${printable(author)}`;
}

/** Lines of at most `columns` characters, broken at spaces; a longer word stays whole. At least one line. */
export function fold(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** `name` in a column of its own, and the text beside it folded under itself. */
export function row(name: string, text: string, { indent, columns }: RowShape): readonly string[] {
  const lines = fold(text, Math.max(20, columns - indent.length - name.length));
  return lines.map((line, i) => `${indent}${i === 0 ? name : ' '.repeat(name.length)}${line}`);
}

export interface RowShape {
  readonly indent: string;
  readonly columns: number;
}
