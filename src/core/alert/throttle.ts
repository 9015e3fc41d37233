/** How often one receiver is told something: a few messages at once, then one a minute with all that came meanwhile. */
import { limits } from '../../model/limits.ts';

export interface Throttle {
  /** Messages that may go at once. */
  readonly left: number;
  /** Milliseconds since 1970: when `left` was true. */
  readonly at: number;
}

export function fullThrottle(now: Date): Throttle {
  return { left: limits.alertsAtOnce, at: now.getTime() };
}

/** Null where the message has to wait, and then for how many seconds. */
export function takeTurn(
  throttle: Throttle,
  now: Date,
): { readonly next: Throttle; readonly waitSeconds: null } | { readonly next: null; readonly waitSeconds: number } {
  // A clock that was set back must not silence it until it has come so far again.
  const passed = Math.abs(now.getTime() - throttle.at) / 1000;
  const left = Math.min(limits.alertsAtOnce, throttle.left + passed / limits.alertPauseSeconds);
  if (left < 1) return { next: null, waitSeconds: (1 - left) * limits.alertPauseSeconds };
  return { next: { left: left - 1, at: now.getTime() }, waitSeconds: null };
}
