/** After a crash: the intent on disk says what was under way, and it is finished, or undone, before anything else. */
import { planFiles } from '../core/files/compare.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import type { Intent } from '../model/record.ts';
import { observedText, record } from './account.ts';
import { drive, reinstate } from './drive.ts';
import { cutAffected, cutText, rulesOfTarget } from './cut.ts';
import { begin } from './arm.ts';
import { enforce, inForce, readConfirmation, standDown } from './confirmation.ts';
import { clearIntent, readIntent } from './intent.ts';
import { carryOutFiles, lookAtFiles, undoFiles } from './files.ts';
import { filesIn } from './propose.ts';
import { leavingNow } from './leave.ts';
import type { Generation } from './generations.ts';
import type { Target } from '../model/target.ts';
import type { World } from './world.ts';

/** Needs neither git nor network. What was done, in one sentence; null where nothing was open. */
export async function recover(world: World): Promise<string | null> {
  const intent = await readIntent(world);
  if (intent === null) return null;
  const newest = (await world.ledger.entries({ most: 1, since: null, author: null }))[0]?.record;
  if (
    newest !== undefined &&
    newest.gap === undefined &&
    newest.at >= intent.at &&
    newest.generation === intent.generation &&
    newest.cause === intent.cause
  ) {
    // Only the removal of the intent was missing: its outcome stands in the ledger.
    await clearIntent(world);
    return 'the last pass had finished';
  }
  const applied = await inForce(world);
  // An undoing that was interrupted had put the fuse out: nothing would take it back.
  const bare = intent.mustConfirm === true && (await readConfirmation(world))?.generation !== intent.generation;
  const finished = intent.generation === null || bare ? null : await finish(world, intent, intent.generation, applied);
  if (finished !== null) return finished;
  return undo(world, intent);
}

async function finish(
  world: World,
  intent: Intent,
  number: number,
  applied: Generation | null,
): Promise<string | null> {
  try {
    const generation = await world.generations.read(number);
    await finishFiles(world, intent, { target: generation.target, applied });
    const { observed } = await drive(world, {
      target: generation.target,
      applied,
      take: intent.taken ?? [],
      leaving: await leavingNow(world),
      plan: null,
      stale: 'replan',
    });
    const before = rulesOfTarget(applied?.target ?? null);
    const confirmation = await readConfirmation(world);
    const trial = confirmation?.generation === number;
    const cut = trial ? '' : cutText(await cutAffected(world, before, rulesOfTarget(generation.target)));
    if (trial && confirmation.live === null) await begin(world, confirmation);
    await enforce(world, number);
    const reason = `finished after a crash${trial ? '; it is not confirmed yet' : ''}${cut}`;
    await close(world, intent, { generation, reason, observed });
    return `finished what a crash had interrupted: generation ${number} is in force`;
  } catch (error) {
    // A target that cannot be reached any more is undone; without an earlier one there is nothing to go back to.
    if (error instanceof Fault && unreachable.includes(error.code)) return null;
    throw error;
  }
}

const unreachable: readonly FaultCode[] = ['verify-failed', 'rules-refused', 'command-failed', 'stale-file', 'guarded'];

/** Only what the plan of then may have taken over is taken over now. */
async function finishFiles(
  world: World,
  intent: Intent,
  { target, applied }: { readonly target: Target; readonly applied: Generation | null },
): Promise<void> {
  const found = await lookAtFiles(world, target, applied?.target ?? null);
  const plan = planFiles(target, found, {
    previous: applied?.target ?? null,
    take: new Set(intent.files?.map(({ path }) => path)),
    left: new Set((await world.memory.read()).filesLeft ?? []),
    leaving: filesIn(await leavingNow(world)),
  });
  await carryOutFiles(world, plan);
}

async function undo(world: World, intent: Intent): Promise<string> {
  const generation = intent.previous === null ? null : await world.generations.read(intent.previous);
  const abandoned = intent.generation === null ? null : await world.generations.read(intent.generation);
  const { observed } = await drive(world, {
    target: generation?.target ?? null,
    applied: abandoned,
    take: [],
    leaving: await leavingNow(world),
    plan: null,
    stale: 'replan',
  });
  await reinstate(world, intent.taken ?? []);
  const kept = (await undoFiles(world, intent)).map((one) => `; ${one}`).join('');
  const [before, after] = [rulesOfTarget(abandoned?.target ?? null), rulesOfTarget(generation?.target ?? null)];
  const cut = cutText(await cutAffected(world, before, after));
  if (generation !== null) await enforce(world, generation.number);
  if (abandoned?.number !== generation?.number) await standDown(world);
  await close(world, intent, { generation, reason: `undone after a crash${cut}${kept}`, observed });
  return generation === null
    ? 'undid what a crash had interrupted'
    : `went back to generation ${generation.number} after a crash`;
}

async function close(
  world: World,
  intent: Intent,
  end: {
    readonly generation: Generation | null;
    readonly reason: string;
    readonly observed: Parameters<typeof observedText>[0];
  },
): Promise<void> {
  await record(world, {
    cause: intent.cause,
    outcome: 'recovered',
    commit: end.generation?.commit ?? intent.desired,
    generation: end.generation?.number ?? null,
    changes: [],
    impact: [],
    reason: end.reason,
    nat: observedText(end.observed, end.generation?.target.nat ?? null),
  });
  await world.memory.update({ bootId: world.bootId, drift: [] });
  await clearIntent(world);
}
