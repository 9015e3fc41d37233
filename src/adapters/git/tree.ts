/** Reads the state files of one commit as bytes, straight from git's objects: nothing is checked out, no link followed. */
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { StateFile } from '../../model/state.ts';
import { foldersRead, selectState } from '../state-selection.ts';
import type { Git } from './factory.ts';
import { readObjects } from './objects.ts';

interface TreeEntry {
  readonly path: string;
  readonly kind: StateFile['kind'] | 'folder';
  readonly object: string;
  readonly bytes: number;
}

/** Git's four modes of what is no folder; anything else in a tree is older or forged. */
function kindOf(mode: string, type: string): TreeEntry['kind'] {
  if (type === 'tree') return 'folder';
  if (mode === '120000') return 'symlink';
  if (mode === '160000' || type === 'commit') return 'submodule';
  return type === 'blob' && (mode === '100644' || mode === '100755' || mode === '100664') ? 'file' : 'other';
}

/** `git ls-tree -z --long`: `MODE TYPE OBJECT SIZE<tab>PATH<nul>`. */
export function parseTree(output: Buffer): readonly TreeEntry[] {
  return output
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const match = /^([0-7]{6}) ([a-z]+) ([0-9a-f]{40,64}) +(-|[0-9]+)\t([^]*)$/.exec(line);
      if (match === null)
        throw new Fault('git-refused', `git ls-tree printed a line that natroute does not know.`, {
          output: line.slice(0, 200),
        });
      const [, mode = '', type = '', object = '', size = '-', path = ''] = match;
      return { path, kind: kindOf(mode, type), object, bytes: size === '-' ? 0 : Number(size) };
    });
}

/** The blobs by their ids, each read once; `bytes` is what they are known to hold together. */
async function readBlobs(git: Git, objects: readonly string[], bytes: number): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = [...new Set(objects)];
  const answers = await readObjects(git, wanted, bytes);
  return new Map(
    answers.map((answer, i) => {
      const object = wanted[i] ?? '';
      if (typeof answer === 'string' || answer.type !== 'blob')
        throw new Fault('git-refused', `The object ${object} cannot be read from git.`);
      return [object, answer.content];
    }),
  );
}

/** All that is below `folders`, or below the root where there are none. */
async function listBelow(git: Git, commit: string, folders: readonly string[]): Promise<readonly TreeEntry[]> {
  const { stdout } = await git({ args: ['ls-tree', '-r', '-z', '--long', '--full-tree', commit, ...folders] });
  return parseTree(stdout);
}

async function listState(git: Git, commit: string, host: string): Promise<readonly TreeEntry[]> {
  const { stdout } = await git({ args: ['ls-tree', '-z', '--long', '--full-tree', commit] });
  const folders = foldersRead(parseTree(stdout).map(({ path, kind }) => ({ name: path, kind })));
  if (folders === null) return listBelow(git, commit, []);
  const own = await listBelow(git, commit, [`hosts/${host}`, 'common']);
  return own.some((entry) => entry.path.startsWith('hosts/')) ? own : listBelow(git, commit, folders);
}

/** Null where the file is over a limit: the first files in the order of the tree get their content. */
function readable(files: readonly TreeEntry[]): readonly TreeEntry[] {
  let total = 0;
  return files.filter((entry) => {
    if (entry.kind !== 'file' || entry.bytes > limits.stateFileBytes) return false;
    total += entry.bytes;
    return total <= limits.stateTotalBytes;
  });
}

/**
 * What `host` reads of one commit, sorted by path. Links, submodules and files over `limits.stateFileBytes` come without
 * content; of more than `limits.stateFiles` files one more comes, which is enough to see that there are too many.
 */
export async function readState(git: Git, commit: string, host: string): Promise<readonly StateFile[]> {
  const entries = await listState(git, commit, host);
  const files = entries.filter(
    (entry): entry is TreeEntry & { readonly kind: StateFile['kind'] } => entry.kind !== 'folder',
  );
  const manyHosts = files.some((entry) => entry.path.startsWith('hosts/'));
  const selected = selectState(files, host, manyHosts).slice(0, limits.stateFiles + 1);
  const wanted = readable(selected);
  const bytes = wanted.reduce((sum, entry) => sum + entry.bytes, 0);
  const blobs = await readBlobs(
    git,
    wanted.map((entry) => entry.object),
    bytes,
  );
  const contents = new Map(wanted.map((entry) => [entry.path, blobs.get(entry.object) ?? null]));
  return selected.map(({ path, kind, bytes: size }) => ({
    path,
    kind,
    bytes: size,
    content: contents.get(path) ?? null,
  }));
}
