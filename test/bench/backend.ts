/** One iptables backend for everything that is started: a folder for PATH in which every iptables is of it. */
import { mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';

export type Backend = 'legacy' | 'nft';

export async function shim(folder: string, backend: Backend): Promise<string> {
  const path = await mkdtemp(join(folder, `${backend}-`));
  for (const name of [
    'iptables',
    'iptables-save',
    'iptables-restore',
    'ip6tables',
    'ip6tables-save',
    'ip6tables-restore',
  ])
    await symlink(`/usr/sbin/xtables-${backend}-multi`, join(path, name));
  return path;
}
