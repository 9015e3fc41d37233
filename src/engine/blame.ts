/** Who brought each rule: the ledger's history held against the live table, or against its own last entry where that may not be read. */
import { blame, firstSeen, type BlamedRule, type Live } from '../core/ledger/blame.ts';
import { ruleLives } from '../core/ledger/lives.ts';
import type { PortQuestion } from '../core/ledger/openings.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { LedgerEntry, LedgerStep } from '../model/record.ts';
import type { Progress } from '../ports.ts';
import { usesFilter } from './observer.ts';
import type { World } from './world.ts';

export interface BlameReport {
  readonly host: string;
  readonly from: 'kernel' | 'ledger';
  /** Why the kernel was not asked; null where it was. */
  readonly note: string | null;
  /** The newest entry of the ledger; null before the first. */
  readonly newest: LedgerStep | null;
  readonly rules: readonly Blamed[];
  readonly missing: readonly Blamed[];
}

export type Blamed = BlamedRule & {
  /** For a stranger's rule: the entry that first told of it. */
  readonly firstSeen: LedgerEntry | null;
};

export interface BlameRequest {
  readonly question: PortQuestion | null;
  readonly progress: Progress;
}

export async function readBlame(world: World, { question, progress }: BlameRequest): Promise<BlameReport> {
  const steps = await world.ledger.steps(progress);
  const live = await readLive(world);
  const lives = ruleLives(steps);
  const found = blame(lives, typeof live === 'string' ? null : live, question);
  const drifts = found.rules.some(isUnknownStranger)
    ? await world.ledger.entries({ most: limits.ledgerDriftsRead, since: null, author: null, cause: 'drift' })
    : [];
  const told = (rule: BlamedRule): Blamed => ({
    ...rule,
    firstSeen: isUnknownStranger(rule) ? firstSeen(rule, drifts) : null,
  });
  return {
    host: world.config.host,
    from: typeof live === 'string' ? 'ledger' : 'kernel',
    note: typeof live === 'string' ? live : null,
    newest: steps.at(-1) ?? null,
    rules: found.rules.map(told),
    missing: found.missing.map(told),
  };
}

const isUnknownStranger = ({ kind, began }: BlamedRule): boolean => kind === 'stranger' && began === null;

const mayNotLook: readonly FaultCode[] = ['no-permission', 'guarded', 'command-missing'];

/** Why not, where this user or this place may not read the tables. */
async function readLive(world: World): Promise<Live | string> {
  try {
    const target = (await world.generations.current())?.target ?? null;
    const { observed } = await world.observer.read(usesFilter(target));
    return { observed, applied: target?.nat ?? null };
  } catch (error) {
    if (error instanceof Fault && mayNotLook.includes(error.code)) return error.message;
    throw error;
  }
}
