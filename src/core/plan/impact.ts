/** What a plan means for people outside: what opens, closes, moves, for whom, and what falls to the host instead. */
import type { Impact, Route } from '../../model/change.ts';
import type { Host } from '../../model/desired.ts';
import { families, showPorts, type Family, type Ports, type Protocol } from '../../model/family.ts';
import type { Counters } from '../../model/nat.ts';
import { addressChainPrefix } from '../nat/ours.ts';
import { reachedAddresses, readEntrances, type Entrance, type RulesByChain } from './entrances.ts';
import { effectOf, endsOf, routesOf, sourcesOf } from './routes.ts';
import { segmentsOf, type Segment } from './segments.ts';
import { touchedRules } from './touched.ts';

/** The rules of a family before and after. */
export type Sides = Readonly<Record<Family, { readonly before: RulesByChain; readonly after: RulesByChain }>>;

/** One item for each range of ports that meets another fate afterwards, by address, port and protocol. `host` null: unknown. */
export function impactOf(host: Host | null, sides: Sides): readonly Impact[] {
  const found = families.flatMap((family) => familyImpact(host, family, sides[family]));
  return mergeFamilies(host, found).sort(compareImpacts);
}

const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

function familyImpact(host: Host | null, family: Family, { before, after }: Sides[Family]): readonly Impact[] {
  const [befores, afters] = [reachedAddresses(before), reachedAddresses(after)];
  const impacts: Impact[] = [];
  for (const address of new Set([...befores.keys(), ...afters.keys()])) {
    const touched = touchedRules(addressChainPrefix + address, befores.get(address) ?? [], afters.get(address) ?? []);
    const [had, has] = [touched.before.flatMap(readEntrances), touched.after.flatMap(readEntrances)];
    for (const protocol of protocols) {
      const of = (entrances: readonly Entrance[]): readonly Entrance[] =>
        entrances.filter((entrance) => entrance.protocol === protocol);
      const place = { host, family, address, protocol };
      impacts.push(...placeImpact(place, of(had), of(has)));
    }
  }
  return impacts;
}

interface Place {
  readonly host: Host | null;
  readonly family: Family;
  readonly address: string;
  readonly protocol: Protocol;
}

function placeImpact(place: Place, had: readonly Entrance[], has: readonly Entrance[]): readonly Impact[] {
  const listens = place.host?.listens.filter(({ protocol }) => protocol === place.protocol).map(({ ports }) => ports);
  const segments = mergeSegments(segmentsOf(had, has, listens ?? []), listens ?? []);
  return segments.flatMap((segment) => {
    const hostListens = listens === undefined ? null : covers(listens, segment.ports);
    return segmentImpact(place, segment, hostListens) ?? [];
  });
}

function covers(ranges: readonly Ports[], { first }: Ports): boolean {
  return ranges.some((range) => range.first <= first && first <= range.last);
}

/** Neighbours that only a mark had parted, and that the host treats alike, are one again. */
function mergeSegments(segments: readonly Segment[], listens: readonly Ports[]): readonly Segment[] {
  const merged: Segment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    const joins =
      last?.ports.last === segment.ports.first - 1 &&
      sameItems(last.before, segment.before) &&
      sameItems(last.after, segment.after) &&
      covers(listens, last.ports) === covers(listens, segment.ports);
    if (last !== undefined && joins)
      merged[merged.length - 1] = { ...last, ports: { first: last.ports.first, last: segment.ports.last } };
    else merged.push(segment);
  }
  return merged;
}

function sameItems<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}

function segmentImpact(place: Place, segment: Segment, hostListens: boolean | null): Impact | null {
  const { ports } = segment;
  const routes = { before: routesOf(segment.before, ports), after: routesOf(segment.after, ports) };
  const effect = effectOf(routes.before, routes.after, hostListens === true);
  if (effect === null) return null;
  const { address, family, protocol } = place;
  const impact = {
    effect,
    address,
    family,
    protocol,
    ports,
    sources: sourcesOf(endsOf(routes.after) === null ? routes.before : routes.after),
    before: endsOf(routes.before),
    after: endsOf(routes.after),
    routes,
    hostListens,
    counters: effect === 'opens' || effect === 'widens' ? null : addCounters(segment.before),
  };
  return { ...impact, text: sentence(impact) };
}

function addCounters(entrances: readonly Entrance[]): Counters | null {
  const known = entrances.flatMap(({ counters }) => counters ?? []);
  if (known.length === 0) return null;
  return {
    packets: known.reduce((sum, one) => sum + one.packets, 0),
    bytes: known.reduce((sum, one) => sum + one.bytes, 0),
  };
}

/** An address with both families shows what is the same in both once. */
function mergeFamilies(host: Host | null, impacts: readonly Impact[]): Impact[] {
  const both = new Set(
    host?.addresses.filter(({ ips }) => ips.v4 !== undefined && ips.v6 !== undefined).map((a) => a.name),
  );
  const merged: Impact[] = [];
  const waiting = new Map<string, number>();
  for (const impact of impacts) {
    if (!both.has(impact.address)) {
      merged.push(unlabelled(impact));
      continue;
    }
    const twin = waiting.get(likeness(impact));
    const other = twin === undefined ? undefined : merged[twin];
    if (impact.family === 'v6' && twin !== undefined && other !== undefined) merged[twin] = joined(other, impact);
    else {
      waiting.set(likeness(impact), merged.length);
      merged.push(impact);
    }
  }
  return merged;
}

function unlabelled(impact: Impact): Impact {
  const plain = { ...impact, family: null };
  return { ...plain, text: sentence(plain) };
}

/** What must be equal for two families' impacts to be told as one. */
function likeness({ effect, address, protocol, ports, routes }: Impact): string {
  const shape = (list: readonly Route[]): readonly unknown[] =>
    list.map(({ sources, to, until }) => [sources === null, to?.split(' ')[0] ?? null, until]);
  return JSON.stringify([effect, address, protocol, ports, shape(routes.before), shape(routes.after)]);
}

function joined(v4: Impact, v6: Impact): Impact {
  const routes = {
    before: joinRoutes(v4.routes.before, v6.routes.before),
    after: joinRoutes(v4.routes.after, v6.routes.after),
  };
  const impact = {
    ...v4,
    family: null,
    routes,
    sources: sourcesOf(endsOf(routes.after) === null ? routes.before : routes.after),
    before: endsOf(routes.before),
    after: endsOf(routes.after),
    counters:
      v4.counters === null || v6.counters === null
        ? (v4.counters ?? v6.counters)
        : { packets: v4.counters.packets + v6.counters.packets, bytes: v4.counters.bytes + v6.counters.bytes },
  };
  return { ...impact, text: sentence(impact) };
}

/** Alike by `likeness`, so the nth of one belongs to the nth of the other. */
function joinRoutes(v4: readonly Route[], v6: readonly Route[]): readonly Route[] {
  return v4.map((route, i) => {
    const other = v6[i];
    if (other === undefined || route.to === null || other.to === null) return route;
    const sources =
      route.sources === null || other.sources === null ? null : [...new Set([...route.sources, ...other.sources])];
    return { ...route, sources, to: `${route.to}, ${other.to.replace(/^\S+ /, '')}` };
  });
}

const verbs: Readonly<Record<Impact['effect'], string>> = {
  'opens': 'opens',
  'closes': 'closes',
  'falls-to-host': 'closes and falls to the host',
  'narrows': 'narrows',
  'widens': 'widens',
  'retargets': 'moves',
};

function sentence(impact: Omit<Impact, 'text'>): string {
  const { address, family, ports, protocol, routes, before, counters } = impact;
  const label = family === null ? '' : family === 'v4' ? ' (IPv4)' : ' (IPv6)';
  const place = `${address}:${showPorts(ports)}/${protocol}${label}`;
  const ways = routes.after.map((route, i) => {
    const whom = route.sources?.join(', ') ?? (i === 0 ? 'anyone' : 'everyone else');
    const until = route.until === null ? '' : ` until ${route.until}Z`;
    return `${whom} -> ${route.to ?? hostEnd(ports, impact.hostListens)}${until}`;
  });
  const was = before === null ? '' : `; before: ${before}${carried(counters)}`;
  return `${place} ${verbs[impact.effect]}: ${ways.join('; ')}${was}`;
}

/** `, 1 connection so far`; '' where that is not known. A nat rule counts the first packet of each connection. */
export function carried(counters: Counters | null): string {
  if (counters === null) return '';
  return `, ${counters.packets} connection${counters.packets === 1 ? '' : 's'} so far`;
}

/** What answers where no guest does. */
export function hostEnd(ports: Ports, hostListens: boolean | null): string {
  const what = `the HOST's own port${ports.first === ports.last ? '' : 's'} ${showPorts(ports)}`;
  if (hostListens === null) return what;
  return `${what} (${hostListens ? 'in `listens`: its service answers' : 'not in `listens`'})`;
}

function compareImpacts(a: Impact, b: Impact): number {
  return (
    compareTexts(a.address, b.address) ||
    a.ports.first - b.ports.first ||
    a.ports.last - b.ports.last ||
    compareTexts(a.protocol, b.protocol) ||
    compareTexts(a.family ?? '', b.family ?? '')
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
