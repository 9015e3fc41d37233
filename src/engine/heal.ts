/**
 * What is in force put right: the rules first, then each file and each setting by itself. One that cannot be written
 * keeps nothing else from being put right; it is said, and tried again by the next pass.
 */
import type { Change } from '../model/change.ts';
import { Fault } from '../model/fault.ts';
import type { FilesPlan } from '../model/file.ts';
import { sysctlValue } from '../model/sysctl.ts';
import type { Cause } from '../model/record.ts';
import { record, rulesSoFar } from './account.ts';
import { carryOutFiles } from './files.ts';
import type { Generation } from './generations.ts';
import { sentenceOf } from './go-back.ts';
import type { Proposal } from './request.ts';
import type { World } from './world.ts';

/** Paths and settings that could not be put right, and why. */
export type Unhealed = ReadonlyMap<string, Fault>;

export const allHealed: Unhealed = new Map();

export async function healFiles(world: World, plan: FilesPlan | undefined): Promise<Unhealed> {
  const { swaps = [], sysctls = [] } = plan ?? {};
  const unhealed = new Map<string, Fault>();
  const alone = async (key: string, part: Parameters<typeof carryOutFiles>[1]): Promise<void> => {
    try {
      await carryOutFiles(world, part);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      unhealed.set(key, error);
    }
  };
  for (const swap of swaps) await alone(swap.path, { swaps: [swap], sysctls: [] });
  // Some settings put others back: those are set once more.
  for (let round = 0, wrong = sysctls; round < 2 && wrong.length > 0; round++) {
    for (const one of wrong) await alone(one.key, { swaps: [], sysctls: [one] });
    const found = await world.sysctls.read(sysctls.map(({ key }) => key));
    wrong = sysctls.filter(
      ({ key, wanted }) => !unhealed.has(key) && sysctlValue(found.get(key) ?? '') !== sysctlValue(wanted),
    );
  }
  return unhealed;
}

/** With what was put right alone. */
export function healedPart(proposal: Proposal, unhealed: Unhealed): Proposal {
  if (unhealed.size === 0) return proposal;
  const fine = ({ family, key }: Change): boolean => family !== null || !unhealed.has(key);
  return {
    ...proposal,
    items: proposal.items.filter(({ change }) => fine(change)),
    plan: { ...proposal.plan, changes: proposal.plan.changes.filter(fine) },
  };
}

/** The fault of all of them: lasting the same, it reads the same. */
export function notAllHealed(unhealed: Unhealed, { number }: Generation): Fault | null {
  const faults = [...unhealed.values()];
  const [first] = faults;
  if (first === undefined) return null;
  const text = `${faults.map(sentenceOf).join(' ')} The rules of generation ${number} are in force; the next pass tries the rest again.`;
  return new Fault(first.code, text, { ...first.detail, cause: first });
}

/**
 * Where the rules themselves could not be put right, files and settings are all the same, and that is written down. The
 * fault to throw.
 */
export async function healFilesAlone(
  world: World,
  proposal: Proposal,
  { generation, cause, error }: { readonly generation: Generation; readonly cause: Cause; readonly error: unknown },
): Promise<unknown> {
  if (!(error instanceof Fault)) return error;
  const unhealed = await healFiles(world, proposal.plan.files);
  const changes = healedPart(proposal, unhealed).plan.changes.filter(({ family }) => family === null);
  if (changes.length > 0) {
    const reason = `the rules could not be put right: ${error.message}`;
    const { commit, number } = generation;
    const nat = await rulesSoFar(world);
    await record(world, { cause, outcome: 'healed', commit, generation: number, changes, impact: [], reason, nat });
    const done = new Set(changes.map(({ key }) => key));
    const { drift } = await world.memory.read();
    await world.memory.update({
      drift: drift.map((item) =>
        item.change.family === null && done.has(item.change.key) ? { ...item, done: 'healed', healAt: null } : item,
      ),
    });
  }
  return new Fault(error.code, [error, ...unhealed.values()].map(sentenceOf).join(' '), error.detail);
}
