/** One entry into the ledger by `git fast-import`; what a failed one leaves behind is taken away. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import type { Git, GitResult } from './factory.ts';

interface EntryStore {
  readonly git: Git;
  readonly folder: string;
}

/** `input` is the stream; the id of the commit that it made. Faults: those of git, command-failed. */
export async function importEntry(
  { git, folder }: EntryStore,
  input: Iterable<string>,
  options: readonly string[],
): Promise<string> {
  let result: GitResult;
  try {
    result = await git({ args: ['fast-import', ...options, '--quiet', '--done', '--date-format=raw'], input });
  } catch (error) {
    await removeRemains(folder, error instanceof Fault ? (error.detail.output ?? '') : '');
    throw error;
  }
  const id = result.stdout.toString('utf8').trim();
  if (!/^[0-9a-f]{40,64}$/.test(id)) throw new Fault('command-failed', 'git fast-import did not name its commit.');
  return id;
}

/** Its report, which the Fault has in it already, and its pack, which may fill the disk. */
async function removeRemains(folder: string, output: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('fast_import_crash_')) await rm(join(folder, name), { force: true });
  }
  const [, pack] = /objects\/pack\/(tmp_[A-Za-z0-9_]+)/.exec(output) ?? [];
  if (pack !== undefined) await rm(join(folder, 'objects/pack', pack), { force: true });
}
