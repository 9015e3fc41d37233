/** A plan as a good diff: what opens and closes first, then the exact rules, then what is foreign. */
import type { Change, Finding, Plan } from '../../model/change.ts';
import type { GuestsPlan } from '../../model/guest-status.ts';
import type { CommitFacts } from '../../model/record.ts';
import { placeOf } from '../nat/tables.ts';
import { isEmpty } from '../plan/plan.ts';
import { stepsByHand } from '../render/by-hand.ts';
import { changeLines, changeTally } from './changes.ts';
import { guestPlanLines, guestsHeading } from './guests-plan.ts';
import { impactLines, impactTally } from './impact.ts';
import { printable, type Paint } from './paint.ts';
import { defaultColumns, row, showCommit } from './words.ts';

export interface PlanHeading {
  readonly host: string;
  /** `generation 12`, or null before the first. */
  readonly from: string | null;
  /** Null: nothing was fetched yet. */
  readonly to: CommitFacts | { readonly folder: string } | { readonly number: number } | 'nothing of natroute' | null;
  /** What else holds: one sentence each. */
  readonly notes?: readonly string[];
  /** Absent where nobody looked at them. */
  readonly guests?: GuestsPlan;
}

export function planText(plan: Plan, heading: PlanHeading, paint: Paint): string {
  const lines = [
    paint('strong', headingText(heading)),
    ...(heading.notes ?? []).map((n) => paint('warning', `! ${printable(n)}`)),
  ];
  const guests = heading.guests === undefined ? [] : guestPlanLines(heading.guests);
  if (isEmpty(plan) && guests.length === 0) lines.push(emptyText(heading));
  if (plan.impact.length > 0) lines.push('', 'Seen from outside:', ...impactLines(plan.impact, paint));
  const rules = plan.changes.filter((change) => !isOfFiles(change));
  if (rules.length > 0) lines.push('', rulesHeading(plan), ...changeLines(rules, paint));
  const files = plan.changes.filter(isOfFiles);
  if (files.length > 0) lines.push('', 'Files and kernel settings:', ...changeLines(files, paint));
  if (plan.changes.length > 0) lines.push('', paint('strong', planTally(plan)));
  if (guests.length > 0)
    lines.push('', guestsHeading, ...guests.map(([style, line]) => `  ${paint(style, printable(line))}`));
  const steps = stepsByHand(plan.files?.swaps ?? []);
  if (steps.length > 0)
    lines.push('', `${byHandHeading}:`, ...steps.map((step) => paint('warning', `  ! ${printable(step)}`)));
  const left = plan.files?.left ?? [];
  if (left.length > 0)
    lines.push(
      '',
      'Left as it is:',
      ...left.flatMap(({ why }) =>
        row('! ', printable(why), { indent: '  ', columns: defaultColumns }).map((line) => paint('warning', line)),
      ),
    );
  if (plan.findings.length > 0)
    lines.push('', 'Foreign, left as it is:', ...plan.findings.flatMap((finding) => findingLines(finding, paint)));
  return `${lines.join('\n')}\n`;
}

/** natroute never restarts the network. */
export const byHandHeading = 'To be done by hand afterwards, because the network is never restarted';

export function isOfFiles({ kind }: Change): boolean {
  return kind === 'file' || kind === 'sysctl';
}

function rulesHeading({ changes }: Plan): string {
  const filter = changes.some(({ chain }) => chain !== null && placeOf(chain).table === 'filter');
  return `Rules of the nat ${filter ? 'and the filter ' : ''}table:`;
}

/** `dedibox: generation 12 -> commit 7f5cd17276 "Open ssh" by Ann <ann@example.org>` */
export function headingText({ host, from, to }: PlanHeading): string {
  const source = from ?? 'nothing applied yet';
  if (to === null) return `${host}: ${source}; nothing was fetched yet`;
  if (to === 'nothing of natroute') return `${host}: ${source} -> ${to}`;
  if ('number' in to) return `${host}: ${source} -> the network of generation ${to.number}`;
  return `${host}: ${source} -> ${'folder' in to ? `the folder ${printable(to.folder)}` : showCommit(to)}`;
}

export function emptyText({ to }: PlanHeading): string {
  if (to === null) return 'No changes.';
  if (to === 'nothing of natroute') return 'No changes: there is no rule of natroute in the kernel.';
  if ('number' in to) return `No changes: the rules are those of generation ${to.number}.`;
  return `No changes: the host is as the ${'folder' in to ? 'folder' : 'repository'} says.`;
}

/** `Plan: 9 forwards open, 1 closes; 20 rules to create.` */
export function planTally({ impact, changes }: Plan): string {
  return `Plan: ${[impactTally(impact), changeTally(changes)].filter((part) => part !== '').join('; ')}.`;
}

/** The sentence, and the rule that it is about on a line of its own. */
function findingLines({ text, family, table, chain, rule }: Finding, paint: Paint): readonly string[] {
  const said = rule === null ? undefined : [`: ${rule}`, `: -A ${chain} ${rule}`].find((end) => text.endsWith(end));
  const sentence = said === undefined ? text : text.slice(0, -said.length);
  const lines = row('! ', printable(sentence), { indent: '  ', columns: defaultColumns }).map((line) =>
    paint('warning', line),
  );
  if (rule === null) return lines;
  const command = family === 'v4' ? 'iptables' : 'ip6tables';
  return [...lines, paint('faint', `      ${command} -t ${table ?? 'nat'} -A ${printable(chain)} ${printable(rule)}`)];
}
