/** The host's own network as its programs print it: the uplink, public addresses, bridges, routes and who is near. */
import type { Host } from '../../model/desired.ts';
import type { Family, Protocol } from '../../model/family.ts';
import { families, isLinkLocal } from '../../model/family.ts';
import type { FoundHost } from '../../model/found.ts';
import { ownerOfRule } from '../coexist/owner.ts';
import { isIn, mustParseIp, parseIp, parseMasked, showIp } from '../trace/ip.ts';
import type { Left } from './domu.ts';

export interface DraftAddress {
  readonly name: string;
  readonly family: Family;
  readonly ip: string;
  /** Null for one that a guest carries. */
  readonly prefix: number | null;
  readonly interface: string;
}

export interface DraftNetwork {
  readonly name: string;
  readonly bridge: string;
  readonly subnets: readonly { readonly family: Family; readonly cidr: string; readonly gateway: string }[];
}

export interface DraftHost {
  readonly uplink: Host['uplink'];
  readonly addresses: readonly DraftAddress[];
  readonly networks: readonly DraftNetwork[];
  readonly routes: readonly { readonly to: string; readonly via: string }[];
  readonly listens: readonly { readonly port: number; readonly protocol: Protocol }[];
  /** IP by interface and MAC: `br0 00:16:3e:00:00:01`. */
  readonly near: ReadonlyMap<string, readonly string[]>;
  readonly left: readonly Left[];
}

type Json = Readonly<Record<string, unknown>>;

/** An output that is no list of maps says nothing: what is missing shows. */
function listOf(text: string): readonly Json[] {
  if (text.trim() === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter((one): one is Json => typeof one === 'object' && one !== null) : [];
  } catch {
    return [];
  }
}

const textOf = (of: Json, key: string): string | null => (typeof of[key] === 'string' ? of[key] : null);

/** Null where the host has no way out, and so no uplink. */
export function readNetwork(found: FoundHost): DraftHost | null {
  const left: Left[] = [];
  const uplink = uplinkOf(found);
  if (uplink === null) return null;
  const held = heldBy(found);
  const addresses = publicAddresses(held, uplink.interface);
  const networks = networksOf(found, { held, uplink: uplink.interface, left });
  for (const { interface: name, ip } of held)
    if (
      name !== uplink.interface &&
      name !== 'lo' &&
      !networks.some(({ bridge }) => bridge === name) &&
      !isStranger(name)
    )
      left.push({ at: null, what: `${ip} on ${name}`, why: `${name} is neither the uplink nor a bridge of guests` });
  return {
    uplink,
    addresses,
    networks,
    routes: routesOf(found, networks),
    listens: listensOf(found, addresses),
    near: nearOf(found),
    left,
  };
}

/** Whose interface it is, by its name: Docker's, libvirt's... */
function isStranger(name: string): boolean {
  return ownerOfRule(`-i ${name} -j ACCEPT`) !== null;
}

function uplinkOf(found: FoundHost): DraftHost['uplink'] | null {
  const ways = families.flatMap((family) => {
    const [route] = listOf(found.routes[family])
      .filter(({ dst }) => dst === 'default')
      .toSorted((a, b) => Number(a['metric'] ?? 0) - Number(b['metric'] ?? 0));
    const name = route === undefined ? null : textOf(route, 'dev');
    return route === undefined || name === null ? [] : [{ family, name, route }];
  });
  const name = ways[0]?.name;
  if (name === undefined) return null;
  const gateways: Partial<Record<Family, string>> = {};
  for (const way of ways) {
    const gateway = textOf(way.route, 'gateway');
    // A router that announces itself is found again by itself, and may be another one tomorrow.
    if (way.name === name && gateway !== null && way.route['protocol'] !== 'ra') gateways[way.family] = gateway;
  }
  return { interface: name, gateways };
}

interface Held {
  readonly interface: string;
  readonly family: Family;
  readonly ip: string;
  readonly prefix: number;
}

function heldBy(found: FoundHost): readonly Held[] {
  return listOf(found.addresses).flatMap((link) => {
    const name = textOf(link, 'ifname');
    const infos = link['addr_info'];
    if (name === null || !Array.isArray(infos)) return [];
    return (infos as readonly Json[]).flatMap((info): readonly Held[] => {
      const ip = parseIp(textOf(info, 'local') ?? '');
      if (ip === null || info['scope'] !== 'global' || info['temporary'] === true) return [];
      return [{ interface: name, family: ip.family, ip: showIp(ip), prefix: Number(info['prefixlen']) }];
    });
  });
}

/** The first is `main`; IPv6 ones have names of their own, so that a forward means one family. */
function publicAddresses(held: readonly Held[], uplink: string): readonly DraftAddress[] {
  const own = held.filter(({ interface: name }) => name === uplink);
  return families.flatMap((family) =>
    own
      .filter((one) => one.family === family)
      .map((one, i) => ({ ...one, name: `main${family === 'v6' ? '6' : ''}${i === 0 ? '' : `-${i + 1}`}` })),
  );
}

interface Ground {
  readonly held: readonly Held[];
  readonly uplink: string;
  readonly left: Left[];
}

function networksOf(found: FoundHost, { held, uplink, left }: Ground): readonly DraftNetwork[] {
  const bridges = listOf(found.links).flatMap((link) => {
    const info = link['linkinfo'] as Json | undefined;
    const name = textOf(link, 'ifname');
    return info?.['info_kind'] === 'bridge' && name !== null && name !== uplink ? [name] : [];
  });
  const networks: DraftNetwork[] = [];
  for (const bridge of bridges) {
    const owner = ownerOfRule(`-i ${bridge} -j ACCEPT`);
    const own = held.filter((one) => one.interface === bridge);
    const leave = (why: string): void => void left.push({ at: null, what: `the bridge ${bridge}`, why });
    if (owner !== null) leave(`it is ${owner}'s`);
    else if (own.length === 0) leave('this host has no IP on it, and natroute needs its subnet');
    else {
      const subnets = own.flatMap(({ family, ip, prefix }) => {
        const cidr = maskedCidr(ip, prefix);
        return cidr === null ? [] : [{ family, cidr, gateway: ip }];
      });
      const taken = networks
        .flatMap((one) => one.subnets)
        .find(({ cidr }) => subnets.some((s) => overlap(s.cidr, cidr)));
      if (taken === undefined) networks.push({ name: bridge, bridge, subnets });
      else leave(`its subnet overlaps ${taken.cidr} of another bridge`);
    }
  }
  const [only] = networks;
  if (only !== undefined && networks.length === 1) return [{ ...only, name: 'lan' }];
  return networks.map((one) => ({ ...one, name: nameOf(one.bridge) }));
}

function nameOf(bridge: string): string {
  const name = bridge.toLowerCase().replace(/[^a-z0-9_-]/g, '-');
  return /^[a-z0-9].*[a-z0-9]$/.test(name) && /[a-z]/.test(name) ? name : `net-${name.replace(/[^a-z0-9]/g, '')}`;
}

/** `192.168.1.254`, 24 -> `192.168.1.0/24`. */
function maskedCidr(ip: string, prefix: number): string | null {
  const masked = parseMasked(`${ip}/${prefix}`);
  return masked === null ? null : `${showIp(masked)}/${prefix}`;
}

function overlap(a: string, b: string): boolean {
  return inSubnet(a.split('/')[0] ?? '', b) || inSubnet(b.split('/')[0] ?? '', a);
}

export function inSubnet(ip: string, cidr: string): boolean {
  const [parsed, masked] = [parseIp(ip), parseMasked(cidr)];
  return parsed !== null && masked !== null && isIn(parsed, masked);
}

/** Those that lead behind a guest. */
function routesOf(found: FoundHost, networks: readonly DraftNetwork[]): DraftHost['routes'] {
  return families.flatMap((family) =>
    listOf(found.routes[family]).flatMap((route) => {
      const [to, via] = [textOf(route, 'dst'), textOf(route, 'gateway')];
      if (to === null || via === null || to === 'default' || !to.includes('/')) return [];
      return networks.some(({ subnets }) => subnets.some(({ cidr }) => inSubnet(via, cidr))) ? [{ to, via }] : [];
    }),
  );
}

const listening = '0A';
/** Ports above are what the kernel gives out for a while. */
const lastLastingUdpPort = 32_767;

/** What the world outside reaches: sockets on a public address of the host, or on all of them. */
function listensOf({ sockets }: FoundHost, addresses: readonly DraftAddress[]): DraftHost['listens'] {
  const own = new Set(addresses.map(({ ip }) => ip));
  const found = new Map<string, DraftHost['listens'][number]>();
  for (const [table, text] of Object.entries(sockets)) {
    const protocol = table.startsWith('tcp') ? 'tcp' : 'udp';
    for (const line of text.split('\n').slice(1)) {
      const [, hex = '', portHex = '', remote, state] =
        /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(line) ?? [];
      const port = Number.parseInt(portHex, 16);
      if (state === undefined || !(port > 0)) continue;
      if (protocol === 'tcp' ? state !== listening : remote !== '0000' || port > lastLastingUdpPort) continue;
      const ip = kernelIp(hex);
      if (ip === null || /^(0\.0\.0\.0|::)$/.test(ip) || own.has(ip))
        found.set(`${port}/${protocol}`, { port, protocol });
    }
  }
  return [...found.values()].toSorted((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/** The kernel prints its words as this machine keeps them, the last byte first. Null for what is no IP. */
function kernelIp(hex: string): string | null {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return null;
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return showIp(mustParseIp(groups.join(':')));
}

function nearOf(found: FoundHost): ReadonlyMap<string, readonly string[]> {
  const near = new Map<string, string[]>();
  for (const entry of listOf(found.neighbours)) {
    const [ip, name, mac] = [parseIp(textOf(entry, 'dst') ?? ''), textOf(entry, 'dev'), textOf(entry, 'lladdr')];
    if (ip === null || name === null || mac === null || isLinkLocal(showIp(ip))) continue;
    const key = `${name} ${mac.toLowerCase()}`;
    near.set(key, [...(near.get(key) ?? []), showIp(ip)]);
  }
  return near;
}
