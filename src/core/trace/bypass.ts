/** What goes past the host: packets that dom0 never routes, and answers that never come back through it. */
import { isIn, isLoopback, mustParseIp, parseMasked, type Ip } from './ip.ts';
import { nameOf, type End, type Packet } from './trace.ts';
import { attachments, isLocal, routeTo, type TraceWorld } from './world.ts';

export interface Bypass {
  readonly end: End;
  /** Why dom0 does not see it. */
  readonly text: string;
}

/** What a guest sends to itself, or to a neighbour in its own subnet, dom0 does not route: it may not even see it. */
export function bypassOf(world: TraceWorld, { entry, source, destination, port, protocol }: Packet): Bypass | null {
  const place = { ip: destination, port };
  if (entry.kind !== 'host' && isLoopback(mustParseIp(destination))) {
    return {
      text: `${destination} is every machine's own: the packet never leaves its sender`,
      end: { kind: 'nobody', ...place, why: `${destination} is every machine's own` },
    };
  }
  if (entry.kind !== 'guest') return null;
  if (source === destination && entry.guest !== null) {
    return {
      text: `${destination} is its own: the packet never leaves the guest`,
      end: { kind: 'guest', guest: entry.guest, ...place },
    };
  }
  const to = mustParseIp(destination);
  const { via } = routeTo(world, to);
  if (via !== null && entry.guest !== null && world.guestOf.get(via)?.guest === entry.guest) {
    return {
      text: `${destination} lies behind ${entry.guest} itself`,
      end: { kind: 'outside', ...place, by: nameOf(entry.interface), via: { ip: via, guest: entry.guest } },
    };
  }
  const near = sendersOf(world, entry, source).some((from) =>
    isNeighbour(world, from, { to, on: entry.interface.name }),
  );
  if (!near || isLocal(world, to)) return null;
  const bridge = nameOf(entry.interface);
  const text = `${destination} is a neighbour on ${bridge}: ${protocol} goes straight there`;
  const guest = world.guestOf.get(destination)?.guest;
  if (guest !== undefined) return { text, end: { kind: 'guest', guest, ...place } };
  return { text, end: { kind: 'nobody', ...place, why: `no guest on ${bridge} has ${destination}` } };
}

/** The IPs by which the sender is on its bridge: a guest that routes on is there with its own, whatever it passes on. */
function sendersOf(
  world: TraceWorld,
  entry: Extract<Packet['entry'], { kind: 'guest' }>,
  source: string,
): readonly Ip[] {
  const guest = entry.guest === null ? undefined : world.guests.get(entry.guest);
  if (guest === undefined) return [mustParseIp(source)];
  return attachments(world.host, guest)
    .filter((one) => one.interface.name === entry.interface.name)
    .map(({ ip }) => mustParseIp(ip));
}

/** Whether both lie in one subnet of the bridge. */
function isNeighbour(world: TraceWorld, source: Ip, { to, on }: { readonly to: Ip; readonly on: string }): boolean {
  return world.host.networks
    .filter((network) => network.bridge === on)
    .flatMap((network) => network.subnets)
    .some(({ cidr }) => {
      const subnet = parseMasked(cidr);
      return subnet !== null && isIn(source, subnet) && isIn(to, subnet);
    });
}

/**
 * Who was reached through a translation, but can answer the sender without this host, does so: the answer comes from
 * an address that the sender never spoke to.
 */
export function isAnsweredDirectly(world: TraceWorld, end: End, sender: string | null): boolean {
  if (sender === null || (end.kind !== 'guest' && end.kind !== 'outside')) return false;
  if (sender === end.ip) return true;
  const source = mustParseIp(sender);
  if (isLocal(world, source)) return false;
  const back = routeTo(world, source);
  if (end.kind === 'outside') return back.kind === 'uplink' && end.via === null;
  const at = world.guestOf.get(end.ip);
  if (at?.network === null || at === undefined) return false;
  // What lies behind a guest that routes on, that guest answers itself.
  if (back.via !== null && world.guestOf.get(back.via)?.guest === at.guest) return true;
  return isNeighbour(world, mustParseIp(end.ip), { to: source, on: at.interface.name });
}
