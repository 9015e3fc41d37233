/** `natroute resume`: follow the branch again, and end what somebody suspended. */
import type { Command } from 'commander';
import { showForward } from '../core/drift/suspension.ts';
import { printable } from '../core/views/paint.ts';
import { resume } from '../engine/suspend.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';
import { onlyOf } from './suspend.ts';
import { tellSuspended } from './tell.ts';

interface ResumeOptions extends GlobalOptions {
  readonly only?: string;
}

export function addResume(command: Command, context: CliContext): void {
  command
    .option('--only <forward>', 'end only the suspension of this forward, such as main:443/tcp')
    .addHelpText(
      'after',
      `
Examples:
  natroute status                      what is held or suspended, why, and since when
  natroute resume                      follow the branch again, and end all suspensions
  natroute resume --only main:443/tcp`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<ResumeOptions>();
      const only = onlyOf(options.only);
      const world = await context.records(options);
      const { held, suspensions } = await resume(world, only);
      if (options.json === true) writeJson(context, { ended: held, suspensions });
      else {
        const lines = [
          ...(held === null ? [] : [`no longer held: ${held.reason}`]),
          ...suspensions.map(
            (one) => `no longer suspended: ${one.only === null ? 'everything' : showForward(one.only)} (${one.reason})`,
          ),
        ];
        const none = only === null ? 'nothing was held or suspended' : `${showForward(only)} was not suspended`;
        for (const line of lines.length === 0 ? [none] : lines) context.out(`${printable(line)}\n`);
      }
      await tellSuspended(context, world);
    });
}
