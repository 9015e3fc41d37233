/** Which entries of the ledger a question is about. */
import type { Cause, LedgerSummary } from '../model/record.ts';

export interface HistoryQuestion {
  /** ISO 8601, inclusive. */
  readonly since: string | null;
  /** A part of the author of the commit that an entry carries out, of any case: a drift under it is nobody's commit. */
  readonly author: string | null;
  readonly cause?: Cause;
}

export function inHistory(entry: Pick<LedgerSummary, 'at' | 'cause' | 'desired'>, question: HistoryQuestion): boolean {
  const { since, author, cause } = question;
  if (cause !== undefined && entry.cause !== cause) return false;
  if (since !== null && Date.parse(entry.at) < Date.parse(since)) return false;
  if (author === null) return true;
  return carriesOut(entry.cause) && entry.desired?.author.toLowerCase().includes(author.toLowerCase()) === true;
}

/** Whether such an entry does what its commit asks for, and does not only tell which one was in force. */
function carriesOut(cause: Cause): boolean {
  switch (cause) {
    case 'push':
    case 'rollback':
    case 'until':
    case 'adopt':
    case 'take':
    case 'approve':
      return true;
    case 'drift':
    case 'heal':
    case 'suspend':
    case 'upgrade':
    case 'boot':
    case 'unload':
    case 'unknown':
      return false;
    default:
      return cause satisfies never;
  }
}
