/** Splices of one file -> a unified diff that `git apply` takes. */
import { applySplices, inOrder, lineStart, nextLine, type Splice } from './splice.ts';

const contextLines = 3;

/** Whole lines that go and the lines that come for them; counted from 0. */
interface Hunk {
  readonly first: number;
  readonly old: readonly string[];
  readonly fresh: readonly string[];
}

/** '' where nothing changes. `path` is relative to the repository's root. */
export function unifiedDiff(path: string, before: string, splices: readonly Splice[]): string {
  const lines = splitLines(before);
  const hunks = regionsOf(before, splices)
    .map((region) => hunkOf(before, region))
    .filter(changesSomething);
  if (hunks.length === 0) return '';
  let moved = 0;
  const shown = inGroups(hunks).map((group) => {
    const from = Math.max(0, (group[0]?.first ?? 0) - contextLines);
    const body: string[] = [];
    let at = from;
    for (const { first, old, fresh } of group) {
      body.push(...marked(' ', lines.slice(at, first)), ...marked('-', old), ...marked('+', fresh));
      at = first + old.length;
    }
    const to = Math.min(lines.length, at + contextLines);
    body.push(...marked(' ', lines.slice(at, to)));
    const grown = group.reduce((sum, { old, fresh }) => sum + fresh.length - old.length, 0);
    const heading = `@@ -${span(from, to - from)} +${span(from + moved, to - from + grown)} @@\n`;
    moved += grown;
    return heading + body.join('');
  });
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${shown.join('')}`;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly splices: readonly Splice[];
}

/** Whole lines around the splices; those that meet are one region. */
function regionsOf(text: string, splices: readonly Splice[]): readonly Region[] {
  const regions: Region[] = [];
  for (const splice of byLines(text, splices)) {
    const start = lineStart(text, splice.start);
    const atLineStart = splice.end > splice.start && lineStart(text, splice.end) === splice.end;
    const end = atLineStart ? splice.end : nextLine(text, splice.end);
    const last = regions.at(-1);
    if (last === undefined || start > last.end || (start === last.end && start === splice.start && end > start))
      regions.push({ start, end, splices: [splice] });
    else
      regions[regions.length - 1] = {
        start: last.start,
        end: Math.max(end, last.end),
        splices: [...last.splices, splice],
      };
  }
  return regions;
}

/** Those that touch as one; and lines that go are counted with the line break behind them, as a diff counts them. */
function byLines(text: string, splices: readonly Splice[]): readonly Splice[] {
  const joined: Splice[] = [];
  for (const splice of inOrder(splices)) {
    const last = joined.at(-1);
    if (last === undefined || last.end !== splice.start) joined.push(splice);
    else joined[joined.length - 1] = { start: last.start, end: splice.end, text: last.text + splice.text };
  }
  return joined.map((splice) => {
    const breaks = [splice.start, splice.end].every((at) => /^\r?\n/.test(text.slice(at, at + 2)));
    if (splice.text !== '' || !breaks) return splice;
    return { start: nextLine(text, splice.start), end: nextLine(text, splice.end), text: '' };
  });
}

function hunkOf(text: string, { start, end, splices }: Region): Hunk {
  const old = splitLines(text.slice(start, end));
  const shifted = splices.map((one) => ({ ...one, start: one.start - start, end: one.end - start }));
  const fresh = splitLines(applySplices(text.slice(start, end), shifted));
  const least = Math.min(old.length, fresh.length);
  let head = 0;
  while (head < least && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < least - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  return {
    first: splitLines(text.slice(0, start)).length + head,
    old: old.slice(head, old.length - tail),
    fresh: fresh.slice(head, fresh.length - tail),
  };
}

function changesSomething({ old, fresh }: Hunk): boolean {
  return old.length > 0 || fresh.length > 0;
}

/** Hunks whose context would meet stand under one heading. */
function inGroups(hunks: readonly Hunk[]): readonly (readonly Hunk[])[] {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const near = before !== undefined && hunk.first - (before.first + before.old.length) <= 2 * contextLines;
    if (last !== undefined && near) last.push(hunk);
    else groups.push([hunk]);
  }
  return groups;
}

function span(from: number, count: number): string {
  return `${count === 0 ? from : from + 1},${count}`;
}

function marked(mark: ' ' | '-' | '+', lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line.endsWith('\n') ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`));
}

/** With their line ends. */
function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
