/** `natroute guests`: the process that brings domUs to their desired state. */
import type { Command } from 'commander';
import { type CliContext, Exit, exits, type GlobalOptions } from './context.ts';

export function addGuests(command: Command, context: CliContext): void {
  command
    .option('--once', 'one pass now, then end: exit code 1 where a guest failed')
    .addHelpText(
      'after',
      `
It runs beside \`natroute run\`, which does all else: an xl that hangs holds up no rule. On SIGTERM
the step in hand ends; no guest is stopped by that.

Examples:
  natroute guests                           in the foreground; Ctrl-C ends it
  systemctl enable --now natroute-guests    as a service
  natroute guests --once                    one pass now`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly once?: boolean }>();
      const fine = await context.guests(await context.world(options), { once: options.once === true });
      if (!fine) throw new Exit(exits.failed);
    });
}
