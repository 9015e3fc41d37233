/** What guests did, written down: a few entries that leave the rules as they are. */
import { guestEntries } from '../core/ledger/guest-entries.ts';
import { counted } from '../core/views/words.ts';
import { limits } from '../model/limits.ts';
import { record, rulesSoFar } from './account.ts';
import { readIntent } from './intent.ts';
import type { World } from './world.ts';

/** Writes into the ledger what waits, under the lock of passes. Faults: those of the ports; what is not written waits on. */
export async function recordGuestEvents(world: World): Promise<void> {
  if (!(await world.guestEvents.waits())) return;
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    // The next pass takes up what a crash interrupted, and looks for its outcome at the end of the ledger.
    if ((await readIntent(world)) !== null) return;
    const { events, dropped, files } = await world.guestEvents.read();
    for (const [i, entry] of guestEntries(events).entries()) {
      const first = i === 0 && dropped > 0;
      await record(world, {
        ...entry.outline,
        impact: [],
        reason: first ? `${counted(dropped, 'older event')} of guests had no room and will not be in the ledger` : null,
        about: 'guests',
        nat: await rulesSoFar(world),
      });
      await world.guestEvents.written([...entry.events.map(({ file }) => file), ...(first ? files : [])]);
    }
  } finally {
    await lock.release();
  }
}
