/** Brings the live nat tables to a target: plan, compare-and-swap, read back, and again if somebody came between. */
import { fightsIn, movesAfter } from '../core/fight.ts';
import { changedBetween } from '../core/nat/between.ts';
import { isNative, strangerNote } from '../core/nat/chain.ts';
import { driftNat } from '../core/nat/diff.ts';
import { reinstateText } from '../core/nat/reinstate.ts';
import { tableText } from '../core/nat/save.ts';
import { placeOf } from '../core/nat/tables.ts';
import { isEmpty } from '../core/plan/plan.ts';
import type { Change, Plan } from '../model/change.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { TakenRule } from '../model/record.ts';
import type { Generation } from './generations.ts';
import { usesFilter, type Observed } from './observer.ts';
import { planFor, type PlanOptions } from './propose.ts';
import type { Target } from '../model/target.ts';
import { whoSince } from './who.ts';
import type { World } from './world.ts';

export interface Drive extends Pick<PlanOptions, 'applied' | 'leaving'> {
  /** Null: nothing of ours shall be left. */
  readonly target: Target | null;
  /** The foreign rules that shall go: none but those that a person saw. */
  readonly take: readonly TakenRule[];
  /** A plan already made, to begin with. */
  readonly plan: Plan | null;
  /** Whether a table that somebody else changed meanwhile is planned on anew; not where a person approved this plan. */
  readonly stale: 'replan' | 'refuse';
}

export interface Driven {
  /** The tables as read back, equal to the target. */
  readonly observed: Observed;
  /** Saves of the tables that were changed, from just before. */
  readonly before: Partial<Record<Family, string>>;
  /** What somebody had done since the plan was made, read as drift is. */
  readonly found: readonly Change[];
  /** What somebody undid while we read back, and was put right again: the changes that did so. */
  readonly mended: readonly Change[];
  /** Whether any rule had to be changed. */
  readonly changed: boolean;
}

/** Faults: stale-table, verify-failed, and those of the port. */
export async function drive(world: World, { target, plan, stale: whenStale, ...options }: Drive): Promise<Driven> {
  const startedAt = world.clock.now();
  let refill = false;
  let nft = false;
  const planOn = async (observed: Observed): Promise<Plan> => {
    const { moves } = await world.memory.read();
    return planFor(target, observed, { ...options, fights: fightsIn(moves, world.clock.now()), refill });
  };
  const [found, mended]: [Change[], Change[]] = [[], []];
  const before: Partial<Record<Family, string>> = {};
  const filter = usesFilter(target) || usesFilter(options.applied?.target ?? null) || isOfFilter(plan);
  let next = plan ?? (await planOn((await world.observer.read(filter)).observed));
  const changed = !isEmpty(next);
  for (let replan = 0; ; replan++) {
    const stale = await applyPlan(world, next, { before, refill });
    if (stale?.undeletable === true) {
      refill = true;
      next = await planOn((await world.observer.read(filter)).observed);
      continue;
    }
    if (stale === null) await rememberMoves(world, next.changes);
    // Our own rules need no look at what nft alone shows, unless that is what was put right.
    nft ||= next.changes.some(isNative);
    const { observed } = await (nft ? world.observer.read(filter) : world.observer.readBack(filter));
    const left = await planOn(observed);
    if (stale !== null)
      found.push(...(stale.family in before ? left.changes : driftIn(stale.family, observed, options.applied)));
    if (isEmpty(left)) return { observed, before, found, mended, changed };
    const who = await whoSince(world, startedAt);
    const met = stale === null ? undone(left, who) : meddling(next, observed, { ...stale, who });
    if (stale !== null && whenStale === 'refuse') throw new Fault(stale.fault.code, met, stale.fault.detail);
    if (replan >= limits.replans) throw notConverged(left, met, stale?.fault ?? null);
    if (stale === null) mended.push(...left.changes);
    next = left;
  }
}

/** Without a generation only the plan knows that something of ours is in the filter table. */
function isOfFilter(plan: Plan | null): boolean {
  return plan !== null && plan.changes.some(({ chain }) => chain !== null && placeOf(chain).table === 'filter');
}

/** Puts back what --take had taken, where the pass that took it did not succeed. Faults: as drive. */
export async function reinstate(world: World, taken: readonly TakenRule[]): Promise<void> {
  for (const family of families) {
    const own = taken.filter((rule) => rule.family === family);
    for (let replan = 0; own.length > 0; replan++) {
      const table = (await world.observer.read(false)).observed[family];
      const text = reinstateText(table, own);
      if (text === null) break;
      try {
        await world.netfilter.restore(family, { text, plannedOn: tableText(table) });
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'stale-table' || replan >= limits.replans) throw error;
      }
    }
  }
}

/** Before the next look, so that a program that moves us as fast as we can look is noticed within one pass. */
async function rememberMoves(world: World, changes: readonly Change[]): Promise<void> {
  const { moves } = await world.memory.read();
  await world.memory.update({ moves: movesAfter(moves, changes, world.clock.now()) });
}

interface Stale {
  readonly family: Family;
  readonly fault: Fault;
  /** The table is the one planned on, but a stranger's rule in a chain of ours does not go by the text that it is shown by. */
  readonly undeletable?: boolean;
}

/** Applies family by family; the first whose table is no longer the one planned on. */
async function applyPlan(
  world: World,
  plan: Plan,
  { before, refill }: { readonly before: Partial<Record<Family, string>>; readonly refill: boolean },
): Promise<Stale | null> {
  for (const family of takenLast(plan)) {
    const { restore, plannedOn } = plan.nat[family];
    if (restore === null) continue;
    try {
      const saved = await world.netfilter.restore(family, { text: restore, plannedOn });
      before[family] ??= saved;
    } catch (error) {
      if (error instanceof Fault && error.code === 'stale-table') return { family, fault: error };
      const refused = error instanceof Fault && error.code === 'rules-refused';
      const strange = plan.nat[family].changes.some((change) => change.note === strangerNote || isNative(change));
      if (!refused || refill || !strange) throw error;
      return { family, fault: error, undeletable: true };
    }
  }
  return null;
}

/** A family that is not yet changed still shows what was applied, apart from what somebody did to it. */
function driftIn(family: Family, observed: Observed, applied: Generation | null): readonly Change[] {
  return applied === null ? [] : driftNat(applied.target.nat[family], observed[family], family);
}

/** The family that gives up foreign rules goes last: the less that may still fail then, the better. */
function takenLast(plan: Plan): readonly Family[] {
  const takes = (family: Family): boolean => plan.nat[family].changes.some((c) => c.kind === 'foreign-rule');
  return [...families].sort((a, b) => Number(takes(a)) - Number(takes(b)));
}

/** Which rules somebody changed between the look and the write. */
function meddling(plan: Plan, observed: Observed, { family, who }: { family: Family; who: string }): string {
  const what = changedBetween(plan.nat[family].plannedOn, tableText(observed[family]));
  return `${who} changed the nat table (${family}) after the plan was made${what === null ? '' : `: ${what}`}`;
}

/** Which of our rules somebody changed again after we had put them right. */
function undone(left: Plan, who: string): string {
  const [first] = left.changes;
  if (first === undefined) throw new Error('invariant: a plan with lines has a change');
  const { family, chain, key, note } = first;
  const words = [chain, `"${key}"`, note === null ? null : `(${note})`].filter((word) => word !== null);
  const more = left.changes.length - 1;
  return `${who} undoes natroute's changes (${family ?? ''}): ${words.join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function notConverged(left: Plan, why: string, stale: Fault | null): Fault {
  const count = left.changes.length;
  return new Fault(
    'verify-failed',
    `the nat table is not as it shall be after ${limits.replans + 1} tries (${count} difference${count === 1 ? '' : 's'}): ${why}`,
    {
      help: 'Find the program that keeps changing the nat table (`nft monitor`), stop it, and run `natroute apply`.',
      ...(stale === null ? {} : { cause: stale }),
    },
  );
}
