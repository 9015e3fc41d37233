/** The host's own network as Debian's ifupdown reads it: bridges, public addresses, macvlans, routes. */
import type { Address, Host, Network } from '../../model/desired.ts';
import { families, isLinkLocal, type Family } from '../../model/family.ts';
import { isIn, mustParseIp, parseMasked } from '../trace/ip.ts';
import { macvlanName } from './names.ts';

/** What stands below the header of /etc/network/interfaces.d/natroute. */
export function renderHostNetwork(host: Host): string {
  return [
    ...host.networks.map((network) => bridge(host, network)),
    ...uplinks(host),
    ...host.addresses.filter(isMacvlan).map((address) => macvlan(address)),
  ].join('\n');
}

export function isMacvlan({ reached, carriedBy, mac }: Address): boolean {
  return reached === 'mac' && carriedBy !== null && mac !== null;
}

/** One block for each family; the first has what is asked of the interface as a whole. */
function stanzas(
  name: string,
  first: readonly string[],
  own: Readonly<Partial<Record<Family, readonly string[]>>>,
): string {
  const there = families.filter((family) => own[family] !== undefined);
  const blocks =
    there.length === 0
      ? [[`iface ${name} inet manual`, ...indented(first)]]
      : there.map((family, i) => [
          `iface ${name} ${family === 'v4' ? 'inet' : 'inet6'} ${methodOf(own[family] ?? [])}`,
          ...indented([...(i === 0 ? first : []), ...(own[family] ?? [])]),
        ]);
  return [`auto ${name}`, ...blocks.flat()].map((line) => `${line}\n`).join('');
}

function methodOf(lines: readonly string[]): string {
  return lines.some((line) => line.startsWith('address ')) ? 'static' : 'manual';
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `    ${line}`);
}

function bridge(host: Host, network: Network): string {
  const own: Partial<Record<Family, readonly string[]>> = {};
  for (const family of families) {
    const gateway = network.gateways[family];
    const cidr = gateway === undefined ? null : subnetOf(network, family, gateway);
    if (gateway === undefined || cidr === null) continue;
    own[family] = [`address ${gateway}/${lengthOf(cidr)}`, ...routesOver(host, network.bridge, family)];
  }
  return stanzas(network.bridge, ['bridge_ports none', 'bridge_stp off', 'bridge_fd 0'], own);
}

function lengthOf(cidr: string): string {
  return cidr.slice(cidr.indexOf('/') + 1);
}

function subnetOf(network: Network, family: Family, ip: string): string | null {
  return network.subnets.find((subnet) => subnet.family === family && holds(subnet.cidr, ip))?.cidr ?? null;
}

function holds(cidr: string, ip: string): boolean {
  const subnet = parseMasked(cidr);
  return subnet !== null && isIn(mustParseIp(ip), subnet);
}

/** Routes over this interface: they come and go with it. */
function routesOver(host: Host, name: string, family: Family): readonly string[] {
  return host.routes.flatMap(({ to, via }) => {
    if (familyOf(via) !== family) return [];
    const way = wayOf(host, via);
    if (way?.name !== name) return [];
    return [`post-up ip route replace ${to} via ${via} dev ${name}${way.onlink ? ' onlink' : ''}`];
  });
}

const familyOf = (ip: string): Family => (ip.includes(':') ? 'v6' : 'v4');

/** Behind which interface of this config a next hop lies; null where none leads there. */
export function wayOf(host: Host, via: string): { readonly name: string; readonly onlink: boolean } | null {
  const family = familyOf(via);
  const { gateways, interface: uplink } = host.uplink;
  if (isLinkLocal(via)) return via === gateways[family] ? { name: uplink, onlink: false } : null;
  for (const network of host.networks) {
    const gateway = network.gateways[family];
    const cidr = gateway === undefined ? null : subnetOf(network, family, gateway);
    if (cidr !== null && holds(cidr, via)) return { name: network.bridge, onlink: false };
  }
  const names = uplinkNames(host);
  const near = names.find((name) => cidrsOn(host, name, family).some((cidr) => holds(cidr, via)));
  if (near !== undefined) return { name: near, onlink: false };
  // A provider's router is on the link, whatever the subnet of the host's own address says.
  return via === gateways[family] && cidrsOn(host, uplink, family).length > 0 ? { name: uplink, onlink: true } : null;
}

/** Those that are on an uplink itself. */
function ownAddresses({ addresses }: Host): readonly Address[] {
  return addresses.filter(({ carriedBy, reached }) => carriedBy === null && reached !== 'mac');
}

function uplinkNames(host: Host): readonly string[] {
  return [...new Set([host.uplink.interface, ...ownAddresses(host).map((address) => address.interface)])];
}

/** The host's own public addresses there, with their prefix lengths. */
function cidrsOn(host: Host, name: string, family: Family): readonly string[] {
  return ownAddresses(host).flatMap((address) => {
    const ip = address.interface === name ? address.ips[family] : undefined;
    return ip === undefined ? [] : [`${ip}/${address.prefixes[family] ?? (family === 'v4' ? 32 : 128)}`];
  });
}

function uplinks(host: Host): readonly string[] {
  return uplinkNames(host).map((name) =>
    stanzas(name, [], { ...uplinkFamily(host, name, 'v4'), ...uplinkFamily(host, name, 'v6') }),
  );
}

function uplinkFamily(host: Host, name: string, family: Family): Readonly<Partial<Record<Family, readonly string[]>>> {
  const cidrs = cidrsOn(host, name, family);
  const [first, ...more] = cidrs;
  const gateway = name === host.uplink.interface ? host.uplink.gateways[family] : undefined;
  // Every link has an address to reach a link-local router from.
  if (first === undefined && (gateway === undefined || !isLinkLocal(gateway))) return {};
  return {
    [family]: [
      ...(first === undefined ? [] : [`address ${first}`]),
      ...(gateway === undefined ? [] : gatewayLines(gateway, cidrs, name)),
      ...more.map((cidr) => `post-up ip address replace ${cidr} dev ${name}`),
      ...routesOver(host, name, family),
    ],
  };
}

/** A provider's router outside every subnet of the host is first told where it is. */
function gatewayLines(gateway: string, cidrs: readonly string[], name: string): readonly string[] {
  const near = isLinkLocal(gateway) || cidrs.some((cidr) => holds(cidr, gateway));
  // In IPv6 ifupdown's own word for it would also set accept_ra to 0, and that setting is natroute's.
  if (near && familyOf(gateway) === 'v4') return [`gateway ${gateway}`];
  const way = `post-up ip route replace default via ${gateway} dev ${name}`;
  return near ? [way] : [`post-up ip route replace ${gateway} dev ${name}`, `${way} onlink`];
}

/** Takes the frames of an address that the provider ties to a MAC of its own; it carries no address itself. */
function macvlan(address: Address): string {
  const name = macvlanName(address.name);
  return stanzas(
    name,
    [
      `pre-up ip link add ${name} link ${address.interface} address ${address.mac ?? ''} type macvlan mode bridge`,
      `up ip link set ${name} up`,
      `down ip link set ${name} down`,
      `post-down ip link delete ${name}`,
    ],
    {},
  );
}
