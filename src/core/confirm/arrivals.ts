/** Which connections may prove that the outside still gets in to the host itself. */
import type { Connection, PortKey } from '../../model/confirmation.ts';
import type { Host } from '../../model/desired.ts';
import { families } from '../../model/family.ts';
import { macvlanName } from '../render/names.ts';
import { isIn, type Masked, parseIp, parseMasked } from '../trace/ip.ts';
import { connectionKey } from './words.ts';

export interface Doorway {
  readonly host: Pick<Host, 'addresses' | 'networks'>;
  readonly any: readonly PortKey[];
  /** Connections from before the change. */
  readonly known: ReadonlySet<string>;
}

/**
 * Those that are new, came from outside, were answered, and ended at the host itself: a packet that a rule led to a guest, or
 * one from the host or its guests, proves nothing about the way in. What the host's files do not know as inside, only the
 * way back tells: see `uplinksOf` and `leadsOut`.
 */
export function arrivalsIn(connections: readonly Connection[], { host, any, known }: Doorway): readonly Connection[] {
  return connections.filter(
    (one) =>
      one.answered &&
      one.replySource === one.destination &&
      one.source !== one.destination &&
      any.some(
        ({ protocol, ports }) => protocol === one.protocol && ports.first <= one.port && one.port <= ports.last,
      ) &&
      !known.has(connectionKey(one)) &&
      insideOf(host, one.source) === null,
  );
}

const onThisHost = ['127.0.0.0/8', '::1/128'].map(mustParseMasked);
const onOneLink = ['169.254.0.0/16', 'fe80::/10'].map(mustParseMasked);

/** What of this host an IP is, in words that follow `it comes from`; null where its files know it as outside. */
export function insideOf({ addresses, networks }: Doorway['host'], ip: string): string | null {
  const parsed = parseIp(ip);
  if (parsed === null) return `${ip}, which is no IP address`;
  const within = (masked: Masked): boolean => isIn(parsed, masked);
  if (onThisHost.some(within)) return `this host itself (${ip})`;
  if (onOneLink.some(within)) return `${ip}, an address that any network has`;
  const address = addresses.find(({ ips }) =>
    families.flatMap((family) => ips[family] ?? []).some((own) => within(mustParseMasked(own))),
  );
  if (address !== undefined)
    return address.carriedBy === null
      ? `this host itself (${ip}, its address ${address.name})`
      : `the guest ${address.carriedBy} (${ip})`;
  const network = networks.find(({ subnets }) => subnets.some(({ cidr }) => within(mustParseMasked(cidr))));
  return network === undefined ? null : `${ip}, in the network ${network.name} of this host's own guests`;
}

/** The interfaces to the outside: those that its addresses are on, and the macvlans that take a MAC's frames. */
export function uplinksOf({ uplink, addresses }: Pick<Host, 'uplink' | 'addresses'>): ReadonlySet<string> {
  return new Set([
    uplink.interface,
    ...addresses.map((address) => address.interface),
    ...addresses.filter(({ reached }) => reached === 'mac').map(({ name }) => macvlanName(name)),
  ]);
}

// As the kernel names kinds, '' for a card; bridges, veths, taps and the like lead to guests and containers of this machine.
const outwardKinds = new Set(' bond team vlan wireguard tun ppp gre ip6gre ipip ip6tnl sit vti vti6 xfrm'.split(' '));

/** Whether what goes out by that interface leaves this machine: by a card, or by a tunnel that ends elsewhere. */
export function leadsOut(name: string, kind: string): boolean {
  // Xen's own look like cards.
  return !/^vif\d/.test(name) && outwardKinds.has(kind);
}

function mustParseMasked(text: string): Masked {
  const masked = parseMasked(text);
  if (masked === null) throw new Error(`not a network: ${text}`);
  return masked;
}
