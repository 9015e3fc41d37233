/** One conntrack entry, as far as DNAT concerns it. */
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
}
