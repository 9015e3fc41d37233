/** What a guest's network namespace shall look like, from the desired state. Pure. */
import { createHash } from 'node:crypto';
import { BlockList } from 'node:net';
import type { Address, Guest, GuestInterface, Host } from '../../model/desired.ts';
import { families, type Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { steadyMac } from '../../model/mac.ts';

/** One interface of a guest: a veth pair, one end in dom0 (`vif`), the other in the guest (`device`). */
export interface WantedInterface {
  readonly vif: string;
  readonly device: string;
  /** Lower case. */
  readonly mac: string;
  /** The bridge that the vif is a port of; null for a routed interface. */
  readonly bridge: string | null;
  /** Whether the bridge may send a frame back where it came from: a guest then reaches its own forwards also where
   * bridge-nf-call-iptables rewrites bridged frames. */
  readonly hairpin: boolean;
  /** With prefix length, in the kernel's spelling. */
  readonly addresses: readonly string[];
  /** By family: where the guest's default route goes. */
  readonly gateways: Readonly<Partial<Record<Family, string>>>;
  /** The guest's addresses that dom0 routes to the vif, without prefix length: as vif-route does. */
  readonly hostRoutes: readonly string[];
  /** What dom0 sends from, to a routed guest; by family, null for the kernel's choice. */
  readonly hostSource: Readonly<Partial<Record<Family, string>>>;
  /** Whether dom0 needs `linkLocalGateway` on the vif. */
  readonly linkLocal: boolean;
}

/** A routed guest's IPv6 gateway. dom0 answers neighbour solicitations only for addresses of the asked interface. */
export const linkLocalGateway = 'fe80::1';

const interfaceNameCharacters = 15;

/** `vifweb`, `vifweb.1`; a name too long for the kernel is cut and made unique by a digest. */
export function vifName(guest: string, index: number): string {
  const suffix = index === 0 ? '' : `.${index}`;
  const plain = `vif${guest}${suffix}`;
  if (plain.length <= interfaceNameCharacters) return plain;
  const digest = createHash('sha256').update(guest).digest('hex').slice(0, 6);
  return `vif${guest.slice(0, interfaceNameCharacters - 3 - digest.length - suffix.length)}${digest}${suffix}`;
}

/** The interfaces of a guest, in the order of its file. Fault usage where the desired state does not add up. */
export function wantedInterfaces(host: Host, guest: Guest): readonly WantedInterface[] {
  const taken = new Set<Family>();
  return guest.interfaces.map((entry, index) => {
    const wanted = wantedInterface(host, guest, { entry, index });
    // The first interface that knows a way out of a family is the guest's way out.
    const gateways = Object.fromEntries(
      families
        .filter((family) => wanted.gateways[family] !== undefined && !taken.has(family))
        .map((family) => [family, wanted.gateways[family]]),
    );
    for (const family of families) if (wanted.gateways[family] !== undefined) taken.add(family);
    return { ...wanted, gateways };
  });
}

function wantedInterface(
  host: Host,
  guest: Guest,
  { entry, index }: { readonly entry: GuestInterface; readonly index: number },
): WantedInterface {
  const names = { vif: vifName(guest.name, index), device: `eth${index}` };
  switch (entry.kind) {
    case 'nat': {
      const network = host.networks.find((n) => n.name === entry.network);
      if (network === undefined) throw unknown(guest, 'network', entry.network);
      return {
        ...names,
        mac: entry.mac?.toLowerCase() ?? steadyMac(guest.name, index),
        bridge: network.bridge,
        hairpin: network.hairpin,
        addresses: families.flatMap((family) => {
          const ip = entry.ips[family];
          return ip === undefined ? [] : [`${ip}/${prefixLength(network.subnets, family, ip)}`];
        }),
        gateways: network.gateways,
        hostRoutes: [],
        hostSource: {},
        linkLocal: false,
      };
    }
    case 'routed': {
      const address = host.addresses.find((a) => a.name === entry.address);
      if (address === undefined) throw unknown(guest, 'address', entry.address);
      const mac = entry.mac ?? address.mac ?? steadyMac(guest.name, index);
      return { ...names, ...routed(host, address, mac.toLowerCase()) };
    }
    default:
      return entry satisfies never;
  }
}

function routed(host: Host, address: Address, mac: string): Omit<WantedInterface, 'vif' | 'device'> {
  const own = (family: Family): string | undefined =>
    host.addresses.find((a) => a.reached === null && a.carriedBy === null && a.ips[family] !== undefined)?.ips[family];
  const { v4, v6 } = address.ips;
  const v4Gateway = own('v4') ?? host.uplink.gateways.v4;
  return {
    mac,
    bridge: null,
    hairpin: false,
    addresses: [...(v4 === undefined ? [] : [`${v4}/32`]), ...(v6 === undefined ? [] : [`${v6}/128`])],
    gateways: {
      ...(v4 === undefined || v4Gateway === undefined ? {} : { v4: v4Gateway }),
      ...(v6 === undefined ? {} : { v6: linkLocalGateway }),
    },
    hostRoutes: families.flatMap((family) => address.ips[family] ?? []),
    hostSource: Object.fromEntries(
      families.flatMap((family) => (own(family) === undefined ? [] : [[family, own(family)]])),
    ),
    linkLocal: v6 !== undefined,
  };
}

function prefixLength(subnets: Host['networks'][number]['subnets'], family: Family, ip: string): number {
  for (const subnet of subnets.filter((s) => s.family === family)) {
    const [base = '', length = ''] = subnet.cidr.split('/');
    const type = family === 'v4' ? 'ipv4' : 'ipv6';
    const list = new BlockList();
    list.addSubnet(base, Number(length), type);
    if (list.check(ip, type)) return Number(length);
  }
  return family === 'v4' ? 32 : 128;
}

function unknown(guest: Guest, what: string, name: string): Fault {
  return new Fault('usage', `Guest ${guest.name} names the ${what} ${name}, which the host does not have.`);
}
