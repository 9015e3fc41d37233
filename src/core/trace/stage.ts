/** The host of the repository as network namespaces: lines for `ip -batch`, so that real packets can try what a walk said. */
import type { Guest } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import type { Place } from '../../model/packets.ts';
import { isIn, mustParseIp, parseMasked, prefixLength } from './ip.ts';
import type { TraceWorld } from './world.ts';

export const hostPlace = 'host';
export const outsidePlace = 'outside';
export const guestPlace = (guest: string): string => `g-${guest}`;
/** Whatever on a bridge is no guest's. */
export const strayPlace = (bridge: string): string => `s-${bridge}`;

export interface Cast {
  readonly guests: ReadonlySet<string>;
  /** IPs that somebody outside has. */
  readonly outside: ReadonlySet<string>;
  /** By bridge: IPs of senders that are no guest's. */
  readonly strays: ReadonlyMap<string, ReadonlySet<string>>;
  /** By guest: IPs behind a guest that routes on. */
  readonly behind: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The host first: its links make the ends in the other places. */
export function placesOf(world: TraceWorld, cast: Cast): readonly Place[] {
  const uplinks = uplinksOf(world);
  const guests = [...cast.guests].flatMap((name) => world.guests.get(name) ?? []);
  const ports = guests.flatMap((guest) => guestPorts(world, guest)).map((port, i) => ({ ...port, number: i }));
  const strays = [...cast.strays.keys()];
  const outside: Place = {
    name: outsidePlace,
    sysctls: quiet,
    links: outsideLinks(world, uplinks, cast.outside),
  };
  return [
    {
      name: hostPlace,
      sysctls: hostSysctls,
      links: hostLinks(world, { uplinks, ports, strays, cast }),
    },
    outside,
    ...guests.map((guest) => guestPlaceOf(world, guest, { ports, behind: cast.behind.get(guest.name) ?? new Set() })),
    ...strays.map((bridge) => strayPlaceOf(world, bridge, cast.strays.get(bridge) ?? new Set())),
  ];
}

type Sysctls = Place['sysctls'];

const quiet: Sysctls = [
  ['ipv4/conf/all/rp_filter', '0'],
  ['ipv4/conf/default/rp_filter', '0'],
  ['ipv6/conf/all/disable_ipv6', '0'],
  ['ipv6/conf/default/disable_ipv6', '0'],
  ['ipv6/conf/default/accept_dad', '0'],
  ['ipv6/conf/default/accept_ra', '0'],
];

const hostSysctls: Sysctls = [
  ['ipv4/ip_forward', '1'],
  ['ipv6/conf/all/forwarding', '1'],
  ['ipv6/conf/default/forwarding', '1'],
  // A redirect would have a guest go another way at its second packet.
  ['ipv4/conf/all/send_redirects', '0'],
  ['ipv4/conf/default/send_redirects', '0'],
  ['bridge/bridge-nf-call-iptables', '0'],
  ['bridge/bridge-nf-call-ip6tables', '0'],
  ...quiet,
];

interface Uplink {
  readonly name: string;
  readonly number: number;
}

function uplinksOf({ host }: TraceWorld): readonly Uplink[] {
  const names = new Set([host.uplink.interface, ...host.addresses.map((address) => address.interface)]);
  return [...names].map((name, number) => ({ name, number }));
}

/** One interface of a guest. */
interface GuestPort {
  readonly guest: string;
  readonly number: number;
  readonly device: string;
  readonly bridge: string | null;
  readonly addresses: readonly string[];
  readonly gateways: Readonly<Partial<Record<Family, string>>>;
}

// Neighbours are told, not asked for: half of the addresses here lie in no subnet of their link.
const hex = (n: number): string => (n & 255).toString(16).padStart(2, '0');
const mac = (kind: number, n: number): string => `02:00:00:${hex(kind)}:${hex(n >> 8)}:${hex(n)}`;
const uplinkMac = (number: number): string => mac(1, number);
const outsideMac = (number: number): string => mac(2, number);
const ownMac = (number: number): string => mac(3, number);
const bridgeMac = (number: number): string => mac(4, number);
const vifMac = (number: number): string => mac(5, number);
const farGateway: Readonly<Record<Family, string>> = { v4: '169.254.1.1', v6: 'fe80::1:1' };

interface HostParts {
  readonly uplinks: readonly Uplink[];
  readonly ports: readonly GuestPort[];
  readonly strays: readonly string[];
  readonly cast: Cast;
}

function hostLinks(world: TraceWorld, { uplinks, ports, strays, cast }: HostParts): readonly string[] {
  const { host } = world;
  const lines = ['link set lo up'];
  for (const { name, number } of uplinks) {
    lines.push(
      `link add ${name} address ${uplinkMac(number)} type veth peer name up${number} address ${outsideMac(number)} netns ${outsidePlace}`,
      `link set ${name} up`,
    );
  }
  for (const [i, { bridge }] of bridgesOf(world).entries()) {
    lines.push(`link add ${bridge} address ${bridgeMac(i)} type bridge forward_delay 0`, `link set ${bridge} up`);
  }
  lines.push(...hostAddresses(world), ...macvlans(world));
  for (const port of ports) lines.push(...portLines(world, port));
  for (const [i, bridge] of strays.entries()) {
    lines.push(
      `link add vif9${i}.0 type veth peer name eth0 netns ${strayPlace(bridge)}`,
      `link set vif9${i}.0 master ${bridge} up`,
    );
  }
  for (const family of world.families) {
    const gateway = host.uplink.gateways[family] ?? farGateway[family];
    lines.push(
      `neighbour add ${gateway} lladdr ${outsideMac(0)} dev ${host.uplink.interface} nud permanent`,
      `route add default via ${gateway} dev ${host.uplink.interface} onlink`,
    );
  }
  const gateways = Object.values(host.uplink.gateways);
  for (const ip of cast.outside) {
    const on = uplinks.find(({ name }) => isNextDoor(world, name, ip));
    if (on !== undefined && !gateways.includes(ip)) {
      lines.push(`neighbour add ${ip} lladdr ${outsideMac(on.number)} dev ${on.name} nud permanent`);
    }
  }
  for (const { to, via } of host.routes) {
    // It is on the uplink, whatever the subnets there say.
    const where = gateways.includes(via) ? ` dev ${host.uplink.interface} onlink` : '';
    if (world.families.includes(via.includes(':') ? 'v6' : 'v4')) lines.push(`route replace ${to} via ${via}${where}`);
  }
  return lines;
}

/** In the order in which the walk takes them for the interface's first. */
function hostAddresses(world: TraceWorld): readonly string[] {
  const lengths = new Map<string, number>();
  for (const address of world.host.addresses) {
    for (const family of world.families) {
      const [ip, length] = [address.ips[family], address.prefixes[family]];
      if (ip !== undefined && length !== undefined) lengths.set(ip, length);
    }
  }
  const onBridge = (ip: string): number | undefined => subnetLength(world, ip);
  return world.families.flatMap((family) =>
    [...world.ownIps[family]]
      .filter(([name]) => name !== 'lo')
      .flatMap(([name, ips]) =>
        ips.map((ip) => {
          const length = lengths.get(ip) ?? onBridge(ip) ?? (family === 'v4' ? 32 : 128);
          return `address add ${ip}/${length} dev ${name}${family === 'v6' ? ' nodad' : ''}`;
        }),
      ),
  );
}

/** The provider sends an address's frames to its own MAC: only an interface that has it receives them. */
function macvlans({ host }: TraceWorld): readonly string[] {
  return host.addresses.flatMap((address, i) =>
    address.reached === 'mac'
      ? [
          `link add mac${i} link ${address.interface} address ${address.mac ?? ownMac(i)} type macvlan mode bridge`,
          `link set mac${i} up`,
        ]
      : [],
  );
}

function portLines(world: TraceWorld, port: GuestPort): readonly string[] {
  const vif = vifOf(port);
  const lines = [
    `link add ${vif} address ${vifMac(port.number)} type veth peer name ${port.device} netns ${guestPlace(port.guest)}`,
  ];
  if (port.bridge !== null) return [...lines, `link set ${vif} master ${port.bridge} up`];
  lines.push(`link set ${vif} up`);
  for (const address of port.addresses) {
    const family = address.includes(':') ? 'v6' : 'v4';
    const own = world.ownIps[family].get(world.host.uplink.interface)?.[0];
    lines.push(`route add ${address} dev ${vif}${own === undefined ? '' : ` src ${own}`}`);
  }
  return lines;
}

const vifOf = (port: GuestPort): string => `vif${port.number + 1}.0`;

function outsideLinks(world: TraceWorld, uplinks: readonly Uplink[], ips: ReadonlySet<string>): readonly string[] {
  const { host } = world;
  const lines = ['link set lo up', ...uplinks.map(({ number }) => `link set up${number} up`)];
  for (const ip of ips)
    lines.push(`address add ${ip}/${ip.includes(':') ? 128 : 32} dev up0${ip.includes(':') ? ' nodad' : ''}`);
  for (const [i, address] of host.addresses.entries()) {
    const number = uplinks.find(({ name }) => name === address.interface)?.number ?? 0;
    const to = address.reached === 'mac' ? (address.mac ?? ownMac(i)) : uplinkMac(number);
    for (const family of world.families) {
      const ip = address.ips[family];
      if (ip === undefined) continue;
      lines.push(`neighbour add ${ip} lladdr ${to} dev up${number} nud permanent`, `route add ${ip} dev up${number}`);
    }
  }
  for (const family of world.families) {
    lines.push(
      `neighbour add ${farGateway[family]} lladdr ${uplinkMac(0)} dev up0 nud permanent`,
      `route add default via ${farGateway[family]} dev up0 onlink`,
    );
  }
  return lines;
}

interface GuestParts {
  readonly ports: readonly GuestPort[];
  readonly behind: ReadonlySet<string>;
}

function guestPlaceOf(world: TraceWorld, guest: Guest, { ports, behind }: GuestParts): Place {
  const lines = ['link set lo up'];
  const routed = new Set<Family>();
  for (const port of ports.filter((one) => one.guest === guest.name)) {
    for (const address of port.addresses) {
      lines.push(`address add ${address} dev ${port.device}${address.includes(':') ? ' nodad' : ''}`);
    }
    lines.push(`link set ${port.device} up`);
    for (const family of world.families) {
      // The first interface that knows a way out of a family is the guest's way out.
      if (routed.has(family) || !port.addresses.some((one) => one.includes(':') === (family === 'v6'))) continue;
      routed.add(family);
      lines.push(...wayOut(world, port, family));
    }
  }
  for (const ip of behind) lines.push(`address add ${ip}/${ip.includes(':') ? '128 nodad' : '32'} dev lo`);
  return { name: guestPlace(guest.name), sysctls: quiet, links: lines };
}

function wayOut(world: TraceWorld, port: GuestPort, family: Family): readonly string[] {
  const gateway = port.gateways[family];
  if (gateway !== undefined) return [`route add default via ${gateway} dev ${port.device} onlink`];
  const bridge = bridgesOf(world).findIndex((one) => one.bridge === port.bridge);
  const to = bridge === -1 ? vifMac(port.number) : bridgeMac(bridge);
  return [
    `neighbour add ${farGateway[family]} lladdr ${to} dev ${port.device} nud permanent`,
    `route add default via ${farGateway[family]} dev ${port.device} onlink`,
  ];
}

function strayPlaceOf(world: TraceWorld, bridge: string, ips: ReadonlySet<string>): Place {
  const lines = ['link set lo up'];
  for (const ip of ips) {
    const length = subnetLength(world, ip) ?? (ip.includes(':') ? 128 : 32);
    lines.push(`address add ${ip}/${length} dev eth0${ip.includes(':') ? ' nodad' : ''}`);
  }
  lines.push('link set eth0 up');
  const number = bridgesOf(world).findIndex((one) => one.bridge === bridge);
  for (const family of world.families) {
    if (![...ips].some((ip) => ip.includes(':') === (family === 'v6'))) continue;
    lines.push(
      `neighbour add ${farGateway[family]} lladdr ${bridgeMac(number)} dev eth0 nud permanent`,
      `route add default via ${farGateway[family]} dev eth0 onlink`,
    );
  }
  return { name: strayPlace(bridge), sysctls: quiet, links: lines };
}

function guestPorts(world: TraceWorld, guest: Guest): readonly Omit<GuestPort, 'number'>[] {
  return guest.interfaces.map((one, i) => {
    const base = { guest: guest.name, device: `eth${i}` };
    switch (one.kind) {
      case 'nat': {
        const network = world.host.networks.find(({ name }) => name === one.network);
        const addresses = world.families.flatMap((family) => {
          const ip = one.ips[family];
          return ip === undefined ? [] : [`${ip}/${subnetLength(world, ip) ?? (family === 'v4' ? 32 : 128)}`];
        });
        return { ...base, bridge: network?.bridge ?? null, addresses, gateways: network?.gateways ?? {} };
      }
      case 'routed': {
        const ips = world.host.addresses.find(({ name }) => name === one.address)?.ips ?? {};
        const addresses = world.families.flatMap((family) => {
          const ip = ips[family];
          return ip === undefined ? [] : [`${ip}/${family === 'v4' ? 32 : 128}`];
        });
        return { ...base, bridge: null, addresses, gateways: {} };
      }
      default:
        return one satisfies never;
    }
  });
}

/** Two networks may share a bridge. */
function bridgesOf({ host }: TraceWorld): readonly { readonly bridge: string }[] {
  return [...new Set(host.networks.map(({ bridge }) => bridge))].map((bridge) => ({ bridge }));
}

function subnetLength({ host }: TraceWorld, ip: string): number | undefined {
  for (const { subnets } of host.networks) {
    for (const { cidr } of subnets) {
      const subnet = parseMasked(cidr);
      if (subnet !== null && isIn(mustParseIp(ip), subnet)) return prefixLength(subnet);
    }
  }
  return undefined;
}

/** Whether the host reaches it on that interface without a gateway. */
function isNextDoor({ host }: TraceWorld, name: string, ip: string): boolean {
  return host.addresses.some((address) => {
    if (address.interface !== name || address.carriedBy !== null) return false;
    const family = ip.includes(':') ? 'v6' : 'v4';
    const [own, length] = [address.ips[family], address.prefixes[family]];
    const subnet = own === undefined || length === undefined ? null : parseMasked(`${own}/${length}`);
    return subnet !== null && isIn(mustParseIp(ip), subnet);
  });
}
