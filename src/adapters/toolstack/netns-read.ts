/** Reads dom0 and a guest's namespace through `ip -json`. */
import { Fault } from '../../model/fault.ts';
import type { CommandRequest, CommandResult } from '../command.ts';
import type { GuestDevice, GuestFacts, HostFacts, HostLink, HostRoute } from './netns-steps.ts';

export type Run = (request: CommandRequest) => Promise<CommandResult>;

/** dom0's links, routes and proxy ARP. */
export async function readHost(run: Run): Promise<HostFacts> {
  const [links, addresses, routes4, routes6, netconf] = await Promise.all([
    json<RawLink>(run, ['-details', 'link', 'show']),
    json<RawAddresses>(run, ['address', 'show']),
    json<RawRoute>(run, ['-4', 'route', 'show']),
    json<RawRoute>(run, ['-6', 'route', 'show']),
    json<RawNetconf>(run, ['-4', 'netconf', 'show']),
  ]);
  const addressesOf = new Map(addresses.map((entry) => [entry.ifname, entry.addr_info ?? []]));
  return {
    links: new Map(links.map((link) => [link.ifname, hostLink(link, addressesOf.get(link.ifname) ?? [])])),
    routes: [...routes4, ...routes6].flatMap(hostRoute),
    proxyArp: new Set(netconf.flatMap((entry) => (entry.proxy_neigh === true ? [entry.interface ?? ''] : []))),
  };
}

/** The names of the network namespaces. */
export async function readNames(run: Run): Promise<ReadonlySet<string>> {
  const { stdout } = await run({ file: 'ip', args: ['netns', 'list'] });
  return new Set(
    stdout
      .split('\n')
      .flatMap((line) => line.split(' ')[0] ?? [])
      .filter((name) => name !== ''),
  );
}

/** A guest's namespace from within. */
export async function readGuest(run: Run, name: string): Promise<GuestFacts> {
  const at = ['-netns', name];
  const [devices, default4, default6] = await Promise.all([
    json<RawAddresses>(run, [...at, 'address', 'show']),
    json<RawRoute>(run, [...at, '-4', 'route', 'show', 'default']),
    json<RawRoute>(run, [...at, '-6', 'route', 'show', 'default']),
  ]);
  const first = (routes: readonly RawRoute[]): string | undefined =>
    routes.map((route) => `${route.gateway ?? ''} ${route.dev ?? ''}`)[0];
  const [v4, v6] = [first(default4), first(default6)];
  return {
    devices: new Map(devices.map((device) => [device.ifname, guestDevice(device)])),
    defaults: { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) },
  };
}

/** The processes that run in a namespace. */
export async function readProcesses(run: Run, name: string): Promise<readonly string[]> {
  const { stdout } = await run({ file: 'ip', args: ['netns', 'pids', name] });
  return stdout.split('\n').filter((line) => /^\d+$/.test(line));
}

interface RawLink {
  readonly ifname: string;
  readonly flags?: readonly string[];
  readonly master?: string;
  readonly ifalias?: string;
  readonly linkinfo?: { readonly info_slave_data?: { readonly hairpin?: boolean } };
}

interface RawAddress {
  readonly local?: string;
  readonly prefixlen?: number;
  readonly scope?: string;
}

interface RawAddresses {
  readonly ifname: string;
  readonly address?: string;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly RawAddress[];
}

interface RawRoute {
  readonly dst?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

interface RawNetconf {
  readonly interface?: string;
  readonly proxy_neigh?: boolean;
}

async function json<T>(run: Run, args: readonly string[]): Promise<readonly T[]> {
  const request = { file: 'ip', args: ['-json', ...args] };
  const { stdout } = await run(request);
  // Nothing to show is nothing printed, by some commands of iproute2.
  if (stdout.trim() === '') return [];
  try {
    const parsed: unknown = JSON.parse(stdout);
    if (Array.isArray(parsed)) return parsed as readonly T[];
  } catch {
    // Said below, as the wrong kind of answer is.
  }
  throw new Fault('command-failed', 'ip printed something other than the JSON list that was asked for.', {
    command: `ip ${request.args.join(' ')}`,
    output: stdout.slice(0, 500),
  });
}

const isUp = (flags: readonly string[] | undefined): boolean => flags?.includes('UP') ?? false;

const withPrefix = (address: RawAddress): string => `${address.local ?? ''}/${address.prefixlen ?? ''}`;

function hostLink(link: RawLink, addresses: readonly RawAddress[]): HostLink {
  return {
    name: link.ifname,
    alias: link.ifalias ?? null,
    master: link.master ?? null,
    hairpin: link.linkinfo?.info_slave_data?.hairpin ?? false,
    up: isUp(link.flags),
    addresses: addresses.map(withPrefix),
  };
}

/** The kernel's own routes (to the subnets of addresses) come and go by themselves. */
function hostRoute(route: RawRoute): readonly HostRoute[] {
  if (route.dst === undefined || route.dev === undefined || route.protocol === 'kernel') return [];
  return [{ to: route.dst, device: route.dev }];
}

function guestDevice(device: RawAddresses): GuestDevice {
  return {
    mac: device.address ?? '',
    up: isUp(device.flags),
    addresses: (device.addr_info ?? []).filter((address) => address.scope === 'global').map(withPrefix),
  };
}
