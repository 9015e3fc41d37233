/**
 * `natroute guests`: the guests lane in a process of its own, beside the daemon. An xl that hangs, a dead xenstored or a
 * crash in here delays no healing of rules; and what it starts outlives it.
 */
import { limits } from '../model/limits.ts';
import type { Watch } from '../ports.ts';
import { tellHealedGuests } from './alerts.ts';
import { explain } from './telling.ts';
import type { GuestsLane } from './guests.ts';
import { writeGuestsReport } from './guests-report.ts';
import { createLane } from './lane.ts';
import type { World } from './world.ts';

export interface GuestsProcessDoors {
  readonly lane: GuestsLane;
  readonly watch: Watch;
  readonly pid: number;
  /** One line for the journal. */
  readonly log: (line: string) => void;
}

/** One pass now; whether every guest is as it should be, or waits for what only a person or a time brings. */
export async function passOverGuests(world: World, doors: GuestsProcessDoors): Promise<boolean> {
  const lock = await world.locks.acquire('guests', 0);
  try {
    await pass(world, doors);
    await atRest(world, doors);
    return doors.lane.states().every(({ state }) => state !== 'failed');
  } finally {
    await lock.release();
  }
}

/** Runs until the signal; then the work in hand ends. Fault lock-held where another one looks after the guests. */
export async function runGuests(world: World, doors: GuestsProcessDoors, signal: AbortSignal): Promise<void> {
  const lock = await world.locks.acquire('guests', 0);
  const lane = createLane(() => pass(world, doors), {
    clock: world.clock,
    failed: (error, retrySeconds) => doors.log(`guests failed: ${explain(error)}; again in ${retrySeconds} s`),
  });
  // A new generation is a link that is swapped: its folder tells.
  const watching = await doors.watch.start([world.paths.current], () => lane.wake());
  doors.log(`natroute ${world.version} looks after the guests of ${world.config.host}`);
  try {
    while (!signal.aborted) {
      lane.wake();
      await world.clock.sleep(limits.guestsLookSeconds, signal);
    }
    doors.log('stopping after the work in hand; no guest is touched by that');
    await lane.stop();
    await atRest(world, doors);
  } finally {
    await watching.stop();
    await lock.release();
  }
}

/** What takes longer than its turn goes on by itself; xl must not lose whom it talks to. */
async function atRest(world: World, { lane, pid, log }: GuestsProcessDoors): Promise<void> {
  await lane.rest();
  for (const line of lane.told()) log(`guest ${line}`);
  const at = world.clock.now().toISOString();
  await writeGuestsReport(world, { format: 1, at, pid, failed: null, guests: lane.states() });
}

async function pass(world: World, { lane, pid, log }: GuestsProcessDoors): Promise<void> {
  const report = (failed: string | null): Promise<void> =>
    writeGuestsReport(world, { format: 1, at: world.clock.now().toISOString(), pid, failed, guests: lane.states() });
  try {
    const current = await world.generations.current();
    if (current?.target.host.toolstack === 'xl')
      for (const line of await lane.convergeAll(current.target, current)) log(`guest ${line}`);
    // The daemon sends it. A full disk must not stop guests.
    await tellHealedGuests(world, lane).catch((error: unknown) => log(`alert not kept: ${explain(error)}`));
    // What a full disk did not take is written as soon as it does.
    await world.alertFiles.settle();
  } catch (error) {
    await report(explain(error));
    throw error;
  }
  await report(null);
}
