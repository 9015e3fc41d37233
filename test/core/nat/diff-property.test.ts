// Promise: whatever stood in the table, a plan ends in its target, touches no stranger, and then there is nothing left to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { applyRestore } from '../../../src/core/nat/apply.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { diffNat, driftNat, unloadNat } from '../../../src/core/nat/diff.ts';
import { builtins, isBuiltin, isOurJump } from '../../../src/core/nat/ours.ts';
import { parseNatTarget, renderNat } from '../../../src/core/nat/render.ts';
import { parseTables, tableText } from '../../../src/core/nat/save.ts';
import type { Desired } from '../../../src/model/desired.ts';
import { families, type Family } from '../../../src/model/family.ts';
import type { NatTable } from '../../../src/model/nat.ts';
import type { NatTarget } from '../../../src/model/target.ts';
import { chainsOf, saved } from '../nat-fixture.ts';
import { anyForwarding, checkFor, mischief, misbehave, strangers, type Stranger } from './random.ts';

const bounds = { seconds: 5, runs: 1500 };

function tableOf(
  target: NatTarget,
  foreign: readonly Stranger[],
  change: (chains: Record<string, string[]>) => void,
): NatTable {
  const chains: Record<string, string[]> = { DOCKER: [] };
  for (const name of builtins) chains[name] = [];
  Object.assign(chains, chainsOf(target));
  for (const { chain, text } of foreign) chains[chain]?.push(text);
  change(chains);
  return parseTables(saved(chains));
}

function foreignOf(table: NatTable): unknown {
  return table.chains
    .filter((chain) => isBuiltin(chain.name) || chain.name === 'DOCKER')
    .map((chain) => [chain.name, chain.rules.filter((rule) => !isOurJump(rule.text))]);
}

function heal(target: NatTarget, table: NatTable, previous: NatTarget | null, family: Family): NatTable {
  const plan = diffNat(target, table, { family, previous });
  const after = plan.restore === null ? table : applyRestore(table, plan.restore);
  assert.deepEqual(foreignOf(after), foreignOf(table));
  const second = diffNat(target, after, { family, previous: target });
  assert.deepEqual([second.restore, second.changes], [null, []]);
  assert.equal(plan.restore === null, plan.changes.length === 0, 'a change has lines, and lines have a change');
  const keys = plan.changes.map((change) => JSON.stringify([change.kind, change.chain, change.key]));
  assert.equal(new Set(keys).size, keys.length, 'each change has a key of its own');
  return after;
}

function shuffled(of: Desired): Desired {
  return {
    ...of,
    guests: of.guests.toReversed().map((guest) => ({ ...guest, forwards: guest.forwards.toReversed() })),
    host: { ...of.host, networks: of.host.networks.toReversed() },
  };
}

describe('random targets and tables', () => {
  it('heal after any mischief', async (t) => {
    await checkFor(
      t,
      fc.property(anyForwarding, strangers, fc.array(mischief, { maxLength: 6 }), (wanted, foreign, deeds) => {
        for (const family of families) {
          const target = compileNat(wanted)[family];
          const table = tableOf(target, foreign, (chains) => deeds.forEach((deed) => misbehave(chains, deed)));
          const after = heal(target, table, target, family);
          const drift = driftNat(target, table, family);
          assert.equal(drift.length === 0, tableText(after) === tableText(table));
        }
      }),
      bounds,
    );
  });

  it('go from A to B as from nothing to B', async (t) => {
    await checkFor(
      t,
      fc.property(anyForwarding, anyForwarding, strangers, (a, b, foreign) => {
        for (const family of families) {
          const [first, second] = [compileNat(a)[family], compileNat(b)[family]];
          const bare = tableOf({ chains: [], jumps: [] }, foreign, () => undefined);
          const fresh = heal(second, bare, null, family);
          const stepwise = heal(second, heal(first, bare, null, family), first, family);
          assert.equal(tableText(stepwise), tableText(fresh));
          assert.equal(tableText(stepwise), tableText(heal(second, heal(first, bare, null, family), null, family)));
          const gone = unloadNat(stepwise, second, family);
          assert.equal(
            tableText(gone.restore === null ? stepwise : applyRestore(stepwise, gone.restore)),
            tableText(bare),
          );
        }
      }),
      bounds,
    );
  });

  it('come to the same in any file order, and through the artefact', async (t) => {
    await checkFor(
      t,
      fc.property(anyForwarding, (wanted) => {
        for (const family of families) {
          const target = compileNat(wanted)[family];
          const text = renderNat(target);
          assert.equal(renderNat(compileNat(shuffled(wanted))[family]), text);
          assert.equal(renderNat(parseNatTarget(text)), text);
        }
      }),
      bounds,
    );
  });
});
