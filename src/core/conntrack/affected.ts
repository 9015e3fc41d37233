/**
 * Which live flows the new rules would end elsewhere than the old ones did: conntrack keeps a flow's DNAT after its
 * rule is gone, so what is closed must be cut, and a retargeted UDP flow would be stuck for as long as somebody sends.
 */
import type { CutFlow, Flow, FlowCut, FlowEnd } from '../../model/flow.ts';
import type { Ends, Knock } from './ends.ts';
import { filtersFor } from './filters.ts';

export interface Affected {
  /** Closed or narrowed, and UDP that moves. */
  readonly cut: FlowCut;
  /** TCP that moves: goes on to its old end until it ends by itself. */
  readonly draining: readonly Flow[];
}

/** The public IPs for which the answer may have changed: only flows to these need be looked at. */
export function changedIps(before: Ends, after: Ends): readonly string[] {
  return [...new Set([...before.ips, ...after.ips])].filter((ip) => before.digestOf(ip) !== after.digestOf(ip));
}

/**
 * `flows` are those to the changed IPs. A flow for which the rules say what they said before is never touched, wherever
 * it ends: it may be a stranger's, or TCP that drains since an earlier change.
 */
export function affectedFlows(before: Ends, after: Ends, flows: readonly Flow[]): Affected {
  const cut: CutFlow[] = [];
  const draining: Flow[] = [];
  for (const flow of flows) {
    const end = after.endOf(flow);
    const fate = fateOf(flow, before.endOf(flow), end);
    if (fate === 'cut') cut.push({ flow, end });
    else if (fate === 'drains') draining.push(flow);
  }
  const isCut = (flow: Flow): boolean => fateOf(flow, before.endOf(flow), after.endOf(flow)) === 'cut';
  const sourcesAt = (knock: Omit<Knock, 'source'>): ReturnType<Ends['sourcesAt']> => [
    ...before.sourcesAt(knock),
    ...after.sourcesAt(knock),
  ];
  const filters = filtersFor(cut, { flows, isCut, sourcesAt, leadsTo: (knock, ip) => after.leadsTo(knock, ip) });
  return { cut: { filters, flows: cut }, draining };
}

function fateOf(flow: Flow, before: FlowEnd | null, after: FlowEnd | null): 'stays' | 'drains' | 'cut' {
  if (before?.ip === after?.ip && before?.port === after?.port) return 'stays';
  const wanted = after ?? { ip: flow.destination, port: flow.port };
  if (flow.replySource === wanted.ip && flow.replyPort === wanted.port) return 'stays';
  return after !== null && flow.protocol !== 'udp' ? 'drains' : 'cut';
}
