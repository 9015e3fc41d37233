/** Ways -> what one forward in a guest's file would have to say, for all its sources and in both families. */
import type { Address, Forward, Guest } from '../../model/desired.ts';
import { families, showPorts, type Ports, type Protocol } from '../../model/family.ts';
import { guestIps } from '../nat/claims.ts';
import { withPrefix } from '../nat/spell.ts';
import type { State } from './state.ts';
import { showEntrance, type Way } from './way.ts';

/** A forward of one port or range and one protocol. */
export interface Shape {
  readonly guest: Guest;
  readonly address: string;
  readonly protocol: Protocol;
  readonly ports: Ports;
  readonly to: Ports;
  /** Canonical CIDRs; null: anyone. */
  readonly sources: readonly string[] | null;
  readonly until: string | null;
}

export function shapeOfForward(forward: Forward, guest: Guest): Shape {
  const { address, protocol, ports, to, sources, until } = forward;
  return { guest, address, protocol, ports, to, sources, until };
}

export function sameShape(a: Shape, b: Shape): boolean {
  return socketOf(a) === socketOf(b) && sameTerms(a, b);
}

export function sameButSources(a: Shape, b: Shape): boolean {
  return sameShape({ ...a, sources: null }, { ...b, sources: null });
}

/** Same guest and address, same sources, same end. */
export function sameTerms(a: Shape, b: Shape): boolean {
  return (
    a.guest.name === b.guest.name &&
    a.address === b.address &&
    a.until === b.until &&
    (a.sources === null || b.sources === null
      ? a.sources === b.sources
      : a.sources.length === b.sources.length && a.sources.every((source) => b.sources?.includes(source)))
  );
}

function socketOf({ protocol, ports, to }: Shape): string {
  return `${protocol} ${showPorts(ports)} ${showPorts(to)}`;
}

/** Ways that differ in nothing but source and family have the same one. */
export function shapeKey(way: Way, guest: Guest): string {
  const { address, protocol, ports, to, until, source } = way;
  const who = source === null ? 'anyone' : 'some';
  return `${guest.name} ${address} ${protocol} ${showPorts(ports)} ${showPorts(to)} ${until ?? ''} ${who}`;
}

/** The guest that such a way leads to; a sentence, for `because ...`, where no forward can. */
export function guestOf(way: Way, state: State): Guest | string {
  const guest = state.guestAt.get(way.ip);
  if (guest !== undefined) return guest;
  const has = (one: Guest): boolean =>
    one.interfaces.some((i) => i.kind === 'nat' && Object.values(i.ips).includes(way.ip));
  const other = state.desired.guests.find(has);
  if (other === undefined) return `no guest has the IP ${way.ip}`;
  if (other.state === 'absent') return `the guest ${other.name}, which has ${way.ip}, is absent`;
  return `${way.ip} is a further IP of ${other.name}, and forwards go to a guest's first one`;
}

/** The forwards that make exactly these ways; a sentence where none do. */
export function shapesOf(ways: readonly Way[], state: State): readonly Shape[] | string {
  const groups = new Map<string, { readonly guest: Guest; readonly ways: Way[] }>();
  for (const way of ways) {
    const guest = guestOf(way, state);
    if (typeof guest === 'string') return guest;
    const key = shapeKey(way, guest);
    const group = groups.get(key) ?? { guest, ways: [] };
    groups.set(key, group);
    group.ways.push(way);
  }
  const shapes: Shape[] = [];
  for (const { guest, ways: own } of groups.values()) {
    const shape = shapeOf(own, guest);
    const missing = waysMissing(shape, own, state);
    if (missing !== null) return missing;
    shapes.push(shape);
  }
  return shapes;
}

function shapeOf(ways: readonly Way[], guest: Guest): Shape {
  const [first] = ways;
  if (first === undefined) throw new Error('invariant: a forward without a way');
  const { address, protocol, ports, to, until } = first;
  const sources = [...new Set(ways.flatMap(({ source }) => (source === null ? [] : [withPrefix(source)])))];
  return { guest, address, protocol, ports, to, until, sources: sources.length === 0 ? null : sources };
}

/** A forward is there in each family in which its address and its guest have an IP. */
function waysMissing(shape: Shape, ways: readonly Way[], { desired }: State): string | null {
  if (shape.sources !== null) return null;
  const address = desired.host.addresses.find(({ name }) => name === shape.address);
  const ips = guestIps(shape.guest);
  const there = new Set(ways.map(({ family }) => family));
  const missing = families.find((family) => ips[family] !== undefined && ipOf(address, family) && !there.has(family));
  if (missing === undefined) return null;
  const [entrance] = ways.map(showEntrance);
  return `${entrance ?? ''} would differ between IPv4 and IPv6, and a forward is for both`;
}

function ipOf(address: Address | undefined, family: 'v4' | 'v6'): boolean {
  return address?.ips[family] !== undefined;
}
