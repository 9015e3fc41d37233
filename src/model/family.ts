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
