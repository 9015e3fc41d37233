/** An IP with a port as people write it: IPv6 in brackets. */
export function showSocket(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
