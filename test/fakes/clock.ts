/** A clock that moves only when asked: by a sleep, or by a moment at every look. */
import type { Clock } from '../../src/ports.ts';

export interface FakeClock extends Clock {
  /** Time passes. */
  advance(seconds: number): void;
  /** Somebody sets the clock on the wall: since the boot no more time has passed than before. */
  set(seconds: number): void;
}

export function createFakeClock(start = '2026-11-22T12:00:00.000Z'): FakeClock {
  let wall = Date.parse(start);
  let uptimeMs = 0;
  const advance = (ms: number): void => {
    wall += ms;
    uptimeMs += ms;
  };
  return {
    now() {
      // Distinct times keep the order of records visible.
      advance(1);
      return new Date(wall);
    },
    uptime: () => uptimeMs / 1000,
    sleep(seconds) {
      advance(seconds * 1000);
      return Promise.resolve();
    },
    advance: (seconds) => advance(seconds * 1000),
    set(seconds) {
      wall += seconds * 1000;
    },
  };
}
