/** Whether who came to the host came from outside: as its files say, and as the kernel would answer them. */
import { insideOf, uplinksOf } from '../core/confirm/arrivals.ts';
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
  const uplinks = uplinksOf(host);
  return asked.find((_, i) => uplinks.has(ways[i] ?? '')) ?? null;
}

/** What of this host such a connection came from, in words that follow `it comes from`; null where it came from outside. */
export async function whyInside(world: Pick<World, 'prober'>, host: Host, ends: Ends): Promise<string | null> {
  const { source, destination } = ends;
  const known = insideOf(host, source);
  if (known !== null) return known;
  const [way = null] = await world.prober.waysBack([ends]);
  const uplinks = uplinksOf(host);
  if (way === null) return `${source}, and the kernel knows no way back there from ${destination}`;
  if (uplinks.has(way)) return null;
  if (way === 'lo') return `this host itself (${source})`;
  return `${source} behind ${way}, which is no uplink in host.yaml (${[...uplinks].join(', ')})`;
}
