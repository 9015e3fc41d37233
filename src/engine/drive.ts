/** Brings the live nat tables to a target: plan, compare-and-swap, read back, and again if somebody came between. */
import { isEmpty } from '../core/plan/plan.ts';
import type { Change, Plan } from '../model/change.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { observe, planFor, type Observed, type PlanOptions } from './propose.ts';
import type { Target } from '../model/target.ts';
import type { World } from './world.ts';

export interface Drive extends PlanOptions {
  /** Null: nothing of ours shall be left. */
  readonly target: Target | null;
  /** A plan already made, to begin with. */
  readonly plan: Plan | null;
  /** Whether a table that somebody else changed meanwhile is planned on anew; not where a person approved this plan. */
  readonly stale: 'replan' | 'refuse';
}

export interface Driven {
  /** The tables as read back, equal to the target. */
  readonly observed: Observed;
  /** What somebody undid while we read back, and was put right again: the changes that did so. */
  readonly mended: readonly Change[];
}

/** Faults: stale-table, verify-failed, and those of the port. */
export async function drive(world: World, { target, plan, stale: whenStale, ...options }: Drive): Promise<Driven> {
  const mended: Change[] = [];
  let next = plan ?? planFor(target, await observe(world), options);
  for (let replan = 0; ; replan++) {
    const stale = await applyPlan(world, next);
    const observed = await observe(world);
    const left = planFor(target, observed, options);
    if (isEmpty(left)) return { observed, mended };
    if (stale !== null && whenStale === 'refuse') throw stale;
    if (replan >= limits.replans) throw notConverged(left, stale);
    if (stale === null) mended.push(...left.changes);
    next = left;
  }
}

/** Applies family by family; the fault of the first whose table is no longer the one planned on. */
async function applyPlan(world: World, plan: Plan): Promise<Fault | null> {
  for (const family of takenLast(plan)) {
    const { restore, plannedOn } = plan.nat[family];
    if (restore === null) continue;
    try {
      await world.netfilter.restore(family, { text: restore, plannedOn });
    } catch (error) {
      if (error instanceof Fault && error.code === 'stale-table') return error;
      throw error;
    }
  }
  return null;
}

/** The family that gives up foreign rules goes last: once they are gone nothing may fail any more. */
function takenLast(plan: Plan): readonly Family[] {
  const takes = (family: Family): boolean => plan.nat[family].changes.some((c) => c.kind === 'foreign-rule');
  return [...families].sort((a, b) => Number(takes(a)) - Number(takes(b)));
}

function notConverged(left: Plan, stale: Fault | null): Fault {
  const first = left.changes[0];
  const what = first === undefined ? 'the tables differ' : `${first.chain ?? ''} ${first.key}`.trim();
  return new Fault(
    'verify-failed',
    `the nat table is not what was applied, after ${limits.replans + 1} tries: ${what} still differs (${left.changes.length} differences)`,
    {
      help: 'Another program keeps changing the nat table. Find it (`nft monitor`, `doctor`), stop it, and run `natroute apply`.',
      ...(stale === null ? {} : { cause: stale }),
    },
  );
}
