/** Which generation a rollback goes to: one that was in force before, by number or the one before this. */
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { World } from './world.ts';

/**
 * A rollback makes a new generation with the network of an earlier one; a second rollback goes further back from there.
 * Faults: usage where there is none such, those of Generations.
 */
export async function chooseEarlier(world: World, asked: number | null): Promise<number> {
  const good = await world.generations.good();
  const current = await world.generations.current();
  if (current === null)
    throw new Fault('usage', 'nothing is applied on this host, so there is nothing to go back from', {
      help: 'Look at `natroute plan`, then `natroute apply`.',
    });
  const from = current.restores ?? current.number;
  if (asked === null) {
    const before = good.findLast((number) => number < from);
    if (before !== undefined) return before;
    throw new Fault('usage', `there is no generation before ${from} to go back to`, {
      help: 'Earlier ones are kept as long as `generations` in the local config says.',
    });
  }
  if (asked === current.number) throw new Fault('usage', `generation ${asked} is in force already`);
  if (good.includes(asked)) return asked;
  const failed = (await world.generations.numbers()).includes(asked);
  const known = good.filter((number) => number !== current.number).slice(-limits.generationsNamed);
  throw new Fault(
    'usage',
    failed ? `generation ${asked} was never in force` : `there is no generation ${asked} any more, or not yet`,
    { help: known.length === 0 ? 'There is no other one.' : `There are ${known.join(', ')}.` },
  );
}
