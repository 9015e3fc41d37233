/** After a change of the rules: the live flows that the new rules would end elsewhere. */
import { affectedFlows } from '../core/conntrack/affected.ts';
import type { Plan } from '../model/change.ts';
import { families } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import type { Flow } from '../model/flow.ts';
import type { Target } from '../model/target.ts';
import type { World } from './world.ts';

export interface CutReport {
  readonly cut: readonly Flow[];
  /** Retargeted TCP: ends by itself. */
  readonly draining: readonly Flow[];
  /** Why conntrack could not be asked; the rules are applied all the same. */
  readonly trouble: string | null;
}

/** Only flows to addresses whose forwards the plan changes are looked at. Never throws for conntrack's own failures. */
export async function cutAffected(world: World, target: Target, plan: Plan): Promise<CutReport> {
  const touched = new Set(plan.impact.map((impact) => impact.address));
  const addresses = target.host.addresses.filter((address) => touched.has(address.name));
  const cut: Flow[] = [];
  const draining: Flow[] = [];
  try {
    for (const family of families) {
      const ips = addresses.flatMap((address) => address.ips[family] ?? []);
      if (ips.length === 0) continue;
      const flows = await world.netfilter.flows(family, ips);
      const affected = affectedFlows(target.nat[family], flows, { family, addresses, now: world.clock.now() });
      if (affected.cut.length > 0) await world.netfilter.cut(family, affected.cut);
      cut.push(...affected.cut);
      draining.push(...affected.draining);
    }
  } catch (error) {
    // The rules are in force and right; a flow that goes on a while longer is no reason to take them back.
    if (!(error instanceof Fault)) throw error;
    return { cut, draining, trouble: error.message };
  }
  return { cut, draining, trouble: null };
}

/** `; cut 2 connections, 1 goes on to its old guest until it ends`; '' where there is nothing to say. */
export function cutText({ cut, draining, trouble }: CutReport): string {
  const count = (n: number): string => `${n} connection${n === 1 ? '' : 's'}`;
  return [
    cut.length === 0 ? '' : `; cut ${count(cut.length)}`,
    draining.length === 0
      ? ''
      : `; ${count(draining.length)} still on the old guest until they end: ${draining.slice(0, 5).map(showFlow).join(', ')}`,
    trouble === null ? '' : `; live connections could not be looked at: ${trouble}`,
  ].join('');
}

function showFlow(flow: Flow): string {
  return `${flow.source}:${flow.sourcePort} -> ${flow.replySource}:${flow.replyPort}/${flow.protocol}`;
}
