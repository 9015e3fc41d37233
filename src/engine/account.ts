/** What a pass writes down: drift when it is found, refusals once, outcomes always. */
import { actorOf } from '../core/actor.ts';
import { changeWords } from '../core/alert/alerts.ts';
import { showForward } from '../core/drift/suspension.ts';
import { identity } from '../core/drift/track.ts';
import { comesBackText } from '../core/drift/words.ts';
import { fightText } from '../core/fight.ts';
import type { DriftItem } from '../model/drift.ts';
import { excerptNat } from '../core/nat/excerpt.ts';
import type { Finding } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { LedgerRecord, Outline } from '../model/record.ts';
import type { NatTarget } from '../model/target.ts';
import { leavingNow } from './leave.ts';
import { followLedger, ledgerEnd } from './ledger-end.ts';
import type { Observed } from './observer.ts';
import type { Proposal } from './request.ts';
import { stateNow } from './state-now.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

/** Appends one entry to the ledger; its id. */
export async function record(world: World, outline: Outline): Promise<string> {
  const { commit, actor = null, ...rest } = outline;
  // A ledger that begins says first whether there was another one.
  if ((await ledgerEnd(world)) === null) await followLedger(world);
  const entry: LedgerRecord = {
    ...rest,
    at: world.clock.now().toISOString(),
    desired: commit,
    actor,
    versions: await versions(world),
    ...(await leftNow(world)),
    ...(await stateNow(world)),
  };
  return world.ledger.append(entry);
}

async function leftNow(world: World): Promise<Pick<LedgerRecord, 'left'>> {
  const { only, items } = await leavingNow(world);
  const left = new Set([...only.map(showForward), ...items.map(({ change }) => changeWords(change).slice(2))]);
  return left.size === 0 ? {} : { left: [...left].join(', ') };
}

/** Our canonical rules as they stand in the kernel, whatever somebody did to them. */
export function observedText(
  observed: Observed,
  wanted: Readonly<Record<Family, NatTarget>> | null,
): Readonly<Record<Family, string>> {
  return { v4: excerptNat(observed.v4, wanted?.v4 ?? null), v6: excerptNat(observed.v6, wanted?.v6 ?? null) };
}

/** For what changes no rule: what somebody did to them since the last entry is a drift that the next pass tells. */
export async function rulesSoFar(world: World): Promise<LedgerRecord['nat']> {
  const [last] = await world.ledger.headings({ most: 1, since: null, author: null });
  const [nat] = last === undefined ? [] : await world.ledger.tables([last.id]);
  return nat ?? { v4: '', v6: '' };
}

/** Writes new drift down, once, with the rules as they were found; drift that went away by itself too. */
export async function recordDrift(world: World, proposal: Proposal): Promise<void> {
  const memory = await world.memory.read();
  if (memory.bootId !== world.bootId) return recordBoot(world, proposal);
  // What they did beyond what iptables shows is found by the whole look that follows.
  if (proposal.whole) world.witness.forget(proposal.observedAt);
  const { tracked, items } = proposal;
  const common = {
    cause: 'drift',
    commit: proposal.applied?.commit ?? null,
    generation: proposal.applied?.number ?? null,
    impact: [],
  } as const;
  const nat = (): LedgerRecord['nat'] => observedText(proposal.observed, proposal.applied?.target.nat ?? null);
  if (tracked.news.length > 0)
    await record(world, {
      ...common,
      outcome: 'reported',
      nat: nat(),
      changes: tracked.news.map(({ change }) => change),
      reason: reasonOf(proposal),
      actor: actorOf(tracked.news.flatMap(({ actor }) => actor ?? [])),
    });
  if (tracked.gone.length > 0)
    await record(world, {
      ...common,
      outcome: 'healed',
      nat: nat(),
      changes: tracked.gone.map(({ change }) => change),
      reason: 'somebody else put it back',
      actor: tracked.actor,
    });
  const drift = [...items, ...tracked.healed];
  // Counters move all the time: that alone is nothing to remember.
  if (drift.map(standing).join() !== memory.drift.map(standing).join()) await world.memory.update({ drift });
}

/** What is missing after a boot was taken by nobody; where all is there already, only the boot is written down. */
async function recordBoot(world: World, { applied, observed, drift }: Proposal): Promise<void> {
  if (drift.changes.length > 0) return;
  await record(world, {
    cause: 'boot',
    outcome: 'applied',
    commit: applied?.commit ?? null,
    generation: applied?.number ?? null,
    changes: [],
    impact: [],
    reason: 'the rules were there already',
    nat: observedText(observed, applied?.target.nat ?? null),
  });
  await world.memory.update({ bootId: world.bootId, drift: [] });
}

/** That it comes back, and where that ends: at the first place, which is not fought for for ever. */
function reasonOf({ tracked, fights }: Proposal): string | null {
  const moved = tracked.news.filter(({ change }) => change.kind === 'jump' && change.note === 'moved');
  const texts = [
    comesBackText(tracked.news),
    fights.length > 0 && moved.length > 0 ? fightText(fights, moved) : null,
  ].filter((text) => text !== null);
  return texts.length === 0 ? null : texts.join('; ');
}

function standing({ change, done, count, healAt }: DriftItem): string {
  return JSON.stringify([identity(change), done, count, healAt]);
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
