/**
 * The Locks port: flock(2) on a descriptor of ours, taken by `flock` in a child that inherits it. The kernel drops the
 * lock when the last copy of the descriptor closes, so it dies with us, however we die.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Locks } from '../ports.ts';
import { diskFault } from './files.ts';

const conflictExit = 99;

/** Zero when the lock was taken; `conflictExit` when another held it all the time. */
function runFlock(descriptor: number, waitSeconds: number): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const seconds = Math.max(0, waitSeconds);
    const wait = seconds === 0 ? ['-n'] : ['-w', String(seconds)];
    const child = spawn('flock', [...wait, '-E', String(conflictExit), '3'], {
      stdio: ['ignore', 'ignore', 'pipe', descriptor],
    });
    let output = '';
    child.stderr?.on('data', (data: Buffer) => {
      output = (output + data.toString()).slice(0, limits.shownOutputCharacters);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

async function take(file: FileHandle, waitSeconds: number): Promise<boolean> {
  let ended;
  try {
    ended = await runFlock(file.fd, waitSeconds);
  } catch (error) {
    throw new Fault('command-missing', 'Cannot run `flock`, which natroute needs for its locks.', {
      command: 'flock',
      help: 'Install it: apt-get install util-linux',
      cause: error,
    });
  }
  if (ended.code === 0) return true;
  if (ended.code === conflictExit) return false;
  throw new Fault('command-failed', '`flock` failed, so natroute cannot know that it runs alone.', {
    command: `flock -w ${waitSeconds} 3`,
    output: ended.output.trim(),
    ...(ended.code === null ? {} : { exitCode: ended.code }),
  });
}

/** `natroute run (pid 812)`; null where the file names nobody who is alive. */
async function holder(path: string): Promise<string | null> {
  try {
    const pid = /^(\d{1,10})\n/.exec(await readFile(path, 'utf8'))?.[1];
    if (pid === undefined) return null;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter((word) => word !== '');
    return `${words.join(' ').slice(0, limits.shownOutputCharacters)} (pid ${pid})`;
  } catch {
    // The holder went away between our look at the lock and our look at it: then there is nobody to name.
    return null;
  }
}

/** `folder` exists and is ours. A lock file is never deleted: two processes would then lock two different files. */
export function createLocks(folder: string): Locks {
  return {
    async acquire(name, waitSeconds) {
      if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new TypeError(`not a lock's name: ${name}`);
      const path = join(folder, `${name}.lock`);
      let file: FileHandle;
      try {
        file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
      } catch (error) {
        throw diskFault('open the lock', path, error);
      }
      try {
        if (!(await take(file, waitSeconds))) {
          const who = await holder(path);
          throw new Fault(
            'lock-held',
            `Another natroute is at work: ${who ?? 'it does not say who it is'} holds ${path}` +
              (waitSeconds > 0 ? `, also after ${waitSeconds} s.` : '.'),
            { help: `Wait until it is done, or look at it with \`fuser -v ${path}\`.` },
          );
        }
        await file.truncate(0);
        await file.write(`${process.pid}\n`, 0);
      } catch (error) {
        await file.close();
        throw error instanceof Fault ? error : diskFault('write the lock', path, error);
      }
      let held = true;
      return {
        async release() {
          if (!held) return;
          held = false;
          await file.close();
        },
      };
    },
  };
}
