/** Who did a drift, from who was seen: never guessed. */
import type { Actor } from '../model/record.ts';

/** Null where nobody was seen; a pid or user only where all that was seen agrees on it. */
export function actorOf(seen: readonly Actor[]): Actor | null {
  const [first, ...rest] = seen;
  if (first === undefined) return null;
  const names = [...new Set(seen.map((actor) => actor.process))].filter((name) => name !== null);
  const actor = {
    process: names.length === 0 ? null : names.join(' or '),
    pid: rest.length === 0 ? first.pid : null,
    user: rest.every((other) => other.user === first.user) ? first.user : null,
  };
  return actor.process === null && actor.pid === null && actor.user === null ? null : actor;
}
