/** Plan and Drift: keyed differences, and the exact text that would remove them. */
import type { FilesPlan } from './file.ts';
import type { Counters } from './nat.ts';
import type { Position } from './diagnostic.ts';
import type { Family, Ports, Protocol } from './family.ts';

export type Action = 'create' | 'update' | 'replace' | 'delete';
export type ChangeKind = 'rule' | 'jump' | 'chain' | 'foreign-rule' | 'guest' | 'file' | 'sysctl';

/**
 * One difference. `update` is a rule whose text differs under the same key or that stands in the wrong place;
 * `replace` is a rule of ours that must go and come again; `foreign-rule` only with --take.
 */
export interface Change {
  readonly action: Action;
  readonly kind: ChangeKind;
  readonly family: Family | null;
  readonly chain: string | null;
  /** Unique in its plan together with kind, family and chain. */
  readonly key: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What the rule carried, where it goes. */
  readonly counters: Counters | null;
  /** Why, where key and texts do not say it: `moved`, `doubled`, `stranger in our chain`... */
  readonly note: string | null;
  readonly at: Position | null;
}

export interface NatPlan {
  readonly changes: readonly Change[];
  /** Input of `iptables-restore --noflush`; null where there is nothing to do. */
  readonly restore: string | null;
  /** The table this was planned on, without counters: the apply refuses any other. */
  readonly plannedOn: string;
}

export interface Plan {
  readonly nat: Readonly<Record<Family, NatPlan>>;
  /** Absent where only the tables are looked at. */
  readonly files?: FilesPlan;
  /** All changes in the order in which they are shown and applied. */
  readonly changes: readonly Change[];
  readonly impact: readonly Impact[];
  readonly findings: readonly Finding[];
}

/** One way through a port: who ends where. */
export interface Route {
  /** CIDRs; null: anyone, or behind routes that name their sources, everyone else. */
  readonly sources: readonly string[] | null;
  /** `web 192.168.1.1:80`; null: the host itself. */
  readonly to: string | null;
  /** The last second of its life, UTC, `YYYY-MM-DDTHH:MM:SS`; null: for good. */
  readonly until: string | null;
}

/** What a change means for somebody outside. `closes` and `falls-to-host` differ in whether the host's own service answers. */
export interface Impact {
  readonly effect: 'opens' | 'closes' | 'narrows' | 'widens' | 'retargets' | 'falls-to-host';
  readonly address: string;
  /** Null: every family that the address has. */
  readonly family: Family | null;
  readonly protocol: Protocol;
  readonly ports: Ports;
  /** Null: anyone. */
  readonly sources: readonly string[] | null;
  /** `web 192.168.1.1:80`; several with commas between; null: no guest. */
  readonly before: string | null;
  readonly after: string | null;
  /** In the order in which they are tried; each list ends with the route of everyone else. */
  readonly routes: { readonly before: readonly Route[]; readonly after: readonly Route[] };
  /** Whether the port is among the host's own `listens`; null where that is not known. */
  readonly hostListens: boolean | null;
  /** What the rules before had carried, where somebody loses a way. */
  readonly counters: Counters | null;
  /** One sentence for a person. */
  readonly text: string;
}

/** Something foreign that a person should know; never changed by us without --take. */
export interface Finding {
  readonly code:
    | 'foreign-ahead'
    | 'foreign-shadows'
    | 'stays-open'
    | 'other-backend'
    | 'hidden-nft-chain'
    | 'nft-chain-beside'
    | 'forward-policy'
    | 'foreign-owner'
    | 'not-looked-at'
    | 'lookalike-chain'
    | 'native-nft'
    | 'foreign-jump-into-ours';
  readonly family: Family;
  /** Iptables' table that the rule stands in, where it is not nat. */
  readonly table?: 'filter';
  readonly chain: string;
  readonly rule: string | null;
  readonly text: string;
}

/** Differences between what was applied and what is there now. */
export interface Drift {
  readonly changes: readonly Change[];
}
