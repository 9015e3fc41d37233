/** Desired compiled for this host: what the nat tables, the files, the kernel settings and the guests shall be. */
import type { Guest, Host } from './desired.ts';
import type { Position } from './diagnostic.ts';
import type { Family } from './family.ts';

export interface Target {
  readonly host: Host;
  readonly nat: Readonly<Record<Family, NatTarget>>;
  readonly guests: readonly Guest[];
  /** Sorted by path. */
  readonly files: readonly FileTarget[];
  /** In the order in which they are set. */
  readonly sysctls: readonly SysctlTarget[];
}

/** Which commit and which generation brought a file its content. */
export interface Maker {
  /** Null where it was made from a folder. */
  readonly commit: string | null;
  /** Null where it was only rendered, not applied. */
  readonly generation: number | null;
}

/** A file of the host. Paths are full and without `--root`. */
export type FileTarget =
  /** Ours as a whole: `body` stands below a header that names its maker. */
  | { readonly kind: 'file'; readonly path: string; readonly body: string; readonly made: Maker }
  /** A symbolic link of ours. */
  | { readonly kind: 'link'; readonly path: string; readonly to: string }
  /** Somebody else's file, in which only these settings are ours. */
  | { readonly kind: 'edit'; readonly path: string; readonly settings: readonly Setting[] };

/** One line `KEY=VALUE` of an xl.conf; the value as it stands there. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

/** A kernel setting: dots between the parts, a slash for a dot in the name of an interface. */
export interface SysctlTarget {
  readonly key: string;
  readonly value: string;
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
