/** Alerts of what a command did: queued for the daemon, or sent at once where none runs; never a reason to fail. */
import { printable } from '../core/views/paint.ts';
import { tellGap, tellPass, tellSuspensions } from '../engine/alerts.ts';
import { remember } from '../engine/memory.ts';
import { sendOnce } from '../engine/notify.ts';
import type { PassReport } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import type { CliContext } from './context.ts';
import { wakeDaemon } from './wake.ts';

export async function tellApplied(context: CliContext, world: World, report: PassReport): Promise<void> {
  await tellAndWake(context, world, async () => {
    await tellPass(world, report);
    if ((await world.alertFiles.settle()) === null) await remember(world, { told: world.clock.now().toISOString() });
  });
}

export async function tellSuspended(context: CliContext, world: World): Promise<void> {
  await tellAndWake(context, world, () => tellSuspensions(world));
}

/** The daemon brings the guests, learns what is in force now, and sends the alerts. */
async function tellAndWake(context: CliContext, world: World, tell: () => Promise<void>): Promise<void> {
  const warn = (line: string): void => context.error(`natroute: warning: ${printable(line)}\n`);
  const orWarn = async (telling: () => Promise<void>): Promise<void> => {
    try {
      await telling();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      warn(`no alert: ${error.message}`);
    }
  };
  await orWarn(() => tellGap(world, warn));
  await orWarn(tell);
  const woken = await wakeDaemon(context, world);
  // What only this process has, no other can send.
  if (woken && (await world.alertFiles.settle()) === null) return;
  await orWarn(async () => {
    for (const { receiver, problem } of await sendOnce(world, warn))
      if (problem !== null) warn(`the alert by ${receiver} waits for the next try: ${problem}`);
    const refusal = await world.alertFiles.settle();
    if (refusal !== null) warn(`alerts could not be kept: ${refusal.message}`);
  });
}
