/** `natroute status`: where this host stands. */
import type { Command } from 'commander';
import { statusText } from '../core/views/status.ts';
import { readStatus, type Status } from '../engine/status.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

export function addStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('commit, generation, last pass, drift, guests, next pass, and what is held')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const world = await context.world(options);
      const live = (await context.socket.call(world.paths.socket, 'GET', '/status')) as Status | null;
      const status = live ?? (await readStatus(world, null));
      if (options.json === true) writeJson(context, status);
      else context.out(statusText(status, context.paint(options)));
    });
}
