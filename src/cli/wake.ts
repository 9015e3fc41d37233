/** Tells the daemon that there is something new; what was done does not depend on it. */
import { printable } from '../core/views/paint.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import type { CliContext } from './context.ts';

/** Whether one runs. One that does not answer is told as a warning: its schedule finds the news by itself. */
export async function wakeDaemon(context: CliContext, world: World): Promise<boolean> {
  try {
    return (await context.socket.call(world.paths.socket, 'POST', '/wake')) !== null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.error(`natroute: warning: ${printable(error.message)}; it will see the change at its next pass\n`);
    return true;
  }
}
