/** Which connection proves that the outside still gets in to the host itself. */
import type { Connection, PortKey } from '../../model/confirmation.ts';
import type { Host } from '../../model/desired.ts';
import { families } from '../../model/family.ts';
import { isIn, mustParseIp, parseMasked } from '../trace/ip.ts';
import { connectionKey } from './words.ts';

export interface Doorway {
  readonly host: Pick<Host, 'addresses' | 'networks'>;
  readonly any: readonly PortKey[];
  /** Connections from before the change. */
  readonly known: ReadonlySet<string>;
}

/**
 * The first that is new, came from outside, was answered, and ended at the host itself: a packet that a rule led to a
 * guest, or one from the host or its guests, proves nothing about the way in.
 */
export function arrivalIn(connections: readonly Connection[], { host, any, known }: Doorway): Connection | null {
  const own = new Set(host.addresses.flatMap(({ ips }) => families.flatMap((family) => ips[family] ?? [])));
  const subnets = host.networks.flatMap((network) => network.subnets.flatMap(({ cidr }) => parseMasked(cidr) ?? []));
  const isInside = (ip: string): boolean => {
    const parsed = mustParseIp(ip);
    return own.has(ip) || subnets.some((subnet) => isIn(parsed, subnet));
  };
  const found = connections.find(
    (one) =>
      one.answered &&
      one.replySource === one.destination &&
      one.source !== one.destination &&
      any.some(
        ({ protocol, ports }) => protocol === one.protocol && ports.first <= one.port && one.port <= ports.last,
      ) &&
      !known.has(connectionKey(one)) &&
      !isInside(one.source),
  );
  return found ?? null;
}
