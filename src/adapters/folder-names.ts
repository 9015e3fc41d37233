/** The names in a folder, for commands that only need to know what is there. */
import { readdir } from 'node:fs/promises';
import { diskFault } from './files.ts';

/** Sorted, hidden ones too; null where there is no such folder. Fault disk. */
export async function readFolderNames(
  folder: string,
  options: { readonly onlyFolders?: boolean } = {},
): Promise<readonly string[] | null> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => options.onlyFolders !== true || entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw diskFault('read', folder, error);
  }
}
