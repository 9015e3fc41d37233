/** The reference host as desired state, for what works without a state repository: the guests of the packet tests. */
import type { Desired, Forward, Guest, GuestInterface } from '../../src/model/desired.ts';
import type { Position } from '../../src/model/diagnostic.ts';
import { reference, reference6, type Reached } from './network.ts';

const at: Position = { file: 'reference', line: 1, column: 1 };

/** `web`, `mail` and the routed `siteclient`, on the host that `startSandbox` builds with the same options. */
export function referenceDesired({ reached, ipv6 }: { readonly reached: Reached; readonly ipv6: boolean }): Desired {
  const both = (v4: string, v6: string): { readonly v4: string; readonly v6?: string } => (ipv6 ? { v4, v6 } : { v4 });
  const main = both(reference.main, reference6.main);
  return {
    host: {
      name: 'dedibox',
      uplink: { interface: 'eth0', gateways: { v4: reference.gateway } },
      addresses: [
        address('main', main, { mac: null, reached: null, carriedBy: null }),
        address('failover', both(reference.failover, reference6.failover), {
          mac: reference.failoverMac,
          reached,
          carriedBy: 'siteclient',
        }),
      ],
      networks: [
        {
          name: 'lan',
          bridge: 'br0',
          subnets: [
            { family: 'v4', cidr: '192.168.1.0/24' },
            ...(ipv6 ? [{ family: 'v6', cidr: 'fd00:1::/64' } as const] : []),
          ],
          gateways: both(reference.bridge, reference6.bridge),
          snat: { kind: 'address', address: 'main' },
          hairpin: true,
          at,
        },
      ],
      listens: [{ ports: { first: 22, last: 22 }, protocol: 'tcp', at }],
      toolstack: 'netns',
      timezone: 'Europe/Paris',
      routes: [],
      sysctl: [],
      guestDefaults: {},
    },
    guests: [
      guest('mail', nat(both(reference.mail, reference6.mail), '00:16:3a:11:11:00'), [
        ...[25, 443, 7071, 993, 7025].map((port) => forward('mail', 'tcp', port, port)),
        ...[993, 7025].map((port) => forward('mail', 'udp', port, port)),
        forward('mail', 'tcp', 2222, 22),
      ]),
      guest('siteclient', { kind: 'routed', address: 'failover', mac: null, at }, []),
      guest('web', nat(both(reference.web, reference6.web), '00:16:3a:11:11:01'), [forward('web', 'tcp', 80, 80)]),
    ],
    checks: [],
    groups: new Map(),
  };
}

type Addresses = Desired['host']['addresses'];

function address(
  name: string,
  ips: Addresses[number]['ips'],
  rest: Pick<Addresses[number], 'mac' | 'reached' | 'carriedBy'>,
): Addresses[number] {
  return { name, ips, prefixes: {}, interface: 'eth0', ...rest, at };
}

function nat(ips: Addresses[number]['ips'], mac: string): GuestInterface {
  return { kind: 'nat', network: 'lan', ips, mac, snat: null, at };
}

function guest(name: string, only: GuestInterface, forwards: readonly Forward[]): Guest {
  return {
    name,
    description: null,
    owner: null,
    state: 'running',
    autostart: true,
    restart: 'never',
    memory: 512,
    vcpus: 1,
    type: null,
    boot: null,
    disks: [],
    interfaces: [only],
    options: {},
    forwards,
    at,
  };
}

function forward(guestName: string, protocol: 'tcp' | 'udp', port: number, to: number): Forward {
  return {
    guest: guestName,
    address: 'main',
    protocol,
    ports: { first: port, last: port },
    to: { first: to, last: to },
    sources: null,
    until: null,
    description: null,
    at,
  };
}
