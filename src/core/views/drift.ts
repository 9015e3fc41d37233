/** What somebody did behind our back: what it means outside, then the rules themselves. */
import type { DriftItem, Suspension } from '../../model/drift.ts';
import { changeWords } from '../alert/alerts.ts';
import { suspensionText } from '../drift/suspension.ts';
import { itemWords } from '../drift/words.ts';
import type { Change, Impact } from '../../model/change.ts';
import { changeLines } from './changes.ts';
import { impactLines } from './impact.ts';
import { isOfFiles } from './plan.ts';
import { printable, type Paint } from './paint.ts';
import { counted, defaultColumns, row, showTime } from './words.ts';

export interface DriftFacts {
  readonly host: string;
  /** The one that was applied last; null before the first. */
  readonly generation: number | null;
  /** ISO 8601; null where nobody had noticed it before. */
  readonly since: string | null;
  readonly changes: readonly Change[];
  readonly items: readonly DriftItem[];
  readonly suspensions: readonly Suspension[];
  readonly impact: readonly Impact[];
}

export function driftText(
  { host, generation, since, changes, items, suspensions, impact }: DriftFacts,
  paint: Paint,
): string {
  if (generation === null) return `${host}: nothing was applied on this host yet\n`;
  const notes = suspensions.map((one) => paint('warning', `! ${printable(suspensionText(one))}`));
  if (changes.length === 0)
    return `${[`${host}: no drift, the host is as generation ${generation} left it`, ...notes].join('\n')}\n`;
  const found = since === null ? 'found just now' : `since ${showTime(since)}`;
  const lines = [
    paint('warning', `${host}: ${counted(changes.length, 'difference')} from generation ${generation}, ${found}`),
    ...notes,
  ];
  if (impact.length > 0) lines.push('', 'Seen from outside:', ...impactLines(impact, paint));
  const rules = changes.filter((change) => !isOfFiles(change));
  if (rules.length > 0) lines.push('', 'Rules of the nat table:', ...changeLines(rules, paint));
  const files = changes.filter(isOfFiles);
  if (files.length > 0) lines.push('', 'Files and kernel settings:', ...changeLines(files, paint));
  const told = itemLines(items);
  if (told.length > 0) lines.push('', 'Who, since when, and what is done:', ...told);
  return `${lines.join('\n')}\n`;
}

/** What has the same story is told together. */
function itemLines(items: readonly DriftItem[]): readonly string[] {
  const stories = new Map<string, string[]>();
  for (const item of items) {
    const story = itemWords(item);
    stories.set(story, [...(stories.get(story) ?? []), changeWords(item.change)]);
  }
  return [...stories].flatMap(([story, names]) => [
    ...names.slice(0, mostNames).map((name) => `  ${printable(name)}`),
    ...(names.length > mostNames ? [`  and ${names.length - mostNames} more`] : []),
    ...row('', printable(story), { indent: '      ', columns: defaultColumns }),
  ]);
}

const mostNames = 10;
