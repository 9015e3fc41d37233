/**
 * Ways in: what the rules of one family let through to guests, by address. Only chains that packets reach count, and
 * what a rule does is read from its text: a comment says what it was made for, not what somebody made of it.
 */
import type { Ports, Protocol } from '../../model/family.ts';
import type { Counters } from '../../model/nat.ts';
import { meaningOf } from '../nat/meaning.ts';
import { addressChainPrefix, destinationChain, isOurJump } from '../nat/ours.ts';
import { commentOf, jumpOf } from '../nat/rule.ts';

export interface Entrance {
  readonly protocol: Protocol;
  readonly ports: Ports;
  /** A CIDR, a single host without its prefix; null: anyone. */
  readonly source: string | null;
  /** Null where the rule's comment names none. */
  readonly guest: string | null;
  readonly ip: string;
  /** Null: the port stays what it is. With `offset` the first of a range of equal length, else one for all of them. */
  readonly to: { readonly port: number; readonly offset: boolean } | null;
  readonly until: string | null;
  readonly counters: Counters | null;
}

/** A rule's text, what follows `-A CHAIN `. */
export interface EntranceRule {
  readonly text: string;
  readonly counters?: Counters | null;
}

/** Chain name -> its rules in order. */
export type RulesByChain = ReadonlyMap<string, readonly EntranceRule[]>;

/** Address name -> its rules, for the addresses that a packet from outside comes to. */
export function reachedAddresses(chains: RulesByChain): RulesByChain {
  const reached = new Map<string, readonly EntranceRule[]>();
  const jumps = (chains.get('PREROUTING') ?? []).some(
    ({ text }) => isOurJump(text) && jumpOf(text) === destinationChain,
  );
  if (!jumps) return reached;
  for (const { text } of chains.get(destinationChain) ?? []) {
    const name = / -j (\S+)$/.exec(text)?.[1];
    if (name?.startsWith(addressChainPrefix) !== true) continue;
    reached.set(name.slice(addressChainPrefix.length), chains.get(name) ?? []);
  }
  return reached;
}

// The one form in which we write a forward; anything else is read by the slower way of `meaningOf`.
const ourForm =
  /^(?:-s (\S+) )?-p (tcp|udp|sctp) -m \2 --dport (\d+)(?::(\d+))?(?: -m time --datestop (\S+))? -m comment --comment "natroute (\S+) [^"\\]*" -j DNAT --to-destination (?:\[([0-9a-f:.]+)\]|([0-9.]+)|([0-9a-f:.]+))(?::(\d+)(?:-\d+\/(\d+))?)?$/;

/** Null for a rule that lets nothing through or that is not understood. */
export function readEntrances({ text, counters = null }: EntranceRule): readonly Entrance[] {
  const ours = ourForm.exec(text);
  if (ours === null) return readOthers(text, counters);
  const [, source, protocol, first, last, until, guest, bracketed, v4, v6, port, base] = ours;
  return [
    {
      protocol: protocol as Protocol,
      ports: { first: Number(first), last: Number(last ?? first) },
      source: source === undefined ? null : withoutHostPrefix(source),
      guest: guest ?? null,
      ip: bracketed ?? v4 ?? v6 ?? '',
      to: port === undefined ? null : { port: Number(port), offset: base !== undefined },
      until: until ?? null,
      counters,
    },
  ];
}

function readOthers(text: string, counters: Counters | null): readonly Entrance[] {
  const meaning = meaningOf(text);
  if (meaning?.kind !== 'dnat' || meaning.destination !== null || meaning.inInterface !== null) return [];
  const { protocol, ip, to, source } = meaning;
  const guest = /^natroute (\S+) \S/.exec(commentOf(text) ?? '')?.[1] ?? null;
  return meaning.ports.map((ports) => ({ protocol, ports, source, guest, ip, to, until: null, counters }));
}

function withoutHostPrefix(cidr: string): string {
  return cidr.replace(/(^[\d.]+)\/32$|\/128$/, '$1');
}

/** `web 192.168.1.1:80`, for those of the entrance's ports that are in `ports`. */
export function showEnd(entrance: Entrance, ports: Ports): string {
  const { guest, ip, to } = entrance;
  const host = ip.includes(':') ? `[${ip}]` : ip;
  const first = to === null ? ports.first : to.offset ? to.port + ports.first - entrance.ports.first : to.port;
  const last = to !== null && !to.offset ? first : first + ports.last - ports.first;
  return `${guest === null ? '' : `${guest} `}${host}:${first === last ? first : `${first}-${last}`}`;
}
