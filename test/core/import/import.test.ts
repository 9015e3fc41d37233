// Promise: whatever rules a hand-made table has, in whichever order and chain, the import is a valid state, takes only rules of the owner's, and what it cannot say stays listed; no host makes it throw.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { importHost, type Imported } from '../../../src/core/import/import.ts';
import type { FoundFile, FoundHost } from '../../../src/model/found.ts';

const json = (value: unknown): string => JSON.stringify(value);
const holds = (ifname: string, local: string, prefixlen: number): unknown => ({
  ifname,
  addr_info: [{ family: 'inet', local, prefixlen, scope: 'global' }],
});

function host(rules: readonly string[], files: readonly FoundFile[] = []): FoundHost {
  return {
    nat: {
      v4: `*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n:MINE - [0:0]\n${rules.join('\n')}\nCOMMIT\n`,
      v6: '',
    },
    links: json([
      { ifname: 'br0', linkinfo: { info_kind: 'bridge' } },
      { ifname: 'docker0', linkinfo: { info_kind: 'bridge' } },
    ]),
    addresses: json([
      holds('eth0', '203.0.113.10', 24),
      holds('br0', '192.168.1.254', 24),
      holds('docker0', '172.17.0.1', 16),
    ]),
    routes: { v4: json([{ dst: 'default', gateway: '203.0.113.1', dev: 'eth0' }]), v6: '' },
    neighbours: json([{ dst: '192.168.1.2', dev: 'br0', lladdr: '00:16:3E:00:00:02', state: ['STALE'] }]),
    sockets: {
      tcp: '  sl\n   0: 00000000:0016 00000000:0000 0A 0\n   1: 0100007F:0019 00000000:0000 0A 0\n   2: 00000000:0050 00000000:0000 0A 0\n',
      tcp6: '',
      udp: '  sl\n   0: 00000000:0035 00000000:0000 07 0\n   1: 00000000:9C40 00000000:0000 07 0\n',
      udp6: '',
    },
    files,
    autostart: [],
    domains: null,
    timezone: 'Europe/Paris',
    troubles: [],
  };
}

function imported(rules: readonly string[], files: readonly FoundFile[] = []): Imported {
  const result = importHost(host(rules, files), { hostName: 'dedibox', now: new Date('2026-06-01T00:00:00Z') });
  assert.ok(result !== null);
  return result;
}

// As `ip -json -6 route` prints it.
const way6 = (dev: string, gateway: string, protocol?: string): string =>
  json([{ dst: 'default', gateway, dev, protocol, metric: 1024, flags: [], pref: 'medium' }]);

const forwardsOf = ({ desired }: Imported): readonly string[] =>
  desired.guests.flatMap(({ name, forwards }) =>
    forwards.map(
      ({ protocol, ports, to, sources }) =>
        `${name} ${ports.first}-${ports.last}/${protocol} ${to.first}${sources === null ? '' : ` from ${sources.join()}`}`,
    ),
  );

const dnat = (port: string, to: string, first = ''): string =>
  `-A PREROUTING ${first}-p tcp -m tcp --dport ${port} -j DNAT --to-destination ${to}`;

const owners = [
  dnat('80', '192.168.1.1:80'),
  dnat('80', '192.168.1.9:80'),
  dnat('5000:5100', '192.168.1.2'),
  dnat('5050', '192.168.1.3:1'),
  dnat('2222', '192.168.1.2:22', '-s 198.51.100.0/24 '),
  dnat('2222', '192.168.1.3:22', '-s 198.51.100.7/32 '),
  dnat('2223', '192.168.1.3:22', '-s 192.0.2.7/32 '),
  dnat('6000:6002', '192.168.1.2:60'),
  dnat('9001', '192.168.1.2', '! -s 198.51.100.0/24 '),
  dnat('9002', '10.1.1.1:80'),
  '-A PREROUTING -i eth0 -j MINE',
  '-A MINE -p udp -m udp --dport 53 -j DNAT --to-destination 192.168.1.2:53',
  '-A MINE -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 222',
  '-A POSTROUTING -s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10',
  '-A POSTROUTING -s 192.168.1.0/24 -d 192.168.1.0/24 -j MASQUERADE',
];
const strangers = [
  '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
  '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
  '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
];

describe('the import of rules', () => {
  it('is what packets meet: the first rule, parts of ranges, sources in order, chains', () => {
    const result = imported([...owners, ...strangers]);
    assert.deepEqual(
      [...forwardsOf(result)].sort(),
      [
        'guest-192-168-1-1 80-80/tcp 80',
        'guest-192-168-1-2 2222-2222/tcp 22 from 198.51.100.0/24',
        'guest-192-168-1-3 2223-2223/tcp 22 from 192.0.2.7/32',
        'guest-192-168-1-2 5000-5100/tcp 5000',
        'guest-192-168-1-2 53-53/udp 53',
        ...[6000, 6001, 6002].map((port) => `guest-192-168-1-2 ${port}-${port}/tcp 60`),
      ].sort(),
    );
    assert.deepEqual(
      result.desired.host.listens.map(({ ports, protocol }) => `${ports.first}/${protocol}`),
      ['22/tcp'],
    );
    const why = (part: string): string => result.left.find(({ what }) => what.includes(part))?.why ?? 'not told';
    assert.match(why('80/tcp'), /a forward takes what comes to it/);
    assert.match(why('MINE -p udp'), /a forward says it now; it stays in MINE/);
    assert.match(why('DOCKER ! -i'), /Docker's/);
    assert.match(why('the bridge docker0'), /Docker's/);
    assert.match(why('! -s 198.51.100.0/24'), /all but -s/);
    assert.match(why('10.1.1.1'), /no bridge/);
    assert.ok(result.taken.every(({ chain, text }) => owners.includes(`-A ${chain} ${text}`)));
  });

  it('is a valid state for any choice and order of rules', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...owners, ...strangers]), (rules) => {
        const result = imported(rules);
        assert.ok(result.taken.every(({ chain, text }) => owners.includes(`-A ${chain} ${text}`)));
        const told = new Set([
          ...result.taken.map(({ chain, text }) => `-A ${chain} ${text}`),
          ...result.left.map(({ what }) => what.replace(/^.*? (?=-A )/, '')),
        ]);
        for (const rule of rules) assert.ok(told.has(rule), rule);
      }),
      { numRuns: 40, seed: 11 },
    );
  });
});

describe('the import of the uplink', () => {
  const uplinkOf = (routes: FoundHost['routes']): unknown => {
    const result = importHost({ ...host([]), routes }, { hostName: 'dedibox', now: new Date('2026-06-01T00:00:00Z') });
    return result?.desired.host.uplink;
  };
  const { v4 } = host([]).routes;

  it('has the router of each family that is on it, also a link-local one', () => {
    assert.deepEqual(uplinkOf({ v4, v6: way6('eth0', 'fe80::1') }), {
      interface: 'eth0',
      gateways: { v4: '203.0.113.1', v6: 'fe80::1' },
    });
    assert.deepEqual(uplinkOf({ v4: '[]', v6: way6('eth0', 'fe80::1') }), {
      interface: 'eth0',
      gateways: { v6: 'fe80::1' },
    });
  });

  it('has none that is on another interface, or that announces itself', () => {
    const one = { interface: 'eth0', gateways: { v4: '203.0.113.1' } };
    assert.deepEqual(uplinkOf({ v4, v6: way6('wg0', 'fe80::1') }), one);
    assert.deepEqual(uplinkOf({ v4, v6: way6('eth0', 'fe80::1', 'ra') }), one);
  });
});

describe('the import of guests', () => {
  const config = (name: string, mac: string, more = ''): FoundFile => ({
    path: `/etc/xen/${name}.cfg`,
    text: `name = "${name}"\nmemory = 64\nvcpus = 1\nvif = ["mac=${mac},bridge=br0"]\n${more}`,
  });

  it('knows an IP by the MAC that the host has spoken to', () => {
    const result = imported([dnat('25', '192.168.1.2')], [config('mail', '00:16:3e:00:00:02')]);
    assert.deepEqual(forwardsOf(result), ['mail 25-25/tcp 25']);
  });

  it('leaves the second of two that claim one thing, and tells', () => {
    const result = imported(
      [],
      [config('a', '00:16:3e:00:00:02'), config('b', '00:16:3e:00:00:02'), config('c', '00:16:3e:00:00:03')],
    );
    assert.deepEqual(
      result.desired.guests.map(({ name, interfaces }) => `${name} ${interfaces.length}`),
      ['a 1', 'b 0', 'c 1'],
    );
    assert.ok(result.left.some(({ what, why }) => what.startsWith('b: ') && why.includes('MAC')));
  });

  it('has nothing of a hostile file but its place', () => {
    const hostile =
      'name = "x\\u202e"\nextra = "a\\nb"\nvif = ["mac=zz", "bridge=br0,script=/bin/sh -c reboot"]\ndisk = ["../../etc/shadow,raw,xvda,w"]\n';
    const result = imported([], [{ path: '/etc/xen/evil\u001b[31m.cfg', text: hostile }]);
    assert.deepEqual(result.desired.guests, []);
    assert.ok(result.left.length > 0);
  });
});
