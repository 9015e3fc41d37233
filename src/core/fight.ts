/**
 * Two programs that both insist on being first would move each other for ever. After a bounded number of moves ours
 * stays where it is, says so, and tries again when the other one has had an hour to calm down.
 */
import type { Change } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import type { DriftItem } from '../model/drift.ts';
import { limits } from '../model/limits.ts';
import { actorNames } from './drift/words.ts';

/** One time that our jump had to be put first again. */
export interface Move {
  readonly family: Family;
  readonly chain: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface Fight {
  readonly family: Family;
  readonly chain: string;
  readonly moves: number;
}

/** The moves that still count, and those of a plan that was just applied. */
export function movesAfter(moves: readonly Move[], changes: readonly Change[], now: Date): readonly Move[] {
  const moved = changes.flatMap((change): Move[] =>
    change.kind === 'jump' && change.note === 'moved' && change.family !== null && change.chain !== null
      ? [{ family: change.family, chain: change.chain, at: now.toISOString() }]
      : [],
  );
  return [...recent(moves, now), ...moved];
}

/** The built-in chains in which our jump is left where it stands. */
export function fightsIn(moves: readonly Move[], now: Date): readonly Fight[] {
  const counts = new Map<string, Fight>();
  for (const { family, chain } of recent(moves, now)) {
    const key = `${family} ${chain}`;
    counts.set(key, { family, chain, moves: (counts.get(key)?.moves ?? 0) + 1 });
  }
  return [...counts.values()].filter((fight) => fight.moves >= limits.jumpMoves);
}

/** `items`: the drift that is there, for who was seen to make it. */
export function fightText(fights: readonly Fight[], items: readonly DriftItem[]): string {
  const who = actorNames(items.filter(({ change }) => change.kind === 'jump' && change.note === 'moved'));
  const chains = fights.map((fight) => `${fight.chain} (${fight.family}, ${fight.moves} times)`).join(', ');
  return `${who === '' ? 'another program' : who} insists on being first in ${chains}: our jump is left where it stands; see \`natroute plan\` for the rules before it`;
}

function recent(moves: readonly Move[], now: Date): readonly Move[] {
  const nowMs = now.getTime();
  // What is said to come was written by a clock that was set back since: then it would count for ever.
  return moves.filter(({ at }) => Date.parse(at) > nowMs - limits.jumpMovesSeconds * 1000 && Date.parse(at) <= nowMs);
}
