/** A clock that moves only when asked: by a sleep, or by a second at every look. */
import type { Clock } from '../../src/ports.ts';

export interface FakeClock extends Clock {
  advance(seconds: number): void;
}

export function createFakeClock(start = '2026-11-22T12:00:00.000Z'): FakeClock {
  let time = Date.parse(start);
  return {
    // Distinct times keep the order of records visible.
    now: () => new Date((time += 1)),
    // The same clock: a test that steps the wall clock alone has its own.
    uptime: () => (time - Date.parse(start)) / 1000,
    sleep(seconds) {
      time += seconds * 1000;
      return Promise.resolve();
    },
    advance(seconds) {
      time += seconds * 1000;
    },
  };
}
