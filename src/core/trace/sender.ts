/** From words to a packet: who sends, by which interface that comes in, and from which IP. */
import type { Protocol } from '../../model/family.ts';
import type { Internet } from './internet.ts';
import { equalIps, fromBigInt, isIn, mustParseIp, parseMasked, rangeOf, showIp, type Ip } from './ip.ts';
import { wholeInterface, type Entry, type Interface, type Packet } from './trace.ts';
import { attachments, isBroadcast, isLocal, routeTo, type TraceWorld } from './world.ts';

export type Sender =
  | { readonly kind: 'internet' }
  | { readonly kind: 'guest'; readonly guest: string }
  | { readonly kind: 'ip'; readonly ip: string }
  | { readonly kind: 'host' };

export interface Destination {
  readonly ip: string;
  readonly port: number;
  readonly protocol: Protocol;
}

/** Null where such a sender has no IP of the destination's family. */
export function packetFrom(world: TraceWorld, sender: Sender, to: Destination, internet: Internet): Packet | null {
  const destination = mustParseIp(to.ip);
  const { family } = destination;
  const from = origin(world, sender, { destination, internet });
  if (from === null) return null;
  const { protocol, port } = to;
  return { family, ...from, destination: showIp(destination), protocol, port, sourcePort: null };
}

/** Tries so many IPs of a network before it counts as the host's alone. */
const triesWithin = 16n;

/** Somebody in the network: a guest where there is one, else whoever has its first IP. Null for the host's own IPs alone. */
export function senderWithin(world: TraceWorld, cidr: string): Sender | null {
  const network = parseMasked(cidr);
  if (network === null) return null;
  for (const { ip } of world.guestOf.values()) {
    if (isIn(mustParseIp(ip), network)) return { kind: 'ip', ip };
  }
  const { first, last } = rangeOf(network);
  // The first IP of a network is its name, unless it is all there is.
  const from = first === last ? first : first + 1n;
  for (let value = from; value <= last && value < from + triesWithin; value++) {
    const ip = fromBigInt(network.family, value);
    if (!isLocal(world, ip) && !isBroadcast(world, ip)) return { kind: 'ip', ip: showIp(ip) };
  }
  return null;
}

interface Bound {
  readonly destination: Ip;
  readonly internet: Internet;
}

type Origin = Pick<Packet, 'source' | 'entry'>;

function origin(world: TraceWorld, sender: Sender, { destination, internet }: Bound): Origin | null {
  switch (sender.kind) {
    case 'internet': {
      const source = internet(destination.family);
      return source === null ? null : { source, entry: outside(world, destination) };
    }
    case 'guest':
      return fromGuest(world, sender.guest, destination);
    case 'ip': {
      const ip = mustParseIp(sender.ip);
      if (ip.family !== destination.family) return null;
      return { source: showIp(ip), entry: entryOf(world, ip, destination) };
    }
    case 'host': {
      const source = hostSource(world, destination);
      return source === null ? null : { source, entry: { kind: 'host' } };
    }
    default:
      return sender satisfies never;
  }
}

/** By the interface in whose subnet the destination lies, else by its first one of that family. */
function fromGuest(world: TraceWorld, name: string, destination: Ip): Origin | null {
  const guest = world.guests.get(name);
  if (guest === undefined) return null;
  const own = attachments(world.host, guest).filter((one) => one.family === destination.family);
  const near = own.find((one) => one.network !== null && isInNetwork(world, one.network, destination));
  const from = own.find((one) => one.ip === showIp(destination)) ?? near ?? own[0];
  if (from === undefined) return null;
  return { source: from.ip, entry: { kind: 'guest', guest: name, interface: from.interface } };
}

function isInNetwork(world: TraceWorld, name: string, ip: Ip): boolean {
  const subnets = world.host.networks.find((network) => network.name === name)?.subnets ?? [];
  return subnets.some(({ cidr }) => {
    const subnet = parseMasked(cidr);
    return subnet !== null && isIn(ip, subnet);
  });
}

/** A guest's, the host's own, something else's on a bridge, or the outside's. */
function entryOf(world: TraceWorld, ip: Ip, destination: Ip): Entry {
  const guest = world.guestOf.get(showIp(ip));
  if (guest !== undefined) return { kind: 'guest', guest: guest.guest, interface: guest.interface };
  const route = routeTo(world, ip);
  switch (route.kind) {
    case 'host':
      return { kind: 'host' };
    case 'guest':
    case 'network':
      return { kind: 'guest', guest: null, interface: route.interface };
    case 'via': {
      const bridged = world.host.networks.some((network) => network.bridge === route.interface.name);
      if (!bridged) return outside(world, destination);
      return { kind: 'guest', guest: world.guestOf.get(route.via ?? '')?.guest ?? null, interface: route.interface };
    }
    case 'uplink':
      return outside(world, destination);
    default:
      return route.kind satisfies never;
  }
}

/** By the interface of the public address that it is sent to; frames to an address's own MAC come in by one of its own. */
function outside(world: TraceWorld, destination: Ip): Entry {
  const { host } = world;
  const address = host.addresses.find((one) => {
    const ip = one.ips[destination.family];
    return ip !== undefined && equalIps(mustParseIp(ip), destination);
  });
  if (address?.reached === 'mac') {
    const not = [host.uplink.interface, ...host.addresses.map((one) => one.interface), 'lo'];
    const bridges = host.networks.map((network) => network.bridge);
    const own: Interface = { name: '', whole: false, not: [...new Set([...not, ...bridges])] };
    return { kind: 'outside', interface: own };
  }
  return { kind: 'outside', interface: wholeInterface(address?.interface ?? host.uplink.interface) };
}

/** As the kernel chooses it: the destination itself where that is the host's own, else an IP of the way out. */
function hostSource(world: TraceWorld, destination: Ip): string | null {
  if (isLocal(world, destination)) return showIp(destination);
  const own = world.ownIps[destination.family];
  const route = routeTo(world, destination);
  const uplink = own.get(world.host.uplink.interface)?.[0];
  const here = route.interface.whole ? own.get(route.interface.name) : undefined;
  const any = [...own].filter(([name]) => name !== 'lo').flatMap(([, ips]) => ips)[0];
  return here?.[0] ?? uplink ?? any ?? null;
}
