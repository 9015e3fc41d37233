// Promise: on the real kernel, both backends and both families, our spelling is the kernel's own, and a plan does there
// exactly what the model says: the same table, every other rule with its counters, nothing left to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import { applyRestore } from '../../src/core/nat/apply.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat, driftNat } from '../../src/core/nat/diff.ts';
import { builtins } from '../../src/core/nat/ours.ts';
import { parseNatTarget, renderNat } from '../../src/core/nat/render.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import type { Family } from '../../src/model/family.ts';
import { families } from '../../src/model/family.ts';
import type { NatTable } from '../../src/model/nat.ts';
import type { NatTarget } from '../../src/model/target.ts';
import { chainsOf, sample, saved } from '../core/nat-fixture.ts';
import { healedFrom, mutations } from '../core/nat/mutations.ts';
import { anyDesired, checkFor, mischief, misbehave, type Mischief } from '../core/nat/random.ts';
import { inside, runInside } from './inside.ts';
import { load, openNetfilter, read, table } from './nat-table.ts';

// Rules that every chain and both families take, in the kernel's spelling.
const anywhere = [
  '-m addrtype --dst-type LOCAL -j RETURN',
  '-m mark --mark 0x1 -j RETURN',
  '-p tcp -m multiport --dports 80,443 -j ACCEPT',
  '-p udp -m udp --dport 53 -m comment --comment "a \\"quoted\\" \\\\ one, isn\\\'t it" -j ACCEPT',
  '-j DOCKER',
  '',
] as const;

const strangers = fc.array(
  fc.record({
    chain: fc.constantFrom('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'DOCKER'),
    text: fc.constantFrom(...anywhere).filter((text) => !text.includes('DOCKER')),
  }),
  { maxLength: 6 },
);

const deeds = fc.array(
  fc
    .tuple(mischief, fc.constantFrom(...anywhere))
    .map(([one, text]): Mischief => (one.kind === 'insert' ? { ...one, text } : one)),
  { maxLength: 5 },
);

/** Every rule with counters of its own, so that one that was taken out and put back shows. */
function withCounters(text: string): string {
  let n = 0;
  return text.replace(/^-A /gm, () => `[${++n}:${n * 100}] -A `);
}

function textOf(
  target: NatTarget,
  foreign: readonly { chain: string; text: string }[],
  done: readonly Mischief[],
): string {
  const chains: Record<string, string[]> = { DOCKER: [] };
  for (const name of builtins) chains[name] = [];
  Object.assign(chains, chainsOf(target));
  for (const { chain, text } of foreign) chains[chain]?.push(text);
  for (const deed of done) misbehave(chains, deed);
  return withCounters(saved(chains));
}

/** The rules with their counters; a rule that was just put in has none in the model and zero in the kernel. */
function rulesOf({ chains }: NatTable): unknown {
  return chains.map(({ name, policy, rules }) => [
    name,
    policy,
    rules.map(({ text, counters }) => [text, counters ?? { packets: 0, bytes: 0 }]),
  ]);
}

const netfilter = openNetfilter();

async function healOnKernel(target: NatTarget, previous: NatTarget | null, family: Family): Promise<void> {
  const observed = parseSave(await netfilter.save(family));
  const plan = diffNat(target, observed, { family, previous });
  if (plan.restore === null) return;
  await netfilter.restore(family, { text: plan.restore, plannedOn: plan.plannedOn });
  const after = table(family);
  assert.deepEqual(rulesOf(after), rulesOf(applyRestore(observed, plan.restore)));
  assert.equal(diffNat(target, after, { family, previous: target }).restore, null);
}

if (inside === null) {
  describe('random rules', () => runInside(import.meta.url, 900));
} else {
  describe(`random rules on ${inside}`, () => {
    it('are spelled as the kernel spells them', async (t) => {
      let targets = 0;
      // Many targets side by side in one namespace, each with chains of its own names.
      const rename = (text: string, i: number): string => text.replace(/\bNR-/g, `N${i}-`);
      await checkFor(
        t,
        fc.asyncProperty(fc.array(anyDesired, { minLength: 12, maxLength: 12 }), async (list) => {
          for (const family of families) {
            const texts = list.map((wanted, i) => rename(renderNat(compileNat(wanted)[family]), i));
            const lines = texts.flatMap((text) => text.split('\n').slice(1, -2));
            if (lines.length === 0) continue;
            const spelled = await netfilter.canonicalise(family, ['*nat', ...lines, 'COMMIT', ''].join('\n'));
            const rules = (all: readonly string[]): readonly string[] =>
              all.filter((line) => line.startsWith('-A ')).sort();
            assert.deepEqual(rules(spelled.split('\n')), rules(lines));
            targets += list.length;
          }
        }),
        { seconds: 60, runs: 25 },
      );
      t.diagnostic(`measured: ${targets} targets spelled alike`);
      assert.ok(targets >= 200, `only ${targets} targets in the time`);
    });

    it('come back from the kernel as the same artefact', async () => {
      const text = renderNat(compileNat(sample).v4);
      assert.equal(renderNat(parseNatTarget(await netfilter.canonicalise('v4', text))), text);
    });

    for (const [name, change, named, count] of mutations) {
      it(`heals: ${name}`, async () => {
        const target = compileNat(sample).v4;
        const chains: Record<string, string[]> = { PREROUTING: [], ...chainsOf(target), DOCKER: ['-j RETURN'] };
        chains['PREROUTING']?.push('-j DOCKER');
        change(chains);
        assert.equal(load('v4', withCounters(saved(chains))), null);
        const before = table('v4');
        const plan = diffNat(target, before, { family: 'v4', previous: target });
        assert.equal(plan.restore === null ? 0 : plan.restore.split('\n').length - 3, count);
        assert.deepEqual(
          plan.changes.map(({ action, kind, chain, key, note }) =>
            [action, kind, chain, key, note].filter((word) => word !== null).join(' '),
          ),
          named,
        );
        assert.equal(driftNat(target, before, 'v4').length, named.length);
        await healOnKernel(target, target, 'v4');
        assert.equal(tableText(table('v4')), tableText(healedFrom(before, target)));
      });
    }

    it('heal after any mischief, then become others, and keep strangers and counters', async (t) => {
      let refused = 0;
      let tried = 0;
      await checkFor(
        t,
        fc.asyncProperty(fc.tuple(anyDesired, anyDesired), strangers, deeds, async ([a, b], foreign, done) => {
          const family = tried % 2 === 0 ? 'v4' : 'v6';
          const [first, second] = [compileNat(a)[family], compileNat(b)[family]];
          tried++;
          // A chain that jumps to itself, say: the kernel does not let that happen.
          if (load(family, textOf(first, foreign, done)) !== null) {
            refused++;
            return;
          }
          const before = read(family);
          await healOnKernel(first, first, family);
          const drift = diffNat(first, parseSave(before), { family, previous: first }).changes.length;
          assert.equal(drift === 0, tableText(parseSave(before)) === tableText(table(family)));
          await healOnKernel(second, first, family);
        }),
        { seconds: 60, runs: 100 },
      );
      t.diagnostic(`measured: ${tried} tables, ${refused} refused by the kernel`);
      assert.ok(refused * 4 < tried, `${refused} of ${tried} tables refused`);
      assert.ok(tried >= 100, `only ${tried} tables in the time`);
    });

    it('go from A to B as from nothing to B, around the same strangers, and back to nothing', async (t) => {
      let tried = 0;
      const strangersOf = (family: Family): readonly string[] =>
        read(family).match(/^\[\d+:\d+\] -A (?!NR-)(?!.*--comment natroute -j).*$/gm) ?? [];
      await checkFor(
        t,
        fc.asyncProperty(fc.tuple(anyDesired, anyDesired), strangers, async ([a, b], foreign) => {
          const family = tried++ % 2 === 0 ? 'v4' : 'v6';
          const [first, second] = [compileNat(a)[family], compileNat(b)[family]];
          const bare = textOf({ chains: [], jumps: [] }, foreign, []);
          assert.equal(load(family, bare), null);
          const theirs = strangersOf(family);
          await healOnKernel(first, null, family);
          await healOnKernel(second, first, family);
          const stepwise = table(family);
          assert.deepEqual(strangersOf(family), theirs);
          await healOnKernel({ chains: [], jumps: [] }, second, family);
          assert.deepEqual(strangersOf(family), theirs);
          assert.doesNotMatch(read(family), /NR-/);
          assert.equal(load(family, bare), null);
          await healOnKernel(second, null, family);
          assert.equal(tableText(stepwise), tableText(table(family)));
        }),
        { seconds: 400, runs: 200 },
      );
      t.diagnostic(`measured: ${tried} pairs`);
      assert.ok(tried >= 200, `only ${tried} pairs in the time`);
    });
  });
}
