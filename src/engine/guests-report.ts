/** What the process that looks after the guests tells the others: a file that it writes after each of its passes. */
import { limits } from '../model/limits.ts';
import type { GuestStatus } from '../model/guest-status.ts';
import type { World } from './world.ts';

export interface GuestsReport {
  readonly format: 1;
  /** ISO 8601. */
  readonly at: string;
  readonly pid: number;
  /** Why the last pass failed as a whole; null where it did not. */
  readonly failed: string | null;
  readonly guests: readonly GuestStatus[];
}

type Doors = Pick<World, 'files' | 'paths' | 'clock'>;

export async function writeGuestsReport({ files, paths }: Doors, report: GuestsReport): Promise<void> {
  await files.write(paths.guestsReport, `${JSON.stringify(report)}\n`, 0o644);
}

/** Null where there is none, or none that still says something. */
export async function readGuestsReport({ files, paths, clock }: Doors): Promise<GuestsReport | null> {
  const bytes = await files.read(paths.guestsReport);
  if (bytes === null) return null;
  const report = JSON.parse(new TextDecoder().decode(bytes)) as GuestsReport;
  const format: number = report.format;
  const ageSeconds = (clock.now().getTime() - Date.parse(report.at)) / 1000;
  return format === 1 && ageSeconds <= limits.guestsReportSeconds ? report : null;
}
