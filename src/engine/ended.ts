/**
 * Forwards with an `until`: the kernel itself stops taking new connections on their date, and never ends those that it
 * took before. The first pass after that date does, once, and writes it down.
 */
import { endedBetween, stillOpen } from '../core/nat/ended.ts';
import { targetRules } from '../core/plan/plan.ts';
import { impactOf } from '../core/plan/impact.ts';
import { families, type Family } from '../model/family.ts';
import { observedText, record } from './account.ts';
import { cutAffected, cutText, rulesOfTarget } from './cut.ts';
import type { Generation } from './generations.ts';
import type { Observed } from './observer.ts';
import type { World } from './world.ts';

/** What was done, in one sentence; null where nothing ended since the last look. Never throws for conntrack's failures. */
export async function endConnections(world: World, applied: Generation, observed: Observed): Promise<string | null> {
  const { target } = applied;
  const now = world.clock.now();
  const looked = new Date((await world.memory.read()).ended ?? applied.createdAt);
  // A clock that was ahead once must not let connections go on until it is that late.
  const since = looked > now ? new Date(0) : looked;
  if (!families.some((family) => endedBetween(target.nat[family], since, now))) return null;
  const left = { ...target, nat: { v4: stillOpen(target.nat.v4, now), v6: stillOpen(target.nat.v6, now) } };
  const before = { ...target, nat: { v4: stillOpen(target.nat.v4, since), v6: stillOpen(target.nat.v6, since) } };
  const flows = await cutAffected(world, rulesOfTarget(before), rulesOfTarget(left));
  const sides = (family: Family): Parameters<typeof impactOf>[1][Family] => ({
    before: targetRules(before.nat[family]),
    after: targetRules(left.nat[family]),
  });
  const impact = impactOf(target.host, { v4: sides('v4'), v6: sides('v6') });
  const cut = cutText(flows);
  await record(world, {
    cause: 'until',
    outcome: 'applied',
    commit: applied.commit,
    generation: applied.number,
    changes: [],
    impact,
    reason: cut === '' ? null : cut.replace(/^; /, ''),
    nat: observedText(observed, target.nat),
  });
  await world.memory.update({ ended: now.toISOString() });
  return `${impact.map(({ text }) => text).join('; ') || 'a forward ended'}${cut}`;
}
