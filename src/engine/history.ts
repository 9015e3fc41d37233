/** Questions to the ledger that need more than one entry: when a port was open, and what was open at a moment. */
import { ruleLives } from '../core/ledger/lives.ts';
import { openings, type Opening, type PortQuestion } from '../core/ledger/openings.ts';
import type { Family } from '../model/family.ts';
import type { LedgerEntry } from '../model/record.ts';
import type { Progress } from '../ports.ts';
import type { World } from './world.ts';

/** Newest first. */
export async function readOpenings(
  world: World,
  { question, now, progress }: { readonly question: PortQuestion; readonly now: Date; readonly progress: Progress },
): Promise<readonly Opening[]> {
  const steps = await world.ledger.steps(progress);
  return openings(steps, ruleLives(steps), { port: question, now });
}

export interface Moment {
  /** The newest entry of that time; null before the first. */
  readonly entry: LedgerEntry | null;
  /** When the ledger begins, ISO 8601; null for an empty one. */
  readonly begins: string | null;
  readonly open: readonly Opening[];
  readonly nat: Readonly<Record<Family, string>>;
}

/** What the ledger knew at that time and not later. */
export async function readAt(
  world: World,
  { time, progress }: { readonly time: Date; readonly progress: Progress },
): Promise<Moment> {
  const steps = await world.ledger.steps(progress);
  const last = steps.findLastIndex(({ heading }) => Date.parse(heading.at) <= time.getTime());
  const id = steps[last]?.id;
  const begins = steps.find(({ letGo }) => letGo !== true)?.heading.at ?? null;
  const entry = id === undefined || steps[last]?.letGo === true ? null : await world.ledger.entry(id);
  if (entry === null) return { entry: null, begins, open: [], nat: { v4: '', v6: '' } };
  const until = steps.slice(0, last + 1);
  const standing = ruleLives(until).filter(({ ended }) => ended === null);
  const found = openings(until, standing, { port: null, now: time });
  const [v4, v6] = await Promise.all([world.ledger.rules(entry.id, 'v4'), world.ledger.rules(entry.id, 'v6')]);
  return { entry, begins, open: found.filter(({ end }) => end === null), nat: { v4, v6 } };
}
