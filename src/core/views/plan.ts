/** A plan as a good diff: what opens and closes first, then the exact rules, then what is foreign. */
import type { Change, Impact, Plan } from '../../model/change.ts';
import type { CommitFacts } from '../../model/record.ts';
import { isEmpty } from '../plan/plan.ts';
import { printable, type Paint, type Style } from './paint.ts';

export interface PlanHeading {
  readonly host: string;
  readonly commit: CommitFacts | null;
  /** `generation 12`, or null before the first. */
  readonly from: string | null;
}

export function planText(plan: Plan, heading: PlanHeading, paint: Paint): string {
  const lines = [
    paint(
      'strong',
      `${heading.host}: ${source(heading)}${heading.from === null ? ', first run' : `, now ${heading.from}`}`,
    ),
  ];
  if (isEmpty(plan)) lines.push('No changes: the host is as the repository says.');
  if (plan.impact.length > 0) {
    lines.push('', 'For people outside:');
    for (const impact of plan.impact) lines.push(`  ${impactLine(impact, paint)}`);
  }
  if (plan.changes.length > 0) {
    lines.push('', 'Rules of the nat table:');
    for (const change of plan.changes)
      lines.push(...changeLines(change).map(([style, line]) => `  ${paint(style, line)}`));
    lines.push('', `Plan: ${tally(plan.changes)}.`);
  }
  if (plan.findings.length > 0) {
    lines.push('', 'Foreign, left as it is:');
    for (const finding of plan.findings) {
      lines.push(`  ${paint('warning', `! ${printable(finding.text)}`)}`);
      if (finding.rule !== null)
        lines.push(paint('faint', `      ${finding.family} -A ${printable(finding.chain)} ${printable(finding.rule)}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** For merge requests: the same in Markdown, with the rules as a diff block. */
export function planMarkdown(plan: Plan, heading: PlanHeading): string {
  const lines = [
    `### natroute plan for \`${heading.host}\``,
    '',
    `${source(heading)}${heading.from === null ? ', first run' : `, now ${heading.from}`}`,
  ];
  if (isEmpty(plan)) lines.push('', 'No changes: the host is as the repository says.');
  if (plan.impact.length > 0) {
    lines.push('', '| | where | what |', '| --- | --- | --- |');
    for (const i of plan.impact)
      lines.push(`| ${i.effect} | \`${i.address}:${range(i)}/${i.protocol}\` | ${cell(i.text)} |`);
  }
  if (plan.changes.length > 0) {
    lines.push('', `<details><summary>${tally(plan.changes)}</summary>`, '', '```diff');
    for (const change of plan.changes)
      lines.push(...changeLines(change).map(([, line]) => line.replaceAll('```', "'''")));
    lines.push('```', '', '</details>');
  }
  if (plan.findings.length > 0) {
    lines.push('', 'Foreign, left as it is:', '');
    for (const finding of plan.findings) lines.push(`- ${cell(finding.text)}`);
  }
  return `${lines.join('\n')}\n`;
}

const signs: Readonly<Record<Impact['effect'], readonly [string, Style]>> = {
  'opens': ['+', 'create'],
  'widens': ['+', 'create'],
  'retargets': ['~', 'update'],
  'narrows': ['-', 'delete'],
  'closes': ['-', 'delete'],
  'falls-to-host': ['-', 'delete'],
};

export function impactLine(impact: Impact, paint: Paint): string {
  const [sign, style] = signs[impact.effect];
  return paint(style, `${sign} ${printable(impact.text)}`);
}

/** One change as diff lines: what goes with `-`, what comes with `+`. */
export function changeLines(change: Change): readonly (readonly [Style, string])[] {
  const where = `${change.family ?? ''}${change.chain === null ? '' : ` -A ${change.chain}`}`;
  const note = change.note === null ? '' : `   # ${printable(change.note)}`;
  const lines: (readonly [Style, string])[] = [];
  if (change.kind === 'chain') {
    const sign = change.action === 'delete' ? '-' : '+';
    return [
      [sign === '-' ? 'delete' : 'create', `${sign} ${change.family ?? ''} chain ${printable(change.key)}${note}`],
    ];
  }
  if (change.before !== null && change.before !== change.after)
    lines.push(['delete', `- ${where} ${printable(change.before)}${note}`]);
  if (change.after !== null && change.before !== change.after)
    lines.push(['create', `+ ${where} ${printable(change.after)}${note}`]);
  if (change.before === change.after)
    lines.push(['update', `~ ${where} ${printable(change.after ?? change.key)}${note}`]);
  return lines;
}

/** `2 to create, 1 to delete` */
export function tally(changes: readonly Change[]): string {
  const words: readonly Change['action'][] = ['create', 'update', 'replace', 'delete'];
  const parts = words.flatMap((action) => {
    const n = changes.filter((c) => c.action === action).length;
    return n === 0 ? [] : [`${n} to ${action}`];
  });
  return parts.length === 0 ? 'nothing to do' : parts.join(', ');
}

function source({ commit }: PlanHeading): string {
  return commit === null
    ? 'a folder'
    : `commit ${commit.commit.slice(0, 10)} "${printable(commit.subject)}" by ${printable(commit.author)}`;
}

function range({ ports }: Impact): string {
  return ports.first === ports.last ? String(ports.first) : `${ports.first}-${ports.last}`;
}

function cell(text: string): string {
  return printable(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
