// Promise: a desired state becomes exactly the nat table of DESIGN.md section 3, whatever the order of its files.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { compileNat, createCompileMemo } from '../../../src/core/nat/compile.ts';
import { parseNatTarget, renderNat } from '../../../src/core/nat/render.ts';
import type { Host, Network } from '../../../src/model/desired.ts';
import type { Family } from '../../../src/model/family.ts';
import {
  address,
  chainsOf,
  desired,
  guest,
  host,
  network,
  routedGuest,
  sample,
  type ShortForward,
} from '../nat-fixture.ts';
import { anyDesired, checkFor } from './random.ts';

const designSample = `*nat
:NR-A-main - [0:0]
:NR-DST - [0:0]
:NR-SRC - [0:0]
-A PREROUTING -m comment --comment natroute -j NR-DST
-A OUTPUT -m comment --comment natroute -j NR-DST
-A POSTROUTING -m comment --comment natroute -j NR-SRC
-A NR-A-main -p tcp -m tcp --dport 25 -m comment --comment "natroute mail main:25/tcp" -j DNAT --to-destination 192.168.1.2:25
-A NR-A-main -s 192.0.2.77/32 -p tcp -m tcp --dport 2222 -m comment --comment "natroute mail main:2222/tcp from 192.0.2.77" -j DNAT --to-destination 192.168.1.2:22
-A NR-A-main -p tcp -m tcp --dport 50000:50100 -m comment --comment "natroute mail main:50000-50100/tcp" -j DNAT --to-destination 192.168.1.2:60000-60100/50000
-A NR-A-main -p tcp -m tcp --dport 8443 -m time --datestop 2026-12-31T22:59:59 -m comment --comment "natroute mail main:8443/tcp" -j DNAT --to-destination 192.168.1.2:443
-A NR-DST -d 198.51.100.28/32 -m comment --comment "natroute failover" -j ACCEPT
-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main
-A NR-SRC -s 198.51.100.28/32 -m comment --comment "natroute failover" -j ACCEPT
-A NR-SRC -s 192.168.1.0/24 -d 192.168.1.0/24 -o br0 -m conntrack --ctstate DNAT -m comment --comment "natroute lan hairpin" -j MASQUERADE
-A NR-SRC -s 192.168.1.0/24 -o eth0 -m comment --comment "natroute lan" -j SNAT --to-source 203.0.113.10
COMMIT
`;

describe('compileNat', () => {
  it("makes DESIGN's sample, letter for letter", () => {
    const nat = compileNat(sample);
    assert.equal(renderNat(nat.v4), designSample);
    assert.equal(renderNat(nat.v6), '');
    assert.deepEqual(renderNat(parseNatTarget(designSample)), designSample);
  });
});

const main = address('main', '203.0.113.10');
const lan = network('lan', 'br0', ['192.168.1.0/24']);

/** The rules of one chain for one guest's forwards, comments left out: they are told apart by their keys elsewhere. */
function rulesOf(
  chain: string,
  forwards: readonly ShortForward[],
  of: Host = host([main], [lan]),
  family: Family = 'v4',
): readonly string[] {
  const nat = compileNat(desired(of, [guest('mail', { v4: '192.168.1.2', v6: 'fd00::2' }, forwards)]));
  return (chainsOf(nat[family])[chain] ?? []).map((text) => text.replace(/-m comment --comment (?:"[^"]*"|\S+) /, ''));
}

function keysOf(chain: string, forwards: readonly ShortForward[]): readonly string[] {
  const nat = compileNat(desired(host([main], [lan]), [guest('mail', '192.168.1.2', forwards)]));
  return nat.v4.chains.find((one) => one.name === chain)?.rules.map((rule) => rule.key) ?? [];
}

describe('a forward', () => {
  const cases: readonly (readonly [string, ShortForward, string])[] = [
    ['port', { port: 25 }, '-p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25'],
    ['port to another', { port: 2222, to: 22 }, '-p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22'],
    ['udp', { port: 53, protocol: 'udp' }, '-p udp -m udp --dport 53 -j DNAT --to-destination 192.168.1.2:53'],
    ['sctp', { port: 53, protocol: 'sctp' }, '-p sctp -m sctp --dport 53 -j DNAT --to-destination 192.168.1.2:53'],
    ['range that stays', { port: [60, 70] }, '-p tcp -m tcp --dport 60:70 -j DNAT --to-destination 192.168.1.2'],
    [
      'range that moves',
      { port: [60, 70], to: 160 },
      '-p tcp -m tcp --dport 60:70 -j DNAT --to-destination 192.168.1.2:160-170/60',
    ],
    ['range of one', { port: [60, 60], to: 61 }, '-p tcp -m tcp --dport 60 -j DNAT --to-destination 192.168.1.2:61'],
    ['all ports', { port: [1, 65535] }, '-p tcp -m tcp --dport 1:65535 -j DNAT --to-destination 192.168.1.2'],
    [
      'CIDR',
      { port: 25, from: ['10.0.0.0/8'] },
      '-s 10.0.0.0/8 -p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    ],
    [
      'host',
      { port: 25, from: ['10.0.0.1'] },
      '-s 10.0.0.1/32 -p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    ],
    [
      'anybody, written out',
      { port: 25, from: ['0.0.0.0/0'] },
      '-p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    ],
    [
      'until',
      { port: 25, until: '2030-01-01T00:00:00' },
      '-p tcp -m tcp --dport 25 -m time --datestop 2030-01-01T00:00:00 -j DNAT --to-destination 192.168.1.2:25',
    ],
    // iptables refuses such a date, so natroute itself must end the forward.
    [
      'until after 2038',
      { port: 25, until: '2040-01-01T00:00:00' },
      '-p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    ],
  ];
  for (const [name, forward, rule] of cases) {
    it(name, () => assert.deepEqual(rulesOf('NR-A-main', [forward]), [rule]));
  }

  it('has one rule and one key for each source, the same source named twice counting once', () => {
    assert.deepEqual(
      keysOf('NR-A-main', [{ port: 25, from: ['192.0.2.7/32', '10.0.0.0/8', '192.0.2.7', '2001:db8::/32'] }]),
      ['natroute mail main:25/tcp from 192.0.2.7', 'natroute mail main:25/tcp from 10.0.0.0/8'],
    );
  });

  it('is closed in a family in which it has no sources', () => {
    assert.deepEqual(rulesOf('NR-A-main', [{ port: 25, from: ['2001:db8::/32'] }]), []);
  });

  it('of an absent guest is not there', () => {
    const nat = compileNat(
      desired(host([main], [lan]), [guest('mail', '192.168.1.2', [{ port: 25 }], { state: 'absent' })]),
    );
    assert.deepEqual(Object.keys(chainsOf(nat.v4)), ['POSTROUTING', 'NR-SRC']);
  });

  for (const state of ['stopped', 'unmanaged', 'running'] as const) {
    it(`of a guest that is ${state} is there`, () => {
      const nat = compileNat(desired(host([main], [lan]), [guest('mail', '192.168.1.2', [{ port: 25 }], { state })]));
      assert.equal(chainsOf(nat.v4)['NR-A-main']?.length, 1);
    });
  }
});

describe('the order of the rules in a chain', () => {
  it('is by port, then protocol, dated ones last', () => {
    assert.deepEqual(
      keysOf('NR-A-main', [
        { port: 443 },
        { port: 9, until: '2030-01-01T00:00:00' },
        { port: [100, 200] },
        { port: 25, protocol: 'udp' },
        { port: 25 },
        { port: 8, until: '2030-01-01T00:00:00' },
      ]),
      [
        'natroute mail main:25/tcp',
        'natroute mail main:25/udp',
        'natroute mail main:100-200/tcp',
        'natroute mail main:443/tcp',
        'natroute mail main:8/tcp',
        'natroute mail main:9/tcp',
      ],
    );
  });

  it('puts fewer sources before more wherever ports overlap', () => {
    assert.deepEqual(
      keysOf('NR-A-main', [
        { port: [2000, 3000] },
        { port: 2222, from: ['10.0.0.0/8'] },
        { port: [2900, 3100], from: ['10.9.9.9', '10.9.0.0/16'] },
        { port: 2950, protocol: 'udp' },
        { port: 1999 },
      ]),
      [
        'natroute mail main:1999/tcp',
        'natroute mail main:2900-3100/tcp from 10.9.9.9',
        'natroute mail main:2900-3100/tcp from 10.9.0.0/16',
        'natroute mail main:2222/tcp from 10.0.0.0/8',
        'natroute mail main:2000-3000/tcp',
        'natroute mail main:2950/udp',
      ],
    );
  });
});

describe('NR-DST', () => {
  it('has shields first, then the bridges without hairpin, then the addresses that have forwards', () => {
    const of = host(
      [
        main,
        address('a', '203.0.113.11'),
        address('unused', '203.0.113.12'),
        address('z', '198.51.100.28', { carriedBy: 'site' }),
      ],
      [
        network('lan', 'br0', ['192.168.1.0/24'], { hairpin: false }),
        network('dmz', 'br1', ['10.0.0.0/8'], { hairpin: true }),
        network('six', 'br6', ['fd00::/64'], { hairpin: false }),
      ],
    );
    const nat = compileNat(
      desired(of, [guest('mail', '192.168.1.2', [{ port: 25 }, { port: 25, address: 'a' }]), routedGuest('site', 'z')]),
    );
    assert.deepEqual(chainsOf(nat.v4)['NR-DST'], [
      '-d 198.51.100.28/32 -m comment --comment "natroute z" -j ACCEPT',
      '-i br0 -m comment --comment "natroute lan hairpin" -j RETURN',
      '-d 203.0.113.11/32 -m comment --comment "natroute a" -j NR-A-a',
      '-d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
    ]);
    assert.equal(renderNat(nat.v6), '');
  });

  it('needs no RETURN where there is no forward to return from', () => {
    assert.deepEqual(
      rulesOf('NR-DST', [], host([main], [network('lan', 'br0', ['192.168.1.0/24'], { hairpin: false })])),
      [],
    );
  });
});

describe('NR-SRC', () => {
  const source = (more: Partial<Network>, addresses = [main], family: Family = 'v4'): readonly string[] =>
    rulesOf('NR-SRC', [], host(addresses, [{ ...lan, hairpin: false, ...more }]), family);

  it('translates by the named address, by masquerading, or not at all', () => {
    const two = [main, address('second', '203.0.113.11')];
    assert.deepEqual(source({}, two), ['-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10']);
    assert.deepEqual(source({ snat: { kind: 'address', address: 'second' } }, two), [
      '-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.11',
    ]);
    assert.deepEqual(source({ snat: { kind: 'masquerade' } }, two), ['-s 192.168.1.0/24 -o eth0 -j MASQUERADE']);
    assert.deepEqual(source({ snat: { kind: 'none' } }, two), []);
  });

  it('leaves by each uplink as an address of that uplink, never as one that a guest carries', () => {
    const addresses = [
      main,
      address('carried', '203.0.113.20', { interface: 'eth1', carriedBy: 'site' }),
      address('b', '203.0.113.21', { interface: 'eth1' }),
      address('c', '203.0.113.22', { interface: 'eth1' }),
      address('d', '203.0.113.23', { interface: 'eth2', carriedBy: 'site' }),
    ];
    const own = (more: Partial<Network>): readonly string[] =>
      source(more, addresses).filter((text) => !text.includes('ACCEPT'));
    assert.deepEqual(own({}), [
      '-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10',
      '-s 192.168.1.0/24 -o eth1 -j SNAT --to-source 203.0.113.21',
    ]);
    assert.deepEqual(own({ snat: { kind: 'address', address: 'c' } }), [
      '-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10',
      '-s 192.168.1.0/24 -o eth1 -j SNAT --to-source 203.0.113.22',
    ]);
  });

  it('has a guest leave as its own address, before its network', () => {
    const of = host([main, address('own', '203.0.113.11')], [lan]);
    const nat = compileNat(desired(of, [guest('mail', '192.168.1.2', [], { snat: 'own' })]));
    assert.deepEqual(chainsOf(nat.v4)['NR-SRC']?.slice(1), [
      '-s 192.168.1.2/32 -o eth0 -m comment --comment "natroute mail 192.168.1.2 snat" -j SNAT --to-source 203.0.113.11',
      '-s 192.168.1.0/24 -o eth0 -m comment --comment "natroute lan" -j SNAT --to-source 203.0.113.10',
    ]);
  });

  it('tells the subnets of one network apart', () => {
    const of = host([main], [network('lan', 'br0', ['10.2.0.0/16', '10.1.0.0/16'])]);
    const nat = compileNat(desired(of, []));
    assert.deepEqual(
      nat.v4.chains[0]?.rules.map((rule) => rule.key),
      [
        'natroute lan 10.1.0.0/16 hairpin',
        'natroute lan 10.2.0.0/16 hairpin',
        'natroute lan 10.1.0.0/16',
        'natroute lan 10.2.0.0/16',
      ],
    );
  });

  it('tells a network from a routed address of the same name', () => {
    const of = host([main, address('lan', '198.51.100.28', { carriedBy: 'site' })], [{ ...lan, hairpin: false }]);
    const nat = compileNat(desired(of, [routedGuest('site', 'lan')]));
    assert.deepEqual(
      nat.v4.chains.find((chain) => chain.name === 'NR-SRC')?.rules.map((rule) => rule.key),
      ['natroute lan', 'natroute network lan'],
    );
  });
});

describe('IPv6', () => {
  const both = address('main', { v4: '203.0.113.10', v6: '2001:db8:1::10' });
  const mixed = network('lan', 'br0', ['192.168.1.0/24', 'fd00::/64']);

  it('has every forward in each family in which address and guest have an IP', () => {
    const of = host([both], [mixed]);
    const forwards: readonly ShortForward[] = [
      { port: 25 },
      { port: [60, 70] },
      { port: [80, 90], to: 180 },
      { port: 22, from: ['2001:db8:7::/48', '2001:db8:7::1/128', '10.0.0.0/8'] },
    ];
    assert.deepEqual(rulesOf('NR-A-main', forwards, of, 'v6'), [
      '-s 2001:db8:7::1/128 -p tcp -m tcp --dport 22 -j DNAT --to-destination [fd00::2]:22',
      '-s 2001:db8:7::/48 -p tcp -m tcp --dport 22 -j DNAT --to-destination [fd00::2]:22',
      '-p tcp -m tcp --dport 25 -j DNAT --to-destination [fd00::2]:25',
      '-p tcp -m tcp --dport 60:70 -j DNAT --to-destination fd00::2',
      '-p tcp -m tcp --dport 80:90 -j DNAT --to-destination [fd00::2]:180-190/80',
    ]);
    assert.deepEqual(rulesOf('NR-DST', forwards, of, 'v6'), ['-d 2001:db8:1::10/128 -j NR-A-main']);
    assert.equal(rulesOf('NR-A-main', forwards, of, 'v4').length, 4);
    assert.deepEqual(rulesOf('NR-A-main', forwards, host([main], [mixed]), 'v6'), []);
  });

  it('translates sources only where asked: by a hairpin that a forward needs, or by a written snat', () => {
    const source = (forwards: readonly ShortForward[], snat: Network['snat']): readonly string[] =>
      rulesOf('NR-SRC', forwards, host([both], [{ ...mixed, snat }]), 'v6');
    const byDefault = { kind: 'address', address: 'main' } as const;
    assert.deepEqual(source([], byDefault), []);
    assert.deepEqual(source([{ port: 25 }], byDefault), [
      '-s fd00::/64 -d fd00::/64 -o br0 -m conntrack --ctstate DNAT -j MASQUERADE',
    ]);
    assert.deepEqual(source([], { ...byDefault, written: true }), [
      '-s fd00::/64 -o eth0 -j SNAT --to-source 2001:db8:1::10',
    ]);
    assert.deepEqual(source([], { kind: 'masquerade' }), ['-s fd00::/64 -o eth0 -j MASQUERADE']);
  });

  it('shields a routed address', () => {
    const of = host([main, address('f', { v6: '2001:db8:f::28' }, { carriedBy: 'site' })], []);
    assert.deepEqual(chainsOf(compileNat(desired(of, [routedGuest('site', 'f')])).v6), {
      'PREROUTING': ['-m comment --comment natroute -j NR-DST'],
      'OUTPUT': ['-m comment --comment natroute -j NR-DST'],
      'POSTROUTING': ['-m comment --comment natroute -j NR-SRC'],
      'NR-DST': ['-d 2001:db8:f::28/128 -m comment --comment "natroute f" -j ACCEPT'],
      'NR-SRC': ['-s 2001:db8:f::28/128 -m comment --comment "natroute f" -j ACCEPT'],
    });
  });
});

describe('compileNat never lets pass', () => {
  it('two rules with one key, a chain name or a comment too long for the kernel', () => {
    const twice = desired(host([main], [lan]), [guest('mail', '192.168.1.2', [{ port: 25 }, { port: 25, to: 26 }])]);
    assert.throws(() => compileNat(twice), /two rules of NR-A-main have the key/);
    const long = address('a'.repeat(24), '203.0.113.10');
    const far = desired(host([long], [lan]), [guest('mail', '192.168.1.2', [{ port: 25, address: long.name }])]);
    assert.throws(() => compileNat(far), /chain name too long/);
    const wordy = desired(host([main], [lan]), [guest('m'.repeat(250), '192.168.1.2', [{ port: 25 }])]);
    assert.throws(() => compileNat(wordy), /comment too long/);
  });
});

describe('a compile that remembers the last one', () => {
  it('makes what it would have made without', async (context) => {
    const both = fc.tuple(anyDesired, anyDesired, fc.boolean());
    const property = fc.property(both, ([first, second, moved]) => {
      const memo = createCompileMemo();
      compileNat(first, memo);
      // The very guests of the first, on a host that lost its IPv6.
      const addresses = first.host.addresses.map((one) => ({
        ...one,
        ips: one.ips.v4 === undefined ? {} : { v4: one.ips.v4 },
      }));
      const next = moved ? { ...first, host: { ...first.host, addresses } } : second;
      assert.deepEqual(compileNat(next, memo), compileNat(next));
      assert.deepEqual(compileNat(first, memo), compileNat(first));
    });
    await checkFor(context, property, { seconds: 5, runs: 500 });
  });
});
