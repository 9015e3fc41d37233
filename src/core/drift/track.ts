/** From differences to items: what is new, what came back, what somebody else put right; and what is done about each. */
import type { Change } from '../../model/change.ts';
import type { DriftItem, Suspension } from '../../model/drift.ts';
import { limits } from '../../model/limits.ts';
import type { Actor } from '../../model/record.ts';
import { isUnmendable } from '../nat/diff.ts';
import { suspendedBy } from './suspension.ts';

export interface Seen {
  readonly now: Date;
  /** Who was seen at the nat tables since the last look. */
  readonly actor: Actor | null;
  /** By path, who has a file open. */
  readonly holders?: ReadonlyMap<string, Actor>;
  readonly byEvent: boolean;
}

export interface Tracked {
  /** One for each difference that is there now. */
  readonly open: readonly DriftItem[];
  /** Those of `open` that were not there at the last look. */
  readonly news: readonly DriftItem[];
  /** Were there, and went away without us. */
  readonly gone: readonly DriftItem[];
  /** Healed, and remembered in case they come back; newest first. */
  readonly healed: readonly DriftItem[];
  /** Who was seen since the last look. */
  readonly actor: Actor | null;
}

/** Counters move all the time; a drift is the same drift while its lines are the same. */
export function identity({ family, kind, chain, key, action, before, after, note }: Change): string {
  return JSON.stringify([family, kind, chain, key, action, before, after, note]);
}

export function trackDrift(known: readonly DriftItem[], changes: readonly Change[], seen: Seen): Tracked {
  const at = seen.now.toISOString();
  const before = new Map(known.map((item) => [identity(item.change), item]));
  const news: DriftItem[] = [];
  const open = changes.map((change): DriftItem => {
    const old = before.get(identity(change));
    before.delete(identity(change));
    if (old !== undefined && old.done !== 'healed') return { ...old, change };
    const item: DriftItem = {
      change,
      since: old?.since ?? at,
      lastAt: at,
      seenBy: seen.byEvent ? 'event' : 'look',
      actor: whoDid(change, seen) ?? old?.actor ?? null,
      count: (old?.count ?? 0) + 1,
      done: 'found',
      healAt: null,
    };
    news.push(item);
    return item;
  });
  const rest = [...before.values()];
  const since = seen.now.getTime() - limits.driftRememberedSeconds * 1000;
  return {
    actor: seen.actor,
    open,
    news,
    gone: rest.filter(({ done }) => done !== 'healed'),
    healed: rest
      .filter(({ done, lastAt }) => done === 'healed' && Date.parse(lastAt) > since)
      .toSorted((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt))
      .slice(0, limits.driftHealedKept),
  };
}

/** Who was at the tables did nothing to a file. */
function whoDid({ kind, key }: Change, { actor, holders }: Seen): Actor | null {
  if (kind === 'file') return holders?.get(key) ?? null;
  return kind === 'sysctl' ? null : actor;
}

export interface Dealing {
  readonly now: Date;
  readonly policy: 'heal' | 'report';
  readonly suspensions: readonly Suspension[];
  /** A person asked for it: everything that is not suspended is healed at once. */
  readonly byHand: boolean;
}

/** What is done about each: a person's own suspension counts more than the policy, and that more than a pause. */
export function dealWith(open: readonly DriftItem[], dealing: Dealing): readonly DriftItem[] {
  const texts = new Set<string>();
  return open.map((item): DriftItem => {
    const { change, count, lastAt } = item;
    // No target has a rule twice: of equal strangers only one can stay.
    const text = JSON.stringify([change.family, change.chain, change.after]);
    const again = change.after !== null && texts.has(text);
    texts.add(text);
    const left = (done: DriftItem['done'], healAt: string | null = null): DriftItem => ({ ...item, done, healAt });
    if (again || !canBeLeft(change)) return left('found');
    if (suspendedBy(dealing.suspensions, change) !== null) return left('suspended');
    if (dealing.byHand) return left('found');
    if (dealing.suspensions.some(({ only }) => only === null)) return left('suspended');
    if (dealing.policy === 'report') return left('reported');
    const last = new Date(lastAt);
    const healAt = new Date(last.getTime() + pauseSeconds(count) * 1000);
    // A clock that was set back since must not make it wait until it has come so far again.
    return last <= dealing.now && healAt > dealing.now ? left('waiting', healAt.toISOString()) : left('found');
  });
}

/**
 * A jump's place has a bound of its own (core/fight.ts), and one too many is no part of any target; what only a person
 * can mend is nobody's to leave.
 */
function canBeLeft(change: Change): boolean {
  const { kind, note, before } = change;
  return !isUnmendable(change) && note !== 'doubled' && !(kind === 'jump' && (note === 'moved' || before === null));
}

/** None for the first times, then 15, 30, 60 ... seconds, at most `limits.driftPauseMostSeconds`. */
export function pauseSeconds(count: number): number {
  const extra = count - limits.driftHealsAtOnce - 1;
  if (extra < 0) return 0;
  return Math.min(limits.driftPauseMostSeconds, limits.driftPauseFirstSeconds * 2 ** Math.min(extra, 20));
}

/** Came back so often that somebody must insist on it. */
export function isFight({ count }: DriftItem): boolean {
  return count > limits.driftHealsAtOnce;
}
