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

/** Null where there is none, or none that still says something: too old, of another format, or broken by somebody. */
export async function readGuestsReport({ files, paths, clock }: Doors): Promise<GuestsReport | null> {
  const bytes = await files.read(paths.guestsReport);
  if (bytes === null) return null;
  const report = parsed(new TextDecoder().decode(bytes));
  if (report === null) return null;
  const format: number = report.format;
  // One from the future was written before the clock was put right: nobody knows how old it is.
  const ageSeconds = Math.abs(clock.now().getTime() - Date.parse(report.at)) / 1000;
  return format === 1 && ageSeconds <= limits.guestsReportSeconds ? report : null;
}

/** A status must be had also where this file is damaged; the next pass over guests writes it anew. */
function parsed(text: string): GuestsReport | null {
  try {
    return JSON.parse(text) as GuestsReport | null;
  } catch {
    return null;
  }
}
