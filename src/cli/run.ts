/** `natroute run`: the daemon. */
import type { Command } from 'commander';
import type { CliContext, GlobalOptions } from './context.ts';

export function addRun(program: Command, context: CliContext): void {
  program
    .command('run')
    .description('follow the repository: fetch, apply, heal, until told to stop')
    .addHelpText(
      'after',
      `
On SIGTERM the pass in hand ends and no rule is changed. On a host that natroute never applied
anything to, it waits for \`natroute apply\`.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await context.daemon(options, await context.world(options));
    });
}
