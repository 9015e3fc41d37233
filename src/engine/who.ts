/** Who was at the nat tables since the last look: seen as it happened, and named by the kernel's audit trail. */
import { accused, actorOf, trailTells } from '../core/actor.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { Touch } from '../model/trail.ts';
import type { World } from './world.ts';

/** Whoever was at the tables since then, for a message: seen by name, or else in the trail. */
export async function whoSince(world: World, time: Date): Promise<string> {
  const named = world.witness.seen().flatMap(({ at, actor }) => (at >= time && actor.process !== null ? [actor] : []));
  const told = named.length > 0 ? [] : await touches(world, named, () => Promise.resolve(time));
  return nameOf(accused(named, told)) ?? 'another program';
}

/** `dockerd (pid 77, alice)`; null where no name is known. */
export function nameOf(actors: readonly Actor[]): string | null {
  const actor = actorOf(actors);
  if (actor === null || actor.process === null) return null;
  const words = [actor.pid === null ? null : `pid ${actor.pid}`, actor.user].filter((word) => word !== null);
  return words.length === 0 ? actor.process : `${actor.process} (${words.join(', ')})`;
}

/** Asked only where something new was found: reading a trail costs more than a quiet pass. */
export async function whoWasThere(world: World): Promise<Actor | null> {
  const seen = world.witness.seen().map(({ actor }) => actor);
  return actorOf(accused(seen, await touches(world, seen, () => since(world))));
}

async function touches(world: World, seen: readonly Actor[], time: () => Promise<Date>): Promise<readonly Touch[]> {
  try {
    return (await world.trail.touches(await time(), (found) => trailTells(seen, found))) ?? [];
  } catch (error) {
    // Who did it then stays as unknown as without a trail; `natroute doctor` says why.
    if (error instanceof Fault) return [];
    throw error;
  }
}

/** Whatever was done before was accounted for: by this process, or by the one that wrote the newest entry. */
async function since(world: World): Promise<Date> {
  const accounted = world.witness.accounted();
  if (accounted !== null) return accounted;
  const headings = await world.ledger.headings({ most: limits.ledgerGuestsPassed, since: null, author: null });
  // Who wrote of guests had no look at the tables.
  const newest = headings.find(({ heading }) => heading.about === undefined);
  const oldest = world.clock.now().getTime() - limits.trailBackSeconds * 1000;
  return new Date(Math.max(oldest, Date.parse(newest?.heading.at ?? '') || 0));
}
