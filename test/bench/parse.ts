/** What it costs to read the saved tables and to compare them with the target, with nothing known from before. */
import { createSaveReader } from '../../src/core/nat/save.ts';
import { leaveNothing } from '../../src/core/drift/leave.ts';
import { driftOf, planFor } from '../../src/engine/propose.ts';
import type { World } from '../../src/engine/world.ts';
import { threadMs } from './doors.ts';

/** Processor time of one change's parse and diff, the median of so many. */
export async function parseAndDiff(world: World, repeats: number): Promise<number> {
  const applied = await world.generations.current();
  if (applied === null) throw new Error('no generation is in force');
  const v4 = await world.netfilter.save('v4');
  const v6 = await world.netfilter.save('v6');
  const last = v4.lastIndexOf(' --to-destination ');
  const end = v4.indexOf('\n', last);
  const spent: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const changed = `${v4.slice(0, last)} --to-destination 10.9.9.9:${i + 1}${v4.slice(end)}`;
    const before = threadMs();
    const readSave = createSaveReader();
    const observed = { v4: readSave('v4', changed), v6: readSave('v6', v6) };
    const drift = driftOf(applied.target, observed);
    const plan = planFor(applied.target, observed, { applied, take: [], fights: [], leaving: leaveNothing });
    spent.push(threadMs() - before);
    if (drift.changes.length !== 1 || plan.changes.length !== 1) throw new Error('the one change was not found');
  }
  return spent.sort((a, b) => a - b)[Math.floor(spent.length / 2)] ?? 0;
}
