/** Two texts as a diff of lines, with a little of what stays around each difference. */
import { limits } from '../../model/limits.ts';

export interface DiffLine {
  /** `~` stands for lines that are not shown. */
  readonly sign: ' ' | '-' | '+' | '~';
  readonly text: string;
}

/** Null stands for no file. */
export function lineDiff(before: string | null, after: string | null): readonly DiffLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const same = (text: string): DiffLine => ({ sign: ' ', text });
  return withContext([
    ...a.slice(0, head).map(same),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ]);
}

/** `+3 -1`. */
export function diffTally(before: string | null, after: string | null): string {
  const lines = lineDiff(before, after);
  const count = (sign: DiffLine['sign']): number => lines.filter((line) => line.sign === sign).length;
  return `+${count('+')} -${count('-')}`;
}

function linesOf(text: string | null): readonly string[] {
  if (text === null || text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/** The longest common run of lines stays; texts too long for that are shown as gone and come. */
function middle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const gone = a.map((text): DiffLine => ({ sign: '-', text }));
  const come = b.map((text): DiffLine => ({ sign: '+', text }));
  if (a.length === 0 || b.length === 0 || Math.max(a.length, b.length) > limits.diffedLines) return [...gone, ...come];
  // longest[i][j]: of what is left behind line i of a and line j of b.
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      lines.push({ sign: ' ', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: left });
      i++;
    } else if (right !== undefined) {
      lines.push({ sign: '+', text: right });
      j++;
    }
  }
  return lines;
}

function withContext(lines: readonly DiffLine[]): readonly DiffLine[] {
  const near = lines.map((_, i) =>
    lines
      .slice(Math.max(0, i - limits.diffContextLines), i + limits.diffContextLines + 1)
      .some(({ sign }) => sign !== ' '),
  );
  const shown: DiffLine[] = [];
  let hidden = 0;
  const tellHidden = (): void => {
    if (hidden > 0) shown.push({ sign: '~', text: `${hidden} line${hidden === 1 ? '' : 's'} as they are` });
    hidden = 0;
  };
  lines.forEach((line, i) => {
    if (near[i] !== true) {
      hidden++;
      return;
    }
    tellHidden();
    shown.push(line);
  });
  if (shown.length > 0) tellHidden();
  return shown;
}
