/** What a person types on a simulated host, as the commands do it; and what a rollback of theirs holds until their next word. */
import assert from 'node:assert/strict';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { readIntent } from '../../src/engine/intent.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { resume, suspend } from '../../src/engine/suspend.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import { giveUp } from '../../src/engine/watch.ts';
import type { ForwardKey } from '../../src/model/drift.ts';
import type { LedgerRecord } from '../../src/model/record.ts';
import type { FakeWorld } from '../fakes/world.ts';
import type { OwnFiles } from './own.ts';
import { wentForth } from './parts.ts';
import type { Told } from './told.ts';

/** As the commands ask: what a pause holds back is healed at once. */
const byHand: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null, byHand: true };

/** Each ends as it ends, in a fault or a crash too. */
export interface Person {
  /** Goes back to an earlier generation. */
  rollback(choose: (good: readonly number[]) => number): Promise<void>;
  /** Takes over what is in the way of the branch's head, as they are shown it. */
  take(): Promise<void>;
  /** Applies the branch's head, whatever holds it. */
  approve(): Promise<void>;
  /** Takes back what waits for its confirmation. */
  giveUp(): Promise<void>;
  /** `natroute confirm` at the console. */
  vouch(): Promise<void>;
  suspend(only: ForwardKey | null, seconds: number): Promise<void>;
  resume(only: ForwardKey | null): Promise<void>;
  unload(): Promise<void>;
}

interface Hands {
  /** A command is a process of its own. */
  readonly world: () => FakeWorld;
  readonly own: OwnFiles;
  readonly told: Told;
  /** Does it, whatever comes of it. */
  readonly typed: (work: () => Promise<unknown>) => Promise<unknown>;
}

export interface Heard extends Person {
  /** What a rollback holds is held still. */
  assertHeld(): Promise<void>;
}

/** Faults: those of the ports. */
export async function approve(world: FakeWorld): Promise<PassReport> {
  const request = { ...byHand, approves: true };
  return reconcile(world, { ...request, approved: (await propose(world, request)).digest });
}

export function createPerson({ world, own, told, typed }: Hands): Heard {
  // Entries of before their last word on which commits are followed.
  let heard = 0;
  // Rollbacks that were under way when they said so: it counts for those too.
  const released = new Set<number>();
  /** What was interrupted and holds commits is finished first: their word is the later one. */
  const follows = async (work: () => Promise<unknown>): Promise<void> => {
    await typed(work);
    heard = world().ledger.records.length;
  };
  return {
    async rollback(choose) {
      await typed(async () => {
        const good = await world().generations.good();
        // There is nothing to go back from.
        if (good.length === 0 || (await world().generations.current()) === null) return;
        const number = choose(good);
        const request: PassRequest = { ...byHand, source: { kind: 'generation', number } };
        await reconcile(world(), { ...request, approved: (await propose(world(), request)).digest });
      });
    },
    async take() {
      await follows(async () => {
        const request = { ...byHand, take: true };
        const { digest } = await propose(world(), request);
        // What came in the way since is not what they were shown.
        own.asked();
        return reconcile(world(), { ...request, approved: digest });
      });
    },
    approve: () => follows(() => approve(world())),
    async giveUp() {
      await told.gaveUp(() => typed(() => giveUp(world())));
    },
    async vouch() {
      await told.proven(() => typed(() => vouch(world(), { connection: null })));
    },
    async suspend(only, seconds) {
      await typed(() => suspend(world(), { reason: 'work on the guest', seconds, only }));
    },
    async resume(only) {
      if (only !== null) {
        await typed(() => resume(world(), only));
        return;
      }
      const calm = { ...world(), files: world().calmFiles };
      for (const underWay of [await readIntent(calm), await readConfirmation(calm)])
        if (typeof underWay?.generation === 'number') released.add(underWay.generation);
      await follows(() => resume(world(), null));
    },
    async unload() {
      await typed(async () => unload(world(), await planUnload(world())));
    },
    async assertHeld() {
      const records = world()
        .ledger.records.slice(heard)
        .filter(({ generation }) => !released.has(generation ?? 0));
      assertNotOvertaken(records);
      const current = await world().generations.current();
      if (current?.restores === undefined || (await readConfirmation(world())) !== null) return;
      const since = records.filter(({ generation }) => generation === current.number);
      if (!since.some((record) => record.cause === 'rollback' && wentForth(record))) return;
      const { held } = await world().memory.read();
      assert.notEqual(held, null, `generation ${current.number}, a rollback, holds nothing`);
    },
  };
}

/** After a rollback no commit is applied. */
function assertNotOvertaken(records: readonly LedgerRecord[]): void {
  let back: string | null = null;
  for (const record of records) {
    const { cause, generation } = record;
    if (cause === 'rollback') back = wentForth(record) ? `generation ${generation ?? 0}, a rollback,` : null;
    else if (wentForth(record) && (cause === 'push' || cause === 'upgrade'))
      assert.equal(back, null, `${back ?? ''} was overtaken by generation ${generation ?? 0}`);
  }
}
