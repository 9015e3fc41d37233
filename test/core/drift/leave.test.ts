// Promise: what is left is left exactly as somebody made it, and everything else becomes what git says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { applyRestore } from '../../../src/core/nat/apply.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { diffNat, driftNat } from '../../../src/core/nat/diff.ts';
import { builtins } from '../../../src/core/nat/ours.ts';
import { parseSave, tableText } from '../../../src/core/nat/save.ts';
import { leaveAlone, type Leaving } from '../../../src/core/drift/leave.ts';
import { dealWith, identity, trackDrift } from '../../../src/core/drift/track.ts';
import { belongsTo, readForward, showForward } from '../../../src/core/drift/suspension.ts';
import type { Change } from '../../../src/model/change.ts';
import type { DriftItem } from '../../../src/model/drift.ts';
import { families, type Family } from '../../../src/model/family.ts';
import type { NatTable } from '../../../src/model/nat.ts';
import type { NatTarget } from '../../../src/model/target.ts';
import { chainsOf, saved } from '../nat-fixture.ts';
import { anyDesired, checkFor, mischief, misbehave, strangers, type Mischief, type Stranger } from '../nat/random.ts';

const now = new Date('2026-11-22T12:00:00.000Z');

function tableOf(target: NatTarget, foreign: readonly Stranger[], deeds: readonly Mischief[]): NatTable {
  const chains: Record<string, string[]> = { DOCKER: [] };
  for (const name of builtins) chains[name] = [];
  Object.assign(chains, chainsOf(target));
  for (const { chain, text } of foreign) chains[chain]?.push(text);
  for (const deed of deeds) misbehave(chains, deed);
  return parseSave(saved(chains));
}

function itemsOf(applied: NatTarget, table: NatTable, family: Family): readonly DriftItem[] {
  const { open } = trackDrift([], driftNat(applied, table, family), { now, actor: null, byEvent: false });
  return dealWith(open, { now, policy: 'report', suspensions: [], byHand: false });
}

function reach(
  target: NatTarget,
  table: NatTable,
  leaving: Leaving & { family: Family; applied: NatTarget },
): NatTable {
  const { family, applied } = leaving;
  const left = leaveAlone(target, table, family, leaving);
  const plan = diffNat(left.target, table, { family, previous: applied, unmoved: left.unmoved });
  return plan.restore === null ? table : applyRestore(table, plan.restore);
}

/** Of two rules in each other's place either may be called the moved one. */
function differenceOf({ chain, key, note }: Change): string {
  return note === 'moved' ? `${chain} moved` : `${chain} ${key.replace(/ \(\d+\)$/, '')}`;
}

const rulesOf = (table: NatTable): ReadonlySet<string> =>
  new Set(table.chains.flatMap(({ name, rules }) => rules.map(({ text }) => `${name} ${text}`)));

describe('drift that is only reported', () => {
  it('stays as it is, whatever was done', async (t) => {
    await checkFor(
      t,
      fc.property(anyDesired, strangers, fc.array(mischief, { maxLength: 6 }), (wanted, foreign, deeds) => {
        for (const family of families) {
          const target = compileNat(wanted)[family];
          const table = tableOf(target, foreign, deeds);
          const items = itemsOf(target, table, family);
          const left = items.filter(({ done }) => done === 'reported');
          const after = reach(target, table, { items: left, only: [], family, applied: target });
          if (left.length === items.length) assert.equal(tableText(after), tableText(table));
          const known = new Set(items.map(({ change }) => differenceOf(change)));
          // What had to be healed is; nothing else became a difference.
          for (const change of driftNat(target, after, family))
            assert.ok(known.has(differenceOf(change)), identity(change));
        }
      }),
      { seconds: 4, runs: 800 },
    );
  });

  it('stays while git changes other things, which are applied', async (t) => {
    await checkFor(
      t,
      fc.property(anyDesired, anyDesired, fc.array(mischief, { maxLength: 4 }), (a, b, deeds) => {
        for (const family of families) {
          const [applied, target] = [compileNat(a)[family], compileNat(b)[family]];
          const table = tableOf(applied, [], deeds);
          const items = itemsOf(applied, table, family).filter(({ done }) => done === 'reported');
          const after = rulesOf(reach(target, table, { items, only: [], family, applied }));
          const touched = new Set(items.map(({ change }) => `${change.chain} ${change.key}`));
          const missing = items.flatMap(({ change }) => (change.kind === 'chain' ? [change.chain ?? ''] : []));
          for (const { name, rules } of target.chains)
            for (const { key, text } of rules) {
              if (
                touched.has(`${name} ${key}`) ||
                missing.some((chain) => name === chain || text.endsWith(`-j ${chain}`))
              )
                continue;
              assert.ok(after.has(`${name} ${text}`), text);
            }
          // A stranger that was reported is still there.
          for (const { change } of items)
            if (change.kind === 'rule' && change.before === null && change.after !== null)
              assert.ok(after.has(`${change.chain} ${change.after}`), change.after);
        }
      }),
      { seconds: 4, runs: 800 },
    );
  });
});

describe('one forward that is suspended', () => {
  const rule = (port: number, to: string): string =>
    `-p tcp -m tcp --dport ${port} -m comment --comment "natroute web main:${port}/tcp" -j DNAT --to-destination ${to}`;
  const targetOf = (...texts: readonly string[]): NatTarget => ({
    chains: [{ name: 'NR-A-main', rules: texts.map((text) => ({ key: /"(.*)"/.exec(text)?.[1] ?? text, text })) }],
    jumps: [],
  });
  const tableWith = (...texts: readonly string[]): NatTable =>
    parseSave(saved({ 'PREROUTING': [], 'INPUT': [], 'OUTPUT': [], 'POSTROUTING': [], 'NR-A-main': [...texts] }));
  const only = [readForward('main:443/tcp')!];
  const rulesAfter = (target: NatTarget, table: NatTable): readonly string[] =>
    reach(target, table, { items: [], only, family: 'v4', applied: target })
      .chains.find(({ name }) => name === 'NR-A-main')!
      .rules.map(({ text }) => text);
  const hand = '-p tcp -m tcp --dport 443 -j DNAT --to-destination 10.9.9.9:443';

  it('stays as it was made by hand, in its place; its neighbours are healed and changed', () => {
    const before = tableWith(rule(25, '10.0.0.1:25'), hand, rule(443, '10.0.0.66:443'), rule(80, '10.6.6.6:80'));
    assert.deepEqual(
      rulesAfter(targetOf(rule(25, '10.0.0.2:25'), rule(80, '10.0.0.1:80'), rule(443, '10.0.0.3:443')), before),
      [hand, rule(443, '10.0.0.66:443'), rule(25, '10.0.0.2:25'), rule(80, '10.0.0.1:80')],
    );
  });

  it('stays away where it was taken out, and stays where git takes it out', () => {
    const gone = tableWith(rule(80, '10.0.0.1:80'));
    assert.deepEqual(rulesAfter(targetOf(rule(80, '10.0.0.1:80'), rule(443, '10.0.0.1:443')), gone), [
      rule(80, '10.0.0.1:80'),
    ]);
    const there = tableWith(rule(80, '10.0.0.1:80'), rule(443, '10.0.0.1:443'));
    assert.deepEqual(rulesAfter(targetOf(rule(80, '10.0.0.1:80')), there), [
      rule(80, '10.0.0.1:80'),
      rule(443, '10.0.0.1:443'),
    ]);
    const { target } = leaveAlone({ chains: [], jumps: [] }, there, 'v4', { items: [], only });
    assert.deepEqual(
      target.chains.map(({ name, rules }) => [name, rules.length]),
      [['NR-A-main', 1]],
    );
  });

  it('is told by its comment, or by chain, protocol and ports', () => {
    const web = readForward('main:443/tcp')!;
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['NR-A-main', rule(443, '10.0.0.1:443'), true],
      ['NR-A-main', rule(80, '10.0.0.1:80'), false],
      ['NR-A-main', hand, true],
      ['NR-A-other', hand, false],
      ['NR-A-main', hand.replaceAll('tcp', 'udp'), false],
      ['NR-A-main', '-p tcp -m multiport --dports 80,400:500 -j ACCEPT', true],
      ['NR-A-main', '-p tcp -m multiport --dports 80,444:500 -j ACCEPT', false],
      ['NR-A-main', '-p tcp -j ACCEPT', false],
      [
        'NR-A-main',
        '-s 192.0.2.7/32 -p tcp -m comment --comment "natroute web main:443/tcp from 192.0.2.7" -j DNAT',
        true,
      ],
      ['NR-A-main', '-p tcp -m comment --comment "natroute web main:400-500/tcp" -j DNAT', true],
      ['NR-DST', '-d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main', false],
    ];
    for (const [chain, text, expected] of cases) assert.equal(belongsTo(web, chain, text), expected, text);
  });

  it('is read as people write it, and nothing else is', () => {
    for (const text of ['main:443/tcp', 'fail-over_2:1-65535/udp']) assert.equal(showForward(readForward(text)!), text);
    for (const text of [
      '443',
      'main:443',
      'main:0/tcp',
      'main:70000/tcp',
      'main:9-8/tcp',
      'main:443/icmp',
      '',
      'a b:1/tcp',
    ])
      assert.equal(readForward(text), null, text);
  });
});
