/** Reads dom0 and a guest's namespace through `ip -json`. */
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { CommandRequest, CommandResult } from '../command.ts';
import type { GuestDevice, GuestFacts, HostFacts, HostLink, HostRoute } from './netns-steps.ts';

export type Run = (request: CommandRequest) => Promise<CommandResult>;

/** dom0's links, routes and proxy ARP. */
export async function readHost(run: Run): Promise<HostFacts> {
  const [[links = [], addresses = [], routes4 = [], netconf = []], [routes6 = []]] = await Promise.all([
    batch(run, ['-details'], ['link show', 'address show', 'route show', 'netconf show']),
    batch(run, ['-6'], ['route show']),
  ]);
  const addressesOf = new Map(addresses.map((row) => [row.ifname, row.addr_info ?? []]));
  const proxying = netconf.filter((row) => row.family === 'inet' && row.proxy_neigh === true);
  return {
    links: new Map(links.map((row) => [row.ifname ?? '', hostLink(row, addressesOf.get(row.ifname) ?? [])])),
    routes: [...routes4, ...routes6].flatMap(hostRoute),
    proxyArp: new Set(proxying.map((row) => row.interface ?? '')),
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
  const [[devices = [], default4 = []], [default6 = []]] = await Promise.all([
    batch(run, at, ['address show', 'route show default']),
    batch(run, [...at, '-6'], ['route show default']),
  ]);
  const first = (routes: readonly Row[]): string | undefined =>
    routes.map((row) => `${row.gateway ?? ''} ${row.dev ?? ''}`)[0];
  const [v4, v6] = [first(default4), first(default6)];
  return {
    devices: new Map(devices.map((row) => [row.ifname ?? '', guestDevice(row)])),
    defaults: { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) },
  };
}

/** The processes that run in a namespace. */
export async function readProcesses(run: Run, name: string): Promise<readonly string[]> {
  const { stdout } = await run({ file: 'ip', args: ['netns', 'pids', name] });
  return stdout.split('\n').filter((line) => /^\d+$/.test(line));
}

/** One row of what `ip -json` shows: a link, a route or an interface's settings, as far as it is read here. */
interface Row {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly address?: string;
  readonly master?: string;
  readonly ifalias?: string;
  readonly linkinfo?: { readonly info_slave_data?: { readonly hairpin?: boolean } };
  readonly addr_info?: readonly RowAddress[];
  readonly dst?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
  readonly family?: string;
  readonly interface?: string;
  readonly proxy_neigh?: boolean;
}

interface RowAddress {
  readonly local?: string;
  readonly prefixlen?: number;
  readonly scope?: string;
}

/** Several questions to one `ip`, which is most of their cost; one JSON list for each. */
async function batch(
  run: Run,
  options: readonly string[],
  lines: readonly string[],
): Promise<readonly (readonly Row[])[]> {
  const args = ['-json', ...options, '-batch', '-'];
  const { stdout } = await run({ file: 'ip', args, input: `${lines.join('\n')}\n`, outputBytes: limits.ipOutputBytes });
  try {
    const lists = stdout.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
    if (lists.length === lines.length && lists.every((list) => Array.isArray(list))) return lists as Row[][];
  } catch {
    // Said below, as the wrong number of answers is.
  }
  throw new Fault('command-failed', `ip printed something other than the ${lines.length} JSON lists asked for.`, {
    command: `ip ${args.join(' ')} (${lines.join('; ')})`,
    output: stdout.slice(0, 500),
  });
}

const isUp = (flags: readonly string[] | undefined): boolean => flags?.includes('UP') ?? false;

const withPrefix = (address: RowAddress): string => `${address.local ?? ''}/${address.prefixlen ?? ''}`;

function hostLink(link: Row, addresses: readonly RowAddress[]): HostLink {
  return {
    name: link.ifname ?? '',
    alias: link.ifalias ?? null,
    master: link.master ?? null,
    hairpin: link.linkinfo?.info_slave_data?.hairpin ?? false,
    up: isUp(link.flags),
    addresses: addresses.map(withPrefix),
  };
}

/** The kernel's own routes (to the subnets of addresses) come and go by themselves. */
function hostRoute(route: Row): readonly HostRoute[] {
  if (route.dst === undefined || route.dev === undefined || route.protocol === 'kernel') return [];
  return [{ to: route.dst, device: route.dev }];
}

function guestDevice(device: Row): GuestDevice {
  return {
    mac: device.address ?? '',
    up: isUp(device.flags),
    addresses: (device.addr_info ?? []).filter((address) => address.scope === 'global').map(withPrefix),
  };
}
