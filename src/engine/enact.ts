/** The second half of a pass: intent, apply, verify, put in force, outcome; and the way back when that fails. */
import { movesAfter } from '../core/fight.ts';
import { Fault } from '../model/fault.ts';
import type { Change } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import type { Cause, Intent } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { observedText, record } from './account.ts';
import { cutAffected, cutText, rulesOfTables, rulesOfTarget } from './cut.ts';
import { drive } from './drive.ts';
import type { Generation } from './generations.ts';
import type { PassReport, Proposal } from './request.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

export interface Enactment {
  readonly cause: Cause;
  readonly take: boolean;
  /** A person approved this very plan: if it went stale, it is shown again instead of made anew. */
  readonly approved: boolean;
  /** Why new commits wait from now on; null where the branch is followed. */
  readonly hold: string | null;
}

export async function enact(world: World, proposal: Proposal, how: Enactment): Promise<PassReport> {
  const { target, applied } = proposal;
  if (target === null) throw new Error('invariant: a proposal without a target was judged fit to apply');
  const generation = await generationFor(world, proposal, target);
  await writeIntent(world, {
    cause: how.cause,
    at: world.clock.now().toISOString(),
    desired: proposal.commit,
    generation: generation.number,
    previous: applied?.number ?? null,
  });
  let driven;
  try {
    driven = await drive(world, {
      target,
      applied,
      take: how.take,
      fights: proposal.fights,
      plan: proposal.plan,
      stale: how.approved ? 'refuse' : 'replan',
    });
  } catch (error) {
    await goBack(world, proposal, { generation, cause: how.cause, error });
    throw error;
  }
  const before = rulesOfTables(proposal.observed, applied?.target.host ?? target.host);
  const flows = await cutAffected(world, before, rulesOfTarget(target));
  await world.generations.enforce(generation.number);
  const nat = observedText(driven.observed, target.nat);
  const outcome = how.cause === 'heal' ? 'healed' : 'applied';
  await record(world, {
    cause: how.cause,
    outcome,
    commit: proposal.commit,
    generation: generation.number,
    changes: proposal.plan.changes,
    impact: proposal.plan.impact,
    reason: null,
    nat,
  });
  if (driven.mended.length > 0) await recordMended(world, proposal, { changes: driven.mended, generation, nat });
  await world.memory.update({
    bootId: world.bootId,
    drift: null,
    moves: movesAfter((await world.memory.read()).moves, proposal.plan.changes, world.clock.now()),
    ...(proposal.fresh
      ? {
          rejected: null,
          held: how.hold === null ? null : { since: world.clock.now().toISOString(), reason: how.hold },
        }
      : {}),
  });
  await clearIntent(world);
  return {
    at: world.clock.now().toISOString(),
    outcome,
    cause: how.cause,
    proposal,
    generation: generation.number,
    text: sentence(proposal, how.cause, generation) + cutText(flows),
  };
}

/** Somebody undid a part of it while it was read back: that is drift too, though it lasted only for a moment. */
async function recordMended(
  world: World,
  proposal: Proposal,
  end: {
    readonly changes: readonly Change[];
    readonly generation: Generation;
    readonly nat: Readonly<Record<Family, string>>;
  },
): Promise<void> {
  await record(world, {
    cause: 'drift',
    outcome: 'healed',
    commit: proposal.commit,
    generation: end.generation.number,
    changes: end.changes,
    impact: [],
    reason: 'somebody changed it while it was read back',
    nat: end.nat,
  });
}

async function generationFor(world: World, proposal: Proposal, target: Target): Promise<Generation> {
  if (!proposal.fresh && proposal.applied !== null) return proposal.applied;
  return world.generations.add({
    commit: proposal.commit,
    createdAt: world.clock.now().toISOString(),
    versions: await versions(world),
    target,
  });
}

/** Back to the last good generation, or to nothing of ours where there was none; then the failure is written down. */
async function goBack(
  world: World,
  proposal: Proposal,
  { generation, cause, error }: { readonly generation: Generation; readonly cause: Cause; readonly error: unknown },
): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  let observed;
  try {
    // Rules of the failed generation are ours to remove, those of the one before ours to put back.
    ({ observed } = await drive(world, {
      target: proposal.applied?.target ?? null,
      applied: generation,
      take: false,
      fights: proposal.fights,
      plan: null,
      stale: 'replan',
    }));
  } catch (second) {
    throw new Fault(
      'verify-failed',
      `${reason}; and going back to ${proposal.applied === null ? 'the rules before' : `generation ${proposal.applied.number}`} failed too: ${(second as Error).message}`,
      { help: 'The next pass tries again from what was intended.', cause: error },
    );
  }
  const cut = cutText(
    await cutAffected(world, rulesOfTarget(generation.target), rulesOfTarget(proposal.applied?.target ?? null)),
  );
  await record(world, {
    cause,
    outcome: 'rolled-back',
    commit: proposal.commit,
    generation: proposal.applied?.number ?? null,
    changes: [],
    impact: [],
    reason: reason + cut,
    nat: observedText(observed, proposal.applied?.target.nat ?? null),
  });
  await clearIntent(world);
}

export async function writeIntent(world: World, intent: Intent): Promise<void> {
  await world.files.write(world.paths.intent, `${JSON.stringify(intent)}\n`, 0o600);
}

export async function clearIntent(world: World): Promise<void> {
  await world.files.remove(world.paths.intent);
}

function sentence(proposal: Proposal, cause: Cause, generation: Generation): string {
  const n = proposal.plan.changes.length;
  const changes = `${n} change${n === 1 ? '' : 's'}`;
  const commit = proposal.commit === null ? 'the folder' : `commit ${proposal.commit.commit.slice(0, 10)}`;
  switch (cause) {
    case 'heal':
      return `healed ${changes}: generation ${generation.number} is in force again`;
    case 'boot':
      return `put generation ${generation.number} back after a boot (${changes})`;
    default:
      return `applied ${commit} as generation ${generation.number} (${changes})`;
  }
}
