/**
 * The reference host's surroundings as one shell script: the outside, dom0 and its uplink, as its owner and its
 * provider have set them up. Pure: options in, text out. What natroute itself makes (rules, guests) is not here.
 */
import type { Services } from './wire.ts';

export type Backend = 'legacy' | 'nft';
export type Reached = 'arp' | 'mac' | 'route';

export interface NetworkOptions {
  readonly backend: Backend;
  /** How the provider brings failover's packets to the host. */
  readonly reached: Reached;
  /** net.bridge.bridge-nf-call-iptables (and ip6tables) in dom0; null where the machine's kernel has no br_netfilter. */
  readonly bridgeNf: 0 | 1 | null;
  readonly ipv6: boolean;
}

/** The addresses of the reference network. */
export const reference = {
  main: '203.0.113.10',
  gateway: '203.0.113.1',
  failover: '198.51.100.28',
  failoverMac: '00:16:3e:00:00:28',
  bridge: '192.168.1.254',
  web: '192.168.1.1',
  mail: '192.168.1.2',
  /** Clients outside: `admins`, a mail server, somebody in no group, a neighbour of failover. */
  admin: '192.0.2.77',
  outsideMail: '192.0.2.9',
  stranger: '192.0.2.200',
  neighbour: '198.51.100.1',
} as const;

export const reference6 = {
  main: '2001:db8:1::10',
  gateway: '2001:db8:1::1',
  bridge: 'fd00:1::254',
  web: 'fd00:1::1',
  mail: 'fd00:1::2',
  admin: '2001:db8:7::77',
  outsideMail: '2001:db8:9::9',
  stranger: '2001:db8:9::200',
  failover: '2001:db8:2::28',
} as const;

const outside = [reference.admin, reference.outsideMail, reference.stranger, reference.neighbour];
const outside6 = [reference6.admin, reference6.outsideMail, reference6.stranger];

/** Where everything of a sandbox lies, as seen from inside. */
export const inside = {
  folder: '/run/sandbox',
  root: '/run/sandbox/root',
  bin: '/run/sandbox/bin',
  sockets: '/run/sandbox/sockets',
  temporary: '/run/sandbox/tmp',
} as const;

/** The ports on which every guest answers, far more than are forwarded: what should not arrive would be noticed. */
const guestPorts = [22, 25, 80, 443, 993, 2222, 3306, 7025, 7071, 8080, 8443, 60000, 60001, 60050, 60100];

export const guestServices: Services = { addresses: ['::'], tcp: guestPorts, udp: guestPorts };

/** dom0 has its sshd and nothing else; the outside has a mail server and a name server. */
export function fixedServices(ipv6: boolean): Readonly<Record<string, Services>> {
  const addresses = [reference.gateway, ...outside, ...(ipv6 ? [reference6.gateway, ...outside6] : [])];
  return {
    dom0: { addresses: ['::'], tcp: [22], udp: [] },
    internet: { addresses, tcp: [25, 53, 80], udp: [53] },
  };
}

/** The script, for `sh -eu` in fresh mount, pid, network and uts namespaces. Needs iproute2 and util-linux. */
export function networkScript(options: NetworkOptions): string {
  return [
    '# A private /run: names of namespaces, locks and all files of the sandbox go when the sandbox goes.',
    'mount -t tmpfs -o mode=755 natroute-sandbox /run',
    `mkdir -p ${inside.root} ${inside.bin} ${inside.sockets} ${inside.temporary} /run/lock`,
    'hostname dedibox',
    'ip netns add internet',
    'ip netns add dom0',
    "# /sys shows dom0's interfaces to whatever runs in dom0.",
    'nsenter --net=/run/netns/dom0 mount -t sysfs sysfs /sys',
    `nsenter --net=/run/netns/dom0 sh -eu -c '${sysctls(dom0Sysctls(options)).join('; ')}'`,
    `nsenter --net=/run/netns/internet sh -eu -c '${sysctls(internetSysctls(options)).join('; ')}'`,
    ...batch('dom0', dom0Links(options)),
    ...batch('internet', internetLinks(options)),
    ...batch('dom0', dom0Routes(options)),
    `nsenter --net=/run/netns/dom0 sh -eu -c '${sysctls(uplinkSysctls(options)).join('; ')}'`,
    ...shims(options.backend),
  ].join('\n');
}

function batch(namespace: string, lines: readonly string[]): readonly string[] {
  return [`ip -n ${namespace} -batch - <<'END'`, ...lines, 'END'];
}

type Sysctl = readonly [key: string, value: number];

function sysctls(list: readonly Sysctl[]): readonly string[] {
  return list.map(([key, value]) => `echo ${value} >/proc/sys/net/${key}`);
}

function dom0Sysctls(options: NetworkOptions): readonly Sysctl[] {
  const bridgeNf: readonly Sysctl[] =
    options.bridgeNf === null
      ? []
      : [
          ['bridge/bridge-nf-call-iptables', options.bridgeNf],
          ['bridge/bridge-nf-call-ip6tables', options.bridgeNf],
        ];
  return [
    ['ipv4/ip_forward', 1],
    ['ipv4/conf/all/rp_filter', 0],
    ['ipv4/conf/default/rp_filter', 0],
    ...bridgeNf,
    ...((options.ipv6
      ? [
          ['ipv6/conf/all/forwarding', 1],
          ['ipv6/conf/default/accept_dad', 0],
        ]
      : []) as readonly Sysctl[]),
  ];
}

function internetSysctls(options: NetworkOptions): readonly Sysctl[] {
  return [
    ['ipv4/ip_forward', 1],
    ['ipv4/conf/all/rp_filter', 0],
    ['ipv4/conf/default/rp_filter', 0],
    ...((options.ipv6 ? [['ipv6/conf/default/accept_dad', 0]] : []) as readonly Sysctl[]),
  ];
}

function dom0Links(options: NetworkOptions): readonly string[] {
  const links = [
    'link set lo up',
    'link add eth0 type veth peer name up0 netns internet',
    'link add br0 type bridge forward_delay 0',
    `address add ${reference.main}/24 dev eth0`,
    `address add ${reference.bridge}/24 dev br0`,
    'link set eth0 up',
    'link set br0 up',
  ];
  if (options.ipv6) {
    links.push(`address add ${reference6.main}/64 dev eth0 nodad`, `address add ${reference6.bridge}/64 dev br0 nodad`);
  }
  // The provider sends failover's frames to its MAC: only an interface that has it receives them.
  if (options.reached === 'mac') {
    links.push(
      `link add failover link eth0 address ${reference.failoverMac} type macvlan mode bridge`,
      'link set failover up',
    );
  }
  return links;
}

function internetLinks(options: NetworkOptions): readonly string[] {
  const links = ['link set lo up', `address add ${reference.gateway}/24 dev up0`, 'link set up0 up'];
  links.push(...outside.map((ip) => `address add ${ip}/32 dev lo`));
  if (options.ipv6) {
    links.push(`address add ${reference6.gateway}/64 dev up0 nodad`);
    links.push(...outside6.map((ip) => `address add ${ip}/128 dev lo nodad`));
    links.push(`route add ${reference6.failover}/128 via ${reference6.main}`);
  }
  switch (options.reached) {
    case 'arp':
      links.push(`route add ${reference.failover}/32 dev up0`);
      break;
    case 'mac':
      links.push(
        `route add ${reference.failover}/32 dev up0`,
        `neighbour add ${reference.failover} lladdr ${reference.failoverMac} dev up0 nud permanent`,
      );
      break;
    case 'route':
      links.push(`route add ${reference.failover}/32 via ${reference.main}`);
      break;
    default:
      return options.reached satisfies never;
  }
  return links;
}

function dom0Routes(options: NetworkOptions): readonly string[] {
  const routes = [`route add default via ${reference.gateway}`];
  if (options.ipv6) routes.push(`route add default via ${reference6.gateway}`);
  return routes;
}

function uplinkSysctls(options: NetworkOptions): readonly Sysctl[] {
  switch (options.reached) {
    case 'arp':
      return [
        ['ipv4/conf/eth0/proxy_arp', 1],
        // A proxied answer is otherwise held back by up to 0.8 s.
        ['ipv4/neigh/eth0/proxy_delay', 0],
      ];
    case 'mac':
      return [
        // Strict drops what comes in here, because the way back to the sender is eth0; and so does loose (2) on an
        // interface without an IPv4 address.
        ['ipv4/conf/failover/rp_filter', 0],
        // Or the kernel would answer requests for main with failover's MAC too.
        ['ipv4/conf/failover/arp_ignore', 8],
      ];
    case 'route':
      return [['ipv4/conf/eth0/forwarding', 1]];
    default:
      return options.reached satisfies never;
  }
}

/** iptables and its like as this backend's, for a PATH that begins with `inside.bin`. */
function shims(backend: Backend): readonly string[] {
  const names = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);
  return [
    `multi=$(command -v xtables-${backend}-multi) || { echo 'xtables-${backend}-multi is missing: apt-get install iptables' >&2; exit 1; }`,
    ...names.map((name) => `ln -s "$multi" ${inside.bin}/${name}`),
  ];
}
