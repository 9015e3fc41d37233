/** The ledger for a person: a line an entry, or one entry whole with the lines before and after. */
import type { LedgerEntry, LedgerLine, LedgerSummary } from '../../model/record.ts';
import { actorStory, subjectOf } from '../ledger/subject.ts';
import { changeLines } from './changes.ts';
import { impactLines } from './impact.ts';
import { printable, type Paint, type Style } from './paint.ts';
import { fold, showTime } from './words.ts';

const styles: Readonly<Record<LedgerSummary['outcome'], Style>> = {
  'applied': 'create',
  'confirmed': 'create',
  'healed': 'create',
  'recovered': 'update',
  'reported': 'warning',
  'unloaded': 'warning',
  'suspended': 'warning',
  'resumed': 'create',
  'failed': 'error',
  'rolled-back': 'error',
  'unknown': 'warning',
};

const outcomeWidth = 13;

/** Newest first, as given; one line an entry, folded under itself on a terminal of so many `columns`. */
export function historyText(entries: readonly LedgerLine[], paint: Paint, columns: number | null): string {
  if (entries.length === 0) return 'the ledger has no such entry\n';
  const lines = entries.flatMap(({ id, subject: full, heading }) => {
    const begin = `${showTime(heading.at)}  ${id.slice(0, 10)}  `;
    const margin = begin.length + outcomeWidth;
    const subject = printable(heading.newer === true ? `${full} [${newerText(heading)}]` : full);
    const [first = '', ...more] = columns === null ? [subject] : fold(subject, Math.max(20, columns - margin));
    const outcome = paint(styles[heading.outcome], heading.outcome.padEnd(outcomeWidth));
    return [`${paint('faint', begin)}${outcome}${first}`, ...more.map((line) => `${' '.repeat(margin)}${line}`)];
  });
  return `${lines.join('\n')}\n`;
}

function newerText({ versions }: Pick<LedgerSummary, 'versions'>): string {
  return `written by a newer natroute (${versions.natroute}): update this one to read all of it`;
}

export function entryText({ id, record }: LedgerEntry, paint: Paint): string {
  const lines = [paint('strong', printable(subjectOf(record)))];
  const row = (name: string, text: string | number | null): void => {
    if (text !== null && text !== '') lines.push(`  ${name.padEnd(12)}${printable(String(text))}`);
  };
  const { desired, versions } = record;
  row('entry', id);
  row('! newer', record.newer === true ? newerText(record) : null);
  row('at', showTime(record.at));
  row('cause', record.cause);
  row('outcome', record.outcome);
  row('reason', record.reason);
  row('left alone', record.left ?? null);
  row('gap', record.gap ?? null);
  row('commit', desired === null ? null : `${desired.commit} "${desired.subject}"`);
  row('author', desired === null ? null : `${desired.author}, ${desired.authoredAt}`);
  row('signature', desired?.signature ?? null);
  row('request', desired?.request ?? null);
  row('generation', record.generation);
  row('actor', actorStory(record.actor).replace(/^by /, ''));
  row(
    'written by',
    [
      `natroute ${versions.natroute}`,
      ...(versions.iptables === null ? [] : [`iptables ${versions.iptables}`]),
      ...(versions.backend === null ? [] : [versions.backend]),
    ].join(', '),
  );
  if (record.impact.length > 0) lines.push('', 'Seen from outside:', ...impactLines(record.impact, paint));
  if (record.changes.length > 0)
    lines.push(
      '',
      record.about === 'guests' ? 'Guests:' : 'Rules of the nat table:',
      ...changeLines(record.changes, paint),
    );
  return `${lines.join('\n')}\n`;
}
