/** What a pass leaves as somebody made it: by a suspension, by the policy, or because it comes back again and again. */
import type { Leaving } from '../core/drift/leave.ts';
import { byTime } from '../core/drift/suspension.ts';
import { dealWith, trackDrift, type Tracked } from '../core/drift/track.ts';
import { isUnmendable } from '../core/nat/diff.ts';
import type { Change, Drift } from '../model/change.ts';
import type { DriftItem, Suspension } from '../model/drift.ts';
import type { Actor } from '../model/record.ts';
import { afterBoot } from './gates.ts';
import type { Memory } from './memory.ts';
import type { PassRequest, Proposal } from './request.ts';
import { whoWasThere } from './who.ts';
import type { World } from './world.ts';

export async function whatToLeave(
  world: World,
  request: PassRequest,
  { memory, drift }: { readonly memory: Memory; readonly drift: Drift },
): Promise<Pick<Proposal, 'items' | 'tracked' | 'suspensions' | 'leaving'>> {
  const now = world.clock.now();
  const suspensions = byTime(memory.suspensions, now).lasting;
  // A reboot took everything, what was made by hand too: there is nothing left to leave.
  const boot = afterBoot(memory, world.bootId);
  const byEvent = world.witness.seen().length > 0;
  const track = (actor: Actor | null, holders: ReadonlyMap<string, Actor> = new Map()): Tracked =>
    trackDrift(boot ? [] : memory.drift, boot ? [] : drift.changes, { now, actor, holders, byEvent });
  const nameless = track(null);
  const nothingNew = nameless.news.length === 0 && nameless.gone.length === 0;
  const tracked = nothingNew ? nameless : track(await whoWasThere(world), await holdersOf(world, nameless));
  const items = dealWith(tracked.open, {
    now,
    policy: world.config.policy.drift,
    suspensions,
    byHand: request.byHand === true || request.approved !== null,
  });
  return { tracked, items, suspensions, leaving: boot ? leavingOf([], []) : leavingOf(items, suspensions) };
}

/** Who has a changed file open still; who wrote it and went is not known. */
async function holdersOf(world: World, { news }: Tracked): Promise<ReadonlyMap<string, Actor>> {
  const holders = new Map<string, Actor>();
  for (const { change } of news) {
    if (change.kind !== 'file') continue;
    const holder = await world.hostFiles.holder(change.key);
    if (holder !== null) holders.set(change.key, holder);
  }
  return holders;
}

/** Without a look: for what was under way when we went down. */
export async function leavingNow(world: World): Promise<Leaving> {
  const memory = await world.memory.read();
  if (afterBoot(memory, world.bootId)) return leavingOf([], []);
  return leavingOf(memory.drift, byTime(memory.suspensions, world.clock.now()).lasting);
}

function leavingOf(items: readonly DriftItem[], suspensions: readonly Suspension[]): Leaving {
  return {
    items: items.filter(({ done }) => done === 'reported' || done === 'suspended' || done === 'waiting'),
    only: suspensions.flatMap(({ only }) => only ?? []),
  };
}

/** What is remembered once a plan was carried out: what is there still, and what was healed. */
export function driftAfter(
  { items, tracked, fresh }: Proposal,
  drift: Drift,
  { now, unhealed }: { readonly now: Date; readonly unhealed: ReadonlyMap<string, unknown> },
): readonly DriftItem[] {
  const lasts = (change: Change): boolean =>
    isUnmendable(change) || (change.family === null && unhealed.has(change.key));
  const healed = items
    .filter(({ done, change }) => done === 'found' && !lasts(change))
    .map((item): DriftItem => ({ ...item, done: 'healed', healAt: null }));
  const left = items.filter(({ done, change }) => done !== 'found' || lasts(change));
  // What git changed under a suspension is not there, and nobody's doing; it differs since now, whenever it was looked at.
  const open = trackDrift(left, drift.changes, { now, actor: null, byEvent: false }).open;
  const byHand = new Set(items.map(({ change }) => placeOf(change)));
  const ofCommit = ({ change }: DriftItem): Pick<DriftItem, 'ofCommit'> =>
    fresh && !byHand.has(placeOf(change)) ? { ofCommit: true } : {};
  return [
    ...open.map((item): DriftItem =>
      item.done === 'found' && !lasts(item.change) ? { ...item, done: 'suspended', ...ofCommit(item) } : item,
    ),
    ...healed,
    ...tracked.healed,
  ];
}

function placeOf({ family, kind, chain, key }: Change): string {
  return JSON.stringify([family, kind, chain, key]);
}
