/** What is remembered of guests over restarts of natroute: as what they were started, and what they were last brought to. */
import type { XlConfig } from '../model/domain.ts';
import { Fault } from '../model/fault.ts';
import type { Paths } from '../model/paths.ts';
import type { Files } from '../ports.ts';

export interface GuestRecord {
  /** The domain that natroute started, and as what. */
  readonly started?: Started;
  /** The domU config that did not start, and why: no guest is shut down for it again. */
  readonly refused?: { readonly text: string; readonly why: string } | undefined;
  /** What it was brought to last, and during which boot of the host: what differs from then on, somebody changed. */
  readonly settled?:
    | {
        readonly wish: string;
        readonly bootId: string | null;
        /** True once nothing of it waited for a restart any more. */
        readonly whole?: boolean;
      }
    | undefined;
  /** Digest of the failure or finding that lasts and that the ledger was told of. */
  readonly told?: string | undefined;
}

export interface Started {
  readonly uuid: string | null;
  readonly config: XlConfig;
  /** The domU config itself; absent where a natroute that did not keep it started the guest. */
  readonly text?: string;
}

export interface GuestRecords {
  read(name: string): Promise<GuestRecord>;
  /** Writes only what differs, and what a disk did not take before. Fault disk. */
  update(name: string, change: GuestRecord): Promise<void>;
  forget(name: string): Promise<void>;
  /** Of whom something is remembered. */
  names(): Promise<readonly string[]>;
}

interface Kept {
  readonly format: 1;
  readonly guests: Readonly<Record<string, GuestRecord>>;
}

/** One per process; only one process writes them. */
export function createGuestRecords(files: Files, paths: Pick<Paths, 'guests'>): GuestRecords {
  let known: Map<string, GuestRecord> | null = null;
  /** A full disk did not take it: known here, and written with the next that is asked for. */
  let unsaved = false;

  async function load(): Promise<Map<string, GuestRecord>> {
    known ??= await readAll(files, paths.guests);
    return known;
  }
  async function save(records: ReadonlyMap<string, GuestRecord>): Promise<void> {
    const kept: Kept = { format: 1, guests: Object.fromEntries(records) };
    unsaved = true;
    await files.write(paths.guests, `${JSON.stringify(kept, null, 1)}\n`, 0o600);
    unsaved = false;
  }
  return {
    read: async (name) => (await load()).get(name) ?? {},
    async update(name, change) {
      const records = await load();
      const before = records.get(name) ?? {};
      const after = { ...before, ...change };
      if (!unsaved && JSON.stringify(before) === JSON.stringify(after)) return;
      records.set(name, after);
      await save(records);
    },
    async forget(name) {
      const records = await load();
      if (records.delete(name)) await save(records);
    },
    names: async () => [...(await load()).keys()],
  };
}

async function readAll(files: Files, path: string): Promise<Map<string, GuestRecord>> {
  const bytes = await files.read(path);
  if (bytes === null) return new Map();
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes)) as Kept;
    const format: number = kept.format;
    if (format !== 1) throw new Error(`its format is ${format}; this natroute knows format 1`);
    return new Map(Object.entries(kept.guests));
  } catch (cause) {
    throw new Fault('generation-damaged', `${path} is not readable: ${(cause as Error).message}`, {
      help: 'It holds as what guests were started. Move it away to go on without that knowledge: no guest is touched by that.',
      cause,
    });
  }
}
