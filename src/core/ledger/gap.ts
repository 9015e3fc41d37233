/** The words for entries of a ledger that were there and are no more. */
import { showTime } from '../views/words.ts';

export interface LostEntries {
  /** The newest entry that was seen, and when; null where none was noted. */
  readonly known: { readonly id: string; readonly at: string } | null;
  /** Whether the ledger has no entry at all now. */
  readonly empty: boolean;
  /** What is in force all the same; null for nothing. */
  readonly generation: { readonly number: number; readonly createdAt: string } | null;
}

/** What a gap calls the entry that was the newest of those gone. */
export function gapName(id: string): string {
  return id.slice(0, 10);
}

export function gapText({ known, empty, generation }: LostEntries): string {
  const what = empty ? 'all that was written down before is gone' : 'entries before this one are gone';
  const newest = known === null ? '' : ` (the newest, ${gapName(known.id)}, was there at ${showTime(known.at)})`;
  const inForce =
    generation === null
      ? ''
      : `, although generation ${generation.number} of ${showTime(generation.createdAt)} is in force`;
  return `${what}${newest}${inForce}${empty ? '' : '; an older copy of the ledger stands in its place'}`;
}
