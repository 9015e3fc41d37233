/**
 * Walks a packet through the nat table: which rules it meets, what they do to it, and where it ends. Where a rule asks
 * for something that the nat table does not tell, the walk takes both ways and says what it assumed.
 */
import { limits } from '../../model/limits.ts';
import { isLoopback, mustParseIp, showIp } from './ip.ts';
import { createChoices, nextScript } from './choices.ts';
import { bypassOf, isAnsweredDirectly } from './bypass.ts';
import { isTurned, type Flight } from './flight.ts';
import { runHook, type Run } from './hook.ts';
import { nameOf, type End, type Packet, type Path, type Trace } from './trace.ts';
import { listensOn, routeTo, type Route, type TraceWorld } from './world.ts';

/** Total: whatever the table says, there is at least one path. */
export function walk(world: TraceWorld, packet: Packet): Trace {
  const paths: Path[] = [];
  let script: readonly number[] | null = [];
  while (script !== null && paths.length < limits.tracePaths) {
    const choices = createChoices(script);
    const run: Run = { world, table: world.tables[packet.family], choices, steps: [], met: 0 };
    const { end, sender, turned } = walkOnce(run, packet);
    const answerLost = turned && isAnsweredDirectly(world, end, sender);
    paths.push({ assumptions: choices.assumptions, steps: run.steps, end, sender, answerLost });
    script = nextScript(choices.taken);
  }
  const first = paths[0];
  const same = paths.every(
    (path) => first !== undefined && endKey(path) === endKey(first) && path.sender === first.sender,
  );
  const known = same && script === null && first?.end.kind !== 'unknowable';
  return { scope: 'nat-only', packet, paths, more: script !== null, verdict: known ? 'known' : 'unknown' };
}

/** Two paths with the same key end in the same place. */
export function endKey({ end, answerLost }: Pick<Path, 'end' | 'answerLost'>): string {
  switch (end.kind) {
    case 'guest':
      return `guest ${end.guest} ${end.ip} ${end.port}${answerLost ? ' (no answer)' : ''}`;
    case 'host':
      return `host ${end.ip} ${end.port}`;
    case 'outside':
      return `outside ${end.ip} ${end.port} ${end.by} ${end.via?.ip ?? ''}`;
    case 'nobody':
    case 'dropped':
      return 'nobody';
    case 'unknowable':
      return 'unknowable';
    default:
      return end satisfies never;
  }
}

interface Arrival {
  readonly end: End;
  readonly sender: string | null;
  /** Whether its destination was translated. */
  readonly turned: boolean;
}

function walkOnce(run: Run, packet: Packet): Arrival {
  const source = mustParseIp(packet.source);
  const destination = mustParseIp(packet.destination);
  const flight: Flight = {
    hook: packet.entry.kind === 'host' ? 'OUTPUT' : 'PREROUTING',
    family: packet.family,
    protocol: packet.protocol,
    source,
    sourcePort: packet.sourcePort,
    destination,
    port: packet.port,
    sent: { source, destination, port: packet.port },
    in: packet.entry.kind === 'host' ? null : packet.entry.interface,
    out: null,
    local: packet.entry.kind === 'host',
  };
  const bypass = bypassOf(run.world, packet);
  if (bypass !== null) {
    run.steps.push({ kind: 'route', text: bypass.text });
    return { end: bypass.end, sender: packet.source, turned: false };
  }
  return flight.local ? fromHost(run, flight) : fromElsewhere(run, flight);
}

function fromElsewhere(run: Run, flight: Flight): Arrival {
  const turned = runHook(run, flight);
  if ('end' in turned) return ended(turned.end, flight);
  const onward = turned.flight;
  const route = routeTo(run.world, onward.destination);
  if (route.kind === 'host') {
    if (isLoopback(onward.destination) && !isLoopback(flight.destination)) {
      const why = `the kernel lets nothing from outside reach ${showIp(onward.destination)}`;
      return ended(onward.family === 'v4' ? { kind: 'dropped', why } : { kind: 'unknowable', why }, onward);
    }
    run.steps.push({ kind: 'route', text: `to the host itself: ${showIp(onward.destination)} is one of its IPs` });
    const input = runHook(run, { ...onward, hook: 'INPUT', out: null });
    if ('end' in input) return ended(input.end, onward);
    return arrived(run, route, input);
  }
  return leave(run, onward, route);
}

function fromHost(run: Run, flight: Flight): Arrival {
  const first = routeTo(run.world, flight.destination);
  const turned = runHook(run, { ...flight, out: first.interface });
  if ('end' in turned) return ended(turned.end, flight);
  const onward = turned.flight;
  const route = routeTo(run.world, onward.destination);
  if (isLoopback(onward.source) && route.kind !== 'host') {
    const why = `the kernel lets nothing leave the host from ${showIp(onward.source)}`;
    return ended({ kind: 'dropped', why }, onward);
  }
  return leave(run, onward, route);
}

function leave(run: Run, flight: Flight, route: Route): Arrival {
  run.steps.push({ kind: 'route', text: routeText(run.world, flight, route) });
  const source = runHook(run, { ...flight, hook: 'POSTROUTING', out: route.interface });
  return 'end' in source ? ended(source.end, flight) : arrived(run, route, source);
}

function ended(end: End, flight: Flight): Arrival {
  return { end, sender: showIp(flight.source), turned: isTurned(flight) };
}

function arrived(
  run: Run,
  route: Route,
  { flight, sender }: { readonly flight: Flight; readonly sender: string | null },
): Arrival {
  return { end: deliver(run.world, flight, route), sender, turned: isTurned(flight) };
}

function deliver(world: TraceWorld, flight: Flight, route: Route): End {
  const place = { ip: showIp(flight.destination), port: flight.port };
  const guest = world.guestOf.get(place.ip)?.guest;
  switch (route.kind) {
    case 'host':
      return { kind: 'host', ...place, listening: listensOn(world, flight.protocol, flight.port) };
    case 'guest':
    case 'network':
      if (guest !== undefined) return { kind: 'guest', guest, ...place };
      return { kind: 'nobody', ...place, why: `no guest on ${nameOf(route.interface)} has ${place.ip}` };
    case 'uplink':
      return { kind: 'outside', ...place, by: nameOf(route.interface), via: null };
    case 'via': {
      const via = { ip: route.via ?? place.ip, guest: world.guestOf.get(route.via ?? '')?.guest ?? null };
      return { kind: 'outside', ...place, by: nameOf(route.interface), via };
    }
    default:
      return route.kind satisfies never;
  }
}

function routeText(world: TraceWorld, flight: Flight, route: Route): string {
  const ip = showIp(flight.destination);
  const by = nameOf(route.interface);
  switch (route.kind) {
    case 'host':
      return `to the host itself: ${ip} is one of its IPs`;
    case 'guest':
    case 'network': {
      const guest = world.guestOf.get(ip)?.guest;
      return guest === undefined ? `by ${by} to ${ip}` : `by ${by} to guest ${guest}`;
    }
    case 'uplink':
      return `by ${by} to the outside`;
    case 'via':
      return `by ${by}, handed to ${route.via ?? ip}`;
    default:
      return route.kind satisfies never;
  }
}
