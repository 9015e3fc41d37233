/** Drift items in words: who, since when, how often, and what is done about it. */
import type { DriftItem } from '../../model/drift.ts';
import { actorStory } from '../ledger/subject.ts';
import { counted, showTime } from '../views/words.ts';
import { isFight } from './track.ts';

/** Null where none came back. */
export function comesBackText(items: readonly DriftItem[]): string | null {
  const most = Math.max(1, ...items.map(({ count }) => count));
  if (most === 1) return null;
  const fight = items.some(isFight) ? `: ${fightWords(items)}` : '';
  return `it came back, ${most} times by now${fight}`;
}

/** Who the other master is, as far as anybody was seen. */
export function fightWords(items: readonly DriftItem[]): string {
  const names = actorNames(items);
  return `two masters fight, natroute and ${names === '' ? 'one that was not seen' : names}`;
}

/** `iptables-restor or ferm`; '' where nobody was seen. */
export function actorNames(items: readonly DriftItem[]): string {
  return [...new Set(items.flatMap(({ actor }) => actor?.process ?? []))].join(' or ');
}

export function waitingText(items: readonly DriftItem[]): string {
  const waiting = items.filter(({ done }) => done === 'waiting');
  const next = waiting.map(({ healAt }) => healAt ?? '').sort()[0] ?? '';
  return `${counted(waiting.length, 'difference')} came back again and again and will be healed at ${showTime(next)}: ${fightWords(waiting)}`;
}

/** `since 2026-11-22 19:32:55Z, seen by an event, by iptables, pid 4393; came 5 times; healed at ...` */
export function itemWords(item: DriftItem): string {
  const by = actorStory(item.actor);
  const how = item.seenBy === 'event' ? 'seen by an event' : 'seen by a look';
  const seen = `since ${showTime(item.since)}, ${item.ofCommit === true ? 'when a commit changed it' : how}`;
  const times = item.count === 1 ? '' : `; came ${item.count} times, last at ${showTime(item.lastAt)}`;
  return `${seen}${by === '' ? '' : `, ${by}`}${times}; ${doneWords(item)}`;
}

function doneWords({ done, healAt }: DriftItem): string {
  switch (done) {
    case 'found':
      return 'not healed yet';
    case 'healed':
      return 'healed';
    case 'reported':
      return 'left by policy (drift: report)';
    case 'suspended':
      return 'left by a suspension';
    case 'waiting':
      return `it keeps coming back, healed again at ${showTime(healAt ?? '')}`;
    default:
      return done satisfies never;
  }
}
