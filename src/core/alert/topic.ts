/** What is told of a trouble that lasts: its beginning, what changes in it, and its end; never the same thing twice. */
import type { Alert } from '../../model/alert.ts';

/** What to tell where `open` was told last and `now` is so; null: nothing. */
export function newsOf(open: Alert | null, now: Alert | null, at: string): Alert | null {
  if (now !== null) return open !== null && sameTrouble(open, now) ? null : now;
  if (open === null) return null;
  return { ...open, state: 'resolved', at, title: `resolved: ${open.title}`, done: 'it is over' };
}

/** Times, process ids and counts in what failed move all the time; that makes no new trouble. Ports do. */
function sameTrouble(a: Alert, b: Alert): boolean {
  const words = ({ event, topic, title, what, done }: Alert): string => {
    const text = JSON.stringify([event, topic, title, what, done]);
    return event === 'failed' ? text.replace(/\d+/g, '#') : text;
  };
  return words(a) === words(b);
}
