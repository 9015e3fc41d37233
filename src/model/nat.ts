/** A nat table as `iptables-save -c -t nat` prints it, understood only as far as diffing needs. */

export interface NatTable {
  /** What iptables-save said beside the rules: native nft chains that it does not show. Absent where it said nothing. */
  readonly notes?: readonly string[];
  /** What nft's own listing tells of the table itself. Absent where it tells nothing, or was not read. */
  readonly native?: readonly NativeTrouble[];
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
  /** The rule as nft lists it, where iptables does not show all of it: `text` is then less than the rule, or another. */
  readonly beyond?: string;
}

/** Somebody changed the table with nft in a way that no line of iptables shows or undoes. */
export interface NativeTrouble {
  /** Where it is not nat. */
  readonly table?: 'filter';
  /** Null: the whole table. */
  readonly chain: string | null;
  /** What follows its name in a sentence. */
  readonly text: string;
  /** What mends it, a person's doing: an nft command, or the end of the program that owns the table. */
  readonly mend: 'add table' | 'delete chain' | 'free name' | 'end owner' | null;
}

/** Whole numbers; beyond 2^53 they are only approximate, which nothing but a display depends on. */
export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}
