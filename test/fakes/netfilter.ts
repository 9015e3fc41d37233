/** Two nat tables in memory, with the same compare-and-swap as the real door. */
import { applyRestore } from '../../src/core/nat/apply.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { placeOf, sectionOf } from '../../src/core/nat/tables.ts';
import { families, type Family } from '../../src/model/family.ts';
import type { Connection } from '../../src/model/confirmation.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Flow } from '../../src/model/flow.ts';
import type { NatTable } from '../../src/model/nat.ts';
import type { Netfilter } from '../../src/ports.ts';

export interface FakeNetfilter extends Netfilter {
  /** Called before each restore: to fail, to crash, or to let another writer in first. */
  before: ((family: Family, text: string) => void) | null;
  after: ((family: Family, text: string) => void) | null;
  restores: number;
  /** How often the filter table was asked for. */
  filterSaves: number;
  /** What the kernel was asked to spell, and how it does. */
  readonly asked: string[];
  spell: (text: string) => string;
  /** Conntrack's entries. */
  live: readonly Flow[];
  /** Who came in, as conntrack has it. */
  came: readonly Connection[];
  /** What a person types: a restore text that asks nobody. */
  byHand(family: Family, lines: readonly string[], table?: 'nat' | 'filter'): void;
  table(family: Family): NatTable;
  text(family: Family): string;
}

export function createFakeNetfilter(): FakeNetfilter {
  const tables: Record<Family, NatTable> = { v4: { chains: [] }, v6: { chains: [] } };
  const shown = (family: Family, filter: boolean): string => {
    const { chains } = tables[family];
    return tableText({ chains: chains.filter(({ name }) => filter || placeOf(name).table === 'nat') });
  };
  const fake: FakeNetfilter = {
    before: null,
    after: null,
    restores: 0,
    asked: [],
    spell: (text) => text,
    live: [],
    came: [],
    byHand(family, lines, table = 'nat') {
      tables[family] = applyRestore(tables[family], sectionOf(table, lines));
    },
    table: (family) => tables[family],
    text: (family) => tableText(tables[family]),
    probe: () => Promise.resolve({ backend: 'nft', version: '1.8.9' }),
    filterSaves: 0,
    save: (family, filter = false) => {
      if (filter) fake.filterSaves += 1;
      return Promise.resolve(shown(family, filter));
    },
    async restore(family, { text, plannedOn }) {
      await Promise.resolve();
      fake.before?.(family, text);
      if (shown(family, /^\*filter$/m.test(text + plannedOn)) !== plannedOn)
        throw new Fault('stale-table', 'somebody else changed the nat table after it was planned on');
      fake.restores += 1;
      tables[family] = applyRestore(tables[family], text);
      fake.after?.(family, text);
      return plannedOn;
    },
    canonicalise: (_family, text) => {
      fake.asked.push(text);
      return Promise.resolve(fake.spell(text));
    },
    listing: () => Promise.resolve(null),
    listingOf: () => Promise.resolve(''),
    flows: (_family, destinations) =>
      Promise.resolve(fake.live.filter((flow) => destinations.includes(flow.destination))),
    connections: (_family, destinations) =>
      Promise.resolve(fake.came.filter((one) => destinations.includes(one.destination))),
    cut: (_family, { flows }) => {
      const gone = new Set(flows.map(({ flow }) => flow));
      fake.live = fake.live.filter((flow) => !gone.has(flow));
      return Promise.resolve([]);
    },
  };
  for (const family of families) tables[family] = parseSave('');
  return fake;
}
