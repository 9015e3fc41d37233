/** How long a host waits before it asks its remote: always the same for a host, spread evenly over many. */
import { createHash } from 'node:crypto';
import { limits } from '../model/limits.ts';

/** Seconds, from 0 to half of the time until the next ring and at most `limits.fetchJitterSeconds`. */
export function jitterSeconds(host: string, untilNextSeconds: number): number {
  const share = createHash('sha256').update(host).digest().readUInt32BE(0) / 2 ** 32;
  return share * Math.max(0, Math.min(limits.fetchJitterSeconds, untilNextSeconds / 2));
}
