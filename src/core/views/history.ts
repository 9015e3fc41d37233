/** The ledger for a person: a line an entry, or one entry whole with the lines before and after. */
import type { LedgerEntry, LedgerSummary } from '../../model/record.ts';
import { subjectOf } from '../ledger/subject.ts';
import { changeLines, impactLine } from './plan.ts';
import { printable, type Paint, type Style } from './paint.ts';

const styles: Readonly<Record<LedgerSummary['outcome'], Style>> = {
  'applied': 'create',
  'healed': 'create',
  'recovered': 'update',
  'reported': 'warning',
  'unloaded': 'warning',
  'failed': 'error',
  'rolled-back': 'error',
};

/** Newest first, as given. */
export function historyText(entries: readonly LedgerEntry[], paint: Paint): string {
  if (entries.length === 0) return 'the ledger has no such entry\n';
  const lines = entries.map(({ id, record }) => {
    const what = `${record.cause} ${record.outcome}`;
    return `${paint('faint', id.slice(0, 10))} ${record.at} ${paint(styles[record.outcome], what.padEnd(16))} ${printable(subjectOf(record))}`;
  });
  return `${lines.join('\n')}\n`;
}

export function entryText({ id, record }: LedgerEntry, paint: Paint): string {
  const lines = [paint('strong', printable(subjectOf(record)))];
  const row = (name: string, text: string | number | null): void => {
    if (text !== null) lines.push(`  ${name.padEnd(12)}${printable(String(text))}`);
  };
  const { desired, actor, versions } = record;
  row('entry', id);
  row('at', record.at);
  row('cause', record.cause);
  row('outcome', record.outcome);
  row('reason', record.reason);
  row('commit', desired === null ? null : `${desired.commit} "${desired.subject}"`);
  row('author', desired === null ? null : `${desired.author}, ${desired.authoredAt}`);
  row('signature', desired?.signature ?? null);
  row('generation', record.generation);
  row(
    'actor',
    actor === null ? null : [actor.process, actor.pid, actor.user].filter((part) => part !== null).join(' '),
  );
  row(
    'by',
    [
      `natroute ${versions.natroute}`,
      versions.iptables === null ? '' : `iptables ${versions.iptables}`,
      versions.backend ?? '',
    ]
      .filter((part) => part !== '')
      .join(', '),
  );
  if (record.impact.length > 0) lines.push('', ...record.impact.map((impact) => `  ${impactLine(impact, paint)}`));
  const changes = record.changes.flatMap((change) => changeLines(change));
  if (changes.length > 0) lines.push('', ...changes.map(([style, line]) => `  ${paint(style, line)}`));
  return `${lines.join('\n')}\n`;
}
