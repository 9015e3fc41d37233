/** `natroute approve`: a person accepts what natroute does not accept by itself. */
import type { Command } from 'commander';
import { printable } from '../core/views/paint.ts';
import { createFetchLane } from '../engine/fetch.ts';
import { Fault } from '../model/fault.ts';
import { askedOrExit } from './ask.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';
import { wakeDaemon } from './wake.ts';

interface ApproveOptions extends GlobalOptions {
  readonly rewrite?: boolean;
  readonly yes?: boolean;
}

export function addApprove(command: Command, context: CliContext): void {
  command
    .option('--rewrite', 'follow the branch although its history was rewritten')
    .option('--yes', 'do not ask (needed where there is no terminal, and with --json)')
    .addHelpText(
      'after',
      `
Examples:
  natroute approve --rewrite     somebody pushed with --force, and it was meant

What is held by a policy is looked at with \`natroute plan\` and applied with \`natroute apply\`.`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<ApproveOptions>();
      if (options.rewrite !== true)
        throw new Fault('usage', 'there is nothing to approve without --rewrite', {
          help: 'What is held by a policy is applied with `natroute apply`.',
        });
      const world = await context.world(options);
      const head = await world.mirror.fetch();
      const trusted = await world.mirror.trusted();
      const { author, subject } = await world.mirror.resolve(head);
      const words = `${head.slice(0, 10)} "${printable(subject)}" by ${printable(author)}`;
      if (options.json !== true)
        context.out(
          `the branch is at ${words}; trusted is ${trusted === null ? 'nothing yet' : trusted.slice(0, 10)}\n`,
        );
      if (head !== trusted)
        await askedOrExit(context, options, { question: 'Follow it from there?', refused: 'not approved' });
      const { moved, commit } = await createFetchLane(world, {
        signed: world.config.repository.signers !== null,
      }).acceptRewrite(head);
      if (options.json === true) writeJson(context, { moved, commit });
      else context.out(moved ? `following the branch from ${commit.slice(0, 10)}\n` : 'it is followed already\n');
      await wakeDaemon(context, world);
    });
}
