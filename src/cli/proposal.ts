/** What plan, apply and drift share: from the options to a proposal, its diagnostics and its view. */
import type { Command } from 'commander';
import { showDiagnostics } from '../core/diagnostics.ts';
import { planMarkdown, planText, type PlanHeading } from '../core/views/plan.ts';
import { plain, type Paint } from '../core/views/paint.ts';
import { createFetchLane } from '../engine/fetch.ts';
import { propose } from '../engine/propose.ts';
import type { PassRequest, Proposal, Source } from '../engine/request.ts';
import type { World } from '../engine/world.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits } from './context.ts';

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

/** Brings the newest commit first, so that a person sees what the next pass would see. */
export async function chooseSource(context: CliContext, world: World, options: SourceOptions): Promise<Source> {
  if (options.state !== undefined && options.commit !== undefined)
    throw new Fault('usage', '--state and --commit exclude each other', { help: 'Give one of them.' });
  if (options.state !== undefined) return { kind: 'folder', folder: options.state };
  await fetchNow(context, world);
  if (options.commit === undefined) return { kind: 'trusted' };
  const { commit } = await world.mirror.resolve(options.commit);
  return { kind: 'commit', revision: commit };
}

/** A dead remote does not stop work on what was fetched before; it is said. */
async function fetchNow(context: CliContext, world: World): Promise<void> {
  try {
    await createFetchLane(world, { signed: world.config.repository.signers !== null }).fetchOnce();
  } catch (error) {
    const known = await world.mirror.trusted();
    if (!(error instanceof Fault) || known === null) throw error;
    context.error(
      `natroute: warning: ${error.message}; going on with ${known.slice(0, 10)}, the last commit fetched\n`,
    );
  }
}

/** Shows the diagnostics on stderr; errors among them end the command with 1. */
export async function proposeOrExit(context: CliContext, world: World, request: PassRequest): Promise<Proposal> {
  const proposal = await propose(world, request);
  if (proposal.diagnostics.length > 0) context.error(showDiagnostics(proposal.diagnostics, plain));
  if (hasErrors(proposal.diagnostics)) throw new Exit(exits.failed);
  return proposal;
}

export function headingOf(world: World, { commit, applied }: Proposal): PlanHeading {
  return { host: world.config.host, commit, from: applied === null ? null : `generation ${applied.number}` };
}

export function showPlan(world: World, proposal: Proposal, format: PlanFormat, paint: Paint): string {
  switch (format) {
    case 'text':
      return planText(proposal.plan, headingOf(world, proposal), paint);
    case 'markdown':
      return planMarkdown(proposal.plan, headingOf(world, proposal));
    case 'json':
      return `${JSON.stringify(planJson(world, proposal), null, 2)}\n`;
    default:
      return format satisfies never;
  }
}

/** As schemas/output/plan.schema.json has it. */
export function planJson(world: World, { commit, applied, plan, drift, diagnostics, digest }: Proposal): object {
  return {
    host: world.config.host,
    commit,
    generation: applied?.number ?? null,
    changes: plan.changes,
    impact: plan.impact,
    findings: plan.findings,
    drift: drift.changes,
    diagnostics,
    restore: { v4: plan.nat.v4.restore, v6: plan.nat.v6.restore },
    digest,
  };
}
