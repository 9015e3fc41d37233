/** Which entries of the ledger a question is about. */
import type { Cause, LedgerSummary } from '../model/record.ts';

export interface HistoryQuestion {
  /** ISO 8601, inclusive. */
  readonly since: string | null;
  /** A part of the desired commit's author, of any case. */
  readonly author: string | null;
  readonly cause?: Cause;
}

export function inHistory(entry: Pick<LedgerSummary, 'at' | 'cause' | 'desired'>, question: HistoryQuestion): boolean {
  const { since, author, cause } = question;
  if (cause !== undefined && entry.cause !== cause) return false;
  if (since !== null && Date.parse(entry.at) < Date.parse(since)) return false;
  return author === null || entry.desired?.author.toLowerCase().includes(author.toLowerCase()) === true;
}
