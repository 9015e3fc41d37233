/** The reference host as files, with one thing changed at a time. */
import type { Family } from '../../src/model/family.ts';

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

/** The same for both families, with the guest on a network of both. */
export function stateOfBoth(ports: readonly number[]): Readonly<Record<string, string>> {
  return {
    'host.yaml': `uplink: {interface: eth0, gateway: 203.0.113.1}
addresses: {main: {ip: [203.0.113.10, "2001:db8:1::10"]}}
networks: {lan: {bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], snat: masquerade}}
toolstack: netns
`,
    'guests/web.yaml': `interfaces:
  - {network: lan, ip: [192.168.1.1, "fd00:1::1"]}
forwards: [${ports.map((port) => `{port: ${port}}`).join(', ')}]
`,
  };
}

/** What the owner's script had before: rules that forwards of 80 and 443 say too, among some that nobody says. */
export function oldRules(family: Family): readonly string[] {
  const own = { v4: ['203.0.113.10/32', '192.168.1.1'], v6: ['2001:db8:1::10/128', '[fd00:1::1]'] } as const;
  const [main, web] = own[family];
  const rule = (port: number): string => `-p tcp -m tcp --dport ${port} -j DNAT --to-destination ${web}:${port}`;
  return [
    '-A PREROUTING -m mark --mark 0x1 -j RETURN',
    `-A PREROUTING ${rule(80)}`,
    '-A PREROUTING -m mark --mark 0x2 -j RETURN',
    `-A PREROUTING ${rule(443)}`,
    `-A PREROUTING ${rule(8080)}`,
    `-A OUTPUT -d ${main} ${rule(80)}`,
  ];
}
