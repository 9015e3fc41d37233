/** Drift as it is remembered: one item for each thing that somebody did, however often it comes back. */
import type { Change } from './change.ts';
import type { Ports, Protocol } from './family.ts';
import type { Actor } from './record.ts';

/**
 * What natroute did about it: nothing yet, healed, reported as the policy says, left by a suspension, or waiting for a
 * pause because it comes back again and again.
 */
export type DriftDone = 'found' | 'healed' | 'reported' | 'suspended' | 'waiting';

export interface DriftItem {
  /** From what was applied to what is there. */
  readonly change: Change;
  /** ISO 8601: when it was found for the first time, and when it came back last. */
  readonly since: string;
  readonly lastAt: string;
  readonly seenBy: 'event' | 'look';
  /** Who did it last; null where nobody was seen. */
  readonly actor: Actor | null;
  /** How often it came. */
  readonly count: number;
  readonly done: DriftDone;
  /** ISO 8601: when what waits is healed; null where nothing waits. */
  readonly healAt: string | null;
  /** A commit changed it while it was suspended: nobody's doing, and done when that is over. */
  readonly ofCommit?: true;
}

/** A forward as a person names it: `main:443/tcp`. */
export interface ForwardKey {
  readonly address: string;
  readonly ports: Ports;
  readonly protocol: Protocol;
}

/** Somebody works on the host by hand: what is named, or everything, is left alone until then. */
export interface Suspension {
  /** ISO 8601. */
  readonly since: string;
  readonly until: string;
  readonly reason: string;
  /** Null: everything. */
  readonly only: ForwardKey | null;
}
