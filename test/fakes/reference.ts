/** The reference host as files, with one thing changed at a time. */

export const hostFile = `uplink: {interface: eth0, gateway: 203.0.113.1}
addresses:
  main: 203.0.113.10/24
  failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: arp}
networks:
  lan: {bridge: br0, subnet: 192.168.1.0/24, gateway: 192.168.1.254, snat: masquerade, hairpin: true}
listens: [22/tcp]
toolstack: netns
`;

export function webFile(ports: readonly number[]): string {
  const forwards = ports.map((port) => `  - {port: ${port}}\n`).join('');
  return `interfaces:\n  - {network: lan, ip: 192.168.1.1}\n${ports.length === 0 ? '' : `forwards:\n${forwards}`}`;
}

/** host.yaml and a guest `web` with these ports of main. */
export function stateWith(ports: readonly number[]): Readonly<Record<string, string>> {
  return { 'host.yaml': hostFile, 'guests/web.yaml': webFile(ports) };
}
