// Promise: a forward that no packet can reach is told, and one that some packet reaches is not.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import { createCoverage } from '../../src/core/trace/coverage.ts';
import { findUnreachable } from '../../src/core/trace/unreachable.ts';
import type { Ports } from '../../src/model/family.ts';
import { address, desired, guest, host, network, routedGuest, type ShortForward } from './nat-fixture.ts';

const halves = ['0.0.0.0/1', '128.0.0.0/1'];

function told(forwards: readonly ShortForward[], hairpin = true): readonly string[] {
  const of = desired(
    host(
      [
        address('main', '203.0.113.10'),
        address('both', { v4: '203.0.113.12', v6: '2001:db8::12' }),
        address('failover', '198.51.100.28', { carriedBy: 'site' }),
      ],
      [network('lan', 'br0', ['192.168.1.0/24', 'fd00::/64'], { hairpin })],
    ),
    [routedGuest('site', 'failover'), guest('web', { v4: '192.168.1.1', v6: 'fd00::1' }, forwards)],
  );
  return findUnreachable(of).map(({ code, severity, message }) => {
    assert.deepEqual([code, severity], ['unreachable-forward', 'warning']);
    return message.replace('no packet can reach this forward of ', '');
  });
}

describe('findUnreachable', () => {
  it('says nothing of forwards that are reached', () => {
    const forwards = [
      { port: 80 },
      { port: 80, from: ['192.0.2.0/24'], to: 81 },
      { port: [1000, 1010], from: ['10.0.0.0/8'] },
    ] as const;
    assert.deepEqual(told(forwards), []);
  });
  it('tells one whose packets narrower ones take together', () => {
    assert.deepEqual(told([{ port: 80 }, { port: 80, to: 81, from: halves }]), [
      'main:80/tcp to web: other forwards take all of its packets first',
    ]);
  });
  it('but not where one of those has a date', () => {
    assert.deepEqual(told([{ port: 80 }, { port: 80, to: 81, from: halves, until: '2030-01-01T00:00:00' }]), []);
  });
  it('tells one whose sources are of another family than its address', () => {
    assert.deepEqual(told([{ port: 80, from: ['2001:db8:7::/48'] }]), [
      'main:80/tcp to web: its address and its guest have only IPv4 in common, and none of its sources has',
    ]);
    assert.deepEqual(told([{ port: 80, address: 'both', from: ['2001:db8:7::/48'] }]), []);
  });
  it('tells one whose senders are on a bridge without hairpin', () => {
    const own = [{ port: 80, from: ['192.168.1.7/32'] }];
    assert.deepEqual(told(own, false), ['main:80/tcp to web: its senders are on lan, which has hairpin: false']);
    assert.deepEqual(told(own, true), []);
    assert.deepEqual(told([{ port: 80, from: ['192.168.1.7/32', '192.0.2.1/32'] }], false), []);
  });
  it('tells one on an address that a guest carries', () => {
    assert.deepEqual(told([{ port: 80, address: 'failover' }]), [
      'failover:80/tcp to web: a guest carries failover itself',
    ]);
  });
  it('costs little at 20,000 forwards', () => {
    const forwards = Array.from({ length: 20_000 }, (_, i): ShortForward => ({
      port: 80,
      from: [`10.${i >> 8}.${i & 255}.0/24`],
    }));
    const started = process.cpuUsage();
    assert.deepEqual(told(forwards), []);
    assert.ok(process.cpuUsage(started).user < 5_000_000);
  });
});

describe('a coverage', () => {
  it('agrees with counting every sender and port', () => {
    const bits = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: 4 }));
    const source = bits.map(([value, length]) => {
      const network = length === 0 ? 0 : (value >> (4 - length)) << (4 - length);
      return {
        cidr: `${network * 16}.0.0.0/${length}`,
        holds: (sender: number) => length === 0 || sender >> (4 - length) === network >> (4 - length),
      };
    });
    const ports = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 4 }))
      .map(([first, more]): Ports => ({ first, last: first + more }));
    const boxes = fc.array(fc.tuple(source, ports), { maxLength: 14 });
    fc.assert(
      fc.property(boxes, source, ports, (added, asked, range) => {
        const coverage = createCoverage('v4');
        for (const [{ cidr }, of] of added) coverage.add(cidr, of);
        let all = true;
        for (let sender = 0; sender < 16; sender++) {
          if (!asked.holds(sender)) continue;
          for (let port = range.first; port <= range.last; port++) {
            all &&= added.some(([one, of]) => one.holds(sender) && of.first <= port && port <= of.last);
          }
        }
        assert.equal(coverage.covers(asked.cidr, range), all);
      }),
      { numRuns: 3000 },
    );
  });
});
