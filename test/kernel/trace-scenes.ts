/** Random nat tables around our compiled target, and random packets, for a host with two bridges and four guests. */
import type { Desired, Forward, Guest } from '../../src/model/desired.ts';
import type { Family } from '../../src/model/family.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { renderNat } from '../../src/core/nat/render.ts';
import type { Sender } from '../../src/core/trace/sender.ts';
import { address, guest, host, network, routedGuest } from '../core/nat-fixture.ts';
import type { Dice } from '../dice.ts';

const v6 = {
  main: '2001:db8:1::10',
  failover: '2001:db8:2::28',
  web: 'fd00:1::1',
  mail: 'fd00:1::2',
  db: 'fd00:2::1',
  stranger: '2001:db8:9::200',
  admin: '2001:db8:7::77',
  stray: 'fd00:1::77',
};
const v4 = {
  main: '203.0.113.10',
  extra: '203.0.113.11',
  failover: '198.51.100.28',
  web: '192.168.1.1',
  mail: '192.168.1.2',
  db: '10.2.0.1',
  stranger: '192.0.2.200',
  admin: '192.0.2.77',
  stray: '192.168.1.77',
  behind: '10.8.0.5',
};

/** The host without forwards. */
export function sceneHost(dice: Dice): Desired {
  const reached = dice.one(['arp', 'mac', 'route'] as const);
  const mac = '00:16:3e:00:00:28';
  const addresses = [
    address('main', { v4: v4.main, v6: v6.main }, { prefixes: { v4: 24, v6: 64 } }),
    address('extra', v4.extra),
    address('failover', { v4: v4.failover, v6: v6.failover }, { mac, reached, carriedBy: 'siteclient' }),
  ];
  const lan = network('lan', 'br0', ['192.168.1.0/24', 'fd00:1::/64'], {
    gateways: { v4: '192.168.1.254', v6: 'fd00:1::254' },
    snat: dice.one([{ kind: 'address', address: 'main', written: true }, { kind: 'masquerade' }, { kind: 'none' }]),
    hairpin: dice.chance(0.8),
  });
  const dmz = network('dmz', 'br1', ['10.2.0.0/16', 'fd00:2::/64'], {
    gateways: { v4: '10.2.255.254', v6: 'fd00:2::254' },
    snat: { kind: 'address', address: 'extra' },
    hairpin: dice.chance(0.5),
  });
  const guests = [
    guest('db', { v4: v4.db, v6: v6.db }, [], { network: 'dmz' }),
    guest('mail', { v4: v4.mail, v6: v6.mail }, [], dice.chance(0.5) ? { snat: 'extra' } : {}),
    routedGuest('siteclient', 'failover'),
    guest('web', { v4: v4.web, v6: v6.web }, []),
  ];
  const routes = [{ to: '10.8.0.0/24', via: v4.mail, at: { file: 'host.yaml', line: 1, column: 1 } }];
  return { host: host(addresses, [lan, dmz], { routes }), guests, checks: [], groups: new Map() };
}

export interface Scenery {
  readonly desired: Desired;
  /** As a person might have typed it: our rules among a stranger's. */
  readonly tables: Readonly<Record<Family, string>>;
}

export function scenery(dice: Dice, ground: Desired): Scenery {
  const guests = ground.guests.map((one): Guest =>
    one.name === 'siteclient' ? one : { ...one, forwards: forwards(dice, one.name) },
  );
  const desired = { ...ground, guests: withoutDoubles(guests) };
  const nat = compileNat(desired);
  return { desired, tables: { v4: mixed(dice, renderNat(nat.v4), 'v4'), v6: mixed(dice, renderNat(nat.v6), 'v6') } };
}

const ports = [22, 25, 53, 80, 443, 1000, 1001, 1050, 2222, 8080, 50000, 50049];

function forwards(dice: Dice, name: string): readonly Forward[] {
  return Array.from({ length: dice.upTo(5) }, (): Forward => {
    const first = dice.one(ports);
    const long = dice.chance(0.3) ? dice.one([1, 49]) : 0;
    const to = dice.one([first, 80, 22, 60000]);
    const sources = dice.one([null, null, [`${v4.admin}/32`], ['192.0.2.0/24', '2001:db8:7::/48'], ['192.168.1.0/24']]);
    return {
      guest: name,
      address: dice.one(['main', 'main', 'extra']),
      protocol: dice.one(['tcp', 'tcp', 'udp']),
      ports: { first, last: first + long },
      to: { first: to, last: to + long },
      sources,
      until: dice.one([null, null, null, '2020-01-01T00:00:00', '2037-01-01T00:00:00']),
      description: null,
      at: { file: `guests/${name}.yaml`, line: 1 + dice.upTo(30), column: 5 },
    };
  });
}

/** Two forwards under one key are an error that lint finds long before. */
function withoutDoubles(guests: readonly Guest[]): readonly Guest[] {
  const seen = new Set<string>();
  return guests.map((one) => ({
    ...one,
    forwards: one.forwards.filter((forward) => {
      const key = `${forward.address} ${forward.protocol} ${forward.ports.first}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    }),
  }));
}

type Kind = 'destination' | 'source' | 'input';

/** Strangers' rules before and behind our jumps, and in chains of their own. */
function mixed(dice: Dice, ours: string, family: Family): string {
  const lines = ours === '' ? [] : ours.split('\n').slice(1, -2);
  const chains = ['X-ONE', 'X-TWO', 'X-THREE'];
  const declared = chains.map((name) => `:${name} - [0:0]`);
  const body: string[] = [];
  const some = (most: number, make: () => string | null): void => {
    for (let i = dice.upTo(most + 1); i > 0; i--) {
      const line = make();
      if (line !== null) body.push(line);
    }
  };
  // X-ONE and X-TWO hold what PREROUTING and OUTPUT may hold, X-THREE what POSTROUTING may.
  some(4, () => rule(dice, family, { chain: 'X-TWO', kind: 'destination', jumps: [] }));
  some(4, () => rule(dice, family, { chain: 'X-ONE', kind: 'destination', jumps: ['X-TWO'] }));
  some(4, () => rule(dice, family, { chain: 'X-THREE', kind: 'source', jumps: [] }));
  const hooks = (most: number): void => {
    some(most, () => rule(dice, family, { chain: 'PREROUTING', kind: 'destination', jumps: ['X-ONE', 'X-TWO'] }));
    some(most, () => rule(dice, family, { chain: 'OUTPUT', kind: 'destination', jumps: ['X-ONE'] }));
    some(most, () => rule(dice, family, { chain: 'POSTROUTING', kind: 'source', jumps: ['X-THREE'] }));
    some(1, () => rule(dice, family, { chain: 'INPUT', kind: 'input', jumps: [] }));
  };
  hooks(dice.one([0, 1, 2]));
  const before = body.splice(0);
  hooks(4);
  const builtin = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((name) => `:${name} ACCEPT [0:0]`);
  const own = lines.filter((line) => line.startsWith(':'));
  const rules = lines.filter((line) => line.startsWith('-'));
  // Without one rule that uses conntrack the kernel asks the nat table nothing at all.
  const awake = '-A INPUT -m conntrack --ctstate INVALID -j ACCEPT';
  return ['*nat', ...builtin, ...own, ...declared, ...before, ...rules, ...body, awake, 'COMMIT', ''].join('\n');
}

interface Place {
  readonly chain: string;
  readonly kind: Kind;
  readonly jumps: readonly string[];
}

function rule(dice: Dice, family: Family, place: Place): string | null {
  const { basics, protocol } = conditions(dice, family, place);
  const jump = jumpFor(dice, family, { place, protocol });
  return ['-A', place.chain, ...basics, ...jump].join(' ');
}

function conditions(dice: Dice, family: Family, place: Place): { basics: string[]; protocol: string | null } {
  const some: string[] = [];
  const not = (): string[] => (dice.chance(0.15) ? ['!'] : []);
  if (dice.chance(0.25)) some.push(...not(), '-s', dice.one(networks[family]));
  if (dice.chance(0.3)) some.push(...not(), '-d', dice.one(networks[family]));
  const interfaces = ['eth0', 'br0', 'br1', 'br+', 'vif+', 'eth+', 'lo', 'nosuch'];
  const userChain = place.chain.startsWith('X-');
  if (dice.chance(0.2) && (userChain || place.chain === 'PREROUTING' || place.chain === 'INPUT'))
    some.push(...not(), '-i', dice.one(interfaces));
  if (dice.chance(0.2) && (userChain || place.chain === 'OUTPUT' || place.chain === 'POSTROUTING'))
    some.push(...not(), '-o', dice.one(interfaces));
  const protocol = dice.chance(0.7) ? dice.one(['tcp', 'tcp', 'udp']) : null;
  if (protocol !== null) some.push('-p', protocol, ...portMatch(dice, protocol));
  else if (dice.chance(0.1)) some.push('!', '-p', 'udp');
  for (let i = dice.one([0, 0, 0, 1, 1, 2]); i > 0; i--) some.push(...extraMatch(dice, family, place));
  return { basics: some, protocol };
}

function portMatch(dice: Dice, protocol: string): readonly string[] {
  const port = (): string => (dice.chance(0.2) ? '1000:1060' : String(dice.one(ports)));
  const not = dice.chance(0.1) ? ['!'] : [];
  switch (dice.upTo(7)) {
    case 0:
      return [];
    case 1:
      return ['-m', 'multiport', ...not, '--dports', [port(), port()].join(',')];
    case 2:
      return ['-m', protocol, '--sport', '0:65535', ...not, '--dport', port()];
    case 3:
      return protocol === 'tcp'
        ? ['-m', 'tcp', '--dport', port(), '--tcp-flags', 'FIN,SYN,RST,ACK', 'SYN']
        : ['-m', protocol, '--dport', port()];
    case 4:
      return ['-m', 'multiport', ...not, '--ports', port()];
    default:
      return ['-m', protocol, ...not, '--dport', port()];
  }
}

function extraMatch(dice: Dice, family: Family, place: Place): readonly string[] {
  const not = dice.chance(0.2) ? ['!'] : [];
  switch (dice.upTo(13)) {
    case 0:
      return [
        '-m',
        'conntrack',
        ...not,
        '--ctstate',
        dice.one(['NEW', 'DNAT', 'RELATED,ESTABLISHED', 'SNAT', 'NEW,DNAT']),
      ];
    case 1:
      return [
        '-m',
        'conntrack',
        ...not,
        dice.one(['--ctorigdst', '--ctorigsrc', '--ctreplsrc', '--ctrepldst']),
        dice.one(networks[family]),
      ];
    case 2:
      return ['-m', 'conntrack', ...not, '--ctorigdstport', String(dice.one(ports))];
    case 3:
      return ['-m', 'conntrack', '--ctdir', dice.one(['ORIGINAL', 'REPLY'])];
    case 4:
      return [
        '-m',
        'addrtype',
        ...not,
        dice.one(['--dst-type', '--src-type']),
        dice.one(['LOCAL', 'UNICAST', family === 'v4' ? 'LOCAL,BROADCAST' : 'LOCAL,UNICAST']),
      ];
    case 5:
      return ['-m', 'iprange', ...not, dice.one(['--src-range', '--dst-range']), dice.one(ipRanges[family])];
    case 6:
      return [
        '-m',
        'time',
        ...dice.one([
          ['--datestop', '2020-01-01T00:00:00'],
          ['--datestart', '2020-01-01T00:00:00'],
          ['--weekdays', 'Mon,Tue,Wed,Thu,Fri,Sat,Sun'],
          ['--timestart', '00:00:00', '--timestop', '23:59:59'],
        ]),
      ];
    case 7:
      return ['-m', 'comment', '--comment', '"a \\"stranger\'s\\" -j DROP"'];
    case 8:
      return ['-m', 'statistic', '--mode', 'nth', '--every', '2', '--packet', '0'];
    case 9:
      return ['-m', 'mark', ...not, '--mark', '0x1'];
    case 10:
      return place.chain === 'OUTPUT' || place.chain === 'POSTROUTING'
        ? ['-m', 'owner', ...not, '--uid-owner', '0']
        : [];
    case 11:
      return ['-m', 'state', ...not, '--state', 'NEW'];
    default:
      return ['-m', 'conntrack', '--ctstatus', dice.one(['NONE', 'EXPECTED', 'CONFIRMED'])];
  }
}

const networks: Readonly<Record<Family, readonly string[]>> = {
  v4: [
    ...[v4.main, v4.main, v4.extra, v4.failover, v4.web, v4.mail, v4.db, v4.stranger, v4.admin],
    ...[
      '192.168.1.0/24',
      '192.168.1.254',
      '10.0.0.0/8',
      '203.0.113.0/24',
      '192.0.2.0/24',
      '0.0.0.0/1',
      '0.0.0.2/0.0.0.2',
    ],
  ],
  v6: [
    ...[v6.main, v6.main, v6.failover, v6.web, v6.mail, v6.db, v6.stranger, v6.admin],
    ...['fd00:1::/64', 'fd00::/16', '2001:db8::/32', '2001:db8:9::/48', '::2/::2'],
  ],
};

const ipRanges: Readonly<Record<Family, readonly string[]>> = {
  v4: ['192.168.1.1-192.168.1.1', '192.168.1.2-192.168.1.100', '192.0.2.0-192.0.2.255', '203.0.113.9-203.0.113.11'],
  v6: ['fd00:1::1-fd00:1::1', 'fd00:1::2-fd00:1::100', '2001:db8:7::-2001:db8:9:ffff::'],
};

interface Jumping {
  readonly place: Place;
  readonly protocol: string | null;
}

function jumpFor(dice: Dice, family: Family, { place, protocol }: Jumping): readonly string[] {
  const chain = place.jumps.length === 0 || dice.chance(0.6) ? null : dice.one(place.jumps);
  if (chain !== null) return [dice.chance(0.75) ? '-j' : '-g', chain];
  const any = dice.upTo(10);
  if (any === 0) return ['-j', 'ACCEPT'];
  if (any === 1) return ['-j', 'RETURN'];
  if (any === 2) return dice.one([[], ['-j', 'NFLOG'], ['-j', 'MARK', '--set-xmark', '0x0/0x0']]);
  switch (place.kind) {
    case 'destination':
      return destinationJump(dice, family, protocol);
    case 'source':
      return sourceJump(dice, family, protocol);
    case 'input':
      return ['-j', 'SNAT', '--to-source', family === 'v4' ? '192.0.2.66' : '2001:db8:9::66'];
    default:
      return place.kind satisfies never;
  }
}

function destinationJump(dice: Dice, family: Family, protocol: string | null): readonly string[] {
  const ip = dice.one(
    family === 'v4'
      ? [v4.web, v4.mail, v4.db, v4.failover, '192.0.2.99', v4.main, '192.168.1.99']
      : [v6.web, v6.mail, v6.db, v6.failover, '2001:db8:9::99', v6.main],
  );
  const bracketed = family === 'v6' ? `[${ip}]` : ip;
  const random = dice.chance(0.1) ? ['--random'] : dice.chance(0.1) ? ['--persistent'] : [];
  if (dice.chance(0.1)) return ['-j', 'NETMAP', '--to', family === 'v4' ? '192.168.1.0/29' : 'fd00:1::/118'];
  const near = dice.one(['8080', '60000-60100', '1000-1060', '60000-60100/1000', '8080-8082']);
  if (protocol === null) return ['-j', 'DNAT', '--to-destination', ip, ...random];
  switch (dice.upTo(6)) {
    case 0:
      return ['-j', 'REDIRECT', ...(dice.chance(0.5) ? ['--to-ports', '8080'] : [])];
    case 1:
      return ['-j', 'DNAT', '--to-destination', `:${dice.one(['8080', '1000-1060'])}`, ...random];
    case 2:
      return ['-j', 'DNAT', '--to-destination', ip, ...random];
    case 3:
      return ['-j', 'DNAT', '--to-destination', family === 'v4' ? '192.168.1.1-192.168.1.2' : 'fd00:1::1-fd00:1::2'];
    default:
      return ['-j', 'DNAT', '--to-destination', `${bracketed}:${near}`, ...random];
  }
}

function sourceJump(dice: Dice, family: Family, protocol: string | null): readonly string[] {
  const ip = family === 'v4' ? dice.one([v4.main, v4.extra, '203.0.113.10-203.0.113.11']) : v6.main;
  switch (dice.upTo(4)) {
    case 0:
      return ['-j', 'MASQUERADE', ...(protocol !== null && dice.chance(0.3) ? ['--to-ports', '40000-50000'] : [])];
    case 1:
      return ['-j', 'NETMAP', '--to', family === 'v4' ? '203.0.113.11/32' : `${v6.main}/128`];
    default:
      return ['-j', 'SNAT', '--to-source', ip, ...(dice.chance(0.1) ? ['--random'] : [])];
  }
}

export interface Thought {
  readonly sender: Sender;
  readonly to: { readonly ip: string; readonly port: number; readonly protocol: 'tcp' | 'udp' };
}

export function thought(dice: Dice): Thought {
  const family = dice.one(['v4', 'v4', 'v6'] as const);
  const ips = family === 'v4' ? v4 : v6;
  const sender = dice.one<Sender>([
    { kind: 'internet' },
    { kind: 'internet' },
    { kind: 'ip', ip: ips.admin },
    { kind: 'ip', ip: ips.stranger },
    ...['web', 'mail', 'db', 'siteclient'].map((name): Sender => ({ kind: 'guest', guest: name })),
    { kind: 'host' },
    { kind: 'host' },
    { kind: 'ip', ip: ips.stray },
    ...(family === 'v4' ? [{ kind: 'ip', ip: v4.behind } as const] : []),
  ]);
  const public4 = [v4.main, v4.main, v4.main, v4.extra, v4.extra, v4.failover];
  const public6 = [v6.main, v6.main, v6.failover];
  const rest4 = [v4.web, v4.mail, v4.db, v4.stranger, '192.168.1.254', '192.168.1.98', '203.0.113.77', '10.8.0.9'];
  const rest6 = [v6.web, v6.mail, v6.db, v6.stranger, 'fd00:1::254', '2001:db8:1::77'];
  const publics = family === 'v4' ? public4 : public6;
  const ip = dice.chance(0.7) ? dice.one(publics) : dice.one(family === 'v4' ? rest4 : rest6);
  return { sender, to: { ip, port: dice.one(ports), protocol: dice.one(['tcp', 'tcp', 'udp']) } };
}
