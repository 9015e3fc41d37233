/** DNAT, REDIRECT, SNAT, MASQUERADE and NETMAP: what the kernel makes of a packet that reaches such a rule. */
import { limits } from '../../model/limits.ts';
import { equalIps, fromBigInt, mapInto, mustParseIp, parseMasked, isIn, showIp, toBigInt, type Ip } from './ip.ts';
import type { Choices } from './choices.ts';
import type { Flight } from './flight.ts';
import { turnPort, type Jump, type Turn } from './jump.ts';
import { nameOf, type End, type RulePlace } from './trace.ts';
import { routeTo, type TraceWorld } from './world.ts';

export type Translated =
  | {
      readonly flight: Flight;
      /** The source IP that the end sees; null where it is not known. */
      readonly sender: string | null;
    }
  | { readonly end: End };

type TranslatingJump = Extract<Jump, { kind: 'destination' | 'redirect' | 'source' | 'masquerade' | 'netmap' }>;

interface Ground {
  readonly world: TraceWorld;
  readonly choices: Choices;
}

interface Doing {
  readonly outcome: Translated;
  readonly effect: string;
}

export function translate(
  ground: Ground,
  flight: Flight,
  { jump, place }: { readonly jump: TranslatingJump; readonly place: RulePlace },
): Doing {
  const toDestination = flight.hook === 'PREROUTING' || flight.hook === 'OUTPUT';
  switch (jump.kind) {
    case 'destination':
      return toDestination ? turnDestination(ground, flight, { turn: jump.to, place }) : misplaced('DNAT', flight);
    case 'redirect':
      return toDestination ? redirect(ground, flight, { turn: jump.to, place }) : misplaced('REDIRECT', flight);
    case 'source':
      return toDestination ? misplaced('SNAT', flight) : turnSource(ground, flight, { turn: jump.to, place });
    case 'masquerade':
      return flight.hook === 'POSTROUTING' ? masquerade(ground, flight, place) : misplaced('MASQUERADE', flight);
    case 'netmap': {
      const ip = mapInto(jump.to, toDestination ? flight.destination : flight.source);
      const effect = `NETMAP to ${showIp(ip)}`;
      return toDestination
        ? { effect, outcome: { flight: { ...flight, destination: ip }, sender: showIp(flight.source) } }
        : { effect, outcome: leavingAs(flight, ip) };
    }
    default:
      return jump satisfies never;
  }
}

interface Order {
  readonly turn: Turn;
  readonly place: RulePlace;
}

function turnDestination(ground: Ground, flight: Flight, { turn, place }: Order): Doing {
  const ip = turn.ips === null ? flight.destination : pickIp(ground, turn.ips, place);
  if (ip === null) return tooMany('DNAT', place);
  return turnedTo(ground, flight, { ip, name: 'DNAT', turn, place });
}

/** To the interface that the packet came in by; what the host sends, to its loopback. */
function redirect(ground: Ground, flight: Flight, { turn, place }: Order): Doing {
  const name = flight.hook === 'OUTPUT' ? 'lo' : flight.in?.whole === true ? flight.in.name : null;
  const own = name === null ? undefined : ground.world.ownIps[flight.family].get(name)?.[0];
  if (own === undefined) {
    const why = `REDIRECT leads to an IP of ${flight.in === null ? 'lo' : nameOf(flight.in)} that natroute does not know`;
    return { effect: 'REDIRECT', outcome: { end: { kind: 'unknowable', why } } };
  }
  return turnedTo(ground, flight, { ip: mustParseIp(own), name: 'REDIRECT', turn, place });
}

function turnedTo(
  ground: Ground,
  flight: Flight,
  { ip, name, turn, place }: Order & { readonly ip: Ip; readonly name: string },
): Doing {
  const ports = turnPort(turn, flight.port);
  if (ports.last - ports.first >= limits.tracePicks) return tooMany(name, place);
  const labels = Array.from({ length: ports.last - ports.first + 1 }, (_, i) => `picks port ${ports.first + i}`);
  const port = labels.length === 1 ? ports.first : ports.first + ground.choices.pick(place, labels);
  const shown = ip.family === 'v6' ? `[${showIp(ip)}]` : showIp(ip);
  return {
    effect: `${name} to ${shown}:${port}`,
    outcome: { flight: { ...flight, destination: ip, port }, sender: showIp(flight.source) },
  };
}

function turnSource(ground: Ground, flight: Flight, { turn, place }: Order): Doing {
  const ip = turn.ips === null ? flight.source : pickIp(ground, turn.ips, place);
  if (ip === null) return { effect: 'SNAT', outcome: { flight, sender: null } };
  return { effect: `SNAT: leaves as ${showIp(ip)}`, outcome: leavingAs(flight, ip) };
}

function masquerade({ world, choices }: Ground, flight: Flight, place: RulePlace): Doing {
  const own = masqueradeIps(world, flight);
  if (own.length === 0 || own.length > limits.tracePicks) {
    const effect = `MASQUERADE: leaves as an IP of ${flight.out === null ? '?' : nameOf(flight.out)}`;
    return { effect, outcome: { flight, sender: null } };
  }
  const labels = own.map((ip) => `picks ${ip}`);
  const ip = own[labels.length === 1 ? 0 : choices.pick(place, labels)] ?? '';
  return { effect: `MASQUERADE: leaves as ${ip}`, outcome: leavingAs(flight, mustParseIp(ip)) };
}

/** Of several IPs of the interface the kernel takes the one in whose subnet the next hop lies, else its first. */
function masqueradeIps(world: TraceWorld, flight: Flight): readonly string[] {
  if (flight.out?.whole !== true || flight.out.name === 'lo') return [];
  const { name } = flight.out;
  const own = world.ownIps[flight.family].get(name) ?? [];
  if (own.length < 2) return own;
  const hop = routeTo(world, flight.destination).via;
  const next = hop === null ? flight.destination : mustParseIp(hop);
  const near = world.host.addresses.flatMap((address) => {
    const [ip, length] = [address.ips[flight.family], address.prefixes[flight.family]];
    const subnet = ip === undefined || length === undefined ? null : parseMasked(`${ip}/${length}`);
    return ip !== undefined && subnet !== null && address.interface === name && isIn(next, subnet) ? [ip] : [];
  });
  return near.length === 1 && flight.family === 'v4' ? near : own;
}

/** The end sees the new source; the rules of this hook are over. */
function leavingAs(flight: Flight, ip: Ip): Translated {
  return { flight: { ...flight, source: ip }, sender: showIp(ip) };
}

/** Null where the kernel's choice is among too many. */
function pickIp({ choices }: Ground, { first, last }: NonNullable<Turn['ips']>, place: RulePlace): Ip | null {
  if (equalIps(first, last)) return first;
  const low = toBigInt(first);
  const count = toBigInt(last) - low + 1n;
  if (count < 1n || count > BigInt(limits.tracePicks)) return null;
  const ips = Array.from({ length: Number(count) }, (_, i) => fromBigInt(first.family, low + BigInt(i)));
  return (
    ips[
      choices.pick(
        place,
        ips.map((ip) => `picks ${showIp(ip)}`),
      )
    ] ?? first
  );
}

function tooMany(name: string, place: RulePlace): Doing {
  const why = `rule ${place.index} of ${place.chain} lets the kernel choose among more than ${limits.tracePicks} ends`;
  return { effect: name, outcome: { end: { kind: 'unknowable', why } } };
}

function misplaced(name: string, flight: Flight): Doing {
  const why = `no kernel takes ${name} in ${flight.hook}`;
  return { effect: name, outcome: { end: { kind: 'unknowable', why } } };
}
