/** `natroute status`: where this host stands. */
import type { Command } from 'commander';
import { printable } from '../core/views/paint.ts';
import { statusText } from '../core/views/status.ts';
import { readStatus, type Status } from '../engine/status.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

export function addStatus(command: Command, context: CliContext): void {
  command
    .addHelpText(
      'after',
      `
Examples:
  natroute status                          one screen, trouble first
  natroute status --json | jq .generation`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const world = await context.records(options);
      const status = (await liveStatus(context, world)) ?? (await readStatus(world, null));
      if (options.json === true) writeJson(context, status);
      else context.out(statusText(status, context.paint(options)));
    });
}

/** What the daemon says; null where none runs. One that does not answer must not hide what is on disk. */
async function liveStatus(context: CliContext, world: World): Promise<Status | null> {
  try {
    return (await context.socket.call(world.paths.socket, 'GET', '/status')) as Status | null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.error(`natroute: warning: ${printable(error.message)}; this is what is on disk\n`);
    return null;
  }
}
