/**
 * The xtables lock, as iptables itself takes it: flock(2) on a file. A descriptor of ours holds it, so it dies
 * with us, however we die.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { Fault } from '../../model/fault.ts';
import { runCommand } from '../command.ts';

const conflictExit = 99;

export interface XtablesLock {
  release(): Promise<void>;
}

/** Faults: lock-held (naming the holder where the kernel tells), no-permission, command-missing. */
export async function takeXtablesLock(path: string, waitSeconds: number): Promise<XtablesLock> {
  const file = await openLock(path);
  try {
    const { exitCode } = await runCommand({
      file: 'flock',
      args: [...(waitSeconds === 0 ? ['-n'] : ['-w', String(waitSeconds)]), '-E', String(conflictExit), '3'],
      inherit: [file.fd],
      accept: [0, conflictExit],
      timeoutSeconds: waitSeconds + 10,
    });
    if (exitCode === conflictExit) throw await lockHeld(path, waitSeconds);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { release: () => file.close() };
}

export async function lockHeld(path: string, waitSeconds: number): Promise<Fault> {
  const who = (await holderOf(path)) ?? 'Another program';
  return new Fault('lock-held', `${who} has held the iptables lock for ${waitSeconds} s; this change was not made.`, {
    help: `If it hangs, end it (fuser -v ${path}); natroute tries again by itself.`,
  });
}

async function openLock(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_CREAT, 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const denied = code === 'EACCES' || code === 'EPERM';
    throw new Fault(
      denied ? 'no-permission' : 'disk',
      denied
        ? `natroute needs root's rights to change the nat table (it may not open ${path}).`
        : `The iptables lock cannot be opened: ${(error as Error).message}`,
      { cause: error, ...(denied ? { help: 'Run it as root.' } : {}) },
    );
  }
}

/** `iptables (pid 123)`, from the kernel's list of locks; null where it does not say. */
async function holderOf(path: string): Promise<string | null> {
  try {
    const { dev, ino } = await stat(path);
    const hex = (n: number): string => n.toString(16).padStart(2, '0');
    // Linux's dev_t as stat shows it: 12 bits of major, 20 of minor, folded.
    const major = (dev >> 8) & 0xfff;
    const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
    const place = `${hex(major)}:${hex(minor)}:${ino}`;
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, arrowOrType, ...rest] = line.trim().split(/\s+/);
      if (arrowOrType !== 'FLOCK' || !rest.includes(place)) continue;
      const pid = rest[2] ?? '';
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8')).trim();
      return `${name} (pid ${pid})`;
    }
  } catch {
    // The holder ended while we looked, or /proc hides it: then there is nobody to name.
  }
  return null;
}
