/** `natroute apply`: one pass now, seen and approved by a person. */
import type { Command } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { printable } from '../core/views/paint.ts';
import { recordGuestEvents } from '../engine/guest-account.ts';
import { remember } from '../engine/memory.ts';
import { reconcile } from '../engine/reconcile.ts';
import type { PassReport, PassRequest } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import { askedOrExit } from './ask.ts';
import { followConfirmation } from './confirmation.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { checkSource, chooseSource, planJson, proposeOrExit, showProposal, withSource } from './proposal.ts';
import type { SourceOptions } from './proposal.ts';
import { tellApplied } from './tell.ts';

interface ApplyOptions extends GlobalOptions, SourceOptions {
  readonly yes?: boolean;
  readonly take?: boolean;
}

export function addApply(command: Command, context: CliContext): void {
  withSource(command)
    .option('--yes', 'do not ask (needed where there is no terminal, and with --json)')
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
    .action(async () => {
      const options = command.optsWithGlobals<ApplyOptions>();
      checkSource(options);
      const world = await context.world(options);
      const applied = await watched(world, () => planAndApply(context, world, options));
      if (applied === null) return;
      const { report, proposal } = applied;
      await tellApplied(context, world, report);
      const settlement = await followConfirmation(context, world, options);
      if (options.json === true)
        writeJson(context, applyJson(world, settlement === null ? report : { ...report, ...settlement }, proposal));
      if (settlement?.outcome === 'rolled-back' || report.outcome === 'rejected') throw new Exit(exits.failed);
    });
}

/** Whoever changes the tables while a person looks at the plan is known by name, where the kernel tells. */
async function watched<T>(world: World, work: () => Promise<T>): Promise<T> {
  const watching = await world.witness.start(() => undefined);
  try {
    return await work();
  } finally {
    watching.stop();
  }
}

interface Applied {
  readonly report: PassReport;
  readonly proposal: PassReport['proposal'];
}

/** Null where there is nothing to do. */
async function planAndApply(context: CliContext, world: World, options: ApplyOptions): Promise<Applied | null> {
  const source = await chooseSource(world, options);
  const request = { source, take: options.take === true, byHand: true };
  const proposal = await proposeOrExit(context, world, {
    request: { ...request, approved: null },
    paint: context.paintError(options),
  });
  const json = options.json === true;
  if (!json) showProposal(context, world, { proposal, source, format: 'text', paint: context.paint(options) });
  if (isEmpty(proposal.plan) && !proposal.fresh) {
    if (json) writeJson(context, applyJson(world, null, proposal));
    return null;
  }
  if (!isEmpty(proposal.plan))
    await askedOrExit(context, options, { question: 'Apply this plan?', refused: 'not applied' });
  const report = await applyApproved(world, { ...request, approved: proposal.digest });
  if (!json) context.out(`${printable(report.text)}\n`);
  return { report, proposal };
}

/** One pass, remembered as the last one. */
export async function applyApproved(world: World, request: PassRequest): Promise<PassReport> {
  const done = await reconcile(world, request);
  const report = { ...done, text: done.text + (await guestsText(world)) };
  await remember(world, { lastPass: { at: report.at, outcome: report.outcome, text: report.text } });
  return report;
}

/** Where no daemon writes down what guests did, a pass by hand does; that it cannot is no reason to fail. */
async function guestsText(world: World): Promise<string> {
  try {
    await recordGuestEvents(world);
    return '';
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `; what guests did is not in the ledger yet: ${error.message}`;
  }
}

/** As schemas/output/apply.schema.json has it. */
function applyJson(
  world: World,
  report: Pick<PassReport, 'outcome' | 'cause' | 'generation' | 'text'> | null,
  proposal: PassReport['proposal'],
): object {
  return {
    outcome: report?.outcome ?? 'unchanged',
    cause: report?.cause ?? null,
    generation: report?.generation ?? proposal.applied?.number ?? null,
    text: report?.text ?? 'nothing to do',
    plan: planJson(world, proposal),
  };
}
