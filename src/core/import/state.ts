/** What was found as the files of a state repository, with comments that say where each thing came from. */
import type { Family, Ports, Protocol } from '../../model/family.ts';
import { families, showPorts } from '../../model/family.ts';
import { writeList, writeSource, writeText } from '../adopt/spelling.ts';
import { starterFiles } from '../starter.ts';
import type { Left } from './domu.ts';
import type { DraftGuest, DraftOption } from './guest.ts';
import type { DraftHost } from './network.ts';

export interface StateNetwork {
  /** `masquerade`, `none`, an address; null for the default, the first address. */
  readonly snat: string | null;
  readonly hairpin: boolean;
}

export interface StateHost extends DraftHost {
  /** Public addresses that guests carry. */
  readonly carried: readonly { readonly name: string; readonly ip: string; readonly mac: string | null }[];
  readonly timezone: string;
  /** By network. */
  readonly ways: ReadonlyMap<string, StateNetwork>;
  /** Lines `key = value` of the host's own sysctl files. */
  readonly sysctls: readonly string[];
}

export interface StateForward {
  readonly address: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly ports: Ports;
  readonly to: Ports;
  readonly source: string | null;
  readonly ip: string;
  readonly description: string | null;
}

export type StateInterface =
  | {
      readonly kind: 'nat';
      readonly network: string;
      readonly ips: readonly string[];
      readonly mac: string | null;
      readonly snat: string | null;
    }
  | { readonly kind: 'routed'; readonly address: string; readonly mac: string | null };

export interface StateGuest {
  readonly name: string;
  /** The file that its domain config stands in; null where there is none. */
  readonly source: string | null;
  readonly running: boolean | null;
  readonly autostart: boolean;
  readonly domu: DraftGuest | null;
  readonly interfaces: readonly StateInterface[];
  readonly forwards: readonly StateForward[];
}

/** Path -> content, sorted as `natroute init` has them. */
export function stateFiles(host: StateHost, guests: readonly StateGuest[]): ReadonlyMap<string, string> {
  const kept = [...starterFiles()].filter(([path]) => path.startsWith('.') || path === 'README.md');
  return new Map([
    ...kept,
    ['host.yaml', hostFile(host)],
    ...guests.map((guest) => [`guests/${guest.name}.yaml`, guestFile(host, guest)] as const),
  ]);
}

const quoted = (ip: string): string => (ip.includes(':') ? JSON.stringify(ip) : ip);
const listed = (ips: readonly string[]): string =>
  ips.length === 1 ? quoted(ips[0] ?? '') : writeList(ips.map(quoted));

function hostFile(host: StateHost): string {
  const { uplink, addresses, carried, networks, listens, routes, sysctls } = host;
  const routers = families.flatMap((family) => uplink.gateways[family] ?? []);
  const gateway = routers.length === 0 ? '' : `, gateway: ${listed(routers)}`;
  const lines = [
    '# yaml-language-server: $schema=./.natroute/host.schema.json',
    '# Imported from the live host by `natroute import`.',
    `uplink: { interface: ${writeText(uplink.interface)}${gateway} } # by its default route`,
    'addresses: # the public ones; the first is the default of every forward',
    ...addresses.map(({ name, ip, prefix }) => `  ${name}: ${quoted(prefix === null ? ip : `${ip}/${prefix}`)}`),
    ...carried.flatMap(({ name, ip, mac }) => [
      `  # The host lets it through already; \`reached: arp\` or \`mac\` would have natroute see to that.`,
      `  ${name}: { ip: ${quoted(ip)}${mac === null ? '' : `, mac: ${JSON.stringify(mac)}`}, reached: route }`,
    ]),
    ...(networks.length === 0 ? [] : ['networks: # bridges on which this host has an IP']),
    ...networks.map(({ name, bridge, subnets }) => {
      const way = host.ways.get(name);
      const gateways = subnets.filter((one, i) => subnets.findIndex(({ family }) => family === one.family) === i);
      const fields = [
        `bridge: ${writeText(bridge)}`,
        `subnet: ${listed(subnets.map(({ cidr }) => cidr))}`,
        `gateway: ${listed(gateways.map((one) => one.gateway))}`,
        ...(way === undefined || way.snat === null ? [] : [`snat: ${way.snat}`]),
        ...(way?.hairpin === false ? ['hairpin: false'] : []),
      ];
      return `  ${name}: { ${fields.join(', ')} }`;
    }),
    ...(listens.length === 0
      ? []
      : [
          '# What listens on a public address of the host, or on all of its addresses.',
          `listens: ${writeList(listens.map(({ port, protocol }) => `${port}/${protocol}`))}`,
        ]),
    ...(routes.length === 0 ? [] : ['routes: # to networks behind a guest']),
    ...routes.map(({ to, via }) => `  - { to: ${quoted(to)}, via: ${quoted(via)} }`),
    'toolstack: xl',
    `timezone: ${writeText(host.timezone)}`,
    ...(sysctls.length === 0
      ? []
      : ["# The host has these in its own files; in `sysctl:` they would be natroute's to keep:"]),
    ...sysctls.map((line) => `#   ${printableLine(line)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a comment may hold: a line of the host's files is not ours to trust. */
export function printableLine(text: string): string {
  return text.replace(/[^\u0020-\u007e\u00a0-\u024f]/g, '?').slice(0, 300);
}

function guestFile(host: StateHost, guest: StateGuest): string {
  const { domu, interfaces, forwards } = guest;
  const lines = [
    '# yaml-language-server: $schema=../.natroute/guest.schema.json',
    ...originOf(guest),
    'state: unmanaged',
    ...(domu === null ? [] : domuLines(domu, guest.autostart)),
    ...(interfaces.length === 0 ? [] : ['interfaces:']),
    ...interfaces.map((one) => `  - { ${interfaceFields(one).join(', ')} }`),
    ...(forwards.length === 0 ? [] : ['forwards: # from the rules of the nat table']),
    ...forwardLines(host, forwards),
  ];
  return `${lines.join('\n')}\n`;
}

function originOf({ source, running, domu }: StateGuest): readonly string[] {
  if (source === null || domu === null)
    return [
      '# No domain config was found for it, only rules that lead to its IP.',
      '# The domU itself is never touched:',
    ];
  const now = running === null ? '' : running ? ', and runs now' : ', and does not run now';
  const left = domu.left.map(
    ({ at, what, why }) => `#   ${at === null ? '' : `line ${at.line}: `}${printableLine(what)}: ${printableLine(why)}`,
  );
  return [
    `# From ${printableLine(source)}${now}.`,
    ...(left.length === 0 ? [] : ['# What of that file this one does not say:', ...left]),
    '# The domU itself is never touched. Once all is right, take `state: unmanaged` away: natroute then keeps the domU too.',
  ];
}

function domuLines(domu: DraftGuest, autostart: boolean): readonly string[] {
  const { memory, vcpus, type, boot, disks, options } = domu;
  return [
    ...(memory === null ? [] : [`memory: ${memory} # MiB`]),
    ...(vcpus === null ? [] : [`vcpus: ${vcpus}`]),
    ...(type === null ? [] : [`type: ${type}`]),
    ...(autostart ? ['autostart: true'] : []),
    ...(boot.size === 0
      ? []
      : [`boot: { ${[...boot].map(([key, text]) => `${key}: ${writeText(text)}`).join(', ')} }`]),
    ...(disks.length === 0 ? ['disks: []'] : ['disks:']),
    ...disks.map(({ path, as, mode }) => `  - { path: ${writeText(path)}, as: ${as}, mode: ${mode} }`),
    ...(options.size === 0 ? [] : ['options:']),
    ...[...options].map(([key, value]) => `  ${key}: ${writeOption(value)}`),
  ];
}

function writeOption(value: DraftOption): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? writeText(value) : writeList(value.map(writeOption));
}

function interfaceFields(one: StateInterface): readonly string[] {
  const mac = one.mac === null ? [] : [`mac: ${JSON.stringify(one.mac)}`];
  if (one.kind === 'routed') return [`routed: ${one.address}`, ...mac];
  const ip = one.ips.length === 0 ? [] : [`ip: ${listed(one.ips)}`];
  return [`network: ${one.network}`, ...ip, ...mac, ...(one.snat === null ? [] : [`snat: ${one.snat}`])];
}

/** One line for what differs in nothing but protocol and source. */
function forwardLines({ addresses }: StateHost, forwards: readonly StateForward[]): readonly string[] {
  const lines = new Map<
    string,
    { readonly one: StateForward; readonly protocols: Set<string>; readonly sources: Set<string> }
  >();
  for (const one of forwards) {
    const { address, ports, to, source, description, protocol } = one;
    const key = JSON.stringify([address, ports, to, source, description]);
    const open = lines.get(key) ?? { one, protocols: new Set(), sources: new Set() };
    open.protocols.add(protocol);
    if (source !== null) open.sources.add(source);
    lines.set(key, open);
  }
  return [...lines.values()].map(({ one, protocols, sources }) => {
    const { ports, to, address, description } = one;
    const names = [...protocols].sort();
    const fields = [
      `port: ${showPorts(ports)}`,
      ...(to.first === ports.first ? [] : [`to: ${showPorts(to)}`]),
      ...(names.length === 1 && names[0] === 'tcp'
        ? []
        : [`protocol: ${names.length === 1 ? (names[0] ?? '') : writeList(names)}`]),
      ...(address === addresses[0]?.name ? [] : [`address: ${address}`]),
      ...(sources.size === 0 ? [] : [`from: ${writeList([...sources].map(writeSource))}`]),
      ...(description === null ? [] : [`description: ${writeText(description)}`]),
    ];
    return `  - { ${fields.join(', ')} }`;
  });
}

export function showPlace({ at }: Pick<Left, 'at'>): string {
  return at === null ? '' : `${at.file}:${at.line}:${at.column}: `;
}
