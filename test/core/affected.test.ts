// Promise: after a change exactly those live flows are cut that the new rules end elsewhere than the old ones did, TCP that
// moves goes on, and what is deleted in one go never matches a flow that may stay.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import { affectedFlows, changedIps } from '../../src/core/conntrack/affected.ts';
import { createEnds, type Ends } from '../../src/core/conntrack/ends.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { targetRules } from '../../src/core/plan/plan.ts';
import { isIn, mustParseIp, parseMasked } from '../../src/core/trace/ip.ts';
import type { Family } from '../../src/model/family.ts';
import type { Flow, FlowFilter } from '../../src/model/flow.ts';
import { hostFile } from '../fakes/reference.ts';
import { address, desired, guest, host, network, type ShortForward } from './nat-fixture.ts';

const now = new Date('2026-11-22T12:00:00Z');

function ends(forwards: string, at: Date | null, hostText = hostFile): Ends {
  const files = {
    'host.yaml': hostText,
    'guests/web.yaml': `interfaces:\n  - {network: lan, ip: 192.168.1.1}\n${forwards}`,
    'guests/old.yaml': 'interfaces:\n  - {network: lan, ip: 192.168.1.2}\n',
  };
  const state = Object.entries(files).map(([path, text]) => {
    const content = new TextEncoder().encode(text);
    return { path, kind: 'file' as const, bytes: content.byteLength, content };
  });
  const { desired: parsed, diagnostics } = parseState(state, {
    host: 'dedibox',
    now: new Date('2026-01-01T00:00:00Z'),
  });
  assert.ok(parsed, JSON.stringify(diagnostics));
  const { networks } = parsed.host;
  return createEnds(targetRules(compileNat(parsed).v4), { family: 'v4', networks, now: at });
}

/** Which of the flows are cut and drain when web's forwards go from the one to the other. */
function affected(before: string, after: string, flows: readonly Flow[]): { cut: string[]; draining: string[] } {
  const result = affectedFlows(ends(before, null), ends(after, now), flows);
  const show = (flow: Flow): string => `${flow.protocol} ${flow.source} ${flow.port}`;
  return { cut: result.cut.flows.map(({ flow }) => show(flow)), draining: result.draining.map(show) };
}

function flow(protocol: Flow['protocol'], port: number, end: string, source = '198.18.0.1'): Flow {
  const [replySource = '', replyPort] = end.split(':');
  return {
    protocol,
    source,
    sourcePort: 40000,
    destination: '203.0.113.10',
    port,
    replySource,
    replyPort: Number(replyPort),
    replyDestination: source,
    replyDestinationPort: 40000,
    secondsLeft: 100,
  };
}

const all = 'forwards: [{port: 80}, {port: 80, protocol: udp}]\n';

describe('the flows that new rules end elsewhere', () => {
  it('leaves what still ends where it ended', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80'), flow('udp', 53, '203.0.113.10:53')];
    const after = 'forwards: [{port: 80}, {port: 443}]\n';
    assert.deepEqual(affected(all, after, flows), { cut: [], draining: [] });
  });

  it('cuts what is closed, of any protocol', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80'), flow('udp', 80, '192.168.1.1:80')];
    assert.deepEqual(affected(all, '', flows), { cut: ['tcp 198.18.0.1 80', 'udp 198.18.0.1 80'], draining: [] });
  });

  it('cuts UDP that moves and lets TCP that moves drain', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:81'), flow('udp', 80, '192.168.1.1:81')];
    const before = 'forwards: [{port: 80, to: 81}, {port: 80, to: 81, protocol: udp}]\n';
    assert.deepEqual(affected(before, all, flows), { cut: ['udp 198.18.0.1 80'], draining: ['tcp 198.18.0.1 80'] });
  });

  it('cuts UDP that reached the host before its forward was there', () => {
    const flows = [flow('udp', 53, '203.0.113.10:53')];
    assert.deepEqual(affected('', 'forwards: [{port: 53, protocol: udp}]\n', flows).cut, ['udp 198.18.0.1 53']);
  });

  it('never touches what a stranger’s rule ends on a port that we say nothing of', () => {
    const flows = [flow('tcp', 8080, '172.17.0.2:80'), flow('udp', 5000, '192.168.1.1:5000')];
    assert.deepEqual(affected(all, 'forwards: [{port: 443}]\n', flows), { cut: [], draining: [] });
  });

  it('never touches TCP that drains since an earlier change, and cuts it when its port closes', () => {
    const flows = [flow('tcp', 80, '192.168.1.2:80')];
    assert.deepEqual(affected(all, 'forwards: [{port: 80}, {port: 443}]\n', flows), { cut: [], draining: [] });
    assert.deepEqual(affected(all, 'forwards: [{port: 443}]\n', flows).cut, ['tcp 198.18.0.1 80']);
  });

  it('keeps what the owner’s old rule took to the same guest as ours now does', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80'), flow('udp', 80, '192.168.1.1:80')];
    assert.deepEqual(affected('', all, flows), { cut: [], draining: [] });
  });

  it('cuts only the sources that a narrowed forward leaves out', () => {
    const flows = [flow('tcp', 80, '192.168.1.1:80', '192.0.2.77'), flow('tcp', 80, '192.168.1.1:80', '192.0.2.78')];
    assert.deepEqual(affected(all, 'forwards: [{port: 80, from: [192.0.2.77]}]\n', flows).cut, ['tcp 192.0.2.78 80']);
  });

  it('knows the shift of a range', () => {
    const flows = [flow('tcp', 50007, '192.168.1.1:60007'), flow('udp', 50008, '192.168.1.1:50008')];
    const before = 'forwards: [{port: 50000-50100, protocol: [tcp, udp]}]\n';
    const after = 'forwards: [{port: 50000-50100, to: 60000-60100, protocol: [tcp, udp]}]\n';
    assert.deepEqual(affected(before, after, flows), { cut: ['udp 198.18.0.1 50008'], draining: [] });
  });

  it('cuts what came in before a forward ended by itself', () => {
    const flows = [flow('tcp', 8443, '192.168.1.1:443')];
    const until = (date: string): string => `forwards: [{port: 8443, to: 443, until: ${date}}]\n`;
    assert.deepEqual(affected(until('2026-11-21'), until('2026-11-21'), flows).cut, ['tcp 198.18.0.1 8443']);
    assert.deepEqual(affected(until('2026-12-31'), until('2026-12-31'), flows).cut, []);
    // Only the flows to such an address are asked for at all.
    const changed = (date: string): readonly string[] => changedIps(ends(until(date), null), ends(until(date), now));
    assert.deepEqual([changed('2026-11-21'), changed('2026-12-31')], [['203.0.113.10'], []]);
  });

  it('knows that guests of a bridge without hairpin reach the host', () => {
    const plain = hostFile
      .replace('hairpin: true', 'hairpin: false')
      .replace(/(gateway: 192\.168\.1\.254)\}/, '$1, hairpin: false}');
    assert.match(plain, /hairpin: false/);
    const flows = [flow('udp', 53, '203.0.113.10:53', '192.168.1.7'), flow('udp', 53, '203.0.113.10:53')];
    const after = ends('forwards: [{port: 53, protocol: udp}]\n', now, plain);
    const result = affectedFlows(ends('', null, plain), after, flows);
    assert.deepEqual(
      result.cut.flows.map((one) => one.flow.source),
      ['198.18.0.1'],
    );
  });

  it('never looks at a flow to an address that a routed guest carries', () => {
    const flows = [{ ...flow('tcp', 80, '198.51.100.28:80'), destination: '198.51.100.28' }];
    assert.deepEqual(affected(all, '', flows), { cut: [], draining: [] });
    assert.deepEqual(changedIps(ends(all, null), ends('', now)), ['203.0.113.10']);
    assert.deepEqual(changedIps(ends(all, null), ends(all, now)), []);
  });

  it('asks once for all ports of a range that went, and apart where another forward may stay', () => {
    const flows = Array.from({ length: 500 }, (_, i) => flow('udp', 50000 + i, `192.168.1.1:${50000 + i}`));
    const range = '{port: 50000-50499, protocol: udp}';
    const filters = (before: string, after: string, live = flows): number =>
      affectedFlows(ends(before, null), ends(after, now), live).cut.filters.length;
    assert.equal(filters(`forwards: [${range}]\n`, ''), 1);
    const other = '{port: 53, protocol: udp}';
    assert.equal(filters(`forwards: [${range}, ${other}]\n`, `forwards: [${other}]\n`), 1);
    const stays = flow('udp', 53, '192.168.1.1:53');
    assert.equal(filters(`forwards: [${range}, ${other}]\n`, `forwards: [${other}]\n`, [...flows, stays]), 500);
  });
});

function matches(filter: FlowFilter, one: Flow): boolean {
  const from = filter.source === null ? null : parseMasked(filter.source);
  return (
    filter.protocol === one.protocol &&
    filter.destination === one.destination &&
    filter.replySource === one.replySource &&
    (filter.port === null || filter.port === one.port) &&
    (filter.replyPort === null || filter.replyPort === one.replyPort) &&
    (from === null || isIn(mustParseIp(one.source), from))
  );
}

const worlds = {
  v4: {
    main: '203.0.113.10',
    guests: ['192.168.1.1', '192.168.1.2'],
    subnet: '192.168.1.0/24',
    sources: ['198.18.0.1', '198.18.0.2', '198.18.0.130', '198.19.0.1', '10.0.0.1', '192.168.1.2', '255.255.255.254'],
    cidrs: ['198.18.0.0/25', '198.18.0.1/32', '198.18.0.0/15', '128.0.0.0/1', '10.0.0.0/8'],
  },
  v6: {
    main: '2001:db8::10',
    guests: ['fd00::1', 'fd00::2'],
    subnet: 'fd00::/64',
    sources: ['2001:db8:1::1', '2001:db8:1::2', '2001:db8:1:8000::1', '2001:db8:2::1', 'fd00::2', '::1'],
    cidrs: ['2001:db8:1::/49', '2001:db8:1::1/128', '2001:db8::/32', '8000::/1', 'fd00::/64'],
  },
} as const;

const anyForwards = (family: Family): fc.Arbitrary<readonly (ShortForward & { readonly guest: number })[]> =>
  fc.array(
    fc
      .record({
        guest: fc.nat({ max: 1 }),
        port: fc.constantFrom<number | readonly [number, number]>(53, 80, [80, 130], [20, 60]),
        to: fc.constantFrom(53, 80, 1000),
        protocol: fc.constantFrom<Flow['protocol']>('tcp', 'udp'),
        from: fc.option(fc.uniqueArray(fc.constantFrom(...worlds[family].cidrs), { minLength: 1, maxLength: 3 }), {
          nil: undefined,
        }),
      })
      .map(({ from, ...rest }) => ({ ...rest, ...(from === undefined ? {} : { from }) })),
    { maxLength: 4 },
  );

function endsOf(
  forwards: readonly (ShortForward & { readonly guest: number })[],
  family: Family,
  hairpin: boolean,
): Ends | null {
  const world = worlds[family];
  const ip = (of: string): Partial<Record<Family, string>> => ({ [family]: of });
  const networks = [network('lan', 'br0', [world.subnet], { hairpin, snat: { kind: 'masquerade' } })];
  const guests = world.guests.map((own, i) =>
    guest(
      `g${i}`,
      ip(own),
      forwards.filter((one) => one.guest === i),
    ),
  );
  try {
    const nat = compileNat(desired(host([address('main', ip(world.main))], networks), guests));
    return createEnds(targetRules(nat[family]), { family, networks, now: null });
  } catch (error) {
    // Two forwards for the very same: lint refuses that before anything is compiled.
    assert.match(String(error), /have the key/);
    return null;
  }
}

describe('the deletions', () => {
  for (const family of ['v4', 'v6'] as const) {
    it(`match every flow that is cut and none that stays, ${family}`, (t) => {
      const world = worlds[family];
      const anyFlow = fc
        .record({
          protocol: fc.constantFrom<Flow['protocol']>('tcp', 'udp'),
          source: fc.constantFrom(...world.sources),
          sourcePort: fc.integer({ min: 1, max: 3 }),
          port: fc.oneof(fc.constantFrom(20, 53, 80, 1000), fc.integer({ min: 20, max: 130 })),
          replySource: fc.constantFrom(...world.guests, world.main, world.sources[0]),
          shift: fc.constantFrom(0, 0, 0, 920, 33),
        })
        .map(({ shift, ...rest }): Flow => {
          const reply = { replyPort: rest.port + shift, replyDestination: rest.source, replyDestinationPort: 1 };
          return { ...rest, ...reply, destination: world.main, secondsLeft: 10 };
        });
      let cutFlows = 0;
      let stayed = 0;
      fc.assert(
        fc.property(
          anyForwards(family),
          anyForwards(family),
          fc.array(anyFlow, { minLength: 1, maxLength: 60 }),
          fc.boolean(),
          (before, after, flows, hairpin) => {
            const [old, wanted] = [endsOf(before, family, hairpin), endsOf(after, family, hairpin)];
            if (old === null || wanted === null) return;
            const { cut } = affectedFlows(old, wanted, flows);
            const isCut = new Set(cut.flows.map((one) => one.flow));
            for (const one of flows) {
              const hit = cut.filters.some((filter) => matches(filter, one));
              assert.equal(hit, isCut.has(one), JSON.stringify({ one, filters: cut.filters }));
              if (hit) cutFlows++;
              else stayed++;
            }
          },
        ),
        { numRuns: 600 },
      );
      t.diagnostic(`measured: ${cutFlows} flows cut, ${stayed} stayed`);
      assert.ok(cutFlows > 100 && stayed > 100);
    });
  }
});
