/** A ledger in memory, oldest first. */
import { subjectOf } from '../../src/core/ledger/subject.ts';
import type { LedgerRecord, LedgerStep } from '../../src/model/record.ts';
import type { Ledger } from '../../src/ports.ts';

export interface FakeLedger extends Ledger {
  readonly records: LedgerRecord[];
  trouble: (() => void) | null;
  /** Takes the newest entries away, all of them without a number; no later entry gets the id of one of them. */
  lose(count?: number): void;
}

export function createFakeLedger(): FakeLedger {
  const records: LedgerRecord[] = [];
  const ids: string[] = [];
  let appended = 0;
  const idOf = (i: number): string => ids[i] ?? 'none';
  const entries = (): { id: string; record: LedgerRecord }[] => records.map((record, i) => ({ id: idOf(i), record }));
  const at = (id: string): LedgerRecord | undefined => records[ids.indexOf(id)];
  const fake: FakeLedger = {
    records,
    trouble: null,
    async append(record) {
      await Promise.resolve();
      fake.trouble?.();
      records.push(record);
      ids.push(String(appended++));
      return idOf(records.length - 1);
    },
    lose(count = records.length) {
      for (const list of [records, ids]) list.splice(list.length - count);
    },
    async end() {
      await Promise.resolve();
      return records.length === 0 ? null : idOf(records.length - 1);
    },
    has: (id) => Promise.resolve(ids.includes(id)),
    entries: ({ most }) => Promise.resolve(entries().reverse().slice(0, most)),
    async check() {
      await Promise.resolve();
      fake.trouble?.();
    },
    push: () => Promise.resolve(),
    letGo: () => Promise.resolve(0),
    tidy: () => Promise.resolve(),
    async verify() {
      return { steps: await fake.steps(), damage: [], signatures: [], letGo: null };
    },
    tables: (wanted) => Promise.resolve(wanted.map((id) => at(id)?.nat ?? { v4: '', v6: '' })),
    headings: ({ most }) =>
      Promise.resolve(
        entries()
          .reverse()
          .slice(0, most)
          .map(({ id, record }) => ({ id, subject: subjectOf(record), heading: record })),
      ),
    entry: (id) => Promise.resolve(entries().find((e) => e.id === id) ?? null),
    steps: () => Promise.resolve(records.map((record, i) => stepOf(record, records[i - 1] ?? null, idOf(i)))),
    rules: (id, family) => Promise.resolve(at(id)?.nat[family] ?? ''),
  };
  return fake;
}

/** What git's diff of two entries would say. */
export function stepOf(record: LedgerRecord, before: LedgerRecord | null, id: string): LedgerStep {
  const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('-A '));
  const missing = (from: string, inside: string): readonly string[] =>
    lines(from).filter((line) => !lines(inside).includes(line));
  return {
    id,
    subject: subjectOf(record),
    heading: record,
    came: { v4: missing(record.nat.v4, before?.nat.v4 ?? ''), v6: missing(record.nat.v6, before?.nat.v6 ?? '') },
    gone: { v4: missing(before?.nat.v4 ?? '', record.nat.v4), v6: missing(before?.nat.v6 ?? '', record.nat.v6) },
  };
}
