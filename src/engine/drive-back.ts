/** The way back to the last good rules, as far as the kernel takes them. */
import { fightsIn } from '../core/fight.ts';
import { Fault } from '../model/fault.ts';
import { drive, type Drive } from './drive.ts';
import { usesFilter, type Observed } from './observer.ts';
import { planFor } from './propose.ts';
import type { World } from './world.ts';

export interface DrivenBack {
  readonly observed: Observed;
  /** Why not all of the target is there; null where it is. */
  readonly refused: Fault | null;
}

/**
 * A kernel that does not take the rules of before any more, for a module that is gone after a boot say, must not hold up the
 * end of a change, and with it every later commit: what only is missing is drift of what is in force. Faults: those of
 * drive; also rules-refused, as long as anything of the change is still there.
 */
export async function driveBack(
  world: World,
  { target, applied, leaving }: Pick<Drive, 'target' | 'applied' | 'leaving'>,
): Promise<DrivenBack> {
  const how = { applied, leaving, take: [] };
  try {
    const { observed } = await drive(world, { ...how, target, plan: null, stale: 'replan' });
    return { observed, refused: null };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'rules-refused' || target === null) throw error;
    const { observed } = await world.observer.read(usesFilter(target) || usesFilter(applied?.target ?? null));
    const fights = fightsIn((await world.memory.read()).moves, world.clock.now());
    const { changes } = planFor(target, observed, { ...how, fights });
    if (changes.some(({ action }) => action !== 'create')) throw error;
    return { observed, refused: error };
  }
}

/** For the record. */
export function notBack({ refused }: DrivenBack): readonly string[] {
  return refused === null ? [] : [`its rules are not all there: ${refused.message}`];
}
