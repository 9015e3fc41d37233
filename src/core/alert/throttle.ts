/** How often one receiver is told something: a few messages at once, then one a minute with all that came meanwhile. */
import { limits } from '../../model/limits.ts';

export interface Throttle {
  /** Messages that may go at once. */
  readonly left: number;
  /** When `left` was true, in seconds of a clock that nobody sets. */
  readonly at: number;
}

export function fullThrottle(uptime: number): Throttle {
  return { left: limits.alertsAtOnce, at: uptime };
}

/** Null where the message has to wait, and then for how many seconds. */
export function takeTurn(
  throttle: Throttle,
  uptime: number,
): { readonly next: Throttle; readonly waitSeconds: null } | { readonly next: null; readonly waitSeconds: number } {
  const passed = uptime - throttle.at;
  const left = Math.min(limits.alertsAtOnce, throttle.left + passed / limits.alertPauseSeconds);
  if (left < 1) return { next: null, waitSeconds: (1 - left) * limits.alertPauseSeconds };
  return { next: { left: left - 1, at: uptime }, waitSeconds: null };
}
