/** What plan and apply share: from the options to a proposal, its diagnostics and its view. */
import type { Command } from 'commander';
import { suspensionText } from '../core/drift/suspension.ts';
import { stepsByHand } from '../core/render/by-hand.ts';
import { showDiagnostics } from '../core/diagnostics.ts';
import { planMarkdown } from '../core/views/markdown.ts';
import { planText, type PlanHeading } from '../core/views/plan.ts';
import type { Paint } from '../core/views/paint.ts';
import { createFetchLane } from '../engine/fetch.ts';
import { wayBackNotes } from '../core/confirm/words.ts';
import { needsConfirmation } from '../engine/arm.ts';
import { propose } from '../engine/propose.ts';
import type { PassRequest, Proposal, Source } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Fault } from '../model/fault.ts';
import type { GuestsPlan } from '../model/guest-status.ts';
import { limits } from '../model/limits.ts';
import type { CommitFacts } from '../model/record.ts';
import { type CliContext, Exit, exits, writeJson } from './context.ts';

export interface SourceOptions {
  readonly state?: string;
  readonly commit?: string;
}

export type PlanFormat = 'text' | 'json' | 'markdown';

export function withSource(command: Command): Command {
  return command
    .option('--state <dir>', 'use this folder instead of the repository')
    .option('--commit <rev>', 'use this commit instead of the head of the branch');
}

/** Fault usage. */
export function checkSource({ state, commit }: SourceOptions): void {
  if (state !== undefined && commit !== undefined)
    throw new Fault('usage', '--state and --commit exclude each other', { help: 'Give one of them.' });
}

/**
 * A folder needs no git. The head of the branch is fetched first, so that a person sees what the next pass would see;
 * a commit named by its id is only fetched where it is not known yet.
 */
export async function chooseSource(world: World, { state, commit }: SourceOptions): Promise<Source> {
  if (state !== undefined) return { kind: 'folder', folder: state };
  if (commit !== undefined && /^[0-9a-f]{4,64}([~^].*)?$/i.test(commit)) {
    const known = await resolveKnown(world, commit);
    if (known !== null) return { kind: 'commit', revision: known.commit };
  }
  await fetchNow(world);
  if (commit === undefined) return { kind: 'trusted' };
  return { kind: 'commit', revision: (await world.mirror.resolve(commit)).commit };
}

async function resolveKnown(world: World, commit: string): Promise<CommitFacts | null> {
  if ((await world.mirror.trusted()) === null) return null;
  try {
    return await world.mirror.resolve(commit);
  } catch (error) {
    if (error instanceof Fault && error.code === 'no-such-revision') return null;
    throw error;
  }
}

/** Going on with an older commit, unasked, would call a host up to date that is not. */
async function fetchNow(world: World): Promise<void> {
  try {
    await createFetchLane(world, { signed: world.config.repository.signers !== null }).fetchOnce();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'git-unreachable') throw error;
    const known = await world.mirror.trusted();
    if (known === null) throw error;
    const help = `The last commit fetched is ${known.slice(0, 10)}; \`--commit ${known.slice(0, 10)}\` uses it without the remote.`;
    throw new Fault(error.code, error.message, {
      ...error.detail,
      help: error.detail.help === undefined ? help : `${error.detail.help} ${help}`,
    });
  }
}

/** Shows the diagnostics on stderr; errors among them end the command with 1. */
export async function proposeOrExit(
  context: CliContext,
  world: World,
  { request, paint }: { readonly request: PassRequest; readonly paint: Paint },
): Promise<Proposal> {
  const proposal = await propose(world, request);
  if (proposal.diagnostics.length > 0) context.error(showDiagnostics(proposal.diagnostics, paint));
  if (hasErrors(proposal.diagnostics)) throw new Exit(exits.failed);
  return proposal;
}

/** What a person should know before they say yes. */
function confirmNotes(world: World, proposal: Proposal): readonly string[] {
  if (!needsConfirmation(proposal)) return [];
  return wayBackNotes(proposal, world.config.confirm?.withinSeconds ?? limits.confirmSeconds);
}

function headingOf(world: World, proposal: Proposal, source: Source): PlanHeading {
  const { commit, applied, suspensions } = proposal;
  return {
    host: world.config.host,
    from: applied === null ? null : `generation ${applied.number}`,
    notes: [...suspensions.map(suspensionText), ...confirmNotes(world, proposal)],
    to: source.kind === 'folder' || source.kind === 'generation' ? source : commit,
  };
}

interface Shown {
  readonly guests?: GuestsPlan;
  readonly proposal: Proposal;
  readonly source: Source;
  readonly format: PlanFormat;
  readonly paint: Paint;
}

export function showProposal(
  context: CliContext,
  world: World,
  { proposal, source, format, paint, guests }: Shown,
): void {
  const heading = { ...headingOf(world, proposal, source), ...(guests === undefined ? {} : { guests }) };
  switch (format) {
    case 'text':
      return context.out(planText(proposal.plan, heading, paint));
    case 'markdown':
      return context.out(planMarkdown(proposal.plan, heading));
    case 'json':
      return writeJson(context, planJson(world, proposal, guests));
    default:
      return format satisfies never;
  }
}

/** As schemas/output/plan.schema.json has it. */
export function planJson(
  world: World,
  { commit, applied, plan, drift, suspensions, wayIn, diagnostics, digest }: Proposal,
  guests: GuestsPlan | null = null,
): object {
  return {
    host: world.config.host,
    commit,
    generation: applied?.number ?? null,
    changes: plan.changes,
    impact: plan.impact,
    findings: plan.findings,
    left: plan.files?.left ?? [],
    byHand: stepsByHand(plan.files?.swaps ?? []),
    drift: drift.changes,
    suspensions,
    wayIn,
    guests,
    diagnostics,
    restore: { v4: plan.nat.v4.restore, v6: plan.nat.v6.restore },
    digest,
  };
}
