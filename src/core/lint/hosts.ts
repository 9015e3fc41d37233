/** IPs and MACs of the host, its networks and its guests: twice given, outside their network, or carried by two. */
import ipaddr from 'ipaddr.js';
import type { Desired, GuestInterface, Network } from '../../model/desired.ts';
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import { families, isLinkLocal } from '../../model/family.ts';
import type { Family } from '../../model/family.ts';
import { wayOf } from '../render/ifupdown.ts';
import { isIn, mustParseIp, parseMasked } from '../trace/ip.ts';
import { finding, placeOf, shortly } from './finding.ts';
import type { LintOptions } from './finding.ts';

export function lintHosts(desired: Desired, options: LintOptions): readonly Diagnostic[] {
  return [
    ...desired.host.networks.flatMap((network) => lintGateways(network, options)),
    ...lintNetworks(desired, options),
    ...lintRoutes(desired, options),
    ...lintCarriers(desired, options),
    ...lintIps(desired, options),
    ...lintMacs(desired, options),
  ];
}

function contains(cidr: string, ip: string): boolean {
  const subnet = parseMasked(cidr);
  return subnet !== null && isIn(mustParseIp(ip), subnet);
}

function subnetOf(network: Network, family: Family, ip: string): string | null {
  return network.subnets.find((s) => s.family === family && contains(s.cidr, ip))?.cidr ?? null;
}

/** `first` and, in IPv4, `last` of a subnet are no host's; /31, /32, /127 and /128 have no such IPs. */
function special(cidr: string, ip: string): string | null {
  const [network, prefix] = cidr.split('/');
  const bits = ip.includes(':') ? 128 : 32;
  if (Number(prefix) >= bits - 1) return null;
  if (ip === network) return 'the network itself';
  return bits === 32 && ip === ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString() ? 'its broadcast address' : null;
}

function lintGateways(network: Network, options: LintOptions): readonly Diagnostic[] {
  if (options.hostWhole === false) return [];
  return families.flatMap((family) => {
    const ip = network.gateways[family];
    if (ip === undefined) return [];
    return belongs({ network, family, ip, at: () => placeOf(options, network, 'gateway'), what: 'the gateway' });
  });
}

interface Membership {
  readonly network: Network;
  readonly family: Family;
  readonly ip: string;
  readonly at: () => Position;
  readonly what: string;
}

function belongs({ network, family, ip, at, what }: Membership): readonly Diagnostic[] {
  const subnet = subnetOf(network, family, ip);
  const subnets = network.subnets.filter((s) => s.family === family).map((s) => s.cidr);
  if (subnet === null)
    return [
      finding(
        'outside-subnet',
        at(),
        subnets.length === 0
          ? `${what} ${ip} is in ${network.name}, which has no ${family === 'v4' ? 'IPv4' : 'IPv6'} subnet`
          : `${what} ${ip} is outside ${network.name}'s subnet ${subnets.join(' and ')}`,
        `take an IP of the subnet, or correct the subnet (${shortly(network.at)})`,
      ),
    ];
  const kind = special(subnet, ip);
  return kind === null
    ? []
    : [
        finding(
          'ip',
          at(),
          `${what} ${ip} is no host's IP: in ${subnet} it is ${kind}`,
          'take another IP of the subnet',
        ),
      ];
}

/** Overlapping subnets and shared bridges: the host could not tell where a packet belongs. */
function lintNetworks({ host }: Desired, options: LintOptions): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  host.networks.forEach((network, i) => {
    for (const other of host.networks.slice(0, i)) {
      if (other.bridge === network.bridge)
        found.push(
          finding(
            'wrong-value',
            placeOf(options, network, 'bridge'),
            `the bridge ${network.bridge} already belongs to ${other.name} (${shortly(other.at)})`,
            `give ${network.name} a bridge of its own, or put both subnets into one network's list`,
          ),
        );
      const pair = overlap(network, other);
      if (pair !== null)
        found.push(
          finding(
            'cidr',
            placeOf(options, network, 'subnet'),
            `${pair[0]} overlaps ${pair[1]} of ${other.name} (${shortly(other.at)})`,
            'give each network subnets of its own',
          ),
        );
    }
  });
  return found;
}

function overlap(a: Network, b: Network): readonly [string, string] | null {
  for (const { cidr } of a.subnets)
    for (const { cidr: other } of b.subnets)
      if (contains(cidr, other.split('/')[0] ?? '') || contains(other, cidr.split('/')[0] ?? '')) return [cidr, other];
  return null;
}

/** Where natroute writes the host's network config, a route that no interface of it leads to would be lost. */
function lintRoutes({ host }: Desired, options: LintOptions): readonly Diagnostic[] {
  if (host.hostNetwork !== 'ifupdown' || options.hostWhole === false) return [];
  return host.routes.flatMap(({ to, via, at }) =>
    // Of a link-local one more is said where it is read.
    wayOf(host, via) !== null || isLinkLocal(via)
      ? []
      : [
          finding(
            'outside-subnet',
            at,
            `the route to ${to} leads over ${via}, to which no interface of this config leads`,
            "let it lead over the uplink's gateway, or over an IP of a network that has a gateway; or give an address its prefix length",
          ),
        ],
  );
}

/** Two guests that carry one address. */
function lintCarriers({ guests }: Desired, options: LintOptions): readonly Diagnostic[] {
  const carriers = new Map<string, string>();
  const found: Diagnostic[] = [];
  for (const guest of guests) {
    if (guest.state === 'absent') continue;
    for (const i of guest.interfaces) {
      if (i.kind !== 'routed') continue;
      const first = carriers.get(i.address);
      if (first === undefined) carriers.set(i.address, guest.name);
      else
        found.push(
          finding(
            'carried-address',
            placeOf(options, i, 'routed'),
            first === guest.name
              ? `${first} carries ${i.address} twice`
              : `the guest ${first} already carries ${i.address}`,
            'an address is carried by one guest, on one interface',
          ),
        );
    }
  }
  return found;
}

/** Everybody's claims on something that may be given once; the second and later ones are told. */
function twice(
  claims: readonly Claim[],
  tell: (value: string, who: string, first: Omit<Claim, 'value'>) => readonly [string, string],
  code: 'duplicate-ip' | 'duplicate-mac',
): readonly Diagnostic[] {
  const first = new Map<string, Omit<Claim, 'value'>>();
  return claims.flatMap(({ value, who, at }) => {
    const before = first.get(value);
    if (before === undefined) {
      first.set(value, { who, at });
      return [];
    }
    const [message, help] = tell(value, who, before);
    return [finding(code, at(), message, help)];
  });
}

function lintIps({ host, guests }: Desired, options: LintOptions): readonly Diagnostic[] {
  const outside: Position = { file: host.addresses[0]?.at.file ?? 'host.yaml', line: 1, column: 1 };
  const claims = [
    // Nobody wrote the outside router's IP for himself: whoever else claims it is told.
    ...families.flatMap((f) => claim(host.uplink.gateways[f], "the uplink's gateway", () => outside)),
    ...host.addresses.flatMap((a) =>
      families.flatMap((f) => claim(a.ips[f], `the address ${a.name}`, () => placeOf(options, a, 'ip'))),
    ),
    ...host.networks.flatMap((n) =>
      families.flatMap((f) => claim(n.gateways[f], `the gateway of ${n.name}`, () => placeOf(options, n, 'gateway'))),
    ),
    ...present(guests).flatMap(({ name, i }) =>
      i.kind === 'nat' ? families.flatMap((f) => claim(i.ips[f], name, () => placeOf(options, i, 'ip'))) : [],
    ),
  ];
  return twice(
    claims,
    (ip, who, first) => [
      `${ip} of ${who} is already that of ${first.who} (${shortly(first.at())})`,
      'give each its own IP',
    ],
    'duplicate-ip',
  );
}

interface Claim {
  readonly value: string;
  readonly who: string;
  /** Asked for only where something is wrong: to find a place in a file takes long. */
  readonly at: () => Position;
}

function claim(value: string | null | undefined, who: string, at: () => Position): readonly Claim[] {
  return value === undefined || value === null ? [] : [{ value, who, at }];
}

function present(guests: Desired['guests']): readonly { readonly name: string; readonly i: GuestInterface }[] {
  return guests.filter((g) => g.state !== 'absent').flatMap((g) => g.interfaces.map((i) => ({ name: g.name, i })));
}

/** A carried address and its guest share their MAC: that is one claim, made by the address. */
function lintMacs({ host, guests }: Desired, options: LintOptions): readonly Diagnostic[] {
  const macOf = new Map(host.addresses.map((a) => [a.name, a.mac]));
  const claims = [
    ...host.addresses.flatMap((a) => claim(a.mac, `the address ${a.name}`, () => placeOf(options, a, 'mac'))),
    ...present(guests).flatMap(({ name, i }) =>
      i.kind === 'routed' && i.mac === macOf.get(i.address) ? [] : claim(i.mac, name, () => placeOf(options, i, 'mac')),
    ),
  ];
  return twice(
    claims,
    (mac, who, first) => [
      `${mac} of ${who} is already that of ${first.who} (${shortly(first.at())})`,
      'give each interface its own MAC',
    ],
    'duplicate-mac',
  );
}

/** Guests outside of the networks that they are in. */
export function lintSubnets({ host, guests }: Desired, options: LintOptions): readonly Diagnostic[] {
  if (options.hostWhole === false) return [];
  const networks = new Map(host.networks.map((n) => [n.name, n]));
  return guests.flatMap((guest) =>
    guest.interfaces.flatMap((i) => {
      const network = i.kind === 'nat' ? networks.get(i.network) : undefined;
      if (i.kind !== 'nat' || network === undefined) return [];
      const at = (): Position => placeOf(options, i, 'ip');
      return families.flatMap((family) => {
        const ip = i.ips[family];
        return ip === undefined ? [] : belongs({ network, family, ip, at, what: `${guest.name}'s` });
      });
    }),
  );
}
