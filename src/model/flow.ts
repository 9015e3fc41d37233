/** Conntrack entries, as far as DNAT concerns them, and what is to become of them. */
import type { Protocol } from './family.ts';

export interface Flow {
  readonly protocol: Protocol;
  /** The original direction: who connects to what. */
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
  /** Who answers: the reply direction's source. The original destination itself where there is no DNAT. */
  readonly replySource: string;
  readonly replyPort: number;
  /** The reply direction's destination, which says how the flow was source-translated. */
  readonly replyDestination: string;
  readonly replyDestinationPort: number;
  /** How long conntrack keeps it if nothing more comes; null where it does not say. */
  readonly secondsLeft: number | null;
}

/** Where a packet to a public address ends: a guest's IP and port. */
export interface FlowEnd {
  readonly ip: string;
  readonly port: number;
}

/** A flow that must not go on, and where its packets belong now; null: to the host itself. */
export interface CutFlow {
  readonly flow: Flow;
  readonly end: FlowEnd | null;
}

/** What `conntrack -D` is asked for: all flows that match everything that is not null. */
export interface FlowFilter {
  readonly protocol: Protocol;
  /** A CIDR. */
  readonly source: string | null;
  readonly destination: string;
  readonly port: number | null;
  readonly replySource: string;
  readonly replyPort: number | null;
}

export interface FlowCut {
  /** Together they match all of `flows`, and no flow that may go on. */
  readonly filters: readonly FlowFilter[];
  readonly flows: readonly CutFlow[];
}
