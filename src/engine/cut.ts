/** After a change of the rules: the live flows that the new rules end elsewhere than the old ones did. */
import { affectedFlows, changedIps } from '../core/conntrack/affected.ts';
import { createEnds, type Ends } from '../core/conntrack/ends.ts';
import type { RulesByChain } from '../core/plan/entrances.ts';
import { observedRules, targetRules } from '../core/plan/plan.ts';
import type { Host } from '../model/desired.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import type { Flow } from '../model/flow.ts';
import type { Target } from '../model/target.ts';
import type { Observed } from './observer.ts';
import type { World } from './world.ts';

/** The rules of both families at one time, and the host whose bridges they name. */
export interface RuleSet {
  readonly chains: Readonly<Record<Family, RulesByChain>>;
  readonly host: Pick<Host, 'networks'>;
}

export interface CutReport {
  readonly cut: readonly Flow[];
  /** Retargeted TCP: ends by itself. */
  readonly draining: readonly Flow[];
  /** Cut, and brought back by their guest every time. */
  readonly alive: readonly Flow[];
  /** Why conntrack could not be asked; the rules are applied all the same. */
  readonly trouble: string | null;
}

export function rulesOfTarget(target: Pick<Target, 'host' | 'nat'> | null): RuleSet {
  if (target === null) return { chains: { v4: new Map(), v6: new Map() }, host: { networks: [] } };
  return { chains: { v4: targetRules(target.nat.v4), v6: targetRules(target.nat.v6) }, host: target.host };
}

export function rulesOfTables(observed: Observed, host: Pick<Host, 'networks'>): RuleSet {
  return { chains: { v4: observedRules(observed.v4), v6: observedRules(observed.v6) }, host };
}

/**
 * Only flows to public IPs for which the rules changed are looked at. Rules `before` count even where their date is
 * past: what came in by them ends with them. Never throws for conntrack's own failures.
 */
export async function cutAffected(
  world: Pick<World, 'clock' | 'netfilter'>,
  before: RuleSet,
  after: RuleSet,
): Promise<CutReport> {
  const report = { cut: [] as Flow[], draining: [] as Flow[], alive: [] as Flow[] };
  const now = world.clock.now();
  try {
    for (const family of families) {
      const old = endsOf(before, family, null);
      const wanted = endsOf(after, family, now);
      const ips = changedIps(old, wanted);
      if (ips.length === 0) continue;
      const affected = affectedFlows(old, wanted, await world.netfilter.flows(family, ips));
      report.draining.push(...affected.draining);
      if (affected.cut.flows.length === 0) continue;
      const alive = new Set(await world.netfilter.cut(family, affected.cut));
      report.alive.push(...alive);
      report.cut.push(...affected.cut.flows.map((one) => one.flow).filter((flow) => !alive.has(flow)));
    }
  } catch (error) {
    // The rules are in force and right; a flow that goes on a while longer is no reason to take them back.
    if (!(error instanceof Fault)) throw error;
    return { ...report, trouble: error.message };
  }
  return { ...report, trouble: null };
}

function endsOf({ chains, host }: RuleSet, family: Family, now: Date | null): Ends {
  return createEnds(chains[family], { family, networks: host.networks, now });
}

/** `; cut 2 connections; 1 connection still on the old end until it ends: ...`; '' where there is nothing to say. */
export function cutText({ cut, draining, alive, trouble }: CutReport): string {
  const count = (n: number): string => `${n} connection${n === 1 ? '' : 's'}`;
  return [
    cut.length === 0 ? '' : `; cut ${count(cut.length)}`,
    draining.length === 0
      ? ''
      : `; ${count(draining.length)} still on the old end until ${draining.length === 1 ? 'it ends' : 'they end'}: ${showSome(draining)}`,
    alive.length === 0
      ? ''
      : `; ${count(alive.length)} could not be cut, because the guest goes on sending: ${showSome(alive)}`,
    trouble === null ? '' : `; live connections could not be looked at or cut: ${trouble}`,
  ].join('');
}

function showSome(flows: readonly Flow[]): string {
  const shown = flows.slice(0, 5).map((flow) => {
    const end = flow.replySource.includes(':') ? `[${flow.replySource}]` : flow.replySource;
    const source = flow.source.includes(':') ? `[${flow.source}]` : flow.source;
    return `${source}:${flow.sourcePort} -> ${end}:${flow.replyPort}/${flow.protocol}`;
  });
  return shown.join(', ') + (flows.length > shown.length ? ' ...' : '');
}
