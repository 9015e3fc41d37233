/** A domU config as data: what each key was given, and what of the text is no data. Both parsers end here. */
import type { Position } from '../../model/diagnostic.ts';
import type { DomuFormat } from '../render/domu.ts';

/** A number without quotes is `bare`; its text is as it was written for xl, and in decimal for xm. */
export interface Atom {
  readonly text: string;
  readonly bare: boolean;
}

export type DomuValue = Atom | readonly DomuValue[];

export interface Assigned {
  readonly value: DomuValue;
  readonly at: Position;
}

/** Something on the host that no state repository says. */
export interface Left {
  /** Null for what stands in no file. */
  readonly at: Position | null;
  /** As it is on the host. */
  readonly what: string;
  /** What follows "because" in a sentence. */
  readonly why: string;
}

export interface DomuConfig {
  readonly format: DomuFormat;
  /** The last value of each key, in the order in which the keys first came. */
  readonly values: ReadonlyMap<string, Assigned>;
  readonly left: readonly Left[];
  /** Whether the toolstack itself could read it; if not, `values` is empty and `left` says where it stops. */
  readonly readable: boolean;
}

/** Where the reading of a config stops. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly line: number;
  readonly column: number;
  constructor(why: string, { line, column }: Pick<Position, 'line' | 'column'>) {
    super(why);
    this.line = line;
    this.column = column;
  }
}

export function isAtom(value: DomuValue): value is Atom {
  return !Array.isArray(value);
}

/** What is read is bounded: a config is a page or two, and lists in lists hold two levels at most. */
export const domuLimits = { bytes: 65_536, depth: 16 } as const;

export function unreadableConfig(file: string, format: DomuFormat, text: string, trouble: Unreadable): DomuConfig {
  const line = text.split('\n')[trouble.line - 1]?.trim() ?? '';
  return {
    format,
    values: new Map(),
    left: [{ at: { file, line: trouble.line, column: trouble.column }, what: shorten(line), why: trouble.message }],
    readable: false,
  };
}

/** For a list that a person reads. */
export function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
