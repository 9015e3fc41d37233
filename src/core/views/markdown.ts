/** A plan for merge requests: the same as the text, in Markdown that nothing from outside can break or dress up. */
import type { Impact, Plan } from '../../model/change.ts';
import { isEmpty } from '../plan/plan.ts';
import { stepsByHand } from '../render/by-hand.ts';
import { changeGroups } from './changes.ts';
import { guestPlanLines, guestsHeading } from './guests-plan.ts';
import { showPlace, wayWords } from './impact.ts';
import { printable } from './paint.ts';
import { byHandHeading, emptyText, headingText, planTally, type PlanHeading } from './plan.ts';

export function planMarkdown(plan: Plan, heading: PlanHeading): string {
  const lines = [
    '### natroute plan',
    '',
    escaped(headingText(heading)),
    ...(heading.notes ?? []).flatMap((note) => ['', `⏸️ ${escaped(printable(note))}`]),
  ];
  const guests = heading.guests === undefined ? [] : guestPlanLines(heading.guests);
  if (isEmpty(plan) && guests.length === 0) lines.push('', escaped(emptyText(heading)));
  if (plan.impact.length > 0) {
    lines.push('', '| | port | who ends where |', '| --- | --- | --- |');
    lines.push(...plan.impact.map(impactRow));
  }
  if (plan.changes.length > 0) {
    lines.push('', `<details><summary>${escaped(planTally(plan))}</summary>`, '', '```diff');
    for (const { heading: chain, lines: diff } of changeGroups(plan.changes))
      lines.push(`@@ ${chain} @@`, ...diff.map(([, line]) => line));
    lines.push('```', '', '</details>');
  }
  if (guests.length > 0)
    lines.push('', escaped(guestsHeading), '', ...guests.map(([, line]) => `- ${escaped(printable(line))}`));
  const steps = stepsByHand(plan.files?.swaps ?? []);
  if (steps.length > 0)
    lines.push('', `${byHandHeading}:`, '', ...steps.map((step) => `- ${escaped(printable(step))}`));
  const left = plan.files?.left ?? [];
  if (left.length > 0) lines.push('', 'Left as it is:', '', ...left.map(({ why }) => `- ${escaped(printable(why))}`));
  if (plan.findings.length > 0) {
    lines.push('', 'Foreign, left as it is:', '');
    for (const { text } of plan.findings) lines.push(`- ${escaped(printable(text))}`);
  }
  return `${lines.join('\n')}\n`;
}

const marks: Readonly<Record<Impact['effect'], string>> = {
  'opens': '➕ opens',
  'widens': '➕ widens',
  'retargets': '🔀 moves',
  'narrows': '➖ narrows',
  'closes': '➖ closes',
  'falls-to-host': '⚠️ falls to the host',
};

function impactRow(impact: Impact): string {
  const ways = wayWords(impact).map((words) => escaped(printable(words)));
  return `| ${marks[impact.effect]} | ${escaped(showPlace(impact))} | ${ways.join('<br>')} |`;
}

/** Every sign that Markdown or HTML could take for its own. */
function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#!|~@]/g, '\\$&');
}
