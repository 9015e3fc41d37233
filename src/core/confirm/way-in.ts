/** Whether a change touches the way in to the host itself, and what then proves that it is still open. */
import ipaddr from 'ipaddr.js';
import type { PortKey } from '../../model/confirmation.ts';
import type { Host } from '../../model/desired.ts';
import { families, showPorts, type Family } from '../../model/family.ts';
import type { FoundSysctls } from '../../model/file.ts';
import { sysctlValue } from '../../model/sysctl.ts';
import type { SysctlTarget, Target } from '../../model/target.ts';
import { sameRules } from '../nat/lines.ts';
import { addressChainPrefix } from '../nat/ours.ts';
import {
  reachedAddresses,
  readEntrances,
  showEnd,
  type Entrance,
  type EntranceRule,
  type RulesByChain,
} from '../plan/entrances.ts';
import { targetRules } from '../plan/plan.ts';

type Side = Pick<Target, 'host' | 'nat' | 'sysctls'>;

/** What is there now, and what else is a way in. */
export interface Surroundings {
  /** Further ports by which the host is reached, as the local config names them. */
  readonly doors: readonly PortKey[];
  readonly sysctls: FoundSysctls;
}

/**
 * One sentence for each part of the change that could lock people out; [] for none. `before` null: nothing of ours was
 * there.
 */
export function wayInChanges(before: Side | null, after: Side, { doors, sysctls }: Surroundings): readonly string[] {
  const guarded = [...(before?.host.listens ?? []), ...after.host.listens, ...doors];
  return [
    ...(before === null ? [] : hostChanges(before.host, after.host)),
    ...settingChanges(before, after, sysctls),
    ...coverings(before, after, guarded),
  ];
}

/** What a guest needs of the host at first, and what changes nothing for those who come to the host itself. */
const harmless =
  /^net\.(?:ipv4\.ip_forward=1|ipv[46]\.conf\.[^.]+\.proxy_(?:arp|ndp)=1|ipv4\.neigh\.[^.]+\.proxy_delay=0|ipv6\.conf\.[^.]+\.accept_ra=2)$/;

/**
 * Those that decide what the host takes in and forwards, wherever they reach one of its own interfaces. What natroute had
 * not set before changes from what is there.
 */
function settingChanges(before: Side | null, after: Side, there: FoundSysctls): readonly string[] {
  const own = (host: Host): readonly string[] => [
    host.uplink.interface,
    ...host.addresses.filter(({ carriedBy }) => carriedBy === null).map((address) => address.interface),
  ];
  const names = new Set(['all', 'default', ...(before === null ? [] : own(before.host)), ...own(after.host)]);
  // A host that forwards drops the routes that its provider announces, unless it was told first to take them all the same.
  const keepsRoutes = after.sysctls.some(({ key, value }) => key.endsWith('.accept_ra') && sysctlValue(value) === '2');
  const decides = ({ key, value }: SysctlTarget): boolean => {
    if (harmless.test(`${key}=${sysctlValue(value)}`)) return false;
    if (key === 'net.ipv6.conf.all.forwarding' && sysctlValue(value) === '1' && keepsRoutes) return false;
    if (key === 'net.ipv4.ip_forward') return true;
    const name = /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\./.exec(key)?.[1];
    return name !== undefined && names.has(name.replaceAll('/', '.'));
  };
  const was = new Map(before?.sysctls.map(({ key, value }) => [key, value]));
  return after.sysctls.filter(decides).flatMap(({ key, value }) => {
    const old = was.get(key) ?? there.get(key) ?? null;
    return changed(`the kernel setting ${key}`, old === null ? null : sysctlValue(old), sysctlValue(value));
  });
}

function hostChanges(before: Host, after: Host): readonly string[] {
  const [old, next] = [before.listens.map(showPort), after.listens.map(showPort)];
  const gone = old.filter((one) => !next.includes(one));
  const come = next.filter((one) => !old.includes(one));
  const addressOf = ({ addresses }: Host, name: string): string | null => {
    const address = addresses.find((one) => one.name === name && one.carriedBy === null);
    return address === undefined ? null : families.flatMap((family) => address.ips[family] ?? []).join(' and ');
  };
  return [
    ...(gone.length === 0 ? [] : [`listens loses ${gone.join(', ')}`]),
    ...(come.length === 0 ? [] : [`listens gets ${come.join(', ')}`]),
    ...changed('the uplink', before.uplink.interface, after.uplink.interface),
    ...families.flatMap((family) =>
      changed(
        `the uplink's ${family === 'v4' ? '' : 'IPv6 '}gateway`,
        before.uplink.gateways[family] ?? null,
        after.uplink.gateways[family] ?? null,
      ),
    ),
    ...before.addresses
      .filter(({ carriedBy }) => carriedBy === null)
      .flatMap(({ name }) => changed(`the address ${name}`, addressOf(before, name), addressOf(after, name))),
    ...routeChanges(before.routes, after.routes),
  ];
}

/** The way back to people outside is theirs in: a route to where they may be leads it elsewhere. */
function routeChanges(before: Host['routes'], after: Host['routes']): readonly string[] {
  const to = new Set([...before, ...after].map((route) => route.to).filter((cidr) => !isPrivate(cidr)));
  const viaOf = (routes: Host['routes'], cidr: string): string | null =>
    routes.find((route) => route.to === cidr)?.via ?? null;
  return [...to].flatMap((cidr) => changed(`the route to ${cidr}`, viaOf(before, cidr), viaOf(after, cidr)));
}

const privateNetworks = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'].map((cidr) =>
  ipaddr.parseCIDR(cidr),
);

function isPrivate(cidr: string): boolean {
  const [ip, bits] = ipaddr.parseCIDR(cidr);
  return privateNetworks.some(
    ([network, length]) => ip.kind() === network.kind() && bits >= length && ip.match([network, length]),
  );
}

function changed(what: string, before: string | null, after: string | null): readonly string[] {
  return before === after ? [] : [`${what} changes from ${before ?? 'none'} to ${after ?? 'none'}`];
}

/** Ways to guests that are new and begin at a port on which the host itself is reached. */
function coverings(before: Side | null, after: Side, guarded: readonly PortKey[]): readonly string[] {
  const said = families.flatMap((family) => {
    const [was, is] = [reachedOf(before, family), reachedOf(after, family)];
    // Most addresses keep their rules, and a host may have ten thousand.
    const changed = [...is].filter(([address, rules]) => !keeps(address, was.get(address), rules));
    const come = changed
      .flatMap(([address, rules]) => entriesOf(address, without(rules, was.get(address))))
      .filter(({ entrance }) => guarded.some((door) => covers(door, entrance)));
    if (come.length === 0) return [];
    const old = new Set(changed.flatMap(([address]) => entriesOf(address, was.get(address) ?? [])).map(likeness));
    return come
      .filter((entry) => !old.has(likeness(entry)))
      .map((entry) => {
        const { ports } = entry.entrance;
        return `${entry.address}:${showPort(entry.entrance)} goes to ${showEnd(entry.entrance, ports)} instead of the host`;
      });
  });
  return [...new Set(said)];
}

function without(rules: readonly EntranceRule[], known: readonly EntranceRule[] = []): readonly EntranceRule[] {
  const texts = new Set(known.map(({ text }) => text));
  return rules.filter(({ text }) => !texts.has(text));
}

interface Entry {
  readonly address: string;
  readonly entrance: Entrance;
}

function reachedOf(side: Side | null, family: Family): RulesByChain {
  return side === null ? new Map() : reachedAddresses(targetRules(side.nat[family]));
}

function keeps(address: string, before: readonly EntranceRule[] | undefined, after: readonly EntranceRule[]): boolean {
  return before !== undefined && sameRules(addressChainPrefix + address, before, after);
}

function entriesOf(address: string, rules: readonly EntranceRule[]): readonly Entry[] {
  return rules.flatMap((rule) => readEntrances(rule).map((entrance) => ({ address, entrance })));
}

function likeness({ address, entrance }: Entry): string {
  return JSON.stringify([address, { ...entrance, counters: null }]);
}

function covers(door: PortKey, { protocol, ports }: PortKey): boolean {
  return door.protocol === protocol && door.ports.first <= ports.last && ports.first <= door.ports.last;
}

function showPort({ ports, protocol }: PortKey): string {
  return `${showPorts(ports)}/${protocol}`;
}

/**
 * The ports of which one must be reached from outside after such a change. Where one is lost, the others were open
 * before and prove nothing: only what came in its place does, or else the lost one itself.
 */
export function doorsToProve(before: Host | null, after: Host): readonly PortKey[] {
  const plain = ({ ports, protocol }: PortKey): PortKey => ({ ports, protocol });
  if (before === null) return after.listens.map(plain);
  const [old, next] = [before.listens.map(showPort), after.listens.map(showPort)];
  const gone = before.listens.filter((one) => !next.includes(showPort(one)));
  const come = after.listens.filter((one) => !old.includes(showPort(one)));
  const doors = gone.length === 0 ? after.listens : come.length === 0 ? gone : come;
  return doors.map(plain);
}
