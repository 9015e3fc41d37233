/** How one guest stands, as those who look after guests tell the others. */
import type { GuestState } from './desired.ts';

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
