/** Whether a time lies in one of the windows in which guests may be restarted. */
import { Cron } from 'croner';

/** Opens by a cron pattern. */
interface Window {
  readonly cron: string;
  readonly forSeconds: number;
  readonly timezone: string;
}

/** Without any window every time is good. */
export function inWindow(windows: readonly Window[], now: Date): boolean {
  return windows.length === 0 || windows.some((window) => isOpen(window, now));
}

function isOpen({ cron, forSeconds, timezone }: Window, now: Date): boolean {
  const pattern = new Cron(cron, { timezone, mode: '5-or-6-parts', paused: true });
  // The first opening after the time at which one that is over by now would have been.
  const opened = pattern.nextRun(new Date(now.getTime() - forSeconds * 1000));
  return opened !== null && opened.getTime() <= now.getTime();
}
