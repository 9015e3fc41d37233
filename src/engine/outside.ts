/** Whether who came to the host came from outside: as its files say, and as the kernel would answer them. */
import { insideOf, leadsOut, uplinksOf } from '../core/confirm/arrivals.ts';
import type { Connection } from '../model/confirmation.ts';
import type { Host } from '../model/desired.ts';
import { limits } from '../model/limits.ts';
import type { World } from './world.ts';

type Ends = Pick<Connection, 'source' | 'destination'>;

/** The first of them to whom the way back is by an uplink: who is behind a bridge of others came from this very machine. */
export async function firstFromOutside(
  world: Pick<World, 'prober'>,
  host: Host,
  came: readonly Connection[],
): Promise<Connection | null> {
  const sources = new Map(came.map((one) => [`${one.source} ${one.destination}`, one]));
  const asked = [...sources.values()].slice(0, limits.arrivals);
  const ways = await world.prober.waysBack(asked);
  const outward = await outwardOf(world, host, ways);
  return asked.find((_, i) => outward.has(ways[i] ?? '')) ?? null;
}

/** Of these interfaces those that lead out, and the uplinks: a person may come by a VPN, or by a card that no file names. */
async function outwardOf(
  { prober }: Pick<World, 'prober'>,
  host: Host,
  ways: readonly (string | null)[],
): Promise<ReadonlySet<string>> {
  const uplinks = uplinksOf(host);
  const others = [...new Set(ways)].filter((way) => way !== null && !uplinks.has(way)) as string[];
  if (others.length === 0) return uplinks;
  const kinds = await prober.kindsOf(others);
  return new Set([...uplinks, ...[...kinds].flatMap(([name, kind]) => (leadsOut(name, kind) ? [name] : []))]);
}

/** What of this host such a connection came from, in words that follow `it comes from`; null where it came from outside. */
export async function whyInside(world: Pick<World, 'prober'>, host: Host, ends: Ends): Promise<string | null> {
  const { source, destination } = ends;
  const known = insideOf(host, source);
  if (known !== null) return known;
  const [way = null] = await world.prober.waysBack([ends]);
  if (way === null) return `${source}, and the kernel knows no way back there from ${destination}`;
  if ((await outwardOf(world, host, [way])).has(way)) return null;
  if (way === 'lo') return `this host itself (${source})`;
  return `${source} behind ${way}, which does not lead out of this machine`;
}
