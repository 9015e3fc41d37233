/** Who did a drift, from who was seen and what the audit trail says: never guessed. */
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { Touch } from '../model/trail.ts';

/** Null where nobody was seen; whatever one alone can have is told only where all that was seen agrees on it. */
export function actorOf(seen: readonly Actor[]): Actor | null {
  const [first] = seen;
  if (first === undefined) return null;
  const agreed = <Key extends keyof Actor>(key: Key): Pick<Actor, Key> | Record<string, never> => {
    const value = first[key];
    if (value === undefined || seen.some((actor) => JSON.stringify(actor[key]) !== JSON.stringify(value))) return {};
    return { [key]: value } as Pick<Actor, Key>;
  };
  const names = [...new Set(seen.flatMap((actor) => actor.process ?? []))];
  const commands = [...new Set(seen.flatMap((actor) => actor.command ?? []))];
  const actor: Actor = {
    process: names.length === 0 ? null : names.join(' or '),
    pid: null,
    user: null,
    ...agreed('pid'),
    ...agreed('user'),
    ...agreed('ranAs'),
    ...(commands.length === 0 ? {} : { command: commandsText(commands) }),
    ...agreed('exe'),
    ...agreed('terminal'),
    ...agreed('parent'),
  };
  return actor.process === null && actor.pid === null && actor.user === null ? null : actor;
}

function commandsText(commands: readonly string[]): string {
  const more = commands.length - limits.actorCommands;
  return [...commands.slice(0, limits.actorCommands), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** Touches that may be a drift: not our own, and not of a namespace that was empty before. */
export function foreignTouches(touches: readonly Touch[], ownPids: ReadonlySet<number>): readonly Touch[] {
  const isOwn = (pid: number | null): boolean => pid !== null && ownPids.has(pid);
  return touches.filter(({ pid, parentPid, first }) => !first && !isOwn(pid) && !isOwn(parentPid));
}

/**
 * Whoever was seen, with what the trail knows of them. The trail says not which network namespace was changed, so it
 * accuses somebody by itself only where nobody was seen by name.
 */
export function accused(seen: readonly Actor[], touches: readonly Touch[]): readonly Actor[] {
  if (seen.length === 0) return touches.map(({ actor }) => actor);
  return seen.flatMap((actor) => {
    const own = touches.filter(({ pid, actor: { process } }) => pid === actor.pid && process === actor.process);
    return own.length === 0 ? [actor] : own.map((touch) => ({ ...touch.actor, user: touch.actor.user ?? actor.user }));
  });
}

/** Whether the trail has arrived: everybody who was seen by number, or else anybody. */
export function trailTells(seen: readonly Actor[], touches: readonly Touch[]): boolean {
  if (seen.length === 0) return touches.length > 0;
  return seen.every(({ pid }) => pid === null || touches.some((touch) => touch.pid === pid));
}
