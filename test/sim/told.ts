/** What happened to changes that had to be confirmed, and that the ledger tells it so; without a proof none of them stays. */
import assert from 'node:assert/strict';
import type { LedgerRecord } from '../../src/model/record.ts';
import type { FakeWorld } from '../fakes/world.ts';

export interface Told {
  /** Somebody came in, or said that they did. */
  proven(): void;
  /** A person asked for the way back. */
  gaveUp(): void;
  burned(generation: number): void;
  /** After whatever may have put another generation in force. */
  look(): Promise<void>;
  assertTrue(): void;
}

/** The generation that waits for its confirmation. */
export function waitingOn({ calmFiles, paths }: FakeWorld): number | null {
  const text = calmFiles.text(`${paths.confirm}/confirmation.json`);
  return text === null ? null : (JSON.parse(text) as { generation: number }).generation;
}

export function createTold(world: () => FakeWorld): Told {
  const [proven, givenUp, burned] = [new Set<number | null>(), new Set<number | null>(), new Set<number>()];
  const ruled = new Set<number>();
  return {
    proven: () => void proven.add(waitingOn(world())),
    gaveUp: () => void givenUp.add(waitingOn(world())),
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

/** Then there was nothing to confirm. */
function changedNothing(records: readonly LedgerRecord[], number: number): boolean {
  const first = records.find(
    ({ generation, outcome, reason }) =>
      generation === number &&
      (outcome === 'applied' || (outcome === 'recovered' && reason?.startsWith('finished') === true)),
  );
  return first === undefined || first.changes.length === 0;
}
