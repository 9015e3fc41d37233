/**
 * The forwards that a hand-made nat table makes, found out by walking packets through it: whatever the rules are called
 * and in whichever chain or order they stand, a forward is what the outside sees. Only where each rule on the way is
 * understood to the last word is it taken.
 */
import type { Desired } from '../../model/desired.ts';
import { families, type Family, type Ports, type Protocol } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import { ownerOfChain, ownerOfRule } from '../coexist/owner.ts';
import { isBuiltin, isOurComment } from '../nat/ours.ts';
import { meaningOf, type DestinationRule } from '../nat/meaning.ts';
import { commentOf } from '../nat/rule.ts';
import { spellLine } from '../parse/spell/texts.ts';
import { createInternet } from '../trace/internet.ts';
import { packetFrom, type Sender } from '../trace/sender.ts';
import { isIn, fromBigInt, mustParseIp, parseMasked, prefixLength, rangeOf, showIp } from '../trace/ip.ts';
import type { Path, Trace } from '../trace/trace.ts';
import { walk } from '../trace/walk.ts';
import { isLocal, traceWorld, type TraceWorld } from '../trace/world.ts';
import type { StateForward } from './state.ts';

export type Tables = Readonly<Record<Family, NatTable>>;

export interface RuleLine {
  readonly family: Family;
  readonly chain: string;
  readonly text: string;
}

/** A plain DNAT of nobody's that natroute knows. */
export interface DestinationCandidate {
  readonly chain: string;
  readonly text: string;
  readonly rule: DestinationRule;
}

/** Docker's and its like stay what they are. */
export function isStrangers(chain: string, text: string): boolean {
  return ownerOfRule(text) !== null || (!isBuiltin(chain) && ownerOfChain(chain) !== null);
}

export function destinationCandidates({ chains }: NatTable): readonly DestinationCandidate[] {
  return chains.flatMap(({ name, rules }) =>
    rules.flatMap(({ text }) => {
      const rule = isStrangers(name, text) ? null : meaningOf(text);
      return rule?.kind === 'dnat' ? [{ chain: name, text, rule }] : [];
    }),
  );
}

export interface Outside {
  readonly world: TraceWorld;
  /** Null where such a packet cannot be thought of. */
  see(sender: Sender, to: Socket): Path | null;
  /** All paths that are possible; [] where such a packet cannot be thought of, or has too many. */
  seeAll(sender: Sender, to: Socket): readonly Path[];
}

interface Socket {
  readonly ip: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Who sees what through these tables; the path is null too where more than one is possible. */
export function outsideOf(tables: Tables, { host, guests }: Pick<Desired, 'host' | 'guests'>, now: Date): Outside {
  const world = traceWorld({ nat: tables, host, guests, now });
  const internet = createInternet({ host, guests, groups: new Map() });
  const trace = (sender: Sender, to: Socket): Trace | null => {
    const packet = packetFrom(world, sender, to, internet);
    return packet === null ? null : walk(world, packet);
  };
  return {
    world,
    see(sender, to) {
      const {
        verdict,
        paths: [path],
      } = trace(sender, to) ?? { verdict: 'unknown', paths: [] };
      return verdict === 'known' && path !== undefined && path.assumptions.length === 0 ? path : null;
    },
    seeAll(sender, to) {
      const { more, paths } = trace(sender, to) ?? { more: false, paths: [] };
      return more ? [] : paths;
    },
  };
}

/** Somebody out of each source network who is in none of the narrower ones. */
function senderOf(cidr: string, others: readonly string[], world: TraceWorld): Sender | null {
  const network = parseMasked(cidr);
  if (network === null) return null;
  const narrower = others.flatMap((other) => {
    const masked = parseMasked(other);
    return masked !== null && prefixLength(masked) > prefixLength(network) ? [masked] : [];
  });
  const { first, last } = rangeOf(network);
  for (const value of [...Array(256).keys()].map((i) => first + BigInt(i))) {
    if (value > last) break;
    const ip = fromBigInt(network.family, value);
    if (!narrower.some((one) => isIn(ip, one)) && !isLocal(world, ip)) return { kind: 'ip', ip: showIp(ip) };
  }
  return null;
}

interface Segment {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly ports: Ports;
}

/** All ports of a segment mean the same to every candidate. */
function segmentsOf(candidates: readonly DestinationCandidate[], family: Family): readonly Segment[] {
  const segments: Segment[] = [];
  for (const protocol of ['tcp', 'udp', 'sctp'] as const) {
    const ranges = candidates.filter(({ rule }) => rule.protocol === protocol).flatMap(({ rule }) => rule.ports);
    const edges = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort((a, b) => a - b);
    for (const [i, first] of edges.entries()) {
      const next = edges[i + 1];
      if (next === undefined || !ranges.some((range) => range.first <= first && first <= range.last)) continue;
      segments.push({ family, protocol, ports: { first, last: next - 1 } });
    }
  }
  return segments;
}

/** What one sender finds behind the ports of one segment. */
type Finding =
  | {
      readonly kind: 'forward';
      readonly ip: string;
      readonly first: number;
      readonly shifts: boolean;
      readonly text: string;
    }
  | { readonly kind: 'strangers' }
  | { readonly kind: 'other'; readonly key: string };

function findingOf(outside: Outside, sender: Sender, ip: string, { protocol, ports }: Segment): Finding {
  const low = forwardOn(outside.see(sender, { ip, port: ports.first, protocol }));
  const high = ports.first === ports.last ? low : forwardOn(outside.see(sender, { ip, port: ports.last, protocol }));
  if (low.kind !== 'forward' || high.kind !== 'forward') return low.kind === 'forward' ? high : low;
  if (low.ip !== high.ip || low.text !== high.text) return { kind: 'other', key: 'several' };
  const shifts = high.first - low.first === ports.last - ports.first;
  return shifts || high.first === low.first ? { ...low, shifts } : { kind: 'other', key: 'several' };
}

function forwardOn(path: Path | null): Finding {
  if (path === null) return { kind: 'other', key: 'unknown' };
  const met = path.steps.flatMap((step) => (step.kind === 'rule' && step.effect !== null ? [step.rule] : []));
  const last = met.findLast(({ text }) => / -j DNAT\b/.test(` ${text}`));
  const { end } = path;
  if (last !== undefined && isStrangers(last.chain, last.text)) return { kind: 'strangers' };
  if (end.kind !== 'guest' || last === undefined || meaningOf(last.text)?.kind !== 'dnat')
    return { kind: 'other', key: `${end.kind} ${'ip' in end ? end.ip : ''}` };
  return { kind: 'forward', ip: end.ip, first: end.port, shifts: true, text: last.text };
}

/** Each forward that the outside finds on the host's own addresses, and rules that mean more than forwards can say. */
export function readForwards(
  tables: Tables,
  desired: Pick<Desired, 'host' | 'guests'>,
  now: Date,
): { readonly forwards: readonly StateForward[]; readonly odd: ReadonlyMap<string, string> } {
  const outside = outsideOf(tables, desired, now);
  const forwards: StateForward[] = [];
  const odd = new Map<string, string>();
  for (const family of families) {
    const candidates = destinationCandidates(tables[family]);
    const sources = [...new Set(candidates.flatMap(({ rule }) => rule.source ?? []))];
    const senders = sources.flatMap((source) => {
      const sender = senderOf(source, sources, outside.world);
      return sender === null ? [] : [{ source, sender }];
    });
    for (const address of desired.host.addresses) {
      const ip = address.ips[family];
      if (ip === undefined || address.carriedBy !== null) continue;
      for (const segment of segmentsOf(candidates, family)) {
        const place = { address: address.name, segment };
        const everybody = findingOf(outside, { kind: 'internet' }, ip, segment);
        const some = senders.map(({ source, sender }) => ({ source, found: findingOf(outside, sender, ip, segment) }));
        forwards.push(...forwardsOf(place, everybody, some, odd));
      }
    }
  }
  return { forwards: joined(forwards), odd };
}

interface Place {
  readonly address: string;
  readonly segment: Segment;
}

const same = (a: Finding, b: Finding): boolean =>
  JSON.stringify({ ...a, text: '' }) === JSON.stringify({ ...b, text: '' });

/**
 * For everybody, or for some networks that have nothing in common. What some of a network find elsewhere than the rest
 * of it, or of everybody, forwards cannot say, for no two of them may want the same packets.
 */
function forwardsOf(
  place: Place,
  everybody: Finding,
  some: readonly Sourced[],
  odd: Map<string, string>,
): readonly StateForward[] {
  const told = (found: Finding, why: string): void => {
    if (found.kind === 'forward') odd.set(found.text, why);
  };
  const except = some.find(({ found }) => !same(found, everybody));
  if (except !== undefined && everybody.kind === 'forward') {
    const why = `${except.source} ends elsewhere than everybody else, and natroute's forwards know no exceptions`;
    for (const found of [everybody, ...some.map((one) => one.found)]) told(found, why);
    return [];
  }
  if (everybody.kind === 'forward') return written(place, everybody, null, odd);
  const widest = some.filter(
    ({ source }) => !some.some((other) => other.source !== source && holdsAll(other.source, source)),
  );
  return widest.flatMap(({ source, found }) => {
    const within = some.filter((other) => holdsAll(source, other.source));
    const other = within.find((one) => !same(one.found, found));
    if (other === undefined) return written(place, found, source, odd);
    if (found.kind !== 'forward' && within.length === 2) return written(place, other.found, other.source, odd);
    const why = `${other.source} ends elsewhere than the rest of ${source}, and natroute's forwards know no exceptions`;
    for (const one of within) told(one.found, why);
    return [];
  });
}

interface Sourced {
  readonly source: string;
  readonly found: Finding;
}

function holdsAll(wide: string, narrow: string): boolean {
  const [network, inner] = [parseMasked(wide), parseMasked(narrow)];
  if (network === null || inner === null || prefixLength(network) > prefixLength(inner)) return false;
  return isIn({ family: inner.family, words: inner.words }, network);
}

/** Ports that all lead to one are forwards of a port each. */
const mostSingles = 64;

function written(
  { address, segment: { family, protocol, ports } }: Place,
  found: Finding,
  source: string | null,
  odd: Map<string, string>,
): readonly StateForward[] {
  if (found.kind !== 'forward') return [];
  const comment = commentOf(found.text);
  const line = comment === null || isOurComment(comment) ? null : spellLine(comment);
  const description = line !== null && 'value' in line && line.value !== '' ? line.value.slice(0, 200) : null;
  const common = { address, family, protocol, source, ip: found.ip, description };
  const width = ports.last - ports.first;
  if (found.shifts) return [{ ...common, ports, to: { first: found.first, last: found.first + width } }];
  if (width > mostSingles) {
    odd.set(found.text, `it sends ${width + 1} ports to one, and natroute's ranges keep their length`);
    return [];
  }
  return Array.from({ length: width + 1 }, (_, i) => {
    const port = ports.first + i;
    return { ...common, ports: { first: port, last: port }, to: { first: found.first, last: found.first } };
  });
}

/** Neighbouring ranges that go on where the one before ends. */
function joined(forwards: readonly StateForward[]): readonly StateForward[] {
  const result: StateForward[] = [];
  for (const one of forwards) {
    const at = result.findLastIndex(
      (before) =>
        before.address === one.address &&
        before.family === one.family &&
        before.protocol === one.protocol &&
        before.source === one.source &&
        before.ip === one.ip &&
        before.description === one.description &&
        before.ports.first !== before.ports.last &&
        before.ports.last + 1 === one.ports.first &&
        before.to.last + 1 === one.to.first,
    );
    const before = result[at];
    if (before === undefined) result.push(one);
    else
      result[at] = {
        ...before,
        ports: { first: before.ports.first, last: one.ports.last },
        to: { first: before.to.first, last: one.to.last },
      };
  }
  return result;
}

/**
 * By which rule a packet of this IP is given another sender; null where that depends. Which address MASQUERADE picks is
 * of no account.
 */
export function leavingRule(
  outside: Outside,
  ip: string,
  peer: string,
): { readonly text: string | null; readonly strangers: boolean } | null {
  const rules = outside
    .seeAll({ kind: 'ip', ip }, { ip: peer, port: 80, protocol: 'tcp' })
    .map(({ steps }) =>
      steps
        .flatMap((step) => (step.kind === 'rule' && step.effect !== null ? [step.rule] : []))
        .findLast(({ text }) => / -j (?:SNAT|MASQUERADE)\b/.test(` ${text}`)),
    );
  const [rule] = rules;
  if (rules.length === 0 || rules.some((one) => one?.text !== rule?.text)) return null;
  return { text: rule?.text ?? null, strangers: rule !== undefined && isStrangers(rule.chain, rule.text) };
}

/** A free IP of a subnet: nobody's, and in no rule of its own. */
export function nobodyIn(cidr: string, world: TraceWorld, named: ReadonlySet<string>): string | null {
  const network = parseMasked(cidr);
  if (network === null) return null;
  const { first, last } = rangeOf(network);
  for (let value = first + 1n; value < last && value < first + 512n; value++) {
    const ip = showIp(fromBigInt(network.family, value));
    if (!named.has(ip) && !world.guestOf.has(ip) && !isLocal(world, mustParseIp(ip))) return ip;
  }
  return null;
}
