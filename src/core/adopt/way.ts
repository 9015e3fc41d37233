/** One way through a port, read from a rule of an address's chain, however it was typed; and what a rule says that no forward can. */
import type { Family, Ports, Protocol } from '../../model/family.ts';
import { showPorts } from '../../model/family.ts';
import type { NatTarget } from '../../model/target.ts';
import { meaningOf } from '../nat/meaning.ts';
import { addressChainPrefix } from '../nat/ours.ts';
import { parseRule } from '../nat/rule.ts';

export interface Way {
  readonly family: Family;
  /** Its name in host.yaml. */
  readonly address: string;
  readonly protocol: Protocol;
  readonly ports: Ports;
  /** The guest's IP and ports. */
  readonly ip: string;
  readonly to: Ports;
  /** A CIDR, or a bare IP for a single host; null: from anywhere. */
  readonly source: string | null;
  /** The last second of its life, UTC, `YYYY-MM-DDTHH:MM:SS`. */
  readonly until: string | null;
}

/** The same text for the same way. */
export function wayId({ family, address, protocol, ports, ip, to, source, until }: Way): string {
  return `${family} ${address}:${showPorts(ports)}/${protocol} ${ip} ${showPorts(to)} ${source ?? ''} ${until ?? ''}`;
}

/** `main:2222/tcp from 192.0.2.77 until 2026-12-31 22:59:59Z`, and on IPv6 `... (IPv6)`. */
export function showEntrance({ family, address, protocol, ports, source, until }: Way): string {
  const from = source === null ? '' : ` from ${source}`;
  const end = until === null ? '' : ` until ${until.replace('T', ' ')}Z`;
  return `${address}:${showPorts(ports)}/${protocol}${from}${end}${family === 'v6' ? ' (IPv6)' : ''}`;
}

export function showDestination({ ip, to }: Way): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${showPorts(to)}`;
}

/** Where a rule stands. */
export interface Place {
  readonly family: Family;
  readonly chain: string;
  /** The IP of the address whose chain it is, where that is known. */
  readonly own: string | null;
}

/** Several for a rule with several ports; a sentence, for `because ...`, where a forward has no word for the rule. */
export function waysOf(text: string, { family, chain, own }: Place): readonly Way[] | string {
  const stops = [...text.matchAll(/(?:^| )-m time --datestop (\S+)(?= |$)/g)];
  const [stop] = stops;
  const meaning = meaningOf(stop === undefined ? text : text.replace(stop[0], ''));
  if (meaning?.kind !== 'dnat' || stops.length > 1) return whyNot(text);
  const { protocol, source, destination, inInterface, outInterface, ip, to } = meaning;
  if (inInterface !== null || outInterface !== null)
    return 'it matches an interface, and a forward goes by its address alone';
  if (destination !== null && destination !== own)
    return `it is for packets to ${destination}, which is not the address of its chain`;
  const until = stop?.[1] ?? null;
  if (until !== null && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(until)) return whyNot(text);
  const ways: Way[] = [];
  for (const ports of meaning.ports) {
    const several = ports.first !== ports.last;
    if (several && to?.offset === false) return 'it sends several ports to a single one, and a range keeps its order';
    const first = to === null ? ports.first : to.port;
    const last = first + ports.last - ports.first;
    const address = chain.slice(addressChainPrefix.length);
    ways.push({ family, address, protocol, ports, ip, to: { first, last }, source, until });
  }
  return ways;
}

function whyNot(text: string): string {
  const jump = parseRule(text).jump?.to;
  if (jump !== undefined && jump !== 'DNAT') return `it does ${jump}, and a forward only leads to a guest`;
  return 'it says something that a forward has no word for';
}

/** Every way of a target that natroute itself compiled. */
export function waysOfTarget({ chains }: NatTarget, family: Family): readonly Way[] {
  return chains.flatMap(({ name, rules }) => {
    if (!name.startsWith(addressChainPrefix)) return [];
    return rules.flatMap(({ text }) => {
      const ways = waysOf(text, { family, chain: name, own: null });
      if (typeof ways === 'string') throw new Error(`invariant: a rule of ours that is no forward: ${text}`);
      return ways;
    });
  });
}

/**
 * Our rules as `excerptNat` prints them -> the ways of each address, in the order in which packets meet them. `own` gives
 * the IP of an address.
 */
export function waysInOrder(
  text: string,
  family: Family,
  own: (address: string) => string | null,
): ReadonlyMap<string, readonly Way[]> {
  const found = new Map<string, Way[]>();
  for (const line of text.split('\n')) {
    const [, chain = '', rule = ''] = /^-A (\S+) (.*)$/.exec(line) ?? [];
    if (!chain.startsWith(addressChainPrefix)) continue;
    const address = chain.slice(addressChainPrefix.length);
    const ways = waysOf(rule, { family, chain, own: own(address) });
    if (typeof ways === 'string') continue;
    const before = found.get(address);
    if (before === undefined) found.set(address, [...ways]);
    else before.push(...ways);
  }
  return found;
}
