/** `natroute run`: the daemon. */
import type { Command } from 'commander';
import type { CliContext, GlobalOptions } from './context.ts';

export function addRun(command: Command, context: CliContext): void {
  command
    .addHelpText(
      'after',
      `
On SIGTERM the pass in hand ends and no rule is changed. On a host that natroute never applied
anything to, it waits for \`natroute apply\`.

Examples:
  natroute run                              in the foreground; Ctrl-C ends it
  systemctl enable --now natroute           as a service`,
    )
    .action(async () => {
      await context.daemon(await context.world(command.optsWithGlobals<GlobalOptions>()));
    });
}
