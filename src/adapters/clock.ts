/** The Clock port on the machine's own clock. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../ports.ts';

/** Node's timers hold at most 2^31-1 ms; a longer sleep is cut into pieces of this many. */
const longestTimerMs = 2_000_000_000;

function nap(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** Sleeps are measured on the monotonic clock, so that a step of the wall clock neither stretches nor cuts them. */
export function createClock(): Clock {
  return {
    now: () => new Date(),
    uptime: () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
    async sleep(seconds, signal) {
      const end = performance.now() + Math.max(0, seconds) * 1000;
      while (signal?.aborted !== true) {
        const left = end - performance.now();
        if (left <= 0) return;
        await nap(Math.min(left, longestTimerMs), signal);
      }
    },
  };
}
