/** Follows a change that must be confirmed until it is confirmed or taken back, whoever decides. */
import type { Confirmation, Proof, Settlement } from '../model/confirmation.ts';
import { limits } from '../model/limits.ts';
import { decisionOn, isOverdue, readConfirmation } from './confirmation.ts';
import { decide, missingProofs, settle, takeBack, underFuse } from './settle.ts';
import type { World } from './world.ts';

/**
 * What became of it; null where nothing was under way, or the signal came first. `waiting` is told what is still missing,
 * whenever that is another thing. Faults: those of the ports; whatever fails here, the fuse stays lit.
 */
export async function watchConfirmation(
  world: World,
  signal: AbortSignal,
  waiting: (confirmation: Confirmation, missing: readonly Proof[]) => void,
): Promise<Settlement | null> {
  const first = await readConfirmation(world);
  if (first === null) return null;
  let told = '';
  while (!signal.aborted) {
    const confirmation = await readConfirmation(world);
    if (confirmation?.generation !== first.generation) break;
    // What proves it may be out of sight: that must not hold up its end.
    if (isOverdue(world, confirmation) || (await decisionOn(world, confirmation)) !== 'open') {
      await end(world, null);
      continue;
    }
    const { missing, by } = await missingProofs(world, confirmation);
    if (missing.length === 0 && confirmation.live !== null) {
      await end(world, { generation: confirmation.generation, by });
      continue;
    }
    if (confirmation.live !== null && told !== JSON.stringify(missing)) {
      told = JSON.stringify(missing);
      waiting(confirmation, missing);
    }
    await world.clock.sleep(limits.probePauseSeconds, signal);
  }
  const { settlement } = await world.memory.read();
  return settlement?.generation === first.generation ? settlement : null;
}

/** Under both locks, and looking again: another process may have decided meanwhile. */
async function end(
  world: World,
  proven: { readonly generation: number; readonly by: string | null } | null,
): Promise<void> {
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    await underFuse(world, async () => {
      const confirmation = await settle(world);
      if (confirmation !== null && proven?.generation === confirmation.generation)
        await decide(world, confirmation, proven.by);
    });
  } finally {
    await lock.release();
  }
}

/**
 * `natroute rollback` while `asked`, or else what is under way, waits: its time is over now. What became of it, whoever was
 * quicker; null where nothing waits, or it never began.
 */
export async function giveUp(world: World, asked: Confirmation | null = null): Promise<Settlement | null> {
  const waiting = asked ?? (await readConfirmation(world));
  if (waiting === null) return null;
  const { generation } = waiting;
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    await underFuse(world, async () => {
      const open = await settle(world);
      if (open?.generation === generation) await takeBack(world, open, 'person');
    });
    const { settlement } = await world.memory.read();
    return settlement?.generation === generation ? settlement : null;
  } finally {
    await lock.release();
  }
}
