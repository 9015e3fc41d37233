/** `natroute resume`: follow the branch again. */
import type { Command } from 'commander';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

export function addResume(program: Command, context: CliContext): void {
  program
    .command('resume')
    .description('end a hold: new commits are applied again')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const world = await context.world(options);
      const { held } = await world.memory.read();
      await world.memory.update({ held: null });
      await context.socket.call(world.paths.socket, 'POST', '/wake');
      if (options.json === true) writeJson(context, { ended: held });
      else context.out(held === null ? 'nothing was held\n' : `no longer held: ${held.reason}\n`);
    });
}
