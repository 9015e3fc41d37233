/** checks.yaml on the packet walker: each check is a thought packet that must end where the check says. */
import type { Address, Check, CheckEnd, Desired } from '../model/desired.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { NatTarget } from '../model/target.ts';
import { atMost, inFileOrder } from './parse/order.ts';
import { createInternet, type Internet } from './trace/internet.ts';
import { packetFrom } from './trace/sender.ts';
import { showSocket } from './trace/socket.ts';
import type { Path, Trace } from './trace/trace.ts';
import { findUnreachable } from './trace/unreachable.ts';
import { walk } from './trace/walk.ts';
import { traceWorld, type TraceWorld } from './trace/world.ts';
import { endText, packetText, traceLines } from './views/trace.ts';

/** What only the rules themselves show: forwards that nobody reaches, and checks that do not hold. */
export function examine(desired: Desired, nat: Readonly<Record<Family, NatTarget>>, now: Date): readonly Diagnostic[] {
  return atMost(inFileOrder([...findUnreachable(desired), ...runChecks(desired, nat, now)]));
}

/** One diagnostic for each check that does not hold, with the packet's way in `detail`; [] when all hold. */
export function runChecks(
  desired: Desired,
  nat: Readonly<Record<Family, NatTarget>>,
  now: Date,
): readonly Diagnostic[] {
  const addresses = new Map(desired.host.addresses.map((address) => [address.name, address]));
  return tracedChecks(desired, nat, now).flatMap((traced) => {
    const problem = problemOf(traced, addresses);
    return problem === null ? [] : [problem];
  });
}

/** A check with its walk; `trace` is null where such a packet cannot be thought of. */
export interface TracedCheck {
  readonly check: Check;
  readonly trace: Trace | null;
}

/** All checks that apply, one for each IP of a destination that has several. */
export function tracedChecks(
  desired: Desired,
  nat: Readonly<Record<Family, NatTarget>>,
  now: Date,
): readonly TracedCheck[] {
  if (desired.checks.length === 0) return [];
  const world = traceWorld({ nat, host: desired.host, guests: desired.guests, now });
  const internet = createInternet(desired);
  const places = new Map<string, Check[]>();
  for (const check of desired.checks) {
    const place = placeKey(check);
    const siblings = places.get(place);
    if (siblings === undefined) places.set(place, [check]);
    else siblings.push(check);
  }
  return desired.checks
    .filter((check) => applies(check, places.get(placeKey(check)) ?? [], world))
    .map((check) => ({ check, trace: traceOf(check, world, internet) }));
}

function placeKey({ at }: Check): string {
  return `${at.file}:${at.line}:${at.column}`;
}

/**
 * An address with IPv4 and IPv6 is checked on both, but a guest without IPv6 is only expected on IPv4, and the other
 * way round; unless that would leave nothing to check.
 */
function applies(check: Check, siblings: readonly Check[], world: TraceWorld): boolean {
  const family = familyOf(check);
  const served = siblings.map(familyOf).filter((one) => serves(check, one, world));
  return served.length === 0 || served.includes(family);
}

function serves({ expect }: Check, family: Family, world: TraceWorld): boolean {
  switch (expect.kind) {
    case 'reaches-guest':
      return [...world.guestOf.values()].some((one) => one.guest === expect.guest && one.family === family);
    case 'leaves-as':
      return world.host.addresses.some((one) => one.name === expect.address && one.ips[family] !== undefined);
    case 'reaches-host':
    case 'reaches-nothing':
      return true;
    default:
      return expect satisfies never;
  }
}

const familyOf = ({ to }: Check): Family => (to.ip.includes(':') ? 'v6' : 'v4');

function traceOf(check: Check, world: TraceWorld, internet: Internet): Trace | null {
  const packet = packetFrom(world, check.from, check.to, internet);
  return packet === null ? null : walk(world, packet);
}

function problemOf({ check, trace }: TracedCheck, addresses: Addresses): Diagnostic | null {
  if (trace === null) {
    return failed(
      check,
      `no ${check.from.kind === 'internet' ? 'IP is left for' : 'IP of'} ${showSender(check.from)}`,
      null,
    );
  }
  const wrong = trace.paths.find((path) => !holds(check, path, addresses));
  if (wrong === undefined && !trace.more) return null;
  const instead = wrong === undefined ? 'it may end in too many places' : `it ${endText(wrong)}`;
  const sure = trace.paths.length === 1 || trace.verdict === 'known' ? '' : ', as far as can be known';
  return failed(check, `${instead}${sure}`, trace);
}

type Addresses = ReadonlyMap<string, Address>;

/** Whether the check is true of this way of the packet. */
function holds({ expect, to }: Check, { end, sender }: Path, addresses: Addresses): boolean {
  switch (expect.kind) {
    case 'reaches-guest':
      return end.kind === 'guest' && end.guest === expect.guest && end.port === expect.port;
    case 'reaches-host':
      return end.kind === 'host' && end.listening;
    case 'reaches-nothing':
      return end.kind === 'nobody' || end.kind === 'dropped' || (end.kind === 'host' && !end.listening);
    case 'leaves-as':
      return end.kind === 'outside' && sender === addresses.get(expect.address)?.ips[to.ip.includes(':') ? 'v6' : 'v4'];
    default:
      return expect satisfies never;
  }
}

function failed(check: Check, instead: string, trace: Trace | null): Diagnostic {
  const { to } = check;
  const destination = to.name === to.ip ? showSocket(to.ip, to.port) : `${to.name}:${to.port}`;
  const what = `${showSender(check.from)} to ${destination}/${to.protocol} must ${showExpectation(check)}`;
  return {
    code: 'check-failed',
    severity: 'error',
    message: `the check does not hold: ${what}, but ${instead}`,
    help: 'follow the packet below, then change the forward, the guest or the check; `natroute trace` shows it again',
    at: check.at,
    ...(trace === null ? {} : { detail: detailOf(trace) }),
  };
}

/** The packet's way, for a person who has only this text. */
function detailOf(trace: Trace): readonly string[] {
  const lines = traceLines(trace).map(([, line]) => line);
  const shown = lines.slice(0, limits.traceLines);
  const cut = lines.length > shown.length ? [`... and ${lines.length - shown.length} lines more`] : [];
  return [packetText(trace.packet), ...shown, ...cut];
}

function showSender(from: CheckEnd): string {
  switch (from.kind) {
    case 'internet':
      return 'internet';
    case 'guest':
      return from.guest;
    case 'ip':
      return from.ip;
    default:
      return from satisfies never;
  }
}

function showExpectation({ expect }: Check): string {
  switch (expect.kind) {
    case 'reaches-guest':
      return `reach ${expect.guest}:${expect.port}`;
    case 'reaches-host':
      return 'reach the host, on a port of `listens`';
    case 'reaches-nothing':
      return 'reach nothing';
    case 'leaves-as':
      return `leave as ${expect.address}`;
    default:
      return expect satisfies never;
  }
}
