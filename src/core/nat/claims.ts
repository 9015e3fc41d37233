/** The forwards of all guests, one for each family and source, and the order in which their rules stand. */
import type { Address, Desired, Forward, Guest, Host } from '../../model/desired.ts';
import type { Position } from '../../model/diagnostic.ts';
import type { Family, Ports, Protocol } from '../../model/family.ts';
import { showPorts } from '../../model/family.ts';
import type { RuleTarget } from '../../model/target.ts';
import { familyOf, spellDestination, spellPorts, spellRule, withoutHostPrefix, withPrefix } from './spell.ts';

/** One rule's worth of a forward. */
export interface Claim {
  readonly guest: string;
  readonly guestIp: string;
  readonly address: string;
  readonly protocol: Protocol;
  readonly ports: Ports;
  readonly to: Ports;
  /** A CIDR, or a bare IP for a single host; null: from anywhere. */
  readonly source: string | null;
  readonly until: string | null;
  readonly at: Position;
}

/** The claims that the same guest led to before, on the same host: the same objects again, so that what hangs on them can be kept. */
export type ClaimsOfGuests = WeakMap<Guest, { readonly host: Host; readonly claims: Claims }>;

type Claims = Readonly<Record<Family, readonly Claim[]>>;

/** iptables keeps dates in 32 bits and refuses later ones: such a rule goes without a date, and natroute takes it away. */
const lastKernelDate = '2038-01-19T03:14:07';

/**
 * A forward is there in each family in which its address and its guest have an IP. A guest that shall be absent
 * has none: its IP may belong to somebody else tomorrow.
 */
export function claimsOf({ host, guests }: Desired, known: ClaimsOfGuests = new WeakMap()): Claims {
  const addresses = new Map(host.addresses.map((address) => [address.name, address]));
  const own = guests.map((guest) => {
    const before = known.get(guest);
    if (before?.host === host) return before.claims;
    const claims = claimsOfGuest(guest, addresses);
    known.set(guest, { host, claims });
    return claims;
  });
  return { v4: own.flatMap(({ v4 }) => v4), v6: own.flatMap(({ v6 }) => v6) };
}

function claimsOfGuest(guest: Guest, addresses: ReadonlyMap<string, Address>): Claims {
  const ips = guestIps(guest);
  const claims = (family: Family): readonly Claim[] => {
    const guestIp = ips[family];
    if (guestIp === undefined || guest.state === 'absent') return [];
    return guest.forwards.flatMap((forward) =>
      addresses.get(forward.address)?.ips[family] === undefined ? [] : claimsOfForward(forward, guestIp, family),
    );
  };
  return { v4: claims('v4'), v6: claims('v6') };
}

/** The IP of each family that forwards go to: that of the first interface on a network which has one. */
export function guestIps(guest: Guest): Readonly<Partial<Record<Family, string>>> {
  const ips: Partial<Record<Family, string>> = {};
  for (const one of guest.interfaces) {
    if (one.kind !== 'nat') continue;
    if (one.ips.v4 !== undefined) ips.v4 ??= one.ips.v4;
    if (one.ips.v6 !== undefined) ips.v6 ??= one.ips.v6;
  }
  return ips;
}

export function claimRule(claim: Claim): RuleTarget {
  const { guest, address, protocol, ports, source, until } = claim;
  const everywhere = source === null || source.endsWith('/0');
  const matches = [
    ...(everywhere ? [] : [`-s ${withPrefix(source)}`]),
    `-p ${protocol} -m ${protocol} ${spellPorts(ports)}`,
    ...(until === null || until > lastKernelDate ? [] : [`-m time --datestop ${until}`]),
  ];
  return spellRule({
    about: `${guest} ${address}:${showPorts(ports)}/${protocol}${source === null ? '' : ` from ${source}`}`,
    matches,
    jump: `DNAT --to-destination ${spellDestination(claim.guestIp, ports, claim.to)}`,
    at: claim.at,
  });
}

/**
 * By port, dated ones behind the lasting ones. Where the ports of several overlap, the rule for fewer sources
 * stands first: behind one for anybody it would never be met.
 */
export function orderClaims(claims: readonly Claim[]): readonly Claim[] {
  const groups: Claim[][] = [];
  let group: Claim[] = [];
  let last = -1;
  for (const claim of claims.toSorted((a, b) => compare(a.protocol, b.protocol) || comparePorts(a, b))) {
    if (group[0]?.protocol !== claim.protocol || claim.ports.first > last) {
      group = [];
      groups.push(group);
      last = -1;
    }
    group.push(claim);
    last = Math.max(last, claim.ports.last);
  }
  const isDated = (of: readonly Claim[]): boolean => of.every((claim) => claim.until !== null);
  const keyed = groups.map((of) => ({ of: of.sort(compareOverlapping), dated: isDated(of), first: lowest(of) }));
  keyed.sort(
    (a, b) => Number(a.dated) - Number(b.dated) || comparePorts(a.first, b.first) || compareTies(a.first, b.first),
  );
  return keyed.flatMap((one) => one.of);
}

function claimsOfForward(forward: Forward, guestIp: string, family: Family): readonly Claim[] {
  const { guest, address, protocol, ports, to, until, at } = forward;
  const claim = (source: string | null): Claim => ({ guest, guestIp, address, protocol, ports, to, source, until, at });
  if (forward.sources === null) return [claim(null)];
  const sources = forward.sources.filter((source) => familyOf(source) === family).map(withoutHostPrefix);
  return [...new Set(sources)].map(claim);
}

function compareOverlapping(a: Claim, b: Claim): number {
  return prefixLength(b.source) - prefixLength(a.source) || comparePorts(a, b) || compareTies(a, b);
}

function lowest(of: readonly Claim[]): Claim {
  return of.reduce((low, claim) => (claim.ports.first < low.ports.first ? claim : low));
}

function comparePorts(a: Claim, b: Claim): number {
  return a.ports.first - b.ports.first || a.ports.last - b.ports.last;
}

function compareTies(a: Claim, b: Claim): number {
  return (
    compare(a.protocol, b.protocol) ||
    compare(a.source ?? '', b.source ?? '') ||
    compare(a.guest, b.guest) ||
    a.to.first - b.to.first
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function prefixLength(source: string | null): number {
  if (source === null) return -1;
  const slash = source.indexOf('/');
  return slash === -1 ? 128 : Number(source.slice(slash + 1));
}
