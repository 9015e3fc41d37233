/**
 * What guests did that the ledger does not have yet: a file for each, written by whoever looks after guests and removed
 * by whoever holds the lock of passes, once it is in an entry. Between the two a crash may write it twice, never lose it.
 */
import { randomUUID } from 'node:crypto';
import { Fault } from '../model/fault.ts';
import type { GuestEvent } from '../model/guest-status.ts';
import { limits } from '../model/limits.ts';
import type { AlertFiles } from './alert-files.ts';

export interface GuestEvents {
  /** Faults: disk, only where what is there cannot be read; what a full disk does not take waits in memory. */
  add(event: GuestEvent): Promise<void>;
  /** Whether there is anything to write down. */
  waits(): Promise<boolean>;
  /** Oldest first. Fault disk. */
  read(): Promise<Waiting>;
  /** They are in the ledger. */
  written(files: readonly string[]): Promise<void>;
}

export type WaitingEvent = GuestEvent & { readonly file: string };

export interface Waiting {
  readonly events: readonly WaitingEvent[];
  /** How many older ones were dropped to make room, and the files that say so. */
  readonly dropped: number;
  readonly files: readonly string[];
}

/** A file of the folder: an event, or how many were dropped to make room. */
type Kept = { readonly format: 1 } & ({ readonly event: GuestEvent } | { readonly dropped: number });

const droppedEnd = '-dropped.json';
const causes: Readonly<Record<GuestEvent['cause'], true>> = { push: true, heal: true, drift: true, boot: true };
const outcomes: Readonly<Record<GuestEvent['outcome'], true>> = {
  applied: true,
  healed: true,
  reported: true,
  failed: true,
};

/** One per process. */
export function createGuestEvents(files: AlertFiles, folder: string): GuestEvents {
  const names = async (): Promise<readonly string[]> =>
    (await files.list(folder)).filter((file) => file.endsWith('.json'));
  const write = (file: string, kept: Kept): Promise<void> =>
    files.write(`${folder}/${file}`, `${JSON.stringify(kept)}\n`);

  async function readKept(file: string): Promise<Kept | null> {
    const path = `${folder}/${file}`;
    const bytes = await files.read(path);
    if (bytes === null) return null;
    try {
      return asKept(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new Fault('disk', `${path} is not readable: ${(cause as Error).message}`, {
        help: 'It is what a guest did and waits to be written into the ledger. Move it away to go on without it.',
        cause,
      });
    }
  }

  /** The oldest two become one that only counts, under a name of its own: whoever reads meanwhile removes no count. */
  async function makeRoom(): Promise<void> {
    const all = await names();
    const [first, second] = all;
    if (all.length < limits.guestEventsKept || first === undefined || second === undefined) return;
    const counts = (await Promise.all([first, second].map(readKept))).map((kept) =>
      kept === null ? 0 : 'dropped' in kept ? kept.dropped : 1,
    );
    const dropped = counts.reduce((sum, count) => sum + count, 0);
    await write(`${second.slice(0, second.indexOf('Z') + 1)}-${randomUUID().slice(0, 8)}${droppedEnd}`, {
      format: 1,
      dropped,
    });
    for (const file of [first, second]) await files.remove(`${folder}/${file}`);
  }

  async function add(event: GuestEvent): Promise<void> {
    await makeRoom();
    // Names sort by time; two guests may have done something in one millisecond.
    await write(`${event.at.replaceAll(':', '')}-${randomUUID().slice(0, 8)}.json`, { format: 1, event });
  }

  // One at a time: two that make room at once would count the same twice.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    add(event) {
      const mine = turn.then(() => add(event));
      turn = mine.catch(() => undefined);
      return mine;
    },
    async waits() {
      return (await names()).some((file) => !file.endsWith(droppedEnd));
    },
    async read() {
      const events: WaitingEvent[] = [];
      const counts: { readonly file: string; readonly dropped: number }[] = [];
      for (const file of await names()) {
        const kept = await readKept(file);
        if (kept === null) continue;
        if ('dropped' in kept) counts.push({ file, dropped: kept.dropped });
        else events.push({ ...kept.event, file });
      }
      const dropped = counts.reduce((sum, one) => sum + one.dropped, 0);
      return { events, dropped, files: counts.map(({ file }) => file) };
    },
    async written(done) {
      for (const file of done) await files.remove(`${folder}/${file}`);
    },
  };
}

/** Throws where it is none that this natroute knows. */
function asKept(json: unknown): Kept {
  if (typeof json !== 'object' || json === null) throw new Error('it is no JSON object');
  const kept = json as Kept;
  const format: number = kept.format;
  if (format !== 1) throw new Error(`its format is ${format}; this natroute knows format 1`);
  if ('dropped' in kept) return kept;
  const { cause, outcome } = kept.event;
  if (!Object.hasOwn(causes, cause)) throw new Error(`its cause ${JSON.stringify(cause)} is unknown`);
  if (!Object.hasOwn(outcomes, outcome)) throw new Error(`its outcome ${JSON.stringify(outcome)} is unknown`);
  return kept;
}
