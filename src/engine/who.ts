/** Who was at the nat tables since the last look: seen as it happened, and named by the kernel's audit trail. */
import { accused, actorOf, trailTells } from '../core/actor.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { Touch } from '../model/trail.ts';
import type { World } from './world.ts';

/** Asked only where something new was found: reading a trail costs more than a quiet pass. */
export async function whoWasThere(world: World): Promise<Actor | null> {
  const seen = world.witness.seen().map(({ actor }) => actor);
  return actorOf(accused(seen, await touches(world, seen)));
}

async function touches(world: World, seen: readonly Actor[]): Promise<readonly Touch[]> {
  try {
    return (await world.trail.touches(await since(world), (found) => trailTells(seen, found))) ?? [];
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
  const [newest] = await world.ledger.headings({ most: 1, since: null, author: null });
  const oldest = world.clock.now().getTime() - limits.trailBackSeconds * 1000;
  return new Date(Math.max(oldest, Date.parse(newest?.heading.at ?? '') || 0));
}
