/**
 * What is done for the ledger beside the passes: what guests did is written down, it is tidied and pushed, and what is
 * older than it is to be kept is let go.
 */
import { limits } from '../model/limits.ts';
import { followLedger } from './ledger-end.ts';
import { recordGuestEvents } from './guest-account.ts';
import type { World } from './world.ts';

/** The work of a lane. Faults: those of the ports. */
export function createLedgerWork(world: World, log: (line: string) => void): () => Promise<void> {
  let lookedMs = -Infinity;
  return async () => {
    await recordGuestEvents(world);
    await world.ledger.tidy();
    await world.ledger.push();
    const nowMs = world.clock.now().getTime();
    if (Math.abs(nowMs - lookedMs) < limits.ledgerLetGoSeconds * 1000) return;
    await letGo(world, log);
    lookedMs = nowMs;
  };
}

async function letGo(world: World, log: (line: string) => void): Promise<void> {
  const { days } = world.config.ledger;
  if (days === null) return;
  // Whoever appends may need what is about to go.
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    // What is noted as its end must not be let go unseen.
    await followLedger(world);
    const went = await world.ledger.letGo(new Date(world.clock.now().getTime() - days * 86_400_000));
    if (went > 0) log(`ledger: ${went} entries are older than ${days} days and were let go`);
  } finally {
    await lock.release();
  }
}
