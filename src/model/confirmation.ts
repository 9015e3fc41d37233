/** Commit-confirmed: a change that goes back by itself unless the outside proves in time that it still gets in. */
import type { Ports, Protocol } from './family.ts';
import type { FileSwap, SysctlSwap } from './file.ts';
import type { Cause, CommitFacts, FilesLeft, TakenRule } from './record.ts';

export interface PortKey {
  readonly ports: Ports;
  readonly protocol: Protocol;
}

/** What must be seen after a change. */
export type Proof =
  | { readonly kind: 'tcp'; readonly ip: string; readonly port: number }
  /** `name` is what the local config calls it: `gateway` or the IP itself; a link-local IP has its zone (`%eth0`). */
  | { readonly kind: 'ping'; readonly ip: string; readonly name: string }
  /** A new connection from outside to the host itself, on any of these; `[]`: only a person can prove it. */
  | { readonly kind: 'inbound'; readonly any: readonly PortKey[] };

/** On disk from before the change until it is confirmed or taken back. */
export interface Confirmation {
  readonly format: 1;
  readonly generation: number;
  /** The last good one; null: nothing of ours. */
  readonly previous: number | null;
  readonly cause: Cause;
  readonly commit: CommitFacts | null;
  /** Foreign rules that the change takes: they come back with the rest. */
  readonly taken: readonly TakenRule[];
  /** Files and settings that were changed, with what they were. Absent for none. */
  readonly files?: readonly FileSwap[];
  readonly sysctls?: readonly SysctlSwap[];
  /** Absent where an older natroute wrote it. */
  readonly filesLeft?: FilesLeft;
  /** Why new commits wait once it is confirmed; null where the branch is followed. */
  readonly hold: string | null;
  /** What of it touches the way in, one sentence each. */
  readonly wayIn: readonly string[];
  readonly proofs: readonly Proof[];
  /** Probes that failed before the change already, and how: they do not count. */
  readonly excluded: readonly string[];
  /** The boot that `untilUptime` belongs to. */
  readonly bootId: string | null;
  readonly withinSeconds: number;
  /** ISO 8601, for a person: the wall clock may step. */
  readonly until: string;
  /** Seconds since that boot. */
  readonly untilUptime: number;
  /** Why it is taken back, from just before that is decided. Absent until then. */
  readonly back?: string;
  /** Null until the change is in the kernel and read back. */
  readonly live: LiveConfirmation | null;
}

export interface LiveConfirmation {
  /** ISO 8601. */
  readonly since: string;
  /** Connections that there were just after the change, as `connectionKey` spells them: they prove nothing. */
  readonly known: readonly string[];
  /** Who proved the way in with `natroute confirm`; null: nobody yet. */
  readonly vouched: string | null;
}

/** A connection to the host as conntrack has it. */
export interface Connection {
  readonly protocol: Protocol;
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  /** Who answers; the destination itself where nothing translates it. */
  readonly replySource: string;
  /** Whether both ends were heard of: for TCP the whole handshake. */
  readonly answered: boolean;
}

/** What became of a change that had to be confirmed. */
export interface Settlement {
  readonly outcome: 'confirmed' | 'rolled-back';
  readonly generation: number;
  /** ISO 8601. */
  readonly at: string;
  /** One sentence for a person. */
  readonly text: string;
}
