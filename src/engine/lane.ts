/**
 * A lane runs one kind of work, one at a time: wakes that come while it works become one more run, a failed run is
 * tried again with growing pauses, and nothing that its work throws gets past it.
 */
import { limits } from '../model/limits.ts';
import type { Clock } from '../ports.ts';

export interface Lane {
  wake(): void;
  /** Lets the work in hand end, then ends the lane. */
  stop(): Promise<void>;
  state(): LaneState;
}

export interface LaneState {
  readonly working: boolean;
  /** Failed runs in a row. */
  readonly failures: number;
  readonly lastError: string | null;
  /** ISO 8601; of the last run that ended well. */
  readonly lastGoodAt: string | null;
}

export interface LaneDoors {
  readonly clock: Clock;
  /** Told of every failure; the lane goes on by itself. */
  readonly failed: (error: unknown, retrySeconds: number) => void;
}

export function createLane(work: () => Promise<void>, { clock, failed }: LaneDoors): Lane {
  let nap = new AbortController();
  let woken = false;
  let stopping = false;
  let state: LaneState = { working: false, failures: 0, lastError: null, lastGoodAt: null };

  async function once(): Promise<void> {
    woken = false;
    state = { ...state, working: true };
    try {
      await work();
      state = { working: false, failures: 0, lastError: null, lastGoodAt: clock.now().toISOString() };
    } catch (error) {
      const failures = state.failures + 1;
      state = { ...state, working: false, failures, lastError: error instanceof Error ? error.message : String(error) };
      failed(error, pauseSeconds(failures));
    }
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      if (woken) {
        await once();
        continue;
      }
      nap = new AbortController();
      const pause = state.failures === 0 ? limits.laneIdleSeconds : pauseSeconds(state.failures);
      await clock.sleep(pause, nap.signal);
      if (state.failures > 0) woken = true;
    }
  }

  const ended = loop();
  return {
    wake(): void {
      woken = true;
      nap.abort();
    },
    async stop(): Promise<void> {
      stopping = true;
      nap.abort();
      await ended;
    },
    state: () => state,
  };
}

/** 1, 2, 4 ... seconds, at most `limits.retryMostSeconds`. */
export function pauseSeconds(failures: number): number {
  return Math.min(limits.retryMostSeconds, limits.retryFirstSeconds * 2 ** Math.min(failures - 1, 20));
}
