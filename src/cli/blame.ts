/** `natroute blame`: which commit brought each rule, who wrote it, and since when it stands there. */
import type { Command } from 'commander';
import { parsePortQuestion } from '../core/ledger/openings.ts';
import { blameText } from '../core/views/blame.ts';
import { defaultColumns } from '../core/views/words.ts';
import { readBlame } from '../engine/blame.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, type GlobalOptions, showProgress, writeJson } from './context.ts';
import { blameJson } from './history-json.ts';

export function addBlame(command: Command, context: CliContext): void {
  command
    .argument('[port]', 'only the forwards of a port, whole: 2222, 2222/tcp or main:2222/tcp')
    .addHelpText(
      'after',
      `
Examples:
  natroute blame                     a line for each rule: commit, author, signature, applied when
  natroute blame main:2222/tcp       all that is known of its rules
  natroute blame --json | jq '.rules[] | select(.commit == null)'

Needs neither the daemon nor the network. Without the right to read the kernel's tables it shows
the rules as the last entry of the ledger has them, and says so.`,
    )
    .action(async (port: string | undefined) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const question = port === undefined ? null : parsePortQuestion(port);
      if (port !== undefined && question === null)
        throw new Fault('usage', `${JSON.stringify(port)} is no port`, {
          help: 'Write 2222, 2222/tcp or main:2222/tcp; an address by its name in host.yaml.',
        });
      const world = await context.records(options);
      const report = await readBlame(world, { question, progress: showProgress(context, 'reading the ledger') });
      if (options.json === true) writeJson(context, blameJson(report));
      else {
        const shape = { columns: context.columns ?? defaultColumns, whole: question !== null };
        context.out(blameText(report, context.paint(options), shape));
      }
    });
}
