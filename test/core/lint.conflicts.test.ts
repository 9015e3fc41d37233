/** Forwards that claim the same port: the sweep finds exactly what comparing each with each finds, and soon. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import ipaddr from 'ipaddr.js';
import { lintConflicts } from '../../src/core/lint/conflicts.ts';
import type { Desired, Forward } from '../../src/model/desired.ts';

interface Claim {
  readonly address?: string;
  readonly protocol?: 'tcp' | 'udp';
  readonly first: number;
  readonly last: number;
  readonly sources: readonly string[] | null;
}

function desiredOf(claims: readonly Claim[]): Desired {
  const forwards = claims.map((c, i): Forward => {
    const ports = { first: c.first, last: c.last };
    const at = { file: 'guests/web.yaml', line: i + 1, column: 1 };
    const { address = 'main', protocol = 'tcp', sources } = c;
    return { guest: 'web', address, protocol, ports, to: ports, sources, until: null, description: null, at };
  });
  const guest = {
    name: 'web',
    description: null,
    owner: null,
    state: 'unmanaged',
    autostart: false,
    restart: 'never',
    memory: null,
    vcpus: null,
    type: null,
    boot: null,
    disks: [],
    interfaces: [],
    options: {},
    forwards,
    at: { file: 'guests/web.yaml', line: 1, column: 1 },
  } as const;
  const host = {
    name: 'a',
    uplink: { interface: 'eth0', gateways: {} },
    addresses: [],
    networks: [],
    listens: [],
    toolstack: 'netns',
    timezone: 'UTC',
    routes: [],
    sysctl: [],
    guestDefaults: {},
  } as const;
  return { host, guests: [guest], checks: [], groups: new Map() };
}

/** Lines of the forwards that are told. */
const linesOf = (claims: readonly Claim[]): readonly number[] =>
  lintConflicts(desiredOf(claims))
    .map((d) => d.at?.line ?? 0)
    .sort((a, b) => a - b);

function meet(a: string, b: string): boolean {
  const [x, y] = [ipaddr.parseCIDR(a), ipaddr.parseCIDR(b)];
  if (x[0].kind() !== y[0].kind()) return false;
  return x[0].match(y[0], Math.min(x[1], y[1]));
}

function clash(a: Claim, b: Claim): boolean {
  if ((a.address ?? 'main') !== (b.address ?? 'main') || (a.protocol ?? 'tcp') !== (b.protocol ?? 'tcp')) return false;
  if (a.first > b.last || b.first > a.last) return false;
  if (a.sources === null || b.sources === null) return a.sources === b.sources;
  return a.sources.some((s) => b.sources?.some((t) => meet(s, t)));
}

describe('two forwards', () => {
  const cases: readonly (readonly [string, Claim, Claim, boolean])[] = [
    ['the same port', { first: 80, last: 80, sources: null }, { first: 80, last: 80, sources: null }, true],
    ['neighbours', { first: 80, last: 80, sources: null }, { first: 81, last: 81, sources: null }, false],
    ['the last port of a range', { first: 80, last: 90, sources: null }, { first: 90, last: 90, sources: null }, true],
    ['a range around', { first: 80, last: 80, sources: null }, { first: 1, last: 65535, sources: null }, true],
    [
      'another protocol',
      { first: 80, last: 80, sources: null },
      { protocol: 'udp', first: 80, last: 80, sources: null },
      false,
    ],
    [
      'another address',
      { first: 80, last: 80, sources: null },
      { address: 'b', first: 80, last: 80, sources: null },
      false,
    ],
    [
      'one for some beside one for all',
      { first: 80, last: 80, sources: ['192.0.2.1/32'] },
      { first: 80, last: 80, sources: null },
      false,
    ],
    [
      'the same source',
      { first: 80, last: 80, sources: ['192.0.2.1/32'] },
      { first: 80, last: 80, sources: ['192.0.2.1/32'] },
      true,
    ],
    [
      'a source inside',
      { first: 80, last: 80, sources: ['192.0.2.0/24'] },
      { first: 80, last: 80, sources: ['192.0.2.1/32'] },
      true,
    ],
    [
      'a source around',
      { first: 80, last: 80, sources: ['192.0.2.1/32'] },
      { first: 80, last: 80, sources: ['192.0.0.0/16'] },
      true,
    ],
    [
      'sources apart',
      { first: 80, last: 80, sources: ['192.0.2.0/25'] },
      { first: 80, last: 80, sources: ['192.0.2.128/25'] },
      false,
    ],
    [
      'sources of two families',
      { first: 80, last: 80, sources: ['0.0.0.0/1'] },
      { first: 80, last: 80, sources: ['::/1'] },
      false,
    ],
    [
      'one of many sources',
      { first: 80, last: 80, sources: ['10.0.0.0/8', '2001:db8::/32'] },
      { first: 70, last: 80, sources: ['11.0.0.0/8', '2001:db8:7::/48'] },
      true,
    ],
  ];
  for (const [name, a, b, told] of cases)
    it(`${name}: ${told ? 'a conflict' : 'none'}`, () => {
      assert.deepEqual(linesOf([a, b]), told ? [2] : []);
      assert.deepEqual(linesOf([b, a]), told ? [2] : []);
      assert.equal(clash(a, b), told);
    });

  it('says who has the port, and where', () => {
    const [told] = lintConflicts(
      desiredOf([
        { first: 70, last: 90, sources: null },
        { first: 80, last: 100, sources: null },
      ]),
    );
    assert.equal(told?.message, 'main:80-90/tcp is forwarded twice (guests/web.yaml:1)');
    assert.equal(told.severity, 'error');
  });
});

describe('many forwards', () => {
  const source = fc.constantFrom(
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/24',
    '10.1.2.3/32',
    '10.2.0.0/16',
    '192.0.2.1/32',
    '2001:db8::/32',
    '2001:db8:7::/48',
    '2001:db8:7::1/128',
    'fd00::/8',
  );
  const claim = fc
    .record({
      address: fc.constantFrom('main', 'b'),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      first: fc.integer({ min: 1, max: 12 }),
      length: fc.integer({ min: 0, max: 4 }),
      sources: fc.option(fc.uniqueArray(source, { minLength: 1, maxLength: 3 }), { nil: null }),
    })
    .map(({ first, length, ...rest }): Claim => ({ ...rest, first, last: first + length }));

  it('are free of conflicts exactly where no two clash', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 14 }), (claims) => {
        const anyTwo = claims.some((a, i) => claims.some((b, j) => i < j && clash(a, b)));
        assert.equal(linesOf(claims).length > 0, anyTwo);
      }),
      { numRuns: 5000 },
    );
  });

  it('leave no conflict once all that were told are gone', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 14 }), (claims) => {
        const told = new Set(linesOf(claims));
        assert.deepEqual(linesOf(claims.filter((_, i) => !told.has(i + 1))), []);
      }),
      { numRuns: 2000 },
    );
  });

  const timed = (claims: readonly Claim[]): readonly [number, number] => {
    const desired = desiredOf(claims);
    const before = process.cpuUsage();
    const found = lintConflicts(desired).length;
    return [found, process.cpuUsage(before).user / 1e6];
  };
  const count = 10_000;
  const many: Readonly<Record<string, (i: number) => Claim>> = {
    'each its own port': (i) => ({ first: i + 1, last: i + 1, sources: null }),
    'one port, each its own source': (i) => ({ first: 22, last: 22, sources: [`198.51.${i >> 8}.${i & 255}/32`] }),
    'overlapping ranges, each its own source': (i) => ({
      first: i + 1,
      last: i + 20_000,
      sources: [`198.51.${i >> 8}.${i & 255}/32`, `2001:db8:${i.toString(16)}::/48`],
    }),
  };
  for (const [name, make] of Object.entries(many))
    it(`${count} forwards, ${name}, in well under a second`, () => {
      const [found, seconds] = timed(Array.from({ length: count }, (_, i) => make(i)));
      assert.equal(found, 0);
      assert.ok(seconds < 2, `${seconds} s of CPU`);
    });
});
