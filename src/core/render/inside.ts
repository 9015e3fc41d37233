/** The network config to put inside a guest, for ifupdown and for systemd-networkd. */
import type { Guest, GuestInterface, Host, Network } from '../../model/desired.ts';
import { families, type Family } from '../../model/family.ts';
import { steadyMac } from '../../model/mac.ts';
import { isIn, mustParseIp, parseMasked } from '../trace/ip.ts';

interface Inside {
  readonly device: string;
  readonly mac: string;
  readonly families: readonly InsideFamily[];
}

interface InsideFamily {
  readonly family: Family;
  /** With prefix length. */
  readonly address: string;
  readonly gateway: string | null;
  /** The gateway is in no network of the guest: it must first be told that it is on this link. */
  readonly onLink: boolean;
}

/** Every vif of Xen's has the MAC fe:ff:ff:ff:ff:ff in dom0, and from it this address. */
const xenLinkLocal = 'fe80::fcff:ffff:feff:ffff';
/** Of the network namespaces that stand in for guests. */
const netnsLinkLocal = 'fe80::1';

/** File name -> content. */
export function renderInside(host: Host, guest: Guest): ReadonlyMap<string, string> {
  const interfaces = insideOf(host, guest);
  const files = new Map([['interfaces', `auto lo\niface lo inet loopback\n${interfaces.map(ifupdown).join('')}`]]);
  for (const one of interfaces) files.set(`10-${one.device}.network`, networkd(one));
  return files;
}

function insideOf(host: Host, guest: Guest): readonly Inside[] {
  const gone = new Set<Family>();
  return guest.interfaces.map((entry, index) => {
    const own = familiesOf(host, entry);
    // The first interface that knows a way out of a family is the guest's way out.
    const ways = own.map((one) => (gone.has(one.family) ? { ...one, gateway: null, onLink: false } : one));
    for (const { family, gateway } of own) if (gateway !== null) gone.add(family);
    return { device: `eth${index}`, mac: macOf(host, guest, { entry, index }), families: ways };
  });
}

function macOf(
  host: Host,
  guest: Guest,
  { entry, index }: { readonly entry: GuestInterface; readonly index: number },
): string {
  const own = entry.kind === 'routed' ? host.addresses.find(({ name }) => name === entry.address)?.mac : null;
  return entry.mac ?? own ?? steadyMac(guest.name, index);
}

function familiesOf(host: Host, entry: GuestInterface): readonly InsideFamily[] {
  switch (entry.kind) {
    case 'nat': {
      const network = host.networks.find(({ name }) => name === entry.network);
      return families.flatMap((family) => {
        const ip = entry.ips[family];
        if (ip === undefined || network === undefined) return [];
        const gateway = network.gateways[family] ?? null;
        return [{ family, address: `${ip}/${lengthOf(network, family, ip)}`, gateway, onLink: false }];
      });
    }
    case 'routed': {
      const address = host.addresses.find(({ name }) => name === entry.address);
      return families.flatMap((family) => {
        const ip = address?.ips[family];
        if (ip === undefined) return [];
        const gateway = wayOut(host, family);
        return [{ family, address: `${ip}/${family === 'v4' ? 32 : 128}`, gateway, onLink: gateway !== null }];
      });
    }
    default:
      return entry satisfies never;
  }
}

/** What dom0 answers for on the vif of a routed guest: its own first public address, as vif-route does. */
function wayOut({ addresses, uplink, toolstack }: Host, family: Family): string | null {
  if (family === 'v6') return toolstack === 'xl' ? xenLinkLocal : netnsLinkLocal;
  const own = addresses.find(({ reached, carriedBy, ips }) => reached === null && carriedBy === null && ips.v4);
  return own?.ips.v4 ?? uplink.gateways.v4 ?? null;
}

function lengthOf({ subnets }: Network, family: Family, ip: string): number {
  for (const { family: own, cidr } of subnets) {
    const subnet = own === family ? parseMasked(cidr) : null;
    if (subnet !== null && isIn(mustParseIp(ip), subnet)) return Number(cidr.slice(cidr.indexOf('/') + 1));
  }
  return family === 'v4' ? 32 : 128;
}

function ifupdown({ device, families: own }: Inside): string {
  if (own.length === 0) return `\nauto ${device}\niface ${device} inet manual\n`;
  const blocks = own.map(({ family, address, gateway, onLink }) => {
    const lines = [`address ${address}`];
    if (gateway !== null && !onLink) lines.push(`gateway ${gateway}`);
    if (gateway !== null && onLink) {
      const ip = family === 'v4' ? 'ip' : 'ip -6';
      // A link-local gateway is on the link by itself.
      if (family === 'v4') lines.push(`post-up ${ip} route replace ${gateway} dev ${device}`);
      lines.push(`post-up ${ip} route replace default via ${gateway} dev ${device}`);
    }
    return `iface ${device} ${family === 'v4' ? 'inet' : 'inet6'} static\n${lines.map((l) => `    ${l}\n`).join('')}`;
  });
  return `\nauto ${device}\n${blocks.join('')}`;
}

function networkd({ mac, families: own }: Inside): string {
  const routes = own
    .filter(({ gateway, onLink }) => gateway !== null && onLink)
    .map(({ gateway, family }) => {
      const host = family === 'v4' ? `\n[Route]\nDestination=${gateway ?? ''}/32\nScope=link\n` : '';
      return `${host}\n[Route]\nGateway=${gateway ?? ''}\nGatewayOnLink=yes\n`;
    });
  return [
    `[Match]\nMACAddress=${mac}\n\n[Network]\n`,
    ...own.map(({ address }) => `Address=${address}\n`),
    ...own.flatMap(({ gateway, onLink }) => (gateway === null || onLink ? [] : [`Gateway=${gateway}\n`])),
    ...routes,
  ].join('');
}
