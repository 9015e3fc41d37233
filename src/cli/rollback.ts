/** `natroute rollback`: back to the network of an earlier generation. */
import type { Command } from 'commander';
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import { printable } from '../core/views/paint.ts';
import { readConfirmation } from '../engine/confirmation.ts';
import { chooseEarlier } from '../engine/rollback.ts';
import { giveUp } from '../engine/watch.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import { applyApproved } from './apply.ts';
import { askedOrExit } from './ask.ts';
import { followConfirmation } from './confirmation.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { planJson, proposeOrExit, showProposal } from './proposal.ts';
import { tellApplied } from './tell.ts';
import { wakeDaemon } from './wake.ts';

export function addRollback(command: Command, context: CliContext): void {
  command
    .argument('[generation]', 'its number, as `natroute history` shows it (default: the one before)')
    .option('--yes', 'do not ask (needed where there is no terminal, and with --json)')
    .addHelpText(
      'after',
      `
A change that waits for its confirmation is taken back at once. Only the network goes back: rules
whose date is past stay closed; guests, their domU configs and autostart links stay as they are.
Where a guest has no place in that network, nothing is done. New commits wait until
\`natroute resume\`.

Examples:
  natroute rollback          look at the plan, then say yes
  natroute rollback 12       to generation 12
  natroute resume            follow the branch again`,
    )
    .action(async (text: string | undefined) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      const asked = text === undefined ? null : readGeneration(text);
      const world = await context.world(options);
      if (asked === null && (await takenBack(context, world, options))) return;
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
      if (!json) context.out(`${printable(report.text)}; new commits wait until \`natroute resume\`\n`);
      await tellApplied(context, world, report);
      const settlement = await followConfirmation(context, world, options);
      const { outcome, generation, text: said } = settlement ?? report;
      if (json)
        writeJson(context, { outcome, generation, restores: number, text: said, plan: planJson(world, proposal) });
      if (outcome === 'rolled-back') throw new Exit(exits.failed);
    });
}

/** A change that waits for its confirmation is what a person in a hurry wants gone. False where nothing waits. */
async function takenBack(
  context: CliContext,
  world: World,
  options: GlobalOptions & { readonly yes?: boolean },
): Promise<boolean> {
  const waiting = await readConfirmation(world);
  if (waiting === null) return false;
  const json = options.json === true;
  if (!json) context.out(`${printable(unconfirmedText(waiting, waiting.proofs.map(proofText)))}\n`);
  await askedOrExit(context, options, { question: 'Take it back now?', refused: 'it still waits' });
  const settlement = await giveUp(world, waiting);
  // Nobody asked for a way further back than that.
  if (settlement === null)
    throw new Fault('guarded', `generation ${waiting.generation} waits no longer; nothing was taken back now`, {
      help: '`natroute status` says what is in force; `natroute rollback` once more goes back from there.',
    });
  const { outcome, generation, text } = settlement;
  if (json) writeJson(context, { outcome, generation, restores: waiting.previous, text, plan: null });
  else context.out(`${printable(text)}\n`);
  await wakeDaemon(context, world);
  if (outcome === 'confirmed') throw new Exit(exits.failed);
  return true;
}

function readGeneration(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new Fault('usage', `"${printable(text)}" is no generation`, {
    help: 'Give its number; `natroute history` shows them.',
  });
}
