/**
 * The HostFiles port: files of the host outside natroute's own folders. No link is followed, on the way neither; a file is
 * replaced only if it still is what was found, and then as a whole, with its mode and owner.
 */
import { constants } from 'node:fs';
import { link, lstat, mkdir, open, readdir, readlink, rename, rm, symlink, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileSwap, FoundFile } from '../model/file.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { HostFiles } from '../ports.ts';
import { diskFault, diskWords, readBounded, syncFolder } from './files.ts';
import { describeProcess, processName, userName } from './process.ts';

export interface HostFilesOptions {
  /** What --root named; '' for the host itself. */
  readonly root: string;
  /** A command line as one line to show. */
  readonly commandText: (words: readonly string[]) => string;
}

export function createHostFiles({ root, commandText }: HostFilesOptions): HostFiles {
  return {
    look: (paths) => lookAll(root, paths),
    signature: (paths) => signature(root, paths),
    swap: (swaps) => swapAll(root, swaps),
    realPath: (path) => realPath(root, path),
    holder: (path) => holderOf(join(root, path), commandText),
  };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

async function guarded<T>(verb: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Fault ? error : diskFault(verb, path, error);
  }
}

async function lookAll(root: string, paths: readonly string[]): Promise<ReadonlyMap<string, FoundFile>> {
  const found = new Map<string, FoundFile>();
  for (const path of paths) found.set(path, await lookOrWhyNot(root, path));
  return found;
}

/** A bad sector below one path is no reason to know nothing of the others. */
async function lookOrWhyNot(root: string, path: string): Promise<FoundFile> {
  try {
    return await look(root, path);
  } catch (error) {
    if (codeOf(error) === '') throw error;
    const why = diskWords(error);
    return { kind: 'other', what: `it cannot be looked at: ${why}`, unreadable: true };
  }
}

/** `fine` where the way there is one of plain folders, `absent` where it ends before; else what is the matter with it. */
async function wayTo(root: string, path: string): Promise<'fine' | 'absent' | { readonly what: string }> {
  const parts = dirname(path)
    .split('/')
    .filter((part) => part !== '');
  for (let i = 1; i <= parts.length; i++) {
    const folder = `/${parts.slice(0, i).join('/')}`;
    try {
      const facts = await lstat(root + folder);
      if (facts.isSymbolicLink()) return { what: `${folder} is a symbolic link, which natroute does not follow` };
      if (!facts.isDirectory()) return { what: `${folder} is no folder` };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return 'absent';
      throw error;
    }
  }
  return 'fine';
}

async function look(root: string, path: string): Promise<FoundFile> {
  const way = await wayTo(root, path);
  if (way === 'absent') return { kind: 'absent' };
  if (way !== 'fine') return { kind: 'other', ...way };
  const whole = root + path;
  try {
    const facts = await lstat(whole);
    if (facts.isSymbolicLink()) return { kind: 'link', to: await readlink(whole) };
    if (facts.isDirectory()) return { kind: 'other', what: 'there is a folder where a file should be' };
    if (!facts.isFile()) return { kind: 'other', what: 'it is no regular file' };
    if (facts.size > limits.hostFileBytes)
      return { kind: 'other', what: `it is larger than ${limits.hostFileBytes} bytes` };
    return await readFile(whole);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
}

async function readFile(path: string): Promise<FoundFile> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const bytes = await readBounded(file, path, limits.hostFileBytes);
    const { mode, uid, gid, mtime } = await file.stat();
    const content = bytes.toString('utf8');
    if (!Buffer.from(content).equals(bytes)) return { kind: 'other', what: 'it is not UTF-8 text' };
    return {
      kind: 'file',
      content,
      mode: mode & 0o7777,
      uid,
      gid,
      owner: userName(uid),
      writtenAt: mtime.toISOString(),
    };
  } finally {
    await file.close();
  }
}

/** Cheap: nothing is read. */
async function signature(root: string, paths: readonly string[]): Promise<string> {
  const facts = paths.map(async (path) => {
    try {
      const { ino, size, mode, uid, gid, mtimeNs, ctimeNs } = await lstat(root + path, { bigint: true });
      return [ino, size, mode, uid, gid, mtimeNs, ctimeNs].join();
    } catch (error) {
      return codeOf(error);
    }
  });
  return (await Promise.all(facts)).join(';');
}

function same(a: FoundFile, b: FoundFile): boolean {
  // Who closed it to others meanwhile shall not find it open again.
  if (a.kind === 'file' && b.kind === 'file')
    return a.content === b.content && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
  if (a.kind === 'link' && b.kind === 'link') return a.to === b.to;
  return a.kind === b.kind && a.kind === 'absent';
}

/** All are staged and on the disk before the first is put in place: a full disk is found out while nothing has changed. */
async function swapAll(root: string, swaps: readonly FileSwap[]): Promise<void> {
  const staged: (string | null)[] = [];
  try {
    for (const { path } of swaps) await checkWay(root, path);
    for (const folder of new Set(swaps.map(({ path }) => dirname(path)))) await makeFolders(root, folder);
    for (const swap of swaps) staged.push(await guarded('write', swap.path, () => stage(root, swap)));
    for (const swap of swaps) await assertSame(root, swap);
    for (const [i, swap] of swaps.entries()) {
      // Again: the others took their time.
      await assertSame(root, swap);
      await guarded('write', swap.path, () => place(root, swap, staged[i] ?? null));
      staged[i] = null;
    }
  } finally {
    for (const path of staged) if (path !== null) await rm(path, { force: true });
  }
}

async function checkWay(root: string, path: string): Promise<void> {
  const way = await wayTo(root, path);
  if (way !== 'fine' && way !== 'absent') throw new Fault('guarded', `${path} was not written: ${way.what}`);
}

async function makeFolders(root: string, folder: string): Promise<void> {
  await guarded('make the folder', folder, async () => {
    const first = await mkdir(root + folder, { recursive: true, mode: 0o755 });
    if (first === undefined) return sweep(root + folder);
    for (let made = root + folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
  });
}

// A name that begins with a dot is no guest to xendomains, no setting to sysctl and no interface to ifupdown.
const staging = /^\..*\.natroute-[0-9]+-[0-9]+$/;

/** What a crash left of an unfinished write. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (staging.test(name)) await rm(join(folder, name), { force: true });
}

let stagings = 0;

async function stage(root: string, { path, found, wanted }: FileSwap): Promise<string | null> {
  stagings += 1;
  const whole = root + path;
  const temporary = join(dirname(whole), `.${basename(whole)}.natroute-${process.pid}-${stagings}`);
  switch (wanted.kind) {
    case 'absent':
      return null;
    case 'link':
      await symlink(wanted.to, temporary);
      return temporary;
    case 'file': {
      const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        await file.writeFile(wanted.content);
        const access = found.kind === 'file' ? found : wanted.like;
        if (access !== undefined) await file.chown(access.uid, access.gid);
        await file.chmod(access?.mode ?? 0o644);
        await file.sync();
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      } finally {
        await file.close();
      }
      return temporary;
    }
    default:
      return wanted satisfies never;
  }
}

async function assertSame(root: string, { path, found }: FileSwap): Promise<void> {
  const now = await guarded('look at', path, () => look(root, path));
  if (!same(now, found)) throw overtaken(path);
}

function overtaken(path: string): Fault {
  return new Fault('stale-file', `another program changed ${path} after the plan was made; its change was kept`, {
    help: 'Nothing else was done; the next pass plans on what is there now.',
  });
}

async function place(root: string, { path, found, wanted }: FileSwap, temporary: string | null): Promise<void> {
  const whole = root + path;
  try {
    if (temporary === null || wanted.kind === 'absent') await unlink(whole);
    else if (found.kind === 'absent') {
      // Fails where something came there just now: then that is kept.
      await link(temporary, whole);
      await unlink(temporary);
    } else await rename(temporary, whole);
  } catch (error) {
    // A file, or a folder, that was not there at the last look.
    throw ['EEXIST', 'EISDIR'].includes(codeOf(error)) ? overtaken(path) : error;
  }
  await syncFolder(dirname(whole));
}

/** The path with all links resolved; null where there is nothing. */
async function realPath(root: string, path: string): Promise<string | null> {
  const { realpath } = await import('node:fs/promises');
  try {
    const real = await realpath(root + path);
    return root === '' ? real : real.startsWith(`${root}/`) ? real.slice(root.length) : real;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return null;
    throw diskFault('look at', path, error);
  }
}

/** Who has the file open now; null where nobody has, or may not be seen. */
async function holderOf(path: string, commandText: (words: readonly string[]) => string): Promise<Actor | null> {
  const pids = (await readdir('/proc')).filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
  for (const pid of pids) {
    if (pid === process.pid) continue;
    try {
      for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
        if ((await readlink(`/proc/${pid}/fd/${descriptor}`)) !== path) continue;
        const name = processName(pid);
        if (name !== null) return describeProcess({ pid, process: name }, commandText);
      }
    } catch {
      // Gone meanwhile, or not ours to look at: then it is not told.
    }
  }
  return null;
}
