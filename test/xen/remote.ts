/** The xl toolstack at work on the rig, driven from this side: what it thinks runs here, only xl runs in dom0. */
import { runCommand } from '../../src/adapters/command.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createXl } from '../../src/adapters/toolstack/xl.ts';
import { xlError } from '../../src/core/guests/sight.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { createXlToolstack } from '../../src/engine/xl-guests.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import type { Clock, Toolstack, Xl } from '../../src/ports.ts';
import { createFakeFiles, type FakeFiles } from '../fakes/files.ts';
import type { Rig } from './rig.ts';

export interface RemoteOptions {
  /** What a restart of natroute finds again. */
  readonly files?: FakeFiles;
  readonly stuckGuests?: 'leave' | 'destroy';
}

/** Xl itself gives up its scripts after 40 s, which a busy machine may need for one. */
export const tooBusy = /because of timeout|did not end within/;

/** Time passes so much faster for it: a guest that ignores a shutdown is given up soon. */
const haste = 12;

export const hastyClock: Clock = {
  now: () => new Date(),
  uptime: () => (performance.now() / 1000) * haste,
  sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
};

export function remoteXl(rig: Rig): Xl {
  return createXl({
    files: {
      ...createFiles(),
      makeFolder: async (path) => {
        await rig.must(`mkdir -p ${path}`);
      },
      write: async (path, content) => {
        await rig.must(`cat > ${path}`, { input: String(content) });
      },
    },
    folder: '/run/natroute/xl',
    reason: xlError,
    run: (request) => {
      const words = [request.file, ...request.args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
      const [file = '', ...args] = rig.command(words.join(' '));
      return runCommand({ ...request, file, args });
    },
  });
}

export function remoteToolstack(rig: Rig, { files, stuckGuests = 'leave' }: RemoteOptions = {}): Toolstack {
  return createXlToolstack({
    xl: remoteXl(rig),
    clock: hastyClock,
    records: createGuestRecords(files ?? createFakeFiles(), pathsUnder('')),
    config: {
      policy: { commits: 'apply', drift: 'heal', deletions: 'apply', stuckGuests, mostDeletions: 1 },
      windows: { restart: [] },
    },
  });
}
