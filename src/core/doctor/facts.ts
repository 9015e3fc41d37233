/** What doctor's checks are given, and what they say. */

export interface HostFacts {
  /** Or why it cannot be asked. */
  readonly netfilter: NetfilterFacts | { readonly problem: string; readonly help: string | null };
  /** How many receivers of alerts there are. */
  readonly receivers: number;
}

interface NetfilterFacts {
  readonly backend: 'nft' | 'legacy';
  readonly version: string;
  /** What keeps an apply from undoing a concurrent edit. */
  readonly compareAndSwap?: 'lock' | 'generation' | 'none';
}

export interface Remark {
  /** Stable: scripts may match on it. */
  readonly code: string;
  readonly severity: 'fine' | 'warning' | 'error';
  /** One sentence for a person. */
  readonly text: string;
  /** What to do; null where nothing is wrong. */
  readonly help: string | null;
}

export type Check = (facts: HostFacts) => readonly Remark[];
