/** natroute as the tour drives it: its commands' JSON, and what it has to say about itself. */
import type { Sandbox } from '../sandbox/sandbox.ts';
import { Disappointment } from './checks.ts';

/** What the tour needs of one entry of `natroute history --json`. */
export interface HistoryEntry {
  readonly id: string;
  readonly record: {
    readonly cause: string;
    readonly outcome: string;
    readonly about?: 'guests';
    readonly desired: { readonly commit: string; readonly subject: string; readonly author: string } | null;
    readonly changes: readonly { readonly action: string; readonly kind: string; readonly key: string }[];
  };
}

/** What the tour needs of `natroute status --json`. */
export interface StatusReport {
  readonly commit: { readonly commit: string } | null;
  readonly generation: number | null;
  readonly drift: object | null;
  readonly guests: readonly { readonly name: string; readonly state: string; readonly detail: string | null }[];
  readonly daemon: { readonly pid: number } | null;
}

/** Runs a command that must end with exit 0; its stdout. */
export async function natroute(sandbox: Sandbox, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.natroute(argv);
  if (code !== 0)
    throw new Disappointment(`natroute ${argv.join(' ')} to end with exit 0`, `exit ${code}: ${stderr}${stdout}`);
  return stdout;
}

/** Of rules: what guests did is written down some time later. */
export async function history(sandbox: Sandbox): Promise<readonly HistoryEntry[]> {
  const { entries } = JSON.parse(await natroute(sandbox, 'history', '--json')) as { entries: readonly HistoryEntry[] };
  return entries.filter(({ record }) => record.about === undefined);
}

export async function status(sandbox: Sandbox): Promise<StatusReport> {
  return JSON.parse(await natroute(sandbox, 'status', '--json')) as StatusReport;
}
