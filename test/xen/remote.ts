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
  readonly clock?: Clock;
  /** What has xl do it; default: xl in dom0. */
  readonly xl?: Xl;
}

/** Xl itself gives up its scripts after 40 s and a device after 10 s, which a busy machine may need for one. */
export const tooBusy = /because of timeout|did not end within|unable to (add|remove) device/;

export interface HastyClock extends Clock {
  /** So much faster time passes: what is waited for is given up soon. */
  haste: number;
}

export function createHastyClock(): HastyClock {
  let [time, at] = [0, performance.now()];
  const clock: HastyClock = {
    haste: 1,
    now: () => new Date(),
    uptime: () => {
      const now = performance.now();
      time += ((now - at) / 1000) * clock.haste;
      at = now;
      return time;
    },
    sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
  };
  return clock;
}

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
      remove: async (path) => {
        await rig.must(`rm -f ${path}`);
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

export function remoteToolstack(rig: Rig, { files, clock, xl }: RemoteOptions = {}): Toolstack {
  return createXlToolstack({
    xl: xl ?? remoteXl(rig),
    hostFiles: {
      realPath: async (path) => (await rig.exec(`readlink -e '${path}'`)).out.trim() || null,
    },
    clock: clock ?? createHastyClock(),
    records: createGuestRecords(files ?? createFakeFiles(), pathsUnder('')),
    config: {
      policy: { commits: 'apply', drift: 'heal', deletions: 'apply', stuckGuests: 'leave', mostDeletions: 1 },
      windows: { restart: [] },
    },
  });
}
