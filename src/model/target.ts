/** Desired compiled for this host: what the nat tables and the guests shall be. */
import type { Guest, Host } from './desired.ts';
import type { Position } from './diagnostic.ts';
import type { Family } from './family.ts';

export interface Target {
  readonly host: Host;
  readonly nat: Readonly<Record<Family, NatTarget>>;
  readonly guests: readonly Guest[];
}

/**
 * Empty (`chains: []`, `jumps: []`) where a family has nothing of ours: then its table is not even made. A chain of the
 * filter table is named `filter NAME`.
 */
export interface NatTarget {
  /** Our chains, sorted by name as iptables-save prints them. */
  readonly chains: readonly ChainTarget[];
  /** One marked jump each, first in its built-in chain. */
  readonly jumps: readonly JumpTarget[];
}

export interface ChainTarget {
  readonly name: string;
  readonly rules: readonly RuleTarget[];
}

export interface JumpTarget {
  readonly chain: 'PREROUTING' | 'OUTPUT' | 'POSTROUTING' | 'filter FORWARD';
  /** What follows `-A CHAIN `. */
  readonly text: string;
}

export interface RuleTarget {
  /** The comment's text: identity. One key, one rule. */
  readonly key: string;
  /** What follows `-A CHAIN `, in the kernel's own spelling: integrity. */
  readonly text: string;
  /** Where the state repository asks for it; absent in a target read back from a generation. */
  readonly at?: Position;
}
