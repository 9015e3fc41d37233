/** A ledger in memory, oldest first. */
import type { LedgerRecord } from '../../src/model/record.ts';
import type { Ledger } from '../../src/ports.ts';

export interface FakeLedger extends Ledger {
  readonly records: LedgerRecord[];
  trouble: (() => void) | null;
}

export function createFakeLedger(): FakeLedger {
  const records: LedgerRecord[] = [];
  const entries = (): { id: string; record: LedgerRecord }[] => records.map((record, i) => ({ id: String(i), record }));
  const fake: FakeLedger = {
    records,
    trouble: null,
    async append(record) {
      await Promise.resolve();
      fake.trouble?.();
      records.push(record);
      return String(records.length - 1);
    },
    entries: ({ most }) => Promise.resolve(entries().reverse().slice(0, most)),
    entry: (id) => Promise.resolve(entries().find((e) => e.id === id) ?? null),
    rules: (id, family) => Promise.resolve(records[Number(id)]?.nat[family] ?? ''),
  };
  return fake;
}
