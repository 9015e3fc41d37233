/** `natroute rollback`: back to the network of an earlier generation. */
import type { Command } from 'commander';
import { printable } from '../core/views/paint.ts';
import { chooseEarlier } from '../engine/rollback.ts';
import { Fault } from '../model/fault.ts';
import { applyApproved } from './apply.ts';
import { askedOrExit } from './ask.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';
import { planJson, proposeOrExit, showProposal } from './proposal.ts';
import { tellApplied } from './tell.ts';

export function addRollback(command: Command, context: CliContext): void {
  command
    .argument('[generation]', 'its number, as `natroute history` shows it (default: the one before)')
    .option('--yes', 'do not ask (needed where there is no terminal, and with --json)')
    .addHelpText(
      'after',
      `
Only the network goes back: rules whose date is past stay closed, guests stay as they are. New
commits wait until \`natroute resume\`.

Examples:
  natroute rollback          look at the plan, then say yes
  natroute rollback 12       to generation 12
  natroute resume            follow the branch again`,
    )
    .action(async (text: string | undefined) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      const asked = text === undefined ? null : readGeneration(text);
      const world = await context.world(options);
      const number = await chooseEarlier(world, asked);
      const source = { kind: 'generation', number } as const;
      const request = { source, take: false, byHand: true };
      const paint = context.paintError(options);
      const proposal = await proposeOrExit(context, world, { request: { ...request, approved: null }, paint });
      const json = options.json === true;
      if (!json) showProposal(context, world, { proposal, source, format: 'text', paint: context.paint(options) });
      await askedOrExit(context, options, {
        question: `Go back to generation ${number}, and let new commits wait?`,
        refused: 'not rolled back',
      });
      const report = await applyApproved(world, { ...request, approved: proposal.digest });
      const { outcome, generation, text: said } = report;
      if (json)
        writeJson(context, { outcome, generation, restores: number, text: said, plan: planJson(world, proposal) });
      else context.out(`${printable(said)}; new commits wait until \`natroute resume\`\n`);
      await tellApplied(context, world, report);
    });
}

function readGeneration(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new Fault('usage', `"${printable(text)}" is no generation`, {
    help: 'Give its number; `natroute history` shows them.',
  });
}
