/**
 * The fewest deletions for many flows. conntrack walks all of its table for each deletion (some 10 ms on a host of
 * today), so one for every flow would take a minute for 2,000 of them; and it deletes whatever matches, so a
 * deletion may not match a flow that has a right to go on, not even one that comes a moment later.
 */
import type { Family } from '../../model/family.ts';
import type { CutFlow, Flow, FlowFilter } from '../../model/flow.ts';
import { limits } from '../../model/limits.ts';
import { bitsOf, fromBigInt, mustParseIp, prefixLength, rangeOf, showIp, toBigInt, type Masked } from '../trace/ip.ts';

export interface FilterGround {
  /** All flows that were listed. */
  readonly flows: readonly Flow[];
  readonly isCut: (flow: Flow) => boolean;
  /** The CIDRs on which it depends whether a flow to that port is cut. */
  readonly sourcesAt: (knock: Pick<Flow, 'protocol' | 'destination' | 'port'>) => readonly Masked[];
  /** Whether some rule sends new connections to that IP, by any port. */
  readonly leadsTo: (knock: Pick<Flow, 'protocol' | 'destination'>, ip: string) => boolean;
}

/** Every flow of `cut` matches one of them, and no flow that stays does. */
export function filtersFor(cut: readonly CutFlow[], ground: FilterGround): readonly FlowFilter[] {
  const flows = cut.map((one) => one.flow);
  const filters: FlowFilter[] = [];
  for (const group of groupBy(flows, placeOf).values()) {
    const ports = groupBy(group, (flow) => `${flow.port} ${flow.replyPort}`);
    const wide = ports.size > limits.flowFilterPorts ? wideFilter(group, ground) : null;
    if (wide !== null) filters.push(wide);
    else for (const some of ports.values()) filters.push(...portFilters(some, ground));
  }
  return filters;
}

const placeOf = (flow: Flow): string => `${flow.protocol} ${flow.destination} ${flow.replySource}`;

/**
 * One for all ports, where the range that went had many: only if none of the flows like them stays. A connection made
 * after the listing might be hit: where rules still lead there, only datagrams may be, which come again by themselves.
 */
function wideFilter(group: readonly Flow[], { flows, isCut, leadsTo }: FilterGround): FlowFilter | null {
  const [flow] = group;
  if (flow === undefined) return null;
  const place = placeOf(flow);
  if (flows.some((one) => placeOf(one) === place && !isCut(one))) return null;
  const { protocol, destination, replySource } = flow;
  if (protocol !== 'udp' && leadsTo(flow, replySource)) return null;
  return { protocol, source: null, destination, port: null, replySource, replyPort: null };
}

/** All of one port: by source, in the widest CIDRs within which the rules make no difference. */
function portFilters(flows: readonly Flow[], { sourcesAt }: FilterGround): readonly FlowFilter[] {
  const [flow] = flows;
  if (flow === undefined) return [];
  const { protocol, destination, port, replySource, replyPort } = flow;
  const family: Family = destination.includes(':') ? 'v6' : 'v4';
  const bounds = sourcesAt(flow).map((masked) => ({ ...rangeOf(masked), length: prefixLength(masked) }));
  const sources = flows.map((one) => toBigInt(mustParseIp(one.source)));
  return cover({ first: 0n, length: 0 }, { sources, bounds, bits: bitsOf(family) }).map(({ first, length }) => ({
    protocol,
    source: length === 0 ? null : `${showIp(fromBigInt(family, first))}/${length}`,
    destination,
    port,
    replySource,
    replyPort,
  }));
}

interface Prefix {
  readonly first: bigint;
  readonly length: number;
}

interface Sources {
  readonly sources: readonly bigint[];
  readonly bounds: readonly { readonly first: bigint; readonly last: bigint; readonly length: number }[];
  readonly bits: number;
}

/** The prefixes that hold a source and that no bound divides; at most one for each bit of each bound. */
function cover(prefix: Prefix, { sources, bounds, bits }: Sources): readonly Prefix[] {
  const size = 1n << BigInt(bits - prefix.length);
  const last = prefix.first + size - 1n;
  const inside = sources.filter((source) => prefix.first <= source && source <= last);
  if (inside.length === 0) return [];
  const dividing = bounds.filter(
    (bound) => bound.length > prefix.length && prefix.first <= bound.first && bound.last <= last,
  );
  if (dividing.length === 0) return [prefix];
  const rest = { sources: inside, bounds: dividing, bits };
  const length = prefix.length + 1;
  return [...cover({ first: prefix.first, length }, rest), ...cover({ first: prefix.first + size / 2n, length }, rest)];
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
