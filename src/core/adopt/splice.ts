/** Edits of a text by place: what is not named stays, byte for byte. */

/** Offsets in UTF-16 units of the text before; an insertion has start === end. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function insert(at: number, text: string): Splice {
  return { start: at, end: at, text };
}

/** In the order in which they are applied; insertions at one place keep the order given. */
export function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Whether two of them want the same place, so that they cannot be made together. */
export function collide(splices: readonly Splice[]): boolean {
  const ordered = inOrder(splices);
  return ordered.some(({ start }, i) => i > 0 && start < (ordered[i - 1]?.end ?? 0));
}

export function applySplices(text: string, splices: readonly Splice[]): string {
  let done = '';
  let at = 0;
  for (const { start, end, text: piece } of inOrder(splices)) {
    if (start < at) throw new Error('invariant: two edits of the same place');
    done += text.slice(at, start) + piece;
    at = end;
  }
  return done + text.slice(at);
}

/** Where the line of that offset begins. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line of that offset ends, before its line end. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  if (newline < 0) return text.length;
  return newline > offset && text[newline - 1] === '\r' ? newline - 1 : newline;
}

/** Where the next line begins. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset);
  return newline < 0 ? text.length : newline + 1;
}

/**
 * Takes the lines of both offsets and those between, with the line break before them: what is inserted behind the line
 * above or behind the last of them still has its place.
 */
export function withoutLines(text: string, first: number, last: number): Splice {
  const start = lineStart(text, first);
  if (start === 0) return { start, end: nextLine(text, last), text: '' };
  return { start: start - (text[start - 2] === '\r' ? 2 : 1), end: lineEnd(text, last), text: '' };
}

export function lineEndingOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
