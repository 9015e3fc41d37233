/** What doctor's checks are given, and what they say. */
import type { Survey } from '../../model/survey.ts';

/** What could not be asked: why, and what to do. */
export interface Trouble {
  readonly problem: string;
  readonly help: string | null;
}

export interface HostFacts {
  readonly netfilter: NetfilterFacts | Trouble;
  readonly netfilter6: NetfilterFacts | Trouble;
  /** How many receivers of alerts there are. */
  readonly receivers: number;
  readonly survey: Survey;
  readonly repository: { readonly ssh: boolean; readonly knownHosts: boolean; readonly signers: boolean };
  /** Null where it is whole. */
  readonly ledger: Trouble | null;
  /** Entries that are gone, one sentence; null for none. */
  readonly ledgerGap: string | Trouble | null;
  /** Files for people of the generation in force that are not as they were written. */
  readonly spoiled: readonly string[] | Trouble;
  /** Whether it answers; or why it does not. */
  readonly daemon: boolean | Trouble;
}

export interface NetfilterFacts {
  readonly backend: 'nft' | 'legacy';
  readonly version: string;
  /** What keeps an apply from undoing a concurrent edit. */
  readonly compareAndSwap?: 'lock' | 'generation' | 'none';
}

export interface Remark {
  /** Stable: scripts may match on it. */
  readonly code: string;
  /** Well; a risk; or missing, so that natroute does not do its work. */
  readonly severity: 'fine' | 'warning' | 'error';
  /** One sentence for a person. */
  readonly text: string;
  /** What to do; null where nothing is wrong. */
  readonly help: string | null;
}

export type Check = (facts: HostFacts) => readonly Remark[];

export function fine(code: string, text: string): Remark {
  return { code, severity: 'fine', text, help: null };
}

export function risk(code: string, text: string, help: string): Remark {
  return { code, severity: 'warning', text, help };
}

export function missing(code: string, text: string, help: string | null): Remark {
  return { code, severity: 'error', text, help };
}
