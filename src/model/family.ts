/** The two IP families; every nat table exists once in each. */

export type Family = 'v4' | 'v6';
export const families: readonly Family[] = ['v4', 'v6'];

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** An inclusive range of ports; one port has first === last. */
export interface Ports {
  readonly first: number;
  readonly last: number;
}

/** `80` or `50000-50100`. */
export function showPorts(ports: Ports): string {
  return ports.first === ports.last ? String(ports.first) : `${ports.first}-${ports.last}`;
}

/** An IPv6 that each link may have once more (fe80::/10): without its interface it leads nowhere. */
export function isLinkLocal(ip: string): boolean {
  return /^fe[89ab].:/i.test(ip);
}
