/** `natroute plan`: what apply would do. */
import { type Command, Option } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { type CliContext, Exit, exits, type GlobalOptions } from './context.ts';
import { chooseSource, proposeOrExit, showPlan, withSource, type PlanFormat, type SourceOptions } from './proposal.ts';

interface PlanOptions extends GlobalOptions, SourceOptions {
  readonly format?: PlanFormat;
  readonly exitCode?: boolean;
  readonly take?: boolean;
}

export function addPlan(program: Command, context: CliContext): void {
  withSource(program.command('plan'))
    .description('show what apply would do, and what it means for people outside')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json', 'markdown']))
    .option('--take', 'plan to delete the old rules by hand that this commit itself expresses')
    .option('--exit-code', 'exit with 2 when there is something to do')
    .addHelpText(
      'after',
      `
Examples:
  natroute plan                                what the head of the branch would change now
  natroute plan --state . --format markdown    for a merge request, from a working copy
  natroute plan --commit HEAD~1                what going back one commit would change`,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<PlanOptions>();
      const world = await context.world(options);
      const source = await chooseSource(context, world, options);
      const proposal = await proposeOrExit(context, world, { source, take: options.take === true, approved: null });
      const format = options.format ?? (options.json === true ? 'json' : 'text');
      context.out(showPlan(world, proposal, format, context.paint(options)));
      if (options.exitCode === true && !isEmpty(proposal.plan)) throw new Exit(exits.differences);
    });
}
