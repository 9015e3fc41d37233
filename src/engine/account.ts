/** What a pass writes down: drift when it is found, refusals once, outcomes always. */
import { actorOf } from '../core/actor.ts';
import { excerptNat } from '../core/nat/excerpt.ts';
import type { Change, Finding, Impact } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { Actor, Cause, CommitFacts, LedgerRecord, Outcome } from '../model/record.ts';
import type { NatTarget } from '../model/target.ts';
import type { Observed } from './observer.ts';
import type { Proposal } from './request.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

export interface Outline {
  readonly cause: Cause;
  readonly outcome: Outcome;
  readonly commit: CommitFacts | null;
  readonly generation: number | null;
  readonly changes: readonly Change[];
  readonly impact: readonly Impact[];
  readonly reason: string | null;
  readonly actor?: Actor | null;
  readonly nat: Readonly<Record<Family, string>>;
}

/** Appends one entry to the ledger; its id. */
export async function record(world: World, outline: Outline): Promise<string> {
  const { commit, actor = null, ...rest } = outline;
  const entry: LedgerRecord = {
    ...rest,
    at: world.clock.now().toISOString(),
    desired: commit,
    actor,
    versions: await versions(world),
  };
  return world.ledger.append(entry);
}

/** Our canonical rules as they stand in the kernel, whatever somebody did to them. */
export function observedText(
  observed: Observed,
  wanted: Readonly<Record<Family, NatTarget>> | null,
): Readonly<Record<Family, string>> {
  return { v4: excerptNat(observed.v4, wanted?.v4 ?? null), v6: excerptNat(observed.v6, wanted?.v6 ?? null) };
}

/** Writes new drift down, once, with the rules as they were found; drift that went away by itself too. Who did it. */
export async function recordDrift(world: World, proposal: Proposal): Promise<Actor | null> {
  const memory = await world.memory.read();
  if (memory.bootId !== world.bootId) return null;
  const { changes } = proposal.drift;
  const actor = actorOf(world.witness.seen().map((sighting) => sighting.actor));
  world.witness.forget(proposal.observedAt);
  if (fingerprint(changes) === fingerprint(memory.drift?.changes ?? [])) return actor;
  const gone = changes.length === 0;
  await record(world, {
    cause: 'drift',
    outcome: gone ? 'healed' : 'reported',
    commit: proposal.applied?.commit ?? null,
    generation: proposal.applied?.number ?? null,
    changes: gone ? (memory.drift?.changes ?? []) : changes,
    impact: [],
    reason: gone ? 'somebody else put it back' : null,
    actor,
    nat: observedText(proposal.observed, proposal.applied?.target.nat ?? null),
  });
  const since = memory.drift?.since ?? world.clock.now().toISOString();
  await world.memory.update({ drift: gone ? null : { since, changes } });
  return actor;
}

/** As the last plan found it; the first ones by word, all by number. */
export async function rememberForeign(world: World, findings: readonly Finding[]): Promise<void> {
  await world.memory.update({ foreign: { count: findings.length, first: findings.slice(0, limits.findingsKept) } });
}

/** A commit that cannot be applied is told once, not at every pass. */
export async function recordRejection(world: World, proposal: Proposal, reason: string): Promise<void> {
  if (proposal.commit === null) return;
  const memory = await world.memory.read();
  if (memory.rejected?.commit.commit === proposal.commit.commit && memory.rejected.reason === reason) return;
  await record(world, {
    cause: 'push',
    outcome: 'failed',
    commit: proposal.commit,
    generation: proposal.applied?.number ?? null,
    changes: [],
    impact: [],
    reason,
    nat: observedText(proposal.observed, proposal.applied?.target.nat ?? null),
  });
  await world.memory.update({ rejected: { commit: proposal.commit, at: world.clock.now().toISOString(), reason } });
}

/** The same text for the same difference, whatever it carried. */
export function sameness({ action, kind, family, chain, key, before, after, note }: Change): string {
  return JSON.stringify([family, action, kind, chain, key, before, after, note]);
}

/** Counters move all the time; a drift is the same drift while its lines are the same. */
function fingerprint(changes: readonly Change[]): string {
  return changes.map(sameness).sort().join('\n');
}
