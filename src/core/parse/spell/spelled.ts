/** What every reading of one written value gives: the value, or what is wrong with its spelling. */
import type { DiagnosticCode } from '../../../model/diagnostic.ts';

export interface Problem {
  readonly code: DiagnosticCode;
  /** One sentence without its full stop: what is wrong. */
  readonly message: string;
  /** One sentence without its full stop: what to do. */
  readonly help: string;
}

export type Spelled<T> = { readonly value: T } | { readonly problem: Problem };

export function wrong(code: DiagnosticCode, message: string, help: string): { readonly problem: Problem } {
  return { problem: { code, message, help } };
}

/** The value of something that was checked before; a problem here is a broken invariant of ours. */
export function sure<T>(spelled: Spelled<T>): T {
  if ('problem' in spelled) throw new Error(`unchecked value: ${spelled.problem.message}`);
  return spelled.value;
}
