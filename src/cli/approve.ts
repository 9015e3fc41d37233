/** `natroute approve`: a person accepts what natroute does not accept by itself. */
import type { Command } from 'commander';
import { printable } from '../core/views/paint.ts';
import { createFetchLane } from '../engine/fetch.ts';
import { judge } from '../engine/gates.ts';
import type { Proposal } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { applyApproved } from './apply.ts';
import { askedOrExit } from './ask.ts';
import { followConfirmation } from './confirmation.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { chooseSource, proposeOrExit, showProposal } from './proposal.ts';
import { tellApplied } from './tell.ts';
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
  natroute approve               look at what is held, then say yes
  natroute approve --rewrite     somebody pushed with --force, and it was meant

What is held (by \`policy\`, because it deletes much, or because it was taken back before) is shown
with its reason, and applied once you said yes.`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<ApproveOptions>();
      if (options.rewrite !== true) return approveHeld(context, options);
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
      if (options.json === true) writeJson(context, { moved, commit, applied: null });
      else context.out(moved ? `following the branch from ${commit.slice(0, 10)}\n` : 'it is followed already\n');
      await wakeDaemon(context, world);
    });
}

/** The branch's head, shown with the reason why it waits. */
async function approveHeld(context: CliContext, options: ApproveOptions): Promise<void> {
  const world = await context.world(options);
  const source = await chooseSource(world, {});
  const request = { source, take: false, byHand: true, approves: true };
  const paint = context.paintError(options);
  const proposal = await proposeOrExit(context, world, { request: { ...request, approved: null }, paint });
  const json = options.json === true;
  if (!proposal.fresh) {
    if (json) writeJson(context, { moved: false, commit: proposal.commit?.commit ?? null, applied: null });
    else context.out('nothing is held: what the branch says is in force\n');
    return;
  }
  if (!json) {
    showProposal(context, world, { proposal, source, format: 'text', paint: context.paint(options) });
    context.out(`${printable(await whyWaiting(world, proposal))}\n`);
  }
  await askedOrExit(context, options, { question: 'Approve and apply it?', refused: 'not approved' });
  const report = await applyApproved(world, { ...request, approved: proposal.digest });
  if (!json) context.out(`${printable(report.text)}\n`);
  await tellApplied(context, world, report);
  const settlement = await followConfirmation(context, world, options);
  const { outcome, generation, text } = settlement ?? report;
  if (json)
    writeJson(context, {
      moved: false,
      commit: proposal.commit?.commit ?? null,
      applied: { outcome, generation, text },
    });
  if (settlement?.outcome === 'rolled-back') throw new Exit(exits.failed);
}

async function whyWaiting(world: World, proposal: Proposal): Promise<string> {
  const verdict = judge(proposal, {
    request: { source: { kind: 'trusted' }, take: false, approved: null },
    policy: world.config.policy,
    memory: await world.memory.read(),
    bootId: world.bootId,
    now: world.clock.now(),
  });
  return verdict.kind === 'wait' ? verdict.text : 'it is not held: the next pass would apply it by itself';
}
