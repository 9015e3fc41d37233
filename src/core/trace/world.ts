/** What a packet walks through: the nat table of each family, and what the repository says of the host around it. */
import type { Address, Desired, Guest, Host, Listen } from '../../model/desired.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import {
  isIn,
  fromBigInt,
  mustParseIp,
  parseIp,
  parseMasked,
  prefixLength,
  rangeOf,
  showIp,
  type Ip,
  type Masked,
} from './ip.ts';
import { tableOfSave, tableOfTarget, type TraceTable } from './table.ts';
import { wholeInterface, type Interface } from './trace.ts';

export interface WorldFacts {
  /** A target alone on the host, or what was saved from a kernel. */
  readonly nat: Readonly<Record<Family, NatTarget | NatTable>>;
  /** Lends the rules of a saved table that are ours their places in the repository. */
  readonly known?: Readonly<Record<Family, NatTarget>>;
  readonly host: Host;
  readonly guests: Desired['guests'];
  readonly now: Date;
}

export interface TraceWorld {
  readonly now: Date;
  readonly host: Host;
  readonly listens: readonly Listen[];
  /** Those in which the host has an IP of its own. */
  readonly families: readonly Family[];
  readonly tables: Readonly<Record<Family, TraceTable>>;
  /** The longest prefix first. */
  readonly routes: Readonly<Record<Family, readonly Route[]>>;
  /** The host's own IPs by interface, in the order written. */
  readonly ownIps: Readonly<Record<Family, ReadonlyMap<string, readonly string[]>>>;
  /** The guest that has an IP, and where it is reached. */
  readonly guestOf: ReadonlyMap<string, Attachment>;
  readonly guests: ReadonlyMap<string, Guest>;
}

/** One IP of a guest. */
export interface Attachment {
  readonly guest: string;
  readonly ip: string;
  readonly family: Family;
  /** Of dom0: the bridge, or the guest's vif. */
  readonly interface: Interface;
  /** The network; null for a routed guest. */
  readonly network: string | null;
}

export interface Route {
  readonly to: Masked;
  readonly length: number;
  readonly kind: 'host' | 'guest' | 'network' | 'uplink' | 'via';
  readonly interface: Interface;
  /** The IP that the packet is handed to, where that is not the destination itself. */
  readonly via: string | null;
}

/** Xen names the vif of a routed guest by a number that only that start of the guest knows. */
const vif: Interface = { name: 'vif', whole: false, not: [] };
const loopback = wholeInterface('lo');

export function traceWorld(facts: WorldFacts): TraceWorld {
  const { host } = facts;
  const guests = facts.guests.filter((guest) => guest.state !== 'absent');
  const guestOf = new Map(guests.flatMap((guest) => attachments(host, guest)).map((one) => [one.ip, one]));
  const each = <T>(make: (family: Family) => T): Record<Family, T> => ({ v4: make('v4'), v6: make('v6') });
  const ownIps = each((family) => ownIpsOf(host, family, guestOf));
  return {
    now: facts.now,
    host,
    listens: host.listens,
    families: families.filter((family) => [...ownIps[family].keys()].some((name) => name !== 'lo')),
    tables: each((family) => tableOf(facts, family)),
    routes: each((family) => routesOf(host, family, { ownIps: ownIps[family], guestOf })),
    ownIps,
    guestOf,
    guests: new Map(guests.map((guest) => [guest.name, guest])),
  };
}

function tableOf(facts: WorldFacts, family: Family): TraceTable {
  const nat = facts.nat[family];
  return 'jumps' in nat ? tableOfTarget(nat, family) : tableOfSave(nat, facts.known?.[family] ?? null, family);
}

/** The IPs of a guest, those of its first interface first. */
export function attachments(host: Host, guest: Guest): readonly Attachment[] {
  return guest.interfaces.flatMap((one): readonly Attachment[] => {
    switch (one.kind) {
      case 'nat': {
        const bridge = host.networks.find((network) => network.name === one.network)?.bridge;
        if (bridge === undefined) return [];
        const place = { guest: guest.name, interface: wholeInterface(bridge), network: one.network };
        return entries(one.ips).map(([family, ip]) => ({ ...place, family, ip }));
      }
      case 'routed': {
        const ips = host.addresses.find((address) => address.name === one.address)?.ips ?? {};
        return entries(ips).map(([family, ip]) => ({ guest: guest.name, interface: vif, network: null, family, ip }));
      }
      default:
        return one satisfies never;
    }
  });
}

/** The host's own: its public addresses that no guest carries, and its IP on each bridge. */
function ownIpsOf(host: Host, family: Family, guestOf: TraceWorld['guestOf']): ReadonlyMap<string, readonly string[]> {
  const own = new Map<string, string[]>([['lo', [family === 'v4' ? '127.0.0.1' : '::1']]]);
  const add = (name: string, ip: string | undefined): void => {
    // A gateway that is a guest's IP is that guest's, not ours.
    if (ip === undefined || guestOf.has(ip)) return;
    own.set(name, [...new Set([...(own.get(name) ?? []), ip])]);
  };
  const uncarried = host.addresses.filter((address) => address.carriedBy === null);
  // The host's very own before those that are brought to it.
  const ordered = [...uncarried.filter(isOwn), ...uncarried.filter((address) => !isOwn(address))];
  for (const address of ordered) add(address.interface, address.ips[family]);
  for (const network of host.networks) add(network.bridge, network.gateways[family]);
  return own;
}

function isOwn(address: Address): boolean {
  return address.reached === null;
}

interface RouteGround {
  readonly ownIps: ReadonlyMap<string, readonly string[]>;
  readonly guestOf: TraceWorld['guestOf'];
}

function routesOf(host: Host, family: Family, { ownIps, guestOf }: RouteGround): readonly Route[] {
  const routes: Route[] = [];
  const add = (cidr: string, rest: Omit<Route, 'to' | 'length'>): void => {
    const to = parseMasked(cidr);
    if (to?.family === family) routes.push({ to, length: prefixLength(to), ...rest });
  };
  add(family === 'v4' ? '127.0.0.0/8' : '::1/128', { kind: 'host', interface: loopback, via: null });
  for (const ips of ownIps.values()) for (const ip of ips) add(ip, { kind: 'host', interface: loopback, via: null });
  for (const one of guestOf.values()) {
    // A guest on a bridge is reached by its network's route.
    if (one.network === null) add(one.ip, { kind: 'guest', interface: one.interface, via: null });
  }
  for (const network of host.networks) {
    for (const { cidr } of network.subnets) {
      add(cidr, { kind: 'network', interface: wholeInterface(network.bridge), via: null });
      // The first IP of an IPv6 network is every router's there.
      const [first = ''] = cidr.split('/');
      if (family === 'v6' && ownIps.has(network.bridge)) add(first, { kind: 'host', interface: loopback, via: null });
    }
  }
  for (const address of host.addresses) {
    const [ip, length] = [address.ips[family], address.prefixes[family]];
    if (ip === undefined || length === undefined || address.carriedBy !== null) continue;
    add(`${ip}/${length}`, { kind: 'uplink', interface: wholeInterface(address.interface), via: null });
  }
  for (const { to, via } of host.routes) {
    const next = parseIp(via);
    if (next?.family !== family) continue;
    const hop = longest(routes, next);
    add(to, { kind: 'via', interface: hop?.interface ?? wholeInterface(host.uplink.interface), via });
  }
  add(family === 'v4' ? '0.0.0.0/0' : '::/0', {
    kind: 'uplink',
    interface: wholeInterface(host.uplink.interface),
    via: host.uplink.gateways[family] ?? null,
  });
  // Of equal ones the first stays the first.
  return routes.sort((a, b) => b.length - a.length);
}

function longest(routes: readonly Route[], ip: Ip): Route | null {
  let best: Route | null = null;
  for (const route of routes) {
    if (isIn(ip, route.to) && (best === null || route.length > best.length)) best = route;
  }
  return best;
}

export function routeTo(world: TraceWorld, ip: Ip): Route {
  const found = world.routes[ip.family].find((route) => isIn(ip, route.to));
  if (found === undefined) throw new Error(`no route to ${showIp(ip)}: there is always a default`);
  return found;
}

export function isLocal(world: TraceWorld, ip: Ip): boolean {
  return routeTo(world, ip).kind === 'host';
}

/** The last IP of a private or public network of the host, or 255.255.255.255. */
export function isBroadcast(world: TraceWorld, ip: Ip): boolean {
  if (ip.family === 'v6') return false;
  if (ip.words[0] === 0xffff_ffff) return true;
  return world.routes.v4.some(
    ({ kind, to, length }) =>
      (kind === 'network' || kind === 'uplink') &&
      length > 0 &&
      length < 31 &&
      showIp(fromBigInt('v4', rangeOf(to).last)) === showIp(ip),
  );
}

function entries(ips: Readonly<Partial<Record<Family, string>>>): readonly (readonly [Family, string])[] {
  return families.flatMap((family) => {
    const ip = ips[family];
    return ip === undefined ? [] : [[family, showIp(mustParseIp(ip))] as const];
  });
}

/** Whether host.yaml's `listens` has the port. */
export function listensOn(world: TraceWorld, protocol: string, port: number): boolean {
  return world.listens.some((one) => one.protocol === protocol && one.ports.first <= port && port <= one.ports.last);
}
