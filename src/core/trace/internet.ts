/** `internet`: an IP that is nobody in particular, the same one at each look. */
import type { Desired } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import { fromBigInt, parseMasked, rangeOf, showIp } from './ip.ts';

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

/** Benchmarking and documentation networks first, which no real sender uses; then everything that is public. */
const candidates: Readonly<Record<Family, readonly string[]>> = {
  v4: [
    '198.18.0.0/15',
    '203.0.113.0/24',
    '198.51.100.0/24',
    '192.0.2.0/24',
    '1.0.0.0/8',
    '8.0.0.0/7',
    '64.0.0.0/3',
    '128.0.0.0/3',
  ],
  v6: ['2001:2::/48', '2001:db8::/32', '2000::/3'],
};

/** Never an internet sender's, whatever the candidates hold. */
const reserved: Readonly<Record<Family, readonly string[]>> = {
  v4: ['100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  v6: [],
};

/**
 * An IP in no group, in no network of the host, none of its addresses, and in no forward's `from`. Null where the
 * groups and sources leave no such IP in a family.
 */
export type Internet = (family: Family) => string | null;

export function createInternet(desired: Pick<Desired, 'host' | 'guests' | 'groups'>): Internet {
  const found = new Map<Family, string | null>();
  return (family) => {
    const known = found.get(family);
    if (known !== undefined) return known;
    const ip = internetIp(desired, family);
    found.set(family, ip);
    return ip;
  };
}

function internetIp(
  { host, guests, groups }: Pick<Desired, 'host' | 'guests' | 'groups'>,
  family: Family,
): string | null {
  const taken = ranges(family, [
    ...reserved[family],
    ...[...groups.values()].flat(),
    ...guests.flatMap((guest) => guest.forwards.flatMap((forward) => forward.sources ?? [])),
    ...host.networks.flatMap((network) => network.subnets.map((subnet) => subnet.cidr)),
    ...host.routes.map((route) => route.to).filter((to) => !to.endsWith('/0')),
    ...Object.values(host.uplink.gateways),
    ...host.addresses.flatMap((address) => addressCidrs(address, family)),
  ]);
  for (const candidate of ranges(family, candidates[family], 'as listed')) {
    const free = lowestFree(candidate, taken);
    if (free !== null) return showIp(fromBigInt(family, free));
  }
  return null;
}

/** With the whole subnet that it lies in: its neighbours are reached without a gateway. */
function addressCidrs(address: Desired['host']['addresses'][number], family: Family): readonly string[] {
  const ip = address.ips[family];
  if (ip === undefined) return [];
  const length = address.prefixes[family];
  return length === undefined ? [ip] : [`${ip}/${length}`];
}

/** Sorted by their first IP unless they are wanted as listed. */
function ranges(family: Family, cidrs: readonly string[], order?: 'as listed'): readonly Range[] {
  const found = [...new Set(cidrs)].flatMap((cidr) => {
    const masked = parseMasked(cidr);
    return masked?.family === family ? [rangeOf(masked)] : [];
  });
  if (order === undefined) found.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  return found;
}

function lowestFree({ first, last }: Range, taken: readonly Range[]): bigint | null {
  // The first IP of a network is its name.
  let free = first + 1n;
  for (const range of taken) if (range.first <= free && free <= range.last) free = range.last + 1n;
  return free <= last ? free : null;
}
