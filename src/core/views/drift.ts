/** What somebody did behind our back: what it means outside, then the rules themselves. */
import type { Change, Impact } from '../../model/change.ts';
import { changeLines } from './changes.ts';
import { impactLines } from './impact.ts';
import type { Paint } from './paint.ts';
import { counted, showTime } from './words.ts';

export interface DriftFacts {
  readonly host: string;
  /** The one that was applied last; null before the first. */
  readonly generation: number | null;
  /** ISO 8601; null where nobody had noticed it before. */
  readonly since: string | null;
  readonly changes: readonly Change[];
  readonly impact: readonly Impact[];
}

export function driftText({ host, generation, since, changes, impact }: DriftFacts, paint: Paint): string {
  if (generation === null) return `${host}: nothing was applied on this host yet\n`;
  if (changes.length === 0) return `${host}: no drift, the host is as generation ${generation} left it\n`;
  const found = since === null ? 'found just now' : `since ${showTime(since)}`;
  const lines = [
    paint('warning', `${host}: ${counted(changes.length, 'difference')} from generation ${generation}, ${found}`),
  ];
  if (impact.length > 0) lines.push('', 'Seen from outside:', ...impactLines(impact, paint));
  lines.push('', 'Rules of the nat table:', ...changeLines(changes, paint));
  return `${lines.join('\n')}\n`;
}
