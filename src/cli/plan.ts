/** `natroute plan`: what apply would do. */
import { type Command, Option } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { planGuests } from '../engine/guests-plan.ts';
import { type CliContext, Exit, exits, type GlobalOptions } from './context.ts';
import { checkSource, chooseSource, proposeOrExit, showProposal, withSource } from './proposal.ts';
import type { PlanFormat, SourceOptions } from './proposal.ts';

interface PlanOptions extends GlobalOptions, SourceOptions {
  readonly format?: PlanFormat;
  readonly exitCode?: boolean;
  readonly take?: boolean;
}

export function addPlan(command: Command, context: CliContext): void {
  withSource(command)
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json', 'markdown']))
    .option('--take', 'plan to delete the old rules by hand that this commit itself expresses')
    .option('--exit-code', 'exit with 2 when there is something to do')
    .addHelpText(
      'after',
      `
Examples:
  natroute plan                                what the head of the branch would change now
  natroute plan --state . --format markdown    for a merge request, from a working copy
  natroute plan --commit HEAD~1                what going back one commit would change
  natroute plan --exit-code || echo "not yet as the repository says"`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<PlanOptions>();
      checkSource(options);
      const world = await context.world(options);
      const source = await chooseSource(world, options);
      const proposal = await proposeOrExit(context, world, {
        request: { source, take: options.take === true, approved: null, byHand: true },
        paint: context.paintError(options),
      });
      const format = options.format ?? (options.json === true ? 'json' : 'text');
      const guests = await planGuests(world, proposal.target);
      showProposal(context, world, { proposal, source, format, paint: context.paint(options), guests });
      const asked = guests.guests.some(({ steps }) => steps.length > 0);
      if (options.exitCode === true && (asked || !isEmpty(proposal.plan))) throw new Exit(exits.differences);
    });
}
