/** What a suspension covers, and how a person reads it. */
import type { Change } from '../../model/change.ts';
import { showPorts, type Ports } from '../../model/family.ts';
import type { ForwardKey, Suspension } from '../../model/drift.ts';
import { addressChainPrefix } from '../nat/ours.ts';
import { commentOf } from '../nat/rule.ts';
import { showTime } from '../views/words.ts';

export function showForward({ address, ports, protocol }: ForwardKey): string {
  return `${address}:${showPorts(ports)}/${protocol}`;
}

/** `main:443/tcp`, `main:50000-50100/udp`; null where it is none. */
export function readForward(text: string): ForwardKey | null {
  const match = /^([A-Za-z0-9][A-Za-z0-9_.-]*):([0-9]{1,5})(?:-([0-9]{1,5}))?\/(tcp|udp|sctp)$/.exec(text);
  if (match === null) return null;
  const [, address = '', first = '', last = first, protocol = ''] = match;
  const ports = { first: Number(first), last: Number(last) };
  const fine = ports.first >= 1 && ports.last <= 65_535 && ports.first <= ports.last;
  return fine ? { address, ports, protocol: protocol as ForwardKey['protocol'] } : null;
}

export function suspensionText({ until, reason, only }: Suspension): string {
  return `${only === null ? 'everything' : showForward(only)} is left alone until ${showTime(until)}: ${reason}`;
}

/** Those that last, and those whose time is over. */
export function byTime(
  suspensions: readonly Suspension[],
  now: Date,
): { readonly lasting: readonly Suspension[]; readonly over: readonly Suspension[] } {
  const lasts = ({ until }: Suspension): boolean => Date.parse(until) > now.getTime();
  return { lasting: suspensions.filter(lasts), over: suspensions.filter((one) => !lasts(one)) };
}

/** The suspension of one forward that this difference belongs to. */
export function suspendedBy(suspensions: readonly Suspension[], change: Change): Suspension | null {
  const { kind, chain, before, after } = change;
  if (kind !== 'rule' || chain === null) return null;
  const covers = ({ only }: Suspension): boolean =>
    only !== null && [before, after].some((text) => text !== null && belongsTo(only, chain, text));
  return suspensions.find(covers) ?? null;
}

/** A rule by its comment of ours; one without it by the chain that it stands in and the ports that it catches. */
export function belongsTo(forward: ForwardKey, chain: string, text: string): boolean {
  const named = forwardOf(commentOf(text) ?? '');
  if (named !== null)
    return (
      named.address === forward.address && named.protocol === forward.protocol && overlap(named.ports, forward.ports)
    );
  if (chain !== addressChainPrefix + forward.address) return false;
  const protocol = /(?:^| )-p (\S+)/.exec(text)?.[1];
  const ports = / --dports? (\S+)/.exec(text)?.[1]?.split(',').map(portsOf) ?? [];
  return protocol === forward.protocol && ports.some((one) => overlap(one, forward.ports));
}

/** Of `natroute web main:80/tcp from 192.0.2.77`; null where the comment names no forward. */
function forwardOf(comment: string): ForwardKey | null {
  const match = /^natroute \S+ (\S+:\S+\/\w+)(?: from \S+)?$/.exec(comment);
  return match === null ? null : readForward(match[1] ?? '');
}

function portsOf(text: string): Ports {
  const [first = '', last = first] = text.split(':');
  return { first: Number(first), last: Number(last) };
}

function overlap(a: Ports, b: Ports): boolean {
  return a.first <= b.last && b.first <= a.last;
}
