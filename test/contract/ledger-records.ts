/** Records for the suites of the ledger. */
import type { LedgerRecord, LedgerSummary } from '../../src/model/record.ts';

export function record(n: number, part: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    cause: 'push',
    outcome: 'applied',
    at: new Date(1_790_000_000_000 + n * 1000).toISOString(),
    desired: {
      commit: String(n).padStart(40, 'a'),
      author: `Author ${n} <a${n}@example.org>`,
      authoredAt: '2026-11-22T12:00:00Z',
      subject: `Change ${n}`,
      signature: 'none',
    },
    generation: n,
    actor: null,
    versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
    changes: [
      {
        action: 'create',
        kind: 'rule',
        family: 'v4',
        chain: 'NR-A-main',
        key: `k${n}`,
        before: null,
        after: `-p tcp --dport ${n}`,
        counters: { packets: n, bytes: n },
        note: null,
        at: null,
      },
    ],
    impact: [],
    reason: null,
    nat: { v4: `# rules ${n}\n`, v6: n % 2 === 0 ? '' : `# six ${n}\n` },
    ...part,
  };
}

/** What an entry gives back: all but the rules. */
export function summary(record: LedgerRecord): LedgerSummary {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'nat')) as unknown as LedgerSummary;
}
