/** host.yaml -> Host, apart from which guest carries which address. */
import type { Address, Host, Network, Snat } from '../../../model/desired.ts';
import { isLinkLocal, type Family } from '../../../model/family.ts';
import type { HostFile, Network as NetworkFile } from '../../../model/generated/host-file.ts';
import { didYouMean, listed } from '../nearest.ts';
import { spellAddressIp, spellHostIp, spellRouterIp, spellSubnet } from '../spell/ips.ts';
import type { Ip } from '../spell/ips.ts';
import { readAsNumberByYaml11, spellMac } from '../spell/macs.ts';
import { spellListen } from '../spell/ports.ts';
import { sure } from '../spell/spelled.ts';
import type { Spelled } from '../spell/spelled.ts';
import {
  asList,
  byFamily,
  caution,
  positionOf,
  report,
  spanOfItem,
  spanOfKey,
  spanOfName,
  spanOfSelf,
  textsOf,
} from './draft.ts';
import type { Draft } from './draft.ts';

export function buildHost(draft: Draft, data: HostFile, name: string): Host {
  const { file } = draft;
  const addresses = Object.keys(data.addresses).map((key) => buildAddress(draft, data, key));
  const networks = Object.entries(data.networks ?? {}).map(([key, raw]) => buildNetwork(draft, { data, key, raw }));
  const timezone = data.timezone ?? 'UTC';
  const uplink = { interface: data.uplink.interface, gateways: gatewaysOf(draft, data.uplink, spellRouterIp) };
  return {
    name,
    uplink,
    addresses,
    networks,
    listens: (data.listens ?? []).map((text, i) => ({
      ...sure(spellListen(text)),
      at: positionOf(file, spanOfItem(file, data, 'listens', i)),
    })),
    ...(data.forwarding === 'accept' ? { forwarding: 'accept' } : {}),
    ...(data.hostNetwork === 'ifupdown' ? { hostNetwork: 'ifupdown' } : {}),
    toolstack: data.toolstack ?? 'xl',
    timezone,
    routes: (data.routes ?? []).map((raw) => buildRoute(draft, raw, uplink)),
    sysctl: Object.entries(data.sysctl ?? {}).map(([key, value]) => ({
      key: sysctlKey(key),
      value: String(value),
      at: positionOf(file, spanOfName(file, data.sysctl ?? data, key)),
    })),
    guestDefaults: structuredClone<Host['guestDefaults']>({ ...data.guestDefaults }),
  };
}

/** As sysctl reads it: where the first separator is a slash, dots belong to names. */
function sysctlKey(written: string): string {
  if (/[./]/.exec(written)?.[0] !== '/') return written;
  return written.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

function buildAddress(draft: Draft, data: HostFile, name: string): Address {
  const { file } = draft;
  const written = data.addresses[name];
  const raw = typeof written === 'object' ? written : null;
  const texts = raw === null ? textsOf(file, data.addresses, name) : textsOf(file, raw, 'ip');
  const ips = byFamily(
    draft,
    texts.map(({ text, span }) => ({ value: sure(spellAddressIp(text)), span })),
  );
  if (raw !== null) cautionMac(draft, raw);
  if (draft.whole && raw?.reached === 'mac' && raw.mac === undefined)
    report(draft, spanOfKey(file, raw, 'reached'), {
      code: 'missing-key',
      message: `${name} is reached by its MAC, and has none`,
      help: 'add mac: the MAC that the provider ties to the address',
    });
  const address: Address = {
    name,
    ips: mapFamilies(ips, (ip) => ip.text),
    prefixes: mapFamilies(ips, (ip) => ip.prefix),
    interface: raw?.interface ?? data.uplink.interface,
    mac: raw?.mac === undefined ? null : sure(spellMac(raw.mac)),
    reached: raw?.reached ?? null,
    carriedBy: null,
    at: positionOf(file, spanOfName(file, data.addresses, name)),
  };
  draft.origins.set(address, raw === null ? { file, raw: data.addresses, only: name } : { file, raw });
  return address;
}

function mapFamilies<T, U>(
  values: Partial<Record<Family, T>>,
  map: (value: T) => U | null,
): Partial<Record<Family, U>> {
  const mapped: Partial<Record<Family, U>> = {};
  for (const family of ['v4', 'v6'] as const) {
    const value = values[family];
    const result = value === undefined ? null : map(value);
    if (result !== null) mapped[family] = result;
  }
  return mapped;
}

/** A MAC of digits alone is a number to YAML 1.1: other tools that read the file see something else. */
export function cautionMac(draft: Draft, raw: { readonly mac?: string }): void {
  if (raw.mac === undefined || !readAsNumberByYaml11(raw.mac)) return;
  const span = spanOfKey(draft.file, raw, 'mac');
  if (/^["']/.test(draft.file.source.text.slice(...span))) return;
  caution(draft, span, {
    code: 'mac',
    message: `without quotes some YAML tools read ${raw.mac} as a number`,
    help: `write "${raw.mac}"`,
  });
}

interface WrittenNetwork {
  readonly data: HostFile;
  readonly key: string;
  readonly raw: NetworkFile;
}

function buildNetwork(draft: Draft, { data, key, raw }: WrittenNetwork): Network {
  const { file } = draft;
  const subnets = textsOf(file, raw, 'subnet').map(({ text }) => sure(spellSubnet(text)));
  const network: Network = {
    name: key,
    bridge: raw.bridge,
    subnets: subnets.map(({ family, text }) => ({ family, cidr: text })),
    gateways: gatewaysOf(draft, raw, spellHostIp),
    snat: buildSnat(draft, data, raw),
    hairpin: raw.hairpin ?? true,
    at: positionOf(file, spanOfName(file, data.networks ?? data, key)),
  };
  draft.origins.set(network, { file, raw });
  return network;
}

function gatewaysOf(draft: Draft, raw: object, spell: (text: string) => Spelled<Ip>): Network['gateways'] {
  const texts = textsOf(draft.file, raw, 'gateway');
  const gateways = byFamily(
    draft,
    texts.map(({ text, span }) => ({ value: sure(spell(text)), span })),
  );
  return mapFamilies(gateways, (ip) => ip.text);
}

function buildSnat(draft: Draft, data: HostFile, raw: NetworkFile): Snat {
  const names = Object.keys(data.addresses);
  const name = raw.snat ?? names[0] ?? '';
  if (name === 'masquerade' || name === 'none') return { kind: name };
  if (!names.includes(name) && draft.whole)
    report(draft, spanOfKey(draft.file, raw, 'snat'), {
      code: 'unknown-reference',
      message: `there is no address ${name}`,
      help: didYouMean(
        name,
        [...names, 'masquerade', 'none'],
        `the addresses are ${listed(names)}; else masquerade or none`,
      ),
    });
  // IPv6 is only translated where it was asked for, so it matters whether this was written.
  return { kind: 'address', address: name, ...(raw.snat === undefined ? {} : { written: true }) };
}

function buildRoute(
  draft: Draft,
  raw: { readonly to: string; readonly via: string },
  { gateways }: Host['uplink'],
): Host['routes'][number] {
  const { file } = draft;
  const to = sure(spellSubnet(raw.to));
  const via = sure(spellRouterIp(raw.via));
  if (to.family !== via.family)
    report(draft, spanOfKey(file, raw, 'via'), {
      code: 'ip',
      message: `the way to ${to.text} cannot lead over ${via.text}`,
      help: 'an IPv4 network is reached over an IPv4, an IPv6 network over an IPv6',
    });
  else if (draft.whole && isLinkLocal(via.text) && via.text !== gateways.v6)
    report(draft, spanOfKey(file, raw, 'via'), {
      code: 'ip',
      message: `${via.text} is link-local: nothing says on which interface the way to ${to.text} begins`,
      help: "write an IP of a network here; only the uplink's own gateway may be link-local",
    });
  return { to: to.text, via: via.text, at: positionOf(file, spanOfSelf(file, raw)) };
}

/** The groups of one groups.yaml; a name that another file has too is refused. */
export function buildGroups(
  draft: Draft,
  data: Readonly<Record<string, readonly string[]>>,
  others: ReadonlyMap<string, readonly string[]>,
  canonical: (text: string) => string,
): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const [name, texts] of Object.entries(data)) {
    if (others.has(name))
      report(draft, spanOfName(draft.file, data, name), {
        code: 'name',
        message: `the group ${name} is in two files`,
        help: 'rename one of them, or keep it in common/groups.yaml alone',
      });
    groups.set(name, [...new Set(asList(texts).map(canonical))]);
  }
  return groups;
}
