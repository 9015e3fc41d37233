/** What every lint rule needs besides Desired, and how it tells what it found. */
import type { Allow } from '../../model/allow.ts';
import type { Guest } from '../../model/desired.ts';
import type { Diagnostic, DiagnosticCode, Position } from '../../model/diagnostic.ts';

export interface LintOptions {
  readonly now: Date;
  /**
   * Where a key of a part of Desired is written, or a name within that key's map; null where only the part's own position
   * is known.
   */
  readonly where?: (part: object, key: string, name?: string) => Position | null;
  /** What the local config lets a commit name; absent where nobody knows: then it is not looked at. */
  readonly allow?: Allow;
  /** False where parts of host.yaml were refused: nothing can be said about what is missing there. */
  readonly hostWhole?: boolean;
  /**
   * Guests with which an earlier lint of this very host found nothing wrong, neither with one nor among them, and nothing
   * becomes wrong with time: of them only what they share with others is looked at.
   */
  readonly settled?: ReadonlySet<Guest>;
  /** Guests of which parts were refused: nothing can be said about what they lack. */
  readonly unfinishedGuests?: ReadonlySet<string>;
}

/** A part of Desired that knows its place. */
export interface Placed {
  readonly at: Position;
}

export function placeOf(options: LintOptions, part: Placed, key: string): Position {
  return options.where?.(part, key) ?? part.at;
}

export function finding(code: DiagnosticCode, at: Position, message: string, help: string): Diagnostic {
  return { code, severity: 'error', message, help, at };
}

/** `guests/web.yaml:12` */
export function shortly(at: Position): string {
  return `${at.file}:${at.line}`;
}

/** Which of two places comes first in file order. */
export function isBefore(a: Position, b: Position): boolean {
  if (a.file !== b.file) return a.file < b.file;
  return a.line !== b.line ? a.line < b.line : a.column < b.column;
}
