/** What a bench measures with: one iptables backend for everything that is started, and the environment of the daemon's unit. */
import { readFileSync } from 'node:fs';
import { mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';

export type Backend = 'legacy' | 'nft';

/** A folder for PATH in which every iptables is of it. */
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

/** What the daemon's unit sets: it is measured as it runs. */
export function unitEnvironment(): Readonly<Record<string, string>> {
  const unit = readFileSync(new URL('../../deploy/systemd/natroute.service', import.meta.url), 'utf8');
  const pairs = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, words = '']) => words.split(' '));
  return Object.fromEntries(pairs.map((pair) => [pair.replace(/=.*/, ''), pair.replace(/^[^=]*=/, '')]));
}
