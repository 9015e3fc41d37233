/** The bare repositories that natroute keeps: made once, never reset, and freed of locks that a crash left behind. */
import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { Fault, type FaultCode } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import { diskFault, syncFolder } from '../files.ts';
import type { Git } from './factory.ts';

/** What `git init` makes, in whatever order; a folder with nothing else and no object is an init that was cut short. */
const namesOfInit = new Set(['HEAD', 'config', 'description', 'branches', 'hooks', 'info', 'objects', 'refs']);

export type StoreState = 'absent' | 'half-made' | 'whole' | 'damaged';

async function names(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw diskFault('read', folder, error);
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch {
    return false;
  }
}

export async function storeState(folder: string): Promise<StoreState> {
  const top = await names(folder);
  if (top === null || top.length === 0) return 'absent';
  const objects = await names(join(folder, 'objects'));
  const refs = await names(join(folder, 'refs'));
  const head = await isFile(join(folder, 'HEAD'));
  const config = await isFile(join(folder, 'config'));
  if (objects !== null && refs !== null && head && config) return 'whole';
  const packs = (await names(join(folder, 'objects/pack'))) ?? [];
  const heads = (await names(join(folder, 'refs/heads'))) ?? [];
  const empty =
    (objects ?? []).every((name) => name === 'info' || name === 'pack') && packs.length === 0 && heads.length === 0;
  const known = top.every((name) => namesOfInit.has(name.replace(/\.lock$/, '')));
  return empty && known ? 'half-made' : 'damaged';
}

/** What git's own file for a ref says, without a git; null where git must be asked: it may keep refs elsewhere. */
export async function looseRef(folder: string, ref: string): Promise<string | null> {
  try {
    return /^([0-9a-f]{40}|[0-9a-f]{64})\n$/.exec(await readFile(join(folder, ref), 'latin1'))?.[1] ?? null;
  } catch {
    return null;
  }
}

export interface Store {
  readonly folder: string;
  readonly home: string;
  readonly git: Git;
  /** What a folder that is no whole repository is called. */
  readonly damaged: { readonly code: FaultCode; readonly what: string; readonly help: string };
}

/** Makes the repository where there is none, finishes a making that was cut short, refuses anything else; whether it made one. */
export async function ensureStore(store: Store): Promise<boolean> {
  const { folder, home } = store;
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskFault('make the folder', home, error);
  }
  const state = await storeState(folder);
  switch (state) {
    case 'whole':
      return false;
    case 'damaged': {
      const { code, what, help } = store.damaged;
      throw new Fault(code, `${what} in ${folder} is damaged: it is no whole git repository.`, { help });
    }
    case 'half-made':
    case 'absent':
      break;
    default:
      state satisfies never;
  }
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw diskFault('make the folder', folder, error);
  }
  // An empty template: no sample hooks, nothing of the machine's own choosing.
  await store.git({ args: ['init', '--quiet', '--bare', '--template=', '--initial-branch=main'] });
  await syncFolder(join(folder, '..'));
  return true;
}

const lockNames = ['HEAD.lock', 'config.lock', 'packed-refs.lock'];

/**
 * Takes away what a git that was killed left behind, its `.lock` files and its unfinished packs: those from before this
 * boot, and those older than any git of ours may live. A younger one belongs to somebody at work, and git says so itself.
 */
export async function clearLeftovers(folder: string, refs: readonly string[]): Promise<void> {
  const bootedAtMs = Date.now() - uptime() * 1000;
  const oldestLiveMs = Date.now() - 2 * 1000 * Math.max(limits.fetchSeconds, limits.gitLocalSeconds);
  const packs = ((await names(join(folder, 'objects/pack'))) ?? []).filter((name) => name.startsWith('tmp_'));
  const suspects = [...lockNames, ...refs.map((ref) => `${ref}.lock`), ...packs.map((name) => `objects/pack/${name}`)];
  for (const name of suspects) {
    const path = join(folder, name);
    let changedMs: number;
    try {
      changedMs = (await lstat(path)).mtimeMs;
    } catch {
      continue;
    }
    if (changedMs < Math.max(bootedAtMs, oldestLiveMs)) await rm(path, { force: true });
  }
}

/** Git fsyncs files but not the folders that it renames them into. */
export async function syncStore(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    throw diskFault('sync', folder, error);
  }
}

export const repackConfig = ['-c', 'pack.threads=1', '-c', 'pack.windowMemory=32m'];

/** Joins the packs when there are many. Small ones are joined often, large ones seldom; nothing is ever dropped. */
export async function joinPacks(git: Git, folder: string, many: number): Promise<void> {
  const packs = ((await names(join(folder, 'objects/pack'))) ?? []).filter((name) => name.endsWith('.pack'));
  if (packs.length < many) return;
  try {
    await git({ args: [...repackConfig, 'repack', '-d', '-l', '-n', '-q', '--geometric=2'] });
  } catch (error) {
    // All is there, only slower to find, and the next one to come by tries again.
    if (!(error instanceof Fault)) throw error;
  }
}
