/** What outlives a restart but is no part of a generation: since when it drifts, what is held, what failed. */
import type { Move } from '../core/fight.ts';
import type { Finding } from '../model/change.ts';
import type { Settlement } from '../model/confirmation.ts';
import type { DriftItem, Suspension } from '../model/drift.ts';
import { Fault } from '../model/fault.ts';
import type { Paths } from '../model/paths.ts';
import type { CommitFacts } from '../model/record.ts';
import { limits } from '../model/limits.ts';
import type { Files, Locks } from '../ports.ts';

export interface Memory {
  readonly format: 1;
  /** The boot during which the last change was applied: after another one, missing rules are no drift. */
  readonly bootId: string | null;
  /** New commits wait: a person applied something else, or a policy says so. */
  readonly held: { readonly since: string; readonly reason: string } | null;
  /** Drift that was recorded and is there, and what was healed and may come back. */
  readonly drift: readonly DriftItem[];
  /** What somebody asked to leave alone for a while. */
  readonly suspensions: readonly Suspension[];
  /** The newest commit that could not be applied, and why. */
  readonly rejected: { readonly commit: CommitFacts; readonly at: string; readonly reason: string } | null;
  /** A commit that was applied and taken back: not tried again by itself. Another commit ends it. */
  readonly quarantined?: { readonly commit: CommitFacts; readonly at: string; readonly reason: string } | null;
  /** What became of the last change that had to be confirmed. */
  readonly settlement?: Settlement;
  readonly lastPass: LastPass | null;
  /** When our jumps had to be put first again. */
  readonly moves: readonly Move[];
  /** Until when the connections of forwards that end by themselves were ended; ISO 8601. */
  readonly ended?: string;
  /** The newest entry of the ledger when a pass looked last: whatever comes goes on from it. */
  readonly ledgerEnd?: { readonly id: string; readonly at: string };
  /** The newest gap in the ledger, and whether it was told. */
  readonly ledgerGap?: { readonly at: string; readonly text: string; readonly told: boolean };
  /** Until when everything in the ledger was told; ISO 8601. */
  readonly told?: string;
  /** Files of others that stand where the target wants its own, and were not taken over. */
  readonly filesLeft?: readonly string[];
  /** What the last pass found of others in the packet filter; the first of them. */
  readonly foreign?: Foreign;
}

export interface Foreign {
  readonly count: number;
  readonly first: readonly Finding[];
}

export interface LastPass {
  readonly at: string;
  readonly outcome: string;
  readonly text: string;
}

export const emptyMemory: Memory = {
  format: 1,
  bootId: null,
  held: null,
  drift: [],
  suspensions: [],
  rejected: null,
  lastPass: null,
  moves: [],
};

export interface MemoryStore {
  read(): Promise<Memory>;
  /** Writes only what differs: a pass without news leaves the disk alone. The caller holds the lock of the pass. */
  update(change: Partial<Memory>): Promise<Memory>;
}

export function createMemory(files: Files, paths: Paths): MemoryStore {
  async function read(): Promise<Memory> {
    const bytes = await files.read(paths.memory);
    if (bytes === null) return emptyMemory;
    try {
      const memory = JSON.parse(new TextDecoder().decode(bytes)) as Memory;
      const format: number = memory.format;
      if (format !== 1) throw new Error(`its format is ${format}; this natroute knows format 1`);
      // An older natroute kept less of it; the next look finds again what is there.
      return { ...emptyMemory, ...memory, drift: Array.isArray(memory.drift) ? memory.drift : [] };
    } catch (cause) {
      throw new Fault('generation-damaged', `${paths.memory} is not readable: ${(cause as Error).message}`, {
        help: 'It holds what is held and since when it drifts. Move it away to go on without that knowledge.',
        cause,
      });
    }
  }
  async function update(change: Partial<Memory>): Promise<Memory> {
    const before = await read();
    const after: Memory = { ...before, ...change };
    if (JSON.stringify(before) !== JSON.stringify(after))
      await files.write(paths.memory, `${JSON.stringify(after, null, 1)}\n`, 0o600);
    return after;
  }
  return { read, update };
}

/**
 * For whoever does not hold the lock of the pass: what others write between the read and the write, a hold or a suspension,
 * would be lost.
 */
export async function remember(
  { locks, memory }: { readonly locks: Locks; readonly memory: MemoryStore },
  change: Partial<Memory>,
): Promise<void> {
  const lock = await locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    await memory.update(change);
  } finally {
    await lock.release();
  }
}
