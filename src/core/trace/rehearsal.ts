/** Walks as real packets: which to send from where, and whether what came of one is what its walk said. */
import { limits } from '../../model/limits.ts';
import type { Family } from '../../model/family.ts';
import type { Observation, Round, Service, Shot, Stage } from '../../model/packets.ts';
import { guestPlace, hostPlace, outsidePlace, placesOf, strayPlace, type Cast } from './stage.ts';
import type { End, Path, Trace } from './trace.ts';
import { isLoopback, mustParseIp } from './ip.ts';
import { isLocal, routeTo, type TraceWorld } from './world.ts';

/** A table, and the walks through it that are to be tried. */
export interface Scene {
  readonly tables: Readonly<Record<Family, string>>;
  readonly traces: readonly Trace[];
}

export interface Rehearsal {
  readonly stage: Stage;
  /** By scene and trace: where its observation will be, or why there is none. */
  readonly seats: readonly (readonly Seat[])[];
}

export type Seat =
  | { readonly kind: 'shot'; readonly round: number; readonly index: number }
  | { readonly kind: 'skipped'; readonly why: string };

/** All scenes play on one stage, one after the other. */
export function rehearse(world: TraceWorld, scenes: readonly Scene[]): Rehearsal {
  const rounds: Round[] = [];
  const seats = scenes.map((scene) => {
    const own: Seat[] = [];
    const open = scene.traces.flatMap((trace, at) => {
      const why = skipped(world, trace);
      if (why !== null) own[at] = { kind: 'skipped', why };
      return why === null ? [{ trace, at }] : [];
    });
    let tables: Round['tables'] = Object.fromEntries(world.families.map((family) => [family, scene.tables[family]]));
    for (const volley of volleys(open)) {
      for (const [index, { at }] of volley.entries()) own[at] = { kind: 'shot', round: rounds.length, index };
      rounds.push(
        roundOf(
          world,
          volley.map(({ trace }) => trace),
          tables,
        ),
      );
      tables = null;
    }
    return own;
  });
  const all = scenes.flatMap((scene) => scene.traces.filter((trace) => skipped(world, trace) === null));
  return { stage: { places: placesOf(world, castOf(world, all)), rounds }, seats };
}

/** Why such a packet cannot be sent here; null where it can. */
function skipped(world: TraceWorld, { packet, paths }: Trace): string | null {
  if (!world.families.includes(packet.family)) return `the host has no ${packet.family === 'v4' ? 'IPv4' : 'IPv6'}`;
  if (packet.protocol === 'sctp') return 'sctp: natroute cannot send it, only its rule is proven';
  if (packet.sourcePort !== null) return 'it asks for a source port';
  const to = mustParseIp(packet.destination);
  if (packet.entry.kind === 'outside' && routeTo(world, to).kind === 'uplink') return 'it goes from outside to outside';
  if (packet.entry.kind !== 'host' && isLoopback(to)) return 'it never leaves its sender';
  const seen = paths.some(({ steps }) => steps.some((step) => step.kind === 'hook'));
  const behind = packet.entry.kind === 'guest' && world.guestOf.get(packet.source)?.guest !== packet.entry.guest;
  if (behind && !seen) return 'it never passes this host, its answer does';
  if (paths.some(({ end }) => end.kind === 'outside' && end.via !== null && end.via.guest === null)) {
    return 'it leaves by a router that is no guest';
  }
  return null;
}

/** Whether what was seen is one of the ends that the walk found. */
export function agrees(trace: Trace, observation: Observation): boolean {
  return trace.more || trace.paths.some((path) => isSeen(path, observation));
}

function isSeen({ end, sender, answerLost }: Path, seen: Observation): boolean {
  const nothing = seen.kind === 'silent' || seen.kind === 'unreachable';
  const by = (place: string, ip: string, port: number): boolean =>
    seen.kind === 'answered' &&
    seen.by === place &&
    seen.ip === ip &&
    seen.port === port &&
    (sender === null || seen.sender === sender);
  switch (end.kind) {
    case 'guest':
      return answerLost ? nothing : by(guestPlace(end.guest), end.ip, end.port);
    case 'host':
      return by(hostPlace, end.ip, end.port);
    case 'outside':
      return answerLost ? nothing : by(placeOfEnd(end) ?? '', end.ip, end.port);
    case 'nobody':
      return (
        nothing || (seen.kind === 'answered' && by(seen.by, end.ip, end.port) && seen.by.startsWith(strayPlace('')))
      );
    case 'dropped':
      return nothing;
    case 'unknowable':
      return true;
    default:
      return end satisfies never;
  }
}

function roundOf(world: TraceWorld, traces: readonly Trace[], tables: Round['tables']): Round {
  const services = new Map(placesIn(traces).map((place) => [place, new Map<string, Service>()]));
  const ipsAt = new Map([...services.keys()].map((place) => [place, guestIpsAt(world, place)]));
  const add = (place: string, service: Service): void =>
    void services.get(place)?.set(JSON.stringify(service), service);
  for (const trace of traces) {
    const { packet, paths } = trace;
    const ports = new Set([packet.port, ...paths.flatMap(({ end }) => ('port' in end ? [end.port] : []))]);
    for (const port of ports) {
      // Whoever should not be reached answers too, so that a packet gone astray says where it went.
      for (const place of services.keys()) {
        if (packet.protocol === 'tcp') add(place, { protocol: 'tcp', port });
        else for (const ip of ipsAt.get(place) ?? []) add(place, { protocol: 'udp', ip, port });
      }
      if (packet.protocol === 'tcp') continue;
      if (isLocal(world, mustParseIp(packet.destination)))
        add(hostPlace, { protocol: 'udp', ip: packet.destination, port });
      for (const { end } of paths) {
        const place = placeOfEnd(end);
        if (place !== null && 'ip' in end) add(place, { protocol: 'udp', ip: end.ip, port });
      }
    }
  }
  const named = [...services].map(([place, own]) => [place, [...own.values()]] as const);
  return { tables, services: Object.fromEntries(named), shots: traces.map(shotOf) };
}

/** Who sends or may answer; the host and the outside always. */
function placesIn(traces: readonly Trace[]): readonly string[] {
  const ends = traces.flatMap(({ paths }) => paths.flatMap(({ end }) => placeOfEnd(end) ?? []));
  return [...new Set([hostPlace, outsidePlace, ...traces.map(placeOf), ...ends])];
}

function placeOfEnd(end: End): string | null {
  switch (end.kind) {
    case 'guest':
      return guestPlace(end.guest);
    case 'host':
      return hostPlace;
    case 'outside':
      return end.via === null || end.via.guest === null ? outsidePlace : guestPlace(end.via.guest);
    case 'nobody':
    case 'dropped':
    case 'unknowable':
      return null;
    default:
      return end satisfies never;
  }
}

function guestIpsAt(world: TraceWorld, place: string): readonly string[] {
  return [...world.guestOf.values()].filter(({ guest }) => guestPlace(guest) === place).map(({ ip }) => ip);
}

function shotOf(trace: Trace): Shot {
  const { packet } = trace;
  if (packet.protocol === 'sctp') throw new Error('sctp packets are not sent');
  const silent = trace.paths.some(
    (path) => path.answerLost || path.end.kind === 'nobody' || path.end.kind === 'dropped',
  );
  return {
    from: placeOf(trace),
    source: packet.source,
    destination: packet.destination,
    port: packet.port,
    protocol: packet.protocol,
    waitMs: silent ? limits.packetSilenceMs : limits.packetAnswerMs,
  };
}

function placeOf({ packet: { entry } }: Trace): string {
  switch (entry.kind) {
    case 'host':
      return hostPlace;
    case 'outside':
      return outsidePlace;
    case 'guest':
      return entry.guest === null ? strayPlace(entry.interface.name) : guestPlace(entry.guest);
    default:
      return entry satisfies never;
  }
}

interface Open {
  readonly trace: Trace;
  readonly at: number;
}

/** Few guests at a time, because each that takes part needs a process of its own. */
function volleys(open: readonly Open[]): readonly (readonly Open[])[] {
  const guestsOf = ({ trace }: Open): readonly string[] =>
    placesIn([trace]).filter((place) => place !== hostPlace && place !== outsidePlace);
  const sorted = open.map((one) => ({ one, guests: guestsOf(one) }));
  sorted.sort((a, b) => compare(a.guests.join(' '), b.guests.join(' ')) || a.one.at - b.one.at);
  const found: Open[][] = [];
  let guests = new Set<string>();
  let volley: Open[] = [];
  for (const { one, guests: needed } of sorted) {
    const together = new Set([...guests, ...needed]);
    const full = volley.length >= limits.packetsPerRound || together.size > limits.packetGuestsAtOnce;
    if (full && volley.length > 0) {
      found.push(volley);
      volley = [];
      guests = new Set();
    }
    volley.push(one);
    for (const name of needed) guests.add(name);
  }
  if (volley.length > 0) found.push(volley);
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function castOf(world: TraceWorld, traces: readonly Trace[]): Cast {
  const guests = new Set<string>();
  const outside = new Set<string>();
  const strays = new Map<string, Set<string>>();
  const behind = new Map<string, Set<string>>();
  const put = (to: Map<string, Set<string>>, key: string, ip: string): void =>
    void to.set(key, (to.get(key) ?? new Set()).add(ip));
  for (const { packet, paths } of traces) {
    const { entry, source } = packet;
    if (entry.kind === 'outside') outside.add(source);
    if (entry.kind === 'guest' && entry.guest === null) put(strays, entry.interface.name, source);
    if (entry.kind === 'guest' && entry.guest !== null) {
      guests.add(entry.guest);
      if (world.guestOf.get(source)?.guest !== entry.guest) put(behind, entry.guest, source);
    }
    for (const { end } of paths) {
      if (end.kind === 'guest') guests.add(end.guest);
      if (end.kind !== 'outside') continue;
      if (end.via === null || end.via.guest === null) outside.add(end.ip);
      else {
        guests.add(end.via.guest);
        put(behind, end.via.guest, end.ip);
      }
    }
  }
  return { guests, outside, strays, behind };
}
