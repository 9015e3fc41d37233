/** Who brought each rule: the ledger's history held against the live table, or against its own last entry where that may not be read. */
import { strangerKey, type KnownStranger } from '../core/coexist/strangers.ts';
import { blame, firstSeen, type BlamedRule, type Live } from '../core/ledger/blame.ts';
import { ruleLives } from '../core/ledger/lives.ts';
import type { PortQuestion } from '../core/ledger/openings.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Actor, LedgerStep } from '../model/record.ts';
import type { Progress } from '../ports.ts';
import { usesFilter } from './observer.ts';
import { readStrangers } from './strangers.ts';
import { inForce } from './confirmation.ts';
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
  /** For a stranger's rule of which the ledger has no life. */
  readonly firstSeen: FirstSeen | null;
};

export interface FirstSeen {
  /** The entry that told of it; null where it concerned none of our rules. */
  readonly id: string | null;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: Actor | null;
  /** Whether it stood there already when natroute looked for the first time. */
  readonly before: boolean;
}

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
  const known = new Map(((await readStrangers(world)) ?? []).map((rule) => [strangerKey(rule), rule]));
  const told = (rule: BlamedRule): Blamed => {
    if (!isUnknownStranger(rule)) return { ...rule, firstSeen: null };
    const entry = firstSeen(rule, drifts);
    if (entry === null) return { ...rule, firstSeen: seenOf(known.get(strangerKey(rule))) };
    const { at, actor } = entry.record;
    return { ...rule, firstSeen: { id: entry.id, at, actor, before: false } };
  };
  return {
    host: world.config.host,
    from: typeof live === 'string' ? 'ledger' : 'kernel',
    note: typeof live === 'string' ? live : null,
    newest: steps.at(-1) ?? null,
    rules: found.rules.map(told),
    missing: found.missing.map(told),
  };
}

function seenOf(known: KnownStranger | undefined): FirstSeen | null {
  return known === undefined ? null : { id: null, at: known.at, actor: known.actor, before: known.before };
}

const isUnknownStranger = ({ kind, began }: BlamedRule): boolean => kind === 'stranger' && began === null;

const mayNotLook: readonly FaultCode[] = ['no-permission', 'guarded', 'command-missing'];

/** Why not, where this user or this place may not read the tables. */
async function readLive(world: World): Promise<Live | string> {
  try {
    const target = (await inForce(world))?.target ?? null;
    const { observed } = await world.observer.read(usesFilter(target));
    return { observed, applied: target?.nat ?? null };
  } catch (error) {
    if (error instanceof Fault && mayNotLook.includes(error.code)) return error.message;
    throw error;
  }
}
