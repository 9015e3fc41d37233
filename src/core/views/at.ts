/** What was true at a moment: the entry that was the newest then, and the rules as they were. */
import type { Family } from '../../model/family.ts';
import type { LedgerEntry } from '../../model/record.ts';
import type { Opening } from '../ledger/openings.ts';
import { entryText } from './history.ts';
import { openNowLines } from './openings.ts';
import { printable, type Paint } from './paint.ts';
import { counted, showTime } from './words.ts';

export interface AtFacts {
  readonly host: string;
  /** As it was written, and in which timezone it was read. */
  readonly asked: string;
  readonly timezone: string;
  readonly time: Date;
  /** Null before the first entry. */
  readonly entry: LedgerEntry | null;
  /** When the ledger begins, ISO 8601; null for an empty one. */
  readonly begins: string | null;
  readonly open: readonly Opening[];
  readonly nat: Readonly<Record<Family, string>>;
}

export function atText(facts: AtFacts, { paint, rules }: { readonly paint: Paint; readonly rules: boolean }): string {
  const { host, entry, begins, open, nat } = facts;
  const when = `${printable(host)} at ${showTime(facts.time.toISOString())} (${printable(zoneWords(facts))})`;
  if (entry === null) {
    const why = begins === null ? 'the ledger is empty' : `the ledger begins later, at ${showTime(begins)}`;
    return `${when}: ${why}; what was open before that is not recorded\n`;
  }
  const lines = [paint('strong', `${when}: ${counted(open.length, 'way')} open by natroute's rules`)];
  if (rules) lines.push(...openNowLines(open), '');
  lines.push(`${paint('faint', 'the newest entry then:')} ${entryText(entry, paint).trimEnd()}`);
  if (!rules) return `${lines.join('\n')}\n`;
  for (const family of ['v4', 'v6'] as const) {
    lines.push('', paint('strong', `Our rules of ${family === 'v4' ? 'IPv4' : 'IPv6'}`));
    lines.push(nat[family] === '' ? 'none' : nat[family].trimEnd().split('\n').map(printable).join('\n'));
  }
  return `${lines.join('\n')}\n`;
}

/** `2026-11-01T03:00 in Europe/Paris`; a time with a zone of its own, or so long ago, was read in none. */
function zoneWords({ asked, timezone }: AtFacts): string {
  return /(Z|[+-]\d\d:\d\d)$|^\d+[mhdw]$/.test(asked) && !/^\d{4}-\d\d-\d\d$/.test(asked)
    ? asked
    : `${asked} in ${timezone}`;
}
