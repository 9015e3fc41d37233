/** What the guests lane would do: looked at here, done there. A plan of guests is no promise, for they go their own ways. */
import type { GuestsPlan, PlannedGuest } from '../model/guest-status.ts';
import { Fault } from '../model/fault.ts';
import type { Target } from '../model/target.ts';
import type { ObservedGuest } from '../ports.ts';
import type { World } from './world.ts';

/** Where guests cannot be looked at, the plan says so and is none the worse. Under `--root` they are nobody's. */
export async function planGuests(world: Pick<World, 'toolstack'>, target: Target | null): Promise<GuestsPlan> {
  if (target?.host.toolstack !== 'xl' || target.guests.length === 0) return { guests: [], problem: null };
  try {
    const observed = await world.toolstack('xl').observe(target.host, target.guests);
    const names = new Set(target.guests.map(({ name }) => name));
    return { guests: observed.filter(({ name }) => names.has(name)).flatMap(plannedGuest), problem: null };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { guests: [], problem: error.code === 'guarded' ? null : error.message };
  }
}

function plannedGuest({ name, differs, steps = [], pending = [], held }: ObservedGuest): readonly PlannedGuest[] {
  // What differs and cannot be done is what xl refuses.
  const why = held ?? (differs !== '' && steps.length === 0 ? differs : null);
  return steps.length === 0 && pending.length === 0 && why === null ? [] : [{ name, steps, pending, held: why }];
}
