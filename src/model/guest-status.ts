/** How one guest stands, as those who look after guests tell the others. */
import type { Cost } from './domain.ts';
import type { GuestState } from './desired.ts';
import type { Cause, CommitFacts, Outcome } from './record.ts';

/** One thing to do to a guest, and what it costs those who use it. */
export interface GuestChange {
  readonly text: string;
  readonly cost: Cost;
}

/** A guest that was as it should be and was not any more, and was put right; xl does not tell whose doing it was. */
export interface GuestHeal {
  readonly name: string;
  /** What had to be done. */
  readonly text: string;
}

/** What was done to one guest, or found of it and left: for the ledger. Nobody knows who ran xl. */
export interface GuestEvent {
  readonly name: string;
  /** When it was noticed; ISO 8601, UTC. */
  readonly at: string;
  /** push: for a commit; heal and drift: it was changed or ended, put right or left; boot: the host came up. */
  readonly cause: Extract<Cause, 'push' | 'heal' | 'drift' | 'boot'>;
  readonly outcome: Extract<Outcome, 'applied' | 'healed' | 'reported' | 'failed'>;
  /** One line: what was done, what would be to do, or why it failed. */
  readonly text: string;
  /** As whose wish; both null where nobody said. */
  readonly generation: number | null;
  readonly commit: CommitFacts | null;
}

/** What will be done to one guest, and why something is not. */
export interface PlannedGuest {
  readonly name: string;
  readonly steps: readonly GuestChange[];
  /** What waits for a restart, one text each. */
  readonly pending: readonly string[];
  /** Why nothing is done, or why xl refuses it; null where nothing holds it. */
  readonly held: string | null;
}

/** Of all guests that are not as they shall be. */
export interface GuestsPlan {
  readonly guests: readonly PlannedGuest[];
  /** Why nobody could look at them; null where one could. */
  readonly problem: string | null;
}

export interface GuestStatus {
  readonly name: string;
  /** What the state repository asks for; null for a guest that no file names. */
  readonly desired: GuestState | null;
  /** converged, pending, working, failed, drift, held, unmanaged or unknown, and why. */
  readonly state: string;
  readonly detail: string | null;
  /** What waits for a restart, one text each. */
  readonly pending: readonly string[];
  /** Null where it does not run, or where nobody tells. */
  readonly uptimeSeconds: number | null;
  /** MiB. */
  readonly memory: number | null;
  readonly vcpus: number | null;
}
