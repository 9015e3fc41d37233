/** Which entries of the ledger a question is about. */
import type { LedgerSummary } from '../model/record.ts';

export interface HistoryQuestion {
  /** ISO 8601, inclusive. */
  readonly since: string | null;
  /** A part of the desired commit's author, of any case. */
  readonly author: string | null;
}

export function inHistory(entry: Pick<LedgerSummary, 'at' | 'desired'>, question: HistoryQuestion): boolean {
  const { since, author } = question;
  if (since !== null && Date.parse(entry.at) < Date.parse(since)) return false;
  return author === null || entry.desired?.author.toLowerCase().includes(author.toLowerCase()) === true;
}
