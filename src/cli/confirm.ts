/** `natroute confirm`: a person says, over a new connection, that they still get in. */
import type { Command } from 'commander';
import { vouch } from '../engine/settle.ts';
import { followConfirmation } from './confirmation.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { wakeDaemon } from './wake.ts';

export function addConfirm(command: Command, context: CliContext): void {
  command
    .addHelpText(
      'after',
      `
Run it over a connection that you opened AFTER the change, from outside straight to this host:
one from before, from a guest, a container or the host itself proves nothing. What else the local
config asks for (\`confirm\`) is waited for, at most until the time is over.

Examples:
  natroute status            what waits for a confirmation, and until when
  ssh HOST natroute confirm  over a new connection
  natroute rollback          take it back at once`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const world = await context.world(options);
      await vouch(world, { connection: await context.session() });
      const settlement = await followConfirmation(context, world, options);
      await wakeDaemon(context, world);
      if (options.json === true) writeJson(context, settlement);
      if (settlement?.outcome !== 'confirmed') throw new Exit(exits.failed);
    });
}
