/** Everything the engine may touch, handed in once by main: the ports, the paths and the local config. */
import type { Config } from '../config.ts';
import type { CompileMemo } from '../core/nat/compile.ts';
import type { SaveReader } from '../core/nat/save.ts';
import type { ParseMemo } from '../core/parse/parse.ts';
import type { Paths } from '../model/paths.ts';
import type { Outline } from '../model/record.ts';
import type { StateFile } from '../model/state.ts';
import type {
  Clock,
  Files,
  Fuse,
  HostFiles,
  Ledger,
  Locks,
  Mirror,
  Netfilter,
  Notifier,
  Prober,
  Surveyor,
  Sysctls,
  Toolstack,
  Trail,
  Witness,
} from '../ports.ts';
import type { AlertFiles } from './alert-files.ts';
import type { GuestEvents } from './guest-events.ts';
import type { GuestRecords } from './guest-records.ts';
import type { Generations } from './generations.ts';
import type { MemoryStore } from './memory.ts';
import type { Lookout } from './surroundings.ts';
import type { Observer } from './observer.ts';
import type { Quiet } from './request.ts';
import type { Compiled } from './target.ts';

export interface World {
  readonly version: string;
  readonly config: Config;
  readonly paths: Paths;
  readonly netfilter: Netfilter;
  readonly lookout: Lookout;
  /** Keeps what it read last, so that a save is read only as far as it is another. */
  readonly readSave: SaveReader;
  readonly observer: Observer;
  readonly mirror: Mirror;
  readonly ledger: Ledger;
  readonly files: Files;
  readonly alertFiles: AlertFiles;
  readonly hostFiles: HostFiles;
  readonly sysctls: Sysctls;
  readonly clock: Clock;
  readonly locks: Locks;
  readonly toolstack: (kind: 'xl' | 'netns') => Toolstack;
  readonly records: GuestRecords;
  readonly guestEvents: GuestEvents;
  readonly witness: Witness;
  readonly trail: Trail;
  readonly notifier: Notifier;
  readonly surveyor: Surveyor;
  readonly prober: Prober;
  readonly fuse: Fuse;
  readonly generations: Generations;
  readonly memory: MemoryStore;
  /** Reads a state repository from a plain folder. */
  readonly readFolder: (folder: string, host: string) => Promise<readonly StateFile[]>;
  /** The last commit compiled, by its id. */
  readonly compiled: Map<string, Compiled>;
  /** Files of the state repository that need not be read again. */
  readonly parsed: ParseMemo;
  /** The last pass, where it found nothing to do. */
  readonly quiet: { last: Quiet | null };
  /** What was done while nothing could be written, oldest first. */
  readonly owed: Outline[];
  /** Rules that need not be made again. */
  readonly made: CompileMemo;
  /** The kernel's id of this boot; null where it has none. */
  readonly bootId: string | null;
}
