/** What good files become: every default filled in, every list a list, every IP spelled as iptables prints it. */
import { strict as assert } from 'node:assert';
import { SocketAddress } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { spellIp } from '../../src/core/parse/spell/ips.ts';
import type { Desired, Guest } from '../../src/model/desired.ts';
import { filesBelow, golden, stateOf } from './state-files.ts';

const now = new Date('2026-06-01T00:00:00Z');
const host = `uplink: { interface: eth0, gateway: 203.0.113.1 }
addresses:
  main: { ip: [203.0.113.10/24, "2001:DB8:0:0::10/64"] }
  second: 203.0.113.11
  failover: { ip: 198.51.100.28, mac: "00:16:3E:00:00:28", reached: arp }
  other: { ip: 198.51.100.29, interface: eth1 }
networks:
  lan: { bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], gateway: [192.168.1.254, "fd00:1::fe"] }
  dmz: { bridge: br1, subnet: 10.0.0.0/24, snat: second, hairpin: false }
  priv: { bridge: br2, subnet: 10.0.1.0/24, snat: none }
listens: [22/tcp, 60000-61000/udp]
toolstack: netns
timezone: Europe/Paris
routes: [{ to: 10.8.0.0/24, via: 192.168.1.7 }]
sysctl: { net.ipv4.tcp_syncookies: 1, net/ipv4/tcp_rmem: 4096 87380 6291456, net.ipv4.x: -1 }
guestDefaults: { owner: ops, memory: 256, boot: { bootloader: pygrub, root: /dev/xvda }, options: { cpu_weight: 256, on_crash: restart } }
`;

function desiredOf(files: Readonly<Record<string, string>>): Desired {
  const { desired, diagnostics } = parseState(stateOf({ 'host.yaml': host, ...files }), { host: 'dedibox', now });
  assert.deepEqual(diagnostics, []);
  assert.ok(desired);
  return desired;
}

function guestOf(text: string, others: Readonly<Record<string, string>> = {}): Guest {
  const guest = desiredOf({ 'guests/web.yaml': text, ...others }).guests.find((g) => g.name === 'web');
  assert.ok(guest);
  return guest;
}

const onLan = 'interfaces: [{ network: lan, ip: [192.168.1.1, "FD00:1:0::1"] }]\n';

describe('host.yaml', () => {
  const { host: built } = desiredOf({ 'guests/site.yaml': 'interfaces: [{ routed: failover }]\n' });

  it('keeps the order of addresses and fills in what is not said', () => {
    const shown = built.addresses.map(({ name, ips, prefixes, interface: i, mac, reached, carriedBy }) => ({
      name,
      ips,
      prefixes,
      i,
      mac,
      reached,
      carriedBy,
    }));
    assert.deepEqual(shown, [
      {
        name: 'main',
        ips: { v4: '203.0.113.10', v6: '2001:db8::10' },
        prefixes: { v4: 24, v6: 64 },
        i: 'eth0',
        mac: null,
        reached: null,
        carriedBy: null,
      },
      {
        name: 'second',
        ips: { v4: '203.0.113.11' },
        prefixes: {},
        i: 'eth0',
        mac: null,
        reached: null,
        carriedBy: null,
      },
      {
        name: 'failover',
        ips: { v4: '198.51.100.28' },
        prefixes: {},
        i: 'eth0',
        mac: '00:16:3e:00:00:28',
        reached: 'arp',
        carriedBy: 'site',
      },
      {
        name: 'other',
        ips: { v4: '198.51.100.29' },
        prefixes: {},
        i: 'eth1',
        mac: null,
        reached: null,
        carriedBy: null,
      },
    ]);
  });

  it('takes a carried address for one that is routed to the host, unless it says otherwise', () => {
    const { host: routed, guests } = desiredOf({
      'guests/site.yaml': 'interfaces: [{ routed: other, mac: "00:16:3e:00:00:29" }]\n',
    });
    const other = routed.addresses.find((a) => a.name === 'other');
    assert.equal(other?.reached, 'route');
    assert.deepEqual(guests[0]?.interfaces, [
      {
        kind: 'routed',
        address: 'other',
        mac: '00:16:3e:00:00:29',
        at: { file: 'guests/site.yaml', line: 1, column: 14 },
      },
    ]);
  });

  it('is carried by no guest that is absent', () => {
    const { host: routed } = desiredOf({ 'guests/site.yaml': 'state: absent\ninterfaces: [{ routed: other }]\n' });
    assert.equal(routed.addresses.find((a) => a.name === 'other')?.carriedBy, null);
  });

  it('reads networks', () => {
    const shown = built.networks.map(({ name, bridge, subnets, gateways, snat, hairpin }) => ({
      name,
      bridge,
      subnets,
      gateways,
      snat,
      hairpin,
    }));
    assert.deepEqual(shown, [
      {
        name: 'lan',
        bridge: 'br0',
        subnets: [
          { family: 'v4', cidr: '192.168.1.0/24' },
          { family: 'v6', cidr: 'fd00:1::/64' },
        ],
        gateways: { v4: '192.168.1.254', v6: 'fd00:1::fe' },
        snat: { kind: 'address', address: 'main' },
        hairpin: true,
      },
      {
        name: 'dmz',
        bridge: 'br1',
        subnets: [{ family: 'v4', cidr: '10.0.0.0/24' }],
        gateways: {},
        snat: { kind: 'address', address: 'second', written: true },
        hairpin: false,
      },
      {
        name: 'priv',
        bridge: 'br2',
        subnets: [{ family: 'v4', cidr: '10.0.1.0/24' }],
        gateways: {},
        snat: { kind: 'none' },
        hairpin: true,
      },
    ]);
  });

  it('reads the rest', () => {
    assert.deepEqual(built.uplink, { interface: 'eth0', gateways: { v4: '203.0.113.1' } });
    assert.deepEqual(
      built.listens.map(({ ports, protocol }) => [ports.first, ports.last, protocol]),
      [
        [22, 22, 'tcp'],
        [60000, 61000, 'udp'],
      ],
    );
    assert.deepEqual(
      built.routes.map(({ to, via }) => [to, via]),
      [['10.8.0.0/24', '192.168.1.7']],
    );
    assert.deepEqual(
      built.sysctl.map(({ key, value }) => [key, value]),
      [
        ['net.ipv4.tcp_syncookies', '1'],
        ['net.ipv4.tcp_rmem', '4096 87380 6291456'],
        ['net.ipv4.x', '-1'],
      ],
    );
    assert.equal(built.timezone, 'Europe/Paris');
    assert.deepEqual(built.guestDefaults, {
      owner: 'ops',
      memory: 256,
      boot: { bootloader: 'pygrub', root: '/dev/xvda' },
      options: { cpu_weight: 256, on_crash: 'restart' },
    });
  });

  it('has defaults', () => {
    const { host: small } =
      parseState(stateOf({ 'host.yaml': 'uplink: { interface: eth0 }\naddresses: { main: 203.0.113.10 }\n' }), {
        host: 'a',
        now,
      }).desired ?? assert.fail();
    assert.deepEqual(
      { ...small, addresses: small.addresses.length },
      {
        name: 'a',
        uplink: { interface: 'eth0', gateways: {} },
        addresses: 1,
        networks: [],
        listens: [],
        toolstack: 'xl',
        timezone: 'UTC',
        routes: [],
        sysctl: [],
        guestDefaults: {},
      },
    );
  });
});

describe('guests', () => {
  it('gives every guest the defaults, its own values first, boot and options key by key', () => {
    const guest = guestOf('memory: 512\nboot: { root: /dev/xvdb }\noptions: { on_crash: destroy, cpus: [0, 1] }\n');
    assert.equal(guest.memory, 512);
    assert.equal(guest.owner, 'ops');
    assert.deepEqual(guest.boot, { bootloader: 'pygrub', root: '/dev/xvdb' });
    assert.deepEqual(guest.options, { cpu_weight: 256, on_crash: 'destroy', cpus: [0, 1] });
    assert.deepEqual(
      [guest.state, guest.autostart, guest.restart, guest.vcpus, guest.type],
      ['running', false, 'never', null, null],
    );
  });

  it('sorts guests by name and keeps plain data', () => {
    const { guests } = desiredOf({ 'guests/b.yaml': '{}', 'guests/a.yaml': '{}', 'guests/B.yaml': '{}' });
    assert.deepEqual(
      guests.map((g) => g.name),
      ['B', 'a', 'b'],
    );
    assert.deepEqual(structuredClone(guests), guests);
  });

  it('spells IPs and MACs as the kernel does', () => {
    const [nat] = guestOf(
      'interfaces: [{ network: lan, ip: ["FD00:1:0:0::00A1", 192.168.1.1], mac: 00:16:3A:11:11:00, snat: second }]\n',
    ).interfaces;
    assert.deepEqual(nat, {
      kind: 'nat',
      network: 'lan',
      ips: { v4: '192.168.1.1', v6: 'fd00:1::a1' },
      mac: '00:16:3a:11:11:00',
      snat: 'second',
      at: { file: 'guests/web.yaml', line: 1, column: 14 },
    });
  });

  it('reads disks', () => {
    const { disks } = guestOf('disks: [{ path: /dev//vg0/lv2, as: xvda }, { path: /iso/a.iso, as: hdc, mode: r }]\n');
    assert.deepEqual(
      disks.map(({ path, as, mode }) => [path, as, mode]),
      [
        ['/dev/vg0/lv2', 'xvda', 'w'],
        ['/iso/a.iso', 'hdc', 'r'],
      ],
    );
  });
});

describe('forwards', () => {
  const groups = { 'groups.yaml': 'admins: [192.0.2.77, "2001:DB8:7::/48"]\nall: [192.0.2.77/32, 198.51.100.0/24]\n' };
  const shown = (text: string): readonly string[] =>
    guestOf(`${onLan}forwards:\n${text}`, groups).forwards.map((f) => {
      const range = ({ first, last }: typeof f.ports): string => `${first}-${last}`;
      return `${f.address} ${f.protocol} ${range(f.ports)} ${range(f.to)} ${f.sources?.join(',') ?? 'all'} ${f.until ?? 'ever'} ${f.description ?? ''}`.trim();
    });

  it('leads to the same port of the first address over tcp, for everyone and ever', () =>
    assert.deepEqual(shown('  - port: 80\n'), ['main tcp 80-80 80-80 all ever']));
  it('leads elsewhere', () =>
    assert.deepEqual(shown('  - { port: 2222, to: 22, address: second, protocol: udp, description: "ssh" }\n'), [
      'second udp 2222-2222 22-22 all ever ssh',
    ]));
  it('makes one forward for each port and protocol', () =>
    assert.deepEqual(shown('  - { port: [80, 90-91], protocol: [tcp, udp, sctp] }\n').length, 6));
  it('leads a list to one port', () =>
    assert.deepEqual(shown('  - { port: [80, "81"], to: "8080" }\n'), [
      'main tcp 80-80 8080-8080 all ever',
      'main tcp 81-81 8080-8080 all ever',
    ]));
  it('leads a list to the same ports', () =>
    assert.deepEqual(shown('  - { port: [80, 90-91] }\n'), [
      'main tcp 80-80 80-80 all ever',
      'main tcp 90-91 90-91 all ever',
    ]));
  it('shifts a range', () =>
    assert.deepEqual(shown('  - { port: 50000-50100, to: 60000-60100 }\n'), [
      'main tcp 50000-50100 60000-60100 all ever',
    ]));
  it('takes the last port', () =>
    assert.deepEqual(shown('  - { port: 1-65535, protocol: sctp }\n'), ['main sctp 1-65535 1-65535 all ever']));
  it('resolves groups and drops doubles', () =>
    assert.deepEqual(shown('  - { port: 80, from: [admins, 192.0.2.77, all, "2001:db8:9::1"] }\n'), [
      'main tcp 80-80 80-80 192.0.2.77/32,2001:db8:7::/48,198.51.100.0/24,2001:db8:9::1/128 ever',
    ]));
  it('takes one source without a list', () =>
    assert.deepEqual(shown('  - { port: 80, from: admins }\n'), [
      'main tcp 80-80 80-80 192.0.2.77/32,2001:db8:7::/48 ever',
    ]));
  it('keeps the date in UTC', () =>
    assert.deepEqual(shown('  - { port: 80, until: 2026-12-31 }\n'), ['main tcp 80-80 80-80 all 2026-12-31T22:59:59']));
  it('knows where each stands', () =>
    assert.deepEqual(
      guestOf(`${onLan}forwards:\n  - port:\n      - 80\n      - 81\n`).forwards.map((f) => f.at),
      [
        { file: 'guests/web.yaml', line: 4, column: 9 },
        { file: 'guests/web.yaml', line: 5, column: 9 },
      ],
    ));
  it('is not made for an absent guest', () => {
    const { desired, diagnostics } = parseState(
      stateOf({ 'host.yaml': host, 'guests/web.yaml': `state: absent\n${onLan}forwards: [{ port: 80 }]\n` }),
      { host: 'a', now },
    );
    assert.deepEqual(desired?.guests[0]?.forwards, []);
    assert.deepEqual(
      diagnostics.map((d) => [d.code, d.severity]),
      [['incomplete-guest', 'warning']],
    );
  });
});

describe('checks.yaml', () => {
  it('asks about every IP that sender and destination share', () => {
    const { checks } = desiredOf({
      'guests/web.yaml': `${onLan}forwards: [{ port: 80 }]\n`,
      'guests/mail.yaml': 'interfaces: [{ network: lan, ip: 192.168.1.2 }]\n',
      'guests/site.yaml': 'interfaces: [{ routed: failover }]\n',
      'checks.yaml': `checks:
  - { from: internet, to: "main:80/tcp", reaches: "web:80" }
  - { from: mail, to: "main:80/tcp", reaches: "web:80" }
  - { from: "2001:db8:9:0::1", to: "main:22/tcp", reaches: host }
  - { from: site, to: "192.0.2.9:25/tcp", leaves-as: failover }
  - { from: web, to: "[2001:DB8::9]:53/udp", reaches: nothing }
`,
    });
    assert.deepEqual(
      checks.map(({ from, to, expect }) => [from, `${to.name} ${to.ip} ${to.port}/${to.protocol}`, expect]),
      [
        [{ kind: 'internet' }, 'main 203.0.113.10 80/tcp', { kind: 'reaches-guest', guest: 'web', port: 80 }],
        [{ kind: 'internet' }, 'main 2001:db8::10 80/tcp', { kind: 'reaches-guest', guest: 'web', port: 80 }],
        [
          { kind: 'guest', guest: 'mail' },
          'main 203.0.113.10 80/tcp',
          { kind: 'reaches-guest', guest: 'web', port: 80 },
        ],
        [{ kind: 'ip', ip: '2001:db8:9::1' }, 'main 2001:db8::10 22/tcp', { kind: 'reaches-host' }],
        [{ kind: 'guest', guest: 'site' }, '192.0.2.9 192.0.2.9 25/tcp', { kind: 'leaves-as', address: 'failover' }],
        [{ kind: 'guest', guest: 'web' }, '2001:db8::9 2001:db8::9 53/udp', { kind: 'reaches-nothing' }],
      ],
    );
  });
});

describe('IPs', () => {
  it('are spelled as inet_ntop spells them, which iptables prints with', () => {
    const group = fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 65_535 }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), (groups, upper) => {
        const hex = groups.map((g) => g.toString(16)).join(':');
        const text = upper ? hex.toUpperCase() : hex;
        const spelled = spellIp(text);
        // IPv4 in disguise is refused, so that these need no dots.
        if ('value' in spelled)
          assert.equal(spelled.value.text, new SocketAddress({ address: text, family: 'ipv6' }).address);
        else assert.ok(groups.slice(0, 5).every((g) => g === 0));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('layouts', () => {
  const guest = `${onLan}forwards: [{ port: 80, from: [admins, mine] }]\n`;

  it('reads one host at the root', () => {
    const reference = parseState(filesBelow(join(golden, 'reference')), { host: 'dedibox', now });
    assert.deepEqual(reference.diagnostics, []);
    assert.deepEqual(
      reference.desired?.guests.map((g) => [g.name, g.forwards.length]),
      [
        ['mail', 8],
        ['siteclient', 0],
        ['web', 1],
      ],
    );
    assert.equal(reference.desired.checks.length, 8);
  });

  it('reads a host of many with what is common to all', () => {
    const { desired, diagnostics } = parseState(
      stateOf({
        'hosts/a/host.yaml': host,
        'hosts/a/guests/web.yaml': guest,
        'hosts/a/groups.yaml': 'mine: [192.0.2.1]\n',
        'hosts/b/host.yaml': host,
        'common/groups.yaml': 'admins: [192.0.2.2]\n',
        'common/checks.yaml': 'checks: [{ from: internet, to: "second:22/tcp", reaches: host }]\n',
        'README.md': '',
        '.gitignore': '',
      }),
      { host: 'a', now },
    );
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(desired?.guests[0]?.forwards[0]?.sources, ['192.0.2.2/32', '192.0.2.1/32']);
    assert.equal(desired.checks.length, 1);
    assert.equal(desired.host.name, 'a');
  });
});
