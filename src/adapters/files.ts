/**
 * The Files port on a real disk. A write is a temporary file in the same folder, fsynced, renamed over the old one,
 * and the folder fsynced: after a power cut there is the old file or the new one, never half of one.
 */
import { closeSync, constants, existsSync, fsync, openSync, writeFileSync } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, readlink, rename, rm, symlink, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Files } from '../ports.ts';

const temporarySuffix = '.natroute-tmp';
let temporaries = 0;

function temporaryBeside(path: string): string {
  temporaries += 1;
  return join(dirname(path), `.${basename(path)}.${process.pid}.${temporaries}${temporarySuffix}`);
}

/** Removes what processes that are gone left of unfinished writes in this folder. Faults: disk. */
export async function sweepTemporaries(folder: string): Promise<void> {
  await guarded('clean up', folder, async () => {
    for (const name of (await orNull(() => readdir(folder))) ?? []) {
      const pid = /^\..*\.([1-9]\d*)\.\d+\.natroute-tmp$/.exec(name)?.[1];
      if (pid !== undefined && !existsSync(`/proc/${pid}`)) await rm(join(folder, name), { force: true });
    }
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What a system error means to a person. */
export function diskWords(error: unknown): string {
  return explained(error)[0];
}

function explained(error: unknown): readonly [why: string, help: string | undefined] {
  const plain: Readonly<Record<string, readonly [why: string, help: string]>> = {
    ENOSPC: ['the disk is full', 'Free some space there (see `df -h` and `df -i`), then try again.'],
    EDQUOT: ['the disk quota is used up', 'Free some space or raise the quota, then try again.'],
    EACCES: ['permission denied', 'Run natroute as root, or give its user the right to use this path.'],
    EPERM: ['the operation is not permitted', 'Run natroute as root; look for an immutable flag with `lsattr`.'],
    EROFS: ['the file system is mounted read-only', 'Look in `dmesg` for disk errors, then remount it read-write.'],
    EIO: ['the disk reports an input/output error', 'Look in `dmesg`: the disk may be failing.'],
    ENOENT: ['the folder or file does not exist', 'Make it, or correct the path.'],
    ENOTDIR: ['a part of the path is a file, not a folder', 'Move that file away, or correct the path.'],
    EISDIR: ['it is a folder, not a file', 'Move that folder away, or correct the path.'],
    ENOTEMPTY: ['the folder is not empty', 'Look at what is in it, and move it away.'],
    EEXIST: ['something else is in its place', 'Look at what is there, and move it away.'],
    ELOOP: ['it is a symbolic link where none may be', 'Replace the link by what it points to.'],
    ENAMETOOLONG: ['the name is too long', 'Use a shorter name.'],
    EMFILE: ['natroute has too many files open', 'Raise LimitNOFILE of its unit.'],
    EXDEV: ['the two paths are on different file systems', 'Keep them on one file system.'],
  };
  return plain[errorCode(error)] ?? [error instanceof Error ? error.message : String(error), undefined];
}

/** `verb` is `read`, `write`, `remove`... */
export function diskFault(verb: string, path: string, error: unknown): Fault {
  const code = errorCode(error);
  const [why, help] = explained(error);
  return new Fault('disk', `Cannot ${verb} ${path}: ${why}.`, {
    ...(help === undefined ? {} : { help }),
    ...(code === '' ? {} : { output: code }),
    cause: error,
  });
}

async function guarded<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Fault ? error : diskFault(verb, path, error);
  }
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Makes the folder's own entries durable: a rename is not, until its folder is fsynced. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** At most `most` bytes, from a regular file only: a FIFO or a device would block or never end. */
export async function readBounded(file: FileHandle, path: string, most: number): Promise<Buffer> {
  const facts = await file.stat();
  if (!facts.isFile()) throw new Fault('disk', `Cannot read ${path}: it is not a regular file.`);
  const tooLarge = new Fault('disk', `Cannot read ${path}: it is larger than ${most} bytes.`);
  if (facts.size > most) throw tooLarge;
  const parts: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.max(facts.size - total, 0) + 1));
    if (bytesRead === 0) return Buffer.concat(parts);
    total += bytesRead;
    if (total > most) throw tooLarge;
    parts.push(buffer.subarray(0, bytesRead));
  }
}

async function read(path: string): Promise<Uint8Array | null> {
  const file = await orNull(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (file === null) return null;
  try {
    return await readBounded(file, path, limits.ownFileBytes);
  } finally {
    await file.close();
  }
}

async function write(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = temporaryBeside(path);
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    try {
      await file.writeFile(content);
      // The umask cuts the mode given to open, never this one.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function fill(folder: string, files: ReadonlyMap<string, string>, mode: number): Promise<void> {
  const folders = new Set([folder]);
  for (const path of files.keys())
    for (let parent = dirname(join(folder, path)); !folders.has(parent); parent = dirname(parent)) folders.add(parent);
  // A folder before those in it.
  for (const path of [...folders].sort((a, b) => a.length - b.length))
    await mkdir(path, { recursive: true, mode: 0o755 });
  await each([...files], ([path, content]) =>
    synced(join(folder, path), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, { content, mode }),
  );
  await each([...folders], (path) => synced(path, constants.O_RDONLY | constants.O_DIRECTORY, null));
}

/** Only the disk is waited for: for hundreds of small files the rest costs more as promises than it takes. */
async function synced(
  path: string,
  flags: number,
  write: { readonly content: string; readonly mode: number } | null,
): Promise<void> {
  const fd = openSync(path, flags, write?.mode);
  try {
    if (write !== null) writeFileSync(fd, write.content);
    await fsyncOf(fd);
  } finally {
    closeSync(fd);
  }
}

const fsyncOf = promisify(fsync);

/** Some at a time: a disk that is asked for several makes one journey of it. */
async function each<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const walk = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: limits.filesAtOnce }, walk));
}

async function link(path: string, to: string): Promise<void> {
  const temporary = temporaryBeside(path);
  await symlink(to, temporary);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 });
  if (first === undefined) {
    if (!(await lstat(path)).isDirectory()) await readdir(path);
    return;
  }
  // Each folder that is new has its entry in its parent, up to the first that was there before.
  // A relative path ends at `.`, which is as long as a name of one letter.
  for (let folder = path; folder.length >= first.length && folder !== '.'; folder = dirname(folder))
    await syncFolder(dirname(folder));
}

async function remove(path: string): Promise<void> {
  if ((await orNull(() => unlink(path).then(() => true))) === null) return;
  await syncFolder(dirname(path));
}

async function removeFolder(path: string): Promise<void> {
  if ((await orNull(() => lstat(path))) === null) return;
  await rm(path, { recursive: true, force: true });
  await syncFolder(dirname(path));
}

export function createFiles(): Files {
  return {
    read: (path) => guarded('read', path, () => read(path)),
    write: (path, content, mode) => guarded('write', path, () => write(path, content, mode)),
    fill: (folder, files, mode) => guarded('write into', folder, () => fill(folder, files, mode)),
    remove: (path) => guarded('remove', path, () => remove(path)),
    async list(path) {
      const names = await guarded('list', path, () => orNull(() => readdir(path)));
      // What a crash left of an unfinished write was never part of the folder.
      return (names ?? []).filter((name) => !name.endsWith(temporarySuffix)).sort();
    },
    makeFolder: (path) => guarded('make the folder', path, () => makeFolder(path)),
    removeFolder: (path) => guarded('remove the folder', path, () => removeFolder(path)),
    rename: (from, to) =>
      guarded(`rename ${from} to`, to, async () => {
        await rename(from, to);
        await syncFolder(dirname(to));
        if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
      }),
    link: (path, to) => guarded('write the link', path, () => link(path, to)),
    readLink: (path) => guarded('read the link', path, () => orNull(() => readlink(path))),
  };
}
