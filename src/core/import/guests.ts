/** Guests out of domain configs, and for rules that lead to an IP of nobody known. */
import type { Family } from '../../model/family.ts';
import { families } from '../../model/family.ts';
import type { Left } from './domu.ts';
import type { ReadDomain } from './files.ts';
import { destinationCandidates, type Tables } from './nat.ts';
import { inSubnet, type DraftHost } from './network.ts';
import type { StateGuest, StateHost, StateInterface } from './state.ts';
import type { DraftVif } from './vif.ts';

export interface Found {
  readonly network: DraftHost;
  readonly domains: readonly ReadDomain[];
  readonly carried: StateHost['carried'];
  /** Of vifs that name none. */
  readonly bridge: string | null;
  readonly running: ReadonlySet<string> | null;
  readonly autostart: readonly string[];
}

/** The public addresses of routed guests: the first is `failover`. */
export function routedAddresses(domains: readonly ReadDomain[], { addresses }: DraftHost): StateHost['carried'] {
  const own = new Set(addresses.map(({ ip }) => ip));
  const carried = new Map<string, StateHost['carried'][number]>();
  for (const { guest } of domains)
    for (const { kind, ip, mac } of guest.vifs) {
      if (kind !== 'routed' || ip === null || own.has(ip) || carried.has(ip)) continue;
      carried.set(ip, { name: `failover${carried.size === 0 ? '' : `-${carried.size + 1}`}`, ip, mac });
    }
  return [...carried.values()];
}

interface Making {
  readonly found: Found;
  readonly left: Left[];
  readonly ips: Set<string>;
  readonly macs: Set<string>;
}

/** Each IP, MAC and address is one guest's: who comes second loses it, and that is told. */
export function guestsOf(
  found: Found,
  tables: Tables,
): { readonly guests: readonly StateGuest[]; readonly left: readonly Left[] } {
  const { network, running, autostart } = found;
  const making: Making = {
    found,
    left: [],
    ips: new Set(network.networks.flatMap(({ subnets }) => subnets.map(({ gateway }) => gateway))),
    macs: new Set(found.carried.flatMap(({ mac }) => mac ?? [])),
  };
  const guests = found.domains.map(({ path, guest }): StateGuest => ({
    name: guest.name,
    source: path,
    running: running === null ? null : running.has(guest.name),
    autostart: autostart.some((name) => path.endsWith(`/${name}`) || name.replace(/\.\w+$/, '') === guest.name),
    domu: guest,
    interfaces: guest.vifs.flatMap((vif) => interfaceOf(making, vif, { name: guest.name, path })),
    forwards: [],
  }));
  const known = new Set(guests.map(({ name }) => name));
  for (const name of running ?? [])
    if (!known.has(name))
      making.left.push({ at: null, what: `the guest ${name}`, why: 'it runs, and no file in /etc/xen has its config' });
  return { guests: [...guests, ...unknownGuests(making, tables, known)], left: making.left };
}

interface Who {
  readonly name: string;
  readonly path: string;
}

function interfaceOf(making: Making, vif: DraftVif, { name, path }: Who): readonly StateInterface[] {
  const { found, left, macs, ips } = making;
  const leave = (what: string, why: string): readonly StateInterface[] => {
    left.push({ at: { file: path, line: 1, column: 1 }, what: `${name}: ${what}`, why });
    return [];
  };
  if (vif.kind === 'routed') {
    const address = found.carried.find(({ ip }) => ip === vif.ip);
    if (address === undefined) return leave(`a vif with ${vif.ip ?? ''}`, 'that is an address of the host itself');
    if (ips.has(address.ip)) return leave(`a vif with ${address.ip}`, 'another guest carries that address');
    ips.add(address.ip);
    return [{ kind: 'routed', address: address.name, mac: address.mac === vif.mac ? null : vif.mac }];
  }
  const bridge = vif.bridge ?? found.bridge;
  if (bridge === null) return leave('a vif', 'it names no bridge, and neither does the toolstack’s own config');
  const network = found.network.networks.find((one) => one.bridge === bridge);
  if (network === undefined) return leave(`a vif on the bridge ${bridge}`, 'that is no network of this host’s own');
  if (vif.mac !== null && macs.has(vif.mac)) return leave(`a vif with the MAC ${vif.mac}`, 'another one has that MAC');
  if (vif.mac !== null) macs.add(vif.mac);
  const near = vif.mac === null ? [] : (found.network.near.get(`${bridge} ${vif.mac}`) ?? []);
  const seen = [...(vif.ip === null ? [] : [vif.ip]), ...near].filter(
    (ip) => !ips.has(ip) && network.subnets.some(({ cidr }) => inSubnet(ip, cidr)),
  );
  // A guest has one IP of each family here; what else it answers to is told by the rules that lead there.
  const own = families.flatMap((family) => seen.find((ip) => familyOf(ip) === family) ?? []);
  for (const ip of own) ips.add(ip);
  if (own.length === 0)
    leave(`its IP on ${bridge}`, 'no config says it, and the host has not spoken to it lately (ip neigh)');
  return [{ kind: 'nat', network: network.name, ips: own, mac: vif.mac, snat: null }];
}

const familyOf = (ip: string): Family => (ip.includes(':') ? 'v6' : 'v4');

/** Somebody is there, or nobody would have made a rule. */
function unknownGuests(
  { found, ips, left }: Making,
  tables: Tables,
  known: ReadonlySet<string>,
): readonly StateGuest[] {
  const targets = new Set(
    families.flatMap((family) => destinationCandidates(tables[family]).map(({ rule }) => rule.ip)),
  );
  return [...targets].flatMap((ip): readonly StateGuest[] => {
    if (ips.has(ip)) return [];
    const network = found.network.networks.find(({ subnets }) => subnets.some(({ cidr }) => inSubnet(ip, cidr)));
    if (network === undefined) {
      left.push({ at: null, what: `rules that lead to ${ip}`, why: 'no bridge of this host has it in its subnet' });
      return [];
    }
    const base = `guest-${ip.replace(/[^0-9a-f]+/g, '-').replace(/^-|-$/g, '')}`;
    const name = known.has(base) ? `${base}-b` : base;
    const only: StateInterface = { kind: 'nat', network: network.name, ips: [ip], mac: null, snat: null };
    return [{ name, source: null, running: null, autostart: false, domu: null, interfaces: [only], forwards: [] }];
  });
}
