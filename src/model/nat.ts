/** A nat table as `iptables-save -c -t nat` prints it, understood only as far as diffing needs. */

export interface NatTable {
  /** What iptables-save said beside the rules: native nft chains that it does not show. Absent where it said nothing. */
  readonly notes?: readonly string[];
  readonly chains: readonly SavedChain[];
}

export interface SavedChain {
  readonly name: string;
  /** ACCEPT, DROP, or null for a user-defined chain. */
  readonly policy: string | null;
  readonly counters: Counters | null;
  readonly rules: readonly SavedRule[];
}

export interface SavedRule {
  /** What follows `-A CHAIN `, byte for byte. */
  readonly text: string;
  readonly counters: Counters | null;
}

/** Whole numbers; beyond 2^53 they are only approximate, which nothing but a display depends on. */
export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}
