/**
 * What a pass of the daemon must leave as it is: whatever is suspended or only reported by policy, and, while commits are
 * held, the generation in force. A crash before it and a boot are another matter: those are brought to their end first.
 */
import assert from 'node:assert/strict';
import { byTime } from '../../src/core/drift/suspension.ts';
import { excerptNat } from '../../src/core/nat/excerpt.ts';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import type { Generation } from '../../src/engine/generations.ts';
import { readIntent } from '../../src/engine/intent.ts';
import { createMemory } from '../../src/engine/memory.ts';
import type { Suspension } from '../../src/model/drift.ts';
import { families } from '../../src/model/family.ts';
import type { FakeWorld } from '../fakes/world.ts';

interface Look {
  readonly underWay: boolean;
  readonly current: string | null;
  readonly commit: string | null;
  readonly rules: string;
  readonly booted: boolean;
  readonly held: boolean;
  readonly suspensions: readonly Suspension[];
}

async function look(world: FakeWorld): Promise<Look> {
  const { calmFiles: files, paths, bootId, clock } = world;
  const calm = { ...world, files };
  const memory = await createMemory(files, paths).read();
  const current = await files.readLink(paths.current);
  return {
    underWay: (await readIntent(calm)) !== null || (await readConfirmation(calm)) !== null,
    current,
    commit: current === null ? null : commitIn(files.text(`${paths.state}/${current}/generation.json`)),
    rules: families.map((family) => excerptNat(world.netfilter.table(family), null)).join('\n'),
    booted: memory.bootId !== bootId,
    held: memory.held !== null,
    suspensions: byTime(memory.suspensions, clock.now()).lasting,
  };
}

function commitIn(generation: string | null): string | null {
  const { commit } = JSON.parse(generation ?? '{}') as Partial<Generation>;
  return commit?.commit ?? null;
}

/**
 * To be called before a pass, and what it gives after it; `clockSet`: somebody set the clock meanwhile. `head`: the branch's
 * commit; the way back from one that fails is to all that was in force.
 */
export async function whatIsLeft(world: FakeWorld, head: string): Promise<(clockSet: boolean) => Promise<void>> {
  const before = await look(world);
  const { policy } = world.config;
  return async (clockSet) => {
    if (before.underWay) return;
    const after = await look(world);
    const lasting = clockSet
      ? []
      : before.suspensions.filter((one) => after.suspensions.some(({ since }) => since === one.since));
    const paused = lasting.some(({ only }) => only === null);
    const held = before.held || policy.commits === 'hold' || before.current === null;
    if (held || (paused && !before.booted))
      assert.equal(after.current, before.current, 'a commit was applied though it is held');
    if (before.booted) return;
    const same = after.current === before.current && !after.underWay && before.commit === head;
    if (paused || before.current === null || (policy.drift === 'report' && same))
      assert.equal(after.rules, before.rules, 'rules that were to be left alone');
    for (const { only } of lasting)
      if (only !== null)
        assert.deepEqual(forward(after, only.ports.first), forward(before, only.ports.first), 'a suspended forward');
  };
}

function forward({ rules }: Look, port: number): readonly string[] {
  return rules.split('\n').filter((line) => line.startsWith('-A NR-A-main ') && line.includes(` --dport ${port} `));
}
