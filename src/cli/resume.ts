/** `natroute resume`: follow the branch again. */
import type { Command } from 'commander';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';
import { wakeDaemon } from './wake.ts';

export function addResume(command: Command, context: CliContext): void {
  command
    .addHelpText(
      'after',
      `
Examples:
  natroute status | grep held       why new commits wait, and since when
  natroute resume                   follow the branch again, from its newest commit`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const world = await context.records(options);
      const { held } = await world.memory.read();
      await world.memory.update({ held: null });
      await wakeDaemon(context, world);
      if (options.json === true) writeJson(context, { ended: held });
      else context.out(held === null ? 'nothing was held\n' : `no longer held: ${held.reason}\n`);
    });
}
