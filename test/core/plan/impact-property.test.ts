// Random rules before and after, walked port by port and source by source: the impact names exactly the ports at which
// somebody ends elsewhere, whatever the order of the rules and however many stay.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isLongRun } from '../../dice.ts';
import { fc } from '../../property.ts';
import type { RulesByChain } from '../../../src/core/plan/entrances.ts';
import { impactOf } from '../../../src/core/plan/impact.ts';

interface Rule {
  readonly first: number;
  readonly length: number;
  readonly source: string | null;
  readonly guest: 'a' | 'b';
  readonly shift: number | null;
}

const ips = { a: '192.168.1.1', b: '192.168.1.2' } as const;
/** Each a single host, and one of nowhere: who stands for every set of sources that the rules can tell apart. */
const senders = ['10.1.1.1', '10.1.9.9', '10.9.9.9', '192.0.2.1'];
const sources = [null, '10.1.1.1', '10.1.0.0/16', '10.0.0.0/8'];
const inside = (source: string | null, sender: string): boolean =>
  source === null ||
  source === sender ||
  (source === '10.1.0.0/16' && sender.startsWith('10.1.')) ||
  (source === '10.0.0.0/8' && sender.startsWith('10.'));

const rule: fc.Arbitrary<Rule> = fc.record({
  first: fc.integer({ min: 1, max: 12 }),
  length: fc.integer({ min: 1, max: 5 }),
  source: fc.constantFrom(...sources),
  guest: fc.constantFrom('a', 'b'),
  shift: fc.constantFrom(null, 100),
});

function text({ first, length, source, guest, shift }: Rule): string {
  const last = first + length - 1;
  const ports = length === 1 ? `${first}` : `${first}:${last}`;
  const name = `${guest} main:${length === 1 ? first : `${first}-${last}`}/tcp${source === null ? '' : ` from ${source}`}`;
  const to = shift === null ? '' : length === 1 ? `:${first + shift}` : `:${first + shift}-${last + shift}/${first}`;
  const from = source === null ? '' : `-s ${source.includes('/') ? source : `${source}/32`} `;
  return `${from}-p tcp -m tcp --dport ${ports} -m comment --comment "natroute ${name}" -j DNAT --to-destination ${ips[guest]}${to}`;
}

function endOf(rules: readonly Rule[], port: number, sender: string): string {
  const met = rules.find((r) => r.first <= port && port < r.first + r.length && inside(r.source, sender));
  return met === undefined ? 'host' : `${met.guest}:${port + (met.shift ?? 0)}`;
}

function chains(rules: readonly Rule[]): RulesByChain {
  return new Map([
    ['PREROUTING', [{ text: '-m comment --comment natroute -j NR-DST' }]],
    ['NR-DST', [{ text: '-d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main' }]],
    ['NR-A-main', rules.map((one) => ({ text: text(one) }))],
  ]);
}

it('the impact is at exactly the ports where somebody ends elsewhere', () => {
  const lists = fc
    .record({
      kept: fc.array(rule, { maxLength: 5 }),
      gone: fc.array(rule, { maxLength: 3 }),
      come: fc.array(rule, { maxLength: 3 }),
    })
    .chain(({ kept, gone, come }) =>
      fc.record({
        before: fc.shuffledSubarray([...kept, ...gone], { minLength: kept.length + gone.length }),
        after: fc.shuffledSubarray([...kept, ...come], { minLength: kept.length + come.length }),
      }),
    );
  const none = { before: new Map(), after: new Map() };
  fc.assert(
    fc.property(lists, ({ before, after }) => {
      const impacts = impactOf(null, { v4: { before: chains(before), after: chains(after) }, v6: none });
      for (let port = 1; port <= 17; port++) {
        const ends = senders.map((sender) => [endOf(before, port, sender), endOf(after, port, sender)] as const);
        const here = impacts.filter(({ ports }) => ports.first <= port && port <= ports.last);
        const differs = ends.some(([had, has]) => had !== has);
        assert.equal(here.length, differs ? 1 : 0, `port ${port}: ${JSON.stringify(ends)} ${JSON.stringify(here)}`);
        const [impact] = here;
        if (impact === undefined) continue;
        const closes = ends.every(([, has]) => has === 'host');
        assert.equal(impact.effect === 'closes', closes, impact.text);
        assert.equal(
          impact.effect === 'opens',
          ends.every(([had]) => had === 'host'),
          impact.text,
        );
      }
    }),
    { numRuns: isLongRun ? 100_000 : 2_000 },
  );
});
