/** Where the host stands, on one screen: trouble first. */
import type { Change } from '../../model/change.ts';
import type { CommitFacts } from '../../model/record.ts';
import { changeLines } from './plan.ts';
import { printable, type Paint } from './paint.ts';

/** The part of the status that a person is shown; times are ISO 8601. */
export interface StatusFacts {
  readonly host: string;
  readonly repository: string;
  readonly branch: string;
  readonly trusted: string | null;
  readonly commit: CommitFacts | null;
  readonly generation: number | null;
  readonly appliedAt: string | null;
  readonly lastPass: { readonly at: string; readonly outcome: string; readonly text: string } | null;
  readonly drift: { readonly since: string; readonly changes: readonly Change[] } | null;
  readonly held: { readonly since: string; readonly reason: string } | null;
  readonly rejected: { readonly commit: CommitFacts; readonly at: string; readonly reason: string } | null;
  readonly guests: readonly {
    readonly name: string;
    readonly desired: string;
    readonly state: string;
    readonly detail: string | null;
  }[];
  readonly daemon: {
    readonly pid: number;
    readonly startedAt: string;
    readonly nextPass: string | null;
    readonly lanes: Readonly<Record<string, { readonly failures: number; readonly lastError: string | null }>>;
  } | null;
}

export function statusText(status: StatusFacts, paint: Paint): string {
  const lines: string[] = [paint('strong', status.host)];
  const row = (name: string, text: string): void => void lines.push(`  ${name.padEnd(12)}${text}`);
  row('repository', `${printable(status.repository)} (${printable(status.branch)})`);
  row('commit', status.commit === null ? 'none applied yet' : commitLine(status.commit));
  if (status.trusted !== null && status.trusted !== status.commit?.commit) row('fetched', status.trusted.slice(0, 10));
  row('generation', status.generation === null ? 'none' : `${status.generation}, applied ${status.appliedAt ?? ''}`);
  if (status.rejected !== null)
    row('rejected', paint('error', `${commitLine(status.rejected.commit)}: ${printable(status.rejected.reason)}`));
  if (status.held !== null)
    row('held', paint('warning', `since ${status.held.since}: ${printable(status.held.reason)}`));
  row(
    'last pass',
    status.lastPass === null
      ? 'none'
      : `${status.lastPass.at} ${status.lastPass.outcome}: ${printable(status.lastPass.text)}`,
  );
  row(
    'drift',
    status.drift === null
      ? paint('create', 'none')
      : paint('warning', `${status.drift.changes.length} differences since ${status.drift.since}`),
  );
  for (const change of status.drift?.changes ?? [])
    for (const [style, line] of changeLines(change)) lines.push(`    ${paint(style, line)}`);
  if (status.daemon === null) row('daemon', paint('warning', 'not running; nothing is watched or healed'));
  else
    row(
      'daemon',
      `pid ${status.daemon.pid} since ${status.daemon.startedAt}, next pass ${status.daemon.nextPass ?? 'unknown'}`,
    );
  for (const [lane, state] of Object.entries(status.daemon?.lanes ?? {}))
    if (state.failures > 0)
      row('', paint('error', `${lane} failed ${state.failures} times: ${printable(state.lastError ?? '')}`));
  if (status.guests.length > 0) lines.push('  guests');
  for (const guest of status.guests)
    lines.push(
      `    ${guest.name.padEnd(16)}${guest.desired.padEnd(11)}${guest.state}${guest.detail === null ? '' : `: ${printable(guest.detail)}`}`,
    );
  return `${lines.join('\n')}\n`;
}

function commitLine(commit: CommitFacts): string {
  return `${commit.commit.slice(0, 10)} "${printable(commit.subject)}" by ${printable(commit.author)}`;
}
