/**
 * Reads a state repository from a plain folder. It is untrusted: links are not followed, nothing but regular files is
 * opened, and no file is read past its limit.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { StateFile } from '../model/state.ts';
import { diskFault, readBounded } from './files.ts';
import { foldersRead, selectState } from './state-selection.ts';

interface Entry {
  readonly path: string;
  readonly kind: StateFile['kind'] | 'folder';
  readonly bytes: number;
}

/** More than these are not even listed: someone gave a folder that is no state repository. */
const mostListed = 10 * limits.stateFiles;

async function listOne(top: string, folder: string): Promise<readonly Entry[]> {
  const names = await readdir(join(top, folder));
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  return Promise.all(
    visible.map(async (name) => {
      const path = folder === '' ? name : `${folder}/${name}`;
      const facts = await lstat(join(top, path));
      const kind = facts.isFile()
        ? 'file'
        : facts.isDirectory()
          ? 'folder'
          : facts.isSymbolicLink()
            ? 'symlink'
            : 'other';
      return { path, kind, bytes: kind === 'file' ? facts.size : 0 } as const;
    }),
  );
}

/** Everything below `folders`, folder by folder. */
async function listBelow(top: string, folders: readonly string[]): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  const waiting = [...folders];
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    for (const entry of await listOne(top, folder)) {
      if (entry.kind === 'folder') waiting.push(entry.path);
      found.push(entry);
    }
    if (found.length > mostListed) {
      throw new Fault('usage', `${top} has more than ${mostListed} files: it is hardly a state repository.`, {
        help: 'Give the folder that has host.yaml or hosts/ in it.',
      });
    }
  }
  return found;
}

async function listState(top: string): Promise<{ readonly entries: readonly Entry[]; readonly manyHosts: boolean }> {
  const root = await listOne(top, '');
  const many = foldersRead(root.map(({ path, kind }) => ({ name: path, kind })));
  const inside = root.filter((entry) => entry.kind === 'folder' && (many === null || many.includes(entry.path)));
  const below = await listBelow(
    top,
    inside.map((entry) => entry.path),
  );
  return { entries: [...root, ...below], manyHosts: many !== null };
}

/** Null where it is over the limit by now, or no regular file any more. */
async function contentOf(path: string): Promise<Uint8Array | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await readBounded(file, path, limits.stateFileBytes);
  } finally {
    await file.close();
  }
}

/**
 * What `host` reads of the folder, sorted by path as a commit would list it. Links, special files and files over
 * `limits.stateFileBytes` come without content. Faults: usage where there is no such folder, disk.
 */
export async function readFolder(folder: string, host: string): Promise<readonly StateFile[]> {
  try {
    const { entries, manyHosts } = await listState(folder);
    const files = entries.filter(
      (entry): entry is Entry & { readonly kind: StateFile['kind'] } => entry.kind !== 'folder',
    );
    const selected = [...selectState(files, host, manyHosts)].sort((a, b) => (a.path < b.path ? -1 : 1));
    const result: StateFile[] = [];
    let total = 0;
    for (const { path, kind, bytes } of selected.slice(0, limits.stateFiles + 1)) {
      if (kind === 'file' && bytes <= limits.stateFileBytes) total += bytes;
      const wanted = kind === 'file' && bytes <= limits.stateFileBytes && total <= limits.stateTotalBytes;
      result.push({ path, kind, bytes, content: wanted ? await contentOf(join(folder, path)) : null });
    }
    return result;
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Fault('usage', `There is no folder ${folder}.`, {
        help: 'Give the folder that has host.yaml or hosts/ in it.',
        cause: error,
      });
    }
    throw diskFault('read the state repository in', folder, error);
  }
}
