/** Which generation a rollback goes to, by number or the one before this, and what it takes from there. */
import { misplacedGuests, withNetworkOf } from '../core/rollback.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { CommitFacts } from '../model/record.ts';
import type { Generation } from './generations.ts';
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

/**
 * The network of that generation with the guests in force. Faults: those of Generations, and guarded where a guest has no
 * place in that network.
 */
export async function networkOf(
  world: Pick<World, 'generations'>,
  number: number,
  applied: Generation | null,
): Promise<Pick<Generation, 'commit' | 'target'>> {
  const { commit, target } = await world.generations.read(number);
  if (applied === null) return { commit, target };
  const [first, ...more] = misplacedGuests(target, applied.target, number);
  if (first !== undefined) throw misplaced(number, [first, ...more], commit);
  return { commit, target: withNetworkOf(target, applied.target) };
}

function misplaced(number: number, guests: readonly string[], commit: CommitFacts | null): Fault {
  const whole =
    commit === null
      ? 'the folder that it was made from, applied again, goes back with the guests too'
      : `\`natroute apply --commit ${commit.commit.slice(0, 10)}\` goes back with the guests too`;
  return new Fault('guarded', `cannot go back to the network of generation ${number}: ${guests.join('; ')}`, {
    help: `Nothing was changed: a rollback leaves guests as they are. Go back to a later generation, or take them elsewhere in the state repository first; ${whole}.`,
  });
}
