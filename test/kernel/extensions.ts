/** iptables' own test rules, from Debian's source package: fetched once, kept under node_modules, never copied in. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Family } from '../../src/model/family.ts';

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.cache/natroute-iptables-source');

/** The folder with the `*.t` files; a reason where they could not be fetched. */
export function fetchExtensions(): { readonly folder: string } | { readonly reason: string } {
  const folder = join(cache, 'extensions');
  if (existsSync(folder)) return { folder };
  const work = `${cache}.${process.pid}`;
  try {
    mkdirSync(join(work, 'lists'), { recursive: true });
    mkdirSync(join(work, 'parts'), { recursive: true });
    const release = readFileSync('/etc/os-release', 'utf8');
    const suite = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
    if (suite === undefined) return { reason: 'this is no Debian with a code name' };
    // apt-get source needs a deb-src entry: a private one, so that nothing of this machine's is changed.
    const source = ['Types: deb-src', 'URIs: http://deb.debian.org/debian', `Suites: ${suite}`, 'Components: main'];
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    if (existsSync(keyring)) source.push(`Signed-By: ${keyring}`);
    writeFileSync(join(work, 'parts', 'debian.sources'), `${source.join('\n')}\n`);
    const options = [
      'Dir::Etc::sourcelist=/dev/null',
      `Dir::Etc::sourceparts=${work}/parts`,
      `Dir::State::lists=${work}/lists`,
      `Dir::Cache=${work}`,
      'APT::Sandbox::User=root',
      'Acquire::Retries=2',
    ].flatMap((option) => ['-o', option]);
    for (const [file, ...args] of [
      ['apt-get', '-q', ...options, 'update'],
      ['apt-get', '-q', ...options, 'source', '--download-only', 'iptables'],
      ['sh', '-c', 'tar -xf iptables_*.orig.tar.* --strip-components=1 --wildcards "*/extensions/*.t"'],
    ] as const) {
      const { status, stderr, error } = spawnSync(file, args, { cwd: work, encoding: 'utf8', timeout: 240_000 });
      if (status !== 0) return { reason: `${file} ${args.at(-1) ?? ''}: ${error?.message ?? stderr.slice(-300)}` };
    }
    if (!existsSync(join(work, 'extensions'))) return { reason: 'the source package holds no extensions' };
    mkdirSync(cache, { recursive: true });
    renameSync(join(work, 'extensions'), folder);
    return { folder };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The rules that the suite expects to be taken somewhere, of every extension that may stand in the nat table. */
export function extensionRules(folder: string, family: Family): readonly string[] {
  const own = family === 'v4' ? 'libipt_' : 'libip6t_';
  const rules = new Set<string>();
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.t') || !(name.startsWith('libxt_') || name.startsWith(own))) continue;
    let table: string | null = null;
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (line.startsWith('*')) table = line.slice(1).trim();
      const [rule = '', , expected] = line.split(';');
      if (/^[#:*@%]/.test(line) || expected?.trim() !== 'OK' || (table !== null && table !== 'nat')) continue;
      rules.add(rule.trim());
    }
  }
  return [...rules];
}
