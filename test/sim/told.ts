/** What happened to changes that had to be confirmed, and that the ledger tells it so; without a proof none of them stays. */
import assert from 'node:assert/strict';
import type { Memory } from '../../src/engine/memory.ts';
import type { LedgerRecord } from '../../src/model/record.ts';
import type { FakeWorld } from '../fakes/world.ts';
import { wentForth } from './parts.ts';

export interface Told {
  /** Somebody comes in, or says that they did. */
  proven(how: () => unknown): Promise<void>;
  /** A person asks for the way back. */
  gaveUp(how: () => unknown): Promise<void>;
  burned(generation: number): void;
  /** After whatever may have put another generation in force. */
  look(): Promise<void>;
  assertTrue(): void;
}

/** The generation that waits for its confirmation, and the one whose wait ended last. */
function stateOfTrials({ calmFiles, paths }: FakeWorld): {
  readonly waits: number | null;
  readonly ended: number | null;
} {
  const read = (path: string): unknown => JSON.parse(calmFiles.text(path) ?? '{}');
  const { generation = null } = read(`${paths.confirm}/confirmation.json`) as { generation?: number };
  const { settlement } = read(paths.memory) as Partial<Memory>;
  return { waits: generation, ended: settlement?.generation ?? null };
}

export function createTold(world: () => FakeWorld): Told {
  const [proven, givenUp, burned] = [new Set<number | null>(), new Set<number | null>(), new Set<number>()];
  const ruled = new Set<number>();
  /** The daemon may begin or end a wait meanwhile. */
  const during = async (how: () => unknown, which: Set<number | null>): Promise<void> => {
    const before = stateOfTrials(world());
    await how();
    const after = stateOfTrials(world());
    which.add(before.waits).add(after.waits);
    if (after.ended !== before.ended) which.add(after.ended);
  };
  return {
    proven: (how) => during(how, proven),
    gaveUp: (how) => during(how, givenUp),
    burned: (generation) => void burned.add(generation),
    async look() {
      const link = await world().calmFiles.readLink(world().paths.current);
      if (link !== null) ruled.add(Number(link.split('/').at(-1)));
    },
    assertTrue() {
      const { records } = world().ledger;
      for (const { outcome, reason, generation } of records) {
        const back = Number(/generation (\d+) was (?:not confirmed|taken back)/.exec(reason ?? '')?.[1]);
        if (outcome === 'confirmed') assert.ok(proven.has(generation), `nobody proved generation ${generation ?? 0}`);
        if (reason?.includes('taken back by a person') === true)
          assert.ok(givenUp.has(back), `nobody asked for the way back from generation ${back}`);
        if (reason?.includes('the fuse put the rules back') === true)
          assert.ok(burned.has(back), `the fuse of generation ${back} never acted`);
      }
      if (world().config.confirm === null) return;
      for (const number of ruled)
        assert.ok(proven.has(number) || changedNothing(records, number), `generation ${number} stayed unconfirmed`);
    },
  };
}

/** Then there was nothing to confirm. Who goes on after a crash sets all settings anew, whoever changed them meanwhile. */
function changedNothing(records: readonly LedgerRecord[], number: number): boolean {
  const first = records.find((record) => record.generation === number && wentForth(record));
  return first === undefined || first.changes.every(({ kind }) => first.outcome === 'recovered' && kind === 'sysctl');
}
