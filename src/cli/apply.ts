/** `natroute apply`: one pass now, seen and approved by a person. */
import type { Command } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { reconcile } from '../engine/reconcile.ts';
import type { PassReport, PassRequest } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { chooseSource, planJson, proposeOrExit, showPlan, withSource, type SourceOptions } from './proposal.ts';

interface ApplyOptions extends GlobalOptions, SourceOptions {
  readonly yes?: boolean;
  readonly take?: boolean;
}

export function addApply(program: Command, context: CliContext): void {
  withSource(program.command('apply'))
    .description('one pass now: show the plan, ask, apply it, and read it back')
    .option('--yes', 'do not ask (needed where there is no terminal)')
    .option('--take', 'delete the old rules by hand that this commit itself expresses, each listed in the plan')
    .addHelpText(
      'after',
      `
Examples:
  natroute apply                 look at the plan, then say yes
  natroute apply --yes           in a script
  natroute apply --take          the first run on a host with hand-made forwards
  natroute apply --state ./wip   try a working copy; new commits wait until \`natroute resume\``,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ApplyOptions>();
      const world = await context.world(options);
      const request = { source: await chooseSource(context, world, options), take: options.take === true };
      const proposal = await proposeOrExit(context, world, { ...request, approved: null });
      const silent = options.json === true;
      if (!silent) context.out(showPlan(world, proposal, 'text', context.paint(options)));
      if (isEmpty(proposal.plan) && !proposal.fresh) {
        if (silent) writeJson(context, applyJson(world, null, proposal));
        return;
      }
      if (options.yes !== true && !(await approve(context, isEmpty(proposal.plan)))) {
        context.error('natroute: not applied\n');
        throw new Exit(exits.failed);
      }
      const report = await applyApproved(world, { ...request, approved: proposal.digest });
      if (silent) writeJson(context, applyJson(world, report, proposal));
      else context.out(`${report.text}\n`);
      // The daemon brings the guests and learns what is in force now.
      await context.socket.call(world.paths.socket, 'POST', '/wake');
    });
}

async function approve(context: CliContext, empty: boolean): Promise<boolean> {
  if (empty) return true;
  if (!context.terminal)
    throw new Fault('usage', 'there is no terminal to ask on, and --yes was not given', {
      help: 'Run it on a terminal, or with --yes once you have looked at `natroute plan`.',
    });
  return context.ask('Apply this plan?');
}

async function applyApproved(world: World, request: PassRequest): Promise<PassReport> {
  const report = await reconcile(world, request);
  await world.memory.update({ lastPass: { at: report.at, outcome: report.outcome, text: report.text } });
  return report;
}

/** As schemas/output/apply.schema.json has it. */
function applyJson(world: World, report: PassReport | null, proposal: PassReport['proposal']): object {
  return {
    outcome: report?.outcome ?? 'unchanged',
    cause: report?.cause ?? null,
    generation: report?.generation ?? proposal.applied?.number ?? null,
    text: report?.text ?? 'nothing to do',
    plan: planJson(world, proposal),
  };
}
