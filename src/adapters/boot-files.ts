/** Reads what a boot of this host would load. What is not there is left out; nothing is changed. */
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { bootUnit, type BootFiles, type ScriptLine, type TextFile } from '../model/boot.ts';

/** As systemd reads them: a file hides one of its name in a later folder. */
const sysctlFolders = [
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
  '/lib/sysctl.d',
];
/** As systemd looks for units: the first file of a name counts. */
const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const scriptFolders = ['if-pre-up.d', 'if-up.d', 'interfaces.d'].map((name) => `/etc/network/${name}`);

/** `root` is '' for the host itself. */
export async function readBootFiles(root: string): Promise<BootFiles> {
  const [v4, v6] = await Promise.all([textOf(root, '/etc/iptables/rules.v4'), textOf(root, '/etc/iptables/rules.v6')]);
  return {
    enabledUnits: await enabledUnits(root),
    missingPrograms: await missingPrograms(root, bootUnit),
    saved: { v4, v6 },
    scripts: await scriptLines(root),
    sysctls: await sysctlFiles(root),
    interfaces: await interfaceFiles(root),
    autostart: await autostarted(root, '/etc/xen/auto'),
    savedGuests: await savedGuests(root),
  };
}

async function textOf(root: string, path: string): Promise<TextFile | null> {
  try {
    return { path, text: await readFile(root + path, 'utf8') };
  } catch {
    return null;
  }
}

async function namesIn(root: string, folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(root + folder)).sort();
  } catch {
    return [];
  }
}

/**
 * As `systemctl enable` leaves it: links in the folders of targets; null where there is no systemd. A link whose unit is
 * masked or gone starts nothing.
 */
export async function enabledUnits(root: string): Promise<readonly string[] | null> {
  const folder = '/etc/systemd/system';
  const known = await readdir(root + folder).catch(() => null);
  if (known === null) return null;
  const targets = known.filter((name) => /\.(wants|requires)$/.test(name));
  const names = await Promise.all(targets.map((name) => namesIn(root, `${folder}/${name}`)));
  const units = [...new Set(names.flat())].sort();
  const paths = await Promise.all(units.map((name) => unitFile(root, name)));
  const native = units.filter((_, i) => typeof paths[i] === 'string');
  return [...native, ...(await initScripts(root))].sort();
}

/** Scripts in /etc/init.d, as Debian's of Xen are: systemd makes a unit of each that has none. */
async function initScripts(root: string): Promise<readonly string[]> {
  const links = await Promise.all(['2', '3', '4', '5'].map((level) => namesIn(root, `/etc/rc${level}.d`)));
  const started = links.flat().flatMap((name) => (/^S\d\d./.test(name) ? `${name.slice(3)}.service` : []));
  const names = [...new Set(started)];
  const paths = await Promise.all(names.map((name) => unitFile(root, name)));
  return names.filter((_, i) => paths[i] === null);
}

const masked = Symbol('masked');

/** Null where there is none. */
async function unitFile(root: string, name: string): Promise<string | typeof masked | null> {
  // An instance `getty@tty1.service` has the file of its template.
  for (const file of new Set([name, name.replace(/@.+(?=\.)/, '@')]))
    for (const folder of unitFolders) {
      const path = `${folder}/${file}`;
      const facts = await lstat(root + path).catch(() => null);
      if (facts === null) continue;
      return facts.isSymbolicLink() && (await readlink(root + path)) === '/dev/null' ? masked : path;
    }
  return null;
}

/** What a unit would run and is not there. */
async function missingPrograms(root: string, unit: string): Promise<readonly string[]> {
  const path = await unitFile(root, unit);
  const text = typeof path !== 'string' ? '' : ((await textOf(root, path))?.text ?? '');
  const commands = [...text.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = '']) => command);
  const programs = commands.flatMap((command) => command.split(/\s+/).filter((word) => word.startsWith('/')));
  const there = await Promise.all(programs.map((program) => realPathOf(root + program)));
  return programs.filter((_, i) => there[i] === '');
}

const realPathOf = (path: string): Promise<string> => realpath(path).catch(() => '');

async function sysctlFiles(root: string): Promise<readonly TextFile[]> {
  const byName = new Map<string, string>();
  for (const folder of sysctlFolders)
    for (const name of await namesIn(root, folder))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
  const paths = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path);
  // Debian links it into the folder; where nothing does, `sysctl --system` reads it last.
  const last = '/etc/sysctl.conf';
  const real = await Promise.all(paths.map((path) => realPathOf(root + path)));
  if (!real.some((path) => basename(path) === 'sysctl.conf')) paths.push(last);
  const texts = await Promise.all(paths.map((path) => textOf(root, path)));
  return texts.filter((file) => file !== null);
}

async function interfaceFiles(root: string): Promise<readonly TextFile[]> {
  const folder = '/etc/network/interfaces.d';
  const paths = ['/etc/network/interfaces', ...(await namesIn(root, folder)).map((name) => `${folder}/${name}`)];
  return (await Promise.all(paths.map((path) => textOf(root, path)))).filter((file) => file !== null);
}

/** Lines that run iptables or restore a file of rules when an interface comes up. */
async function scriptLines(root: string): Promise<readonly ScriptLine[]> {
  const paths = ['/etc/network/interfaces', '/etc/rc.local'];
  for (const folder of scriptFolders) paths.push(...(await namesIn(root, folder)).map((name) => `${folder}/${name}`));
  const found: ScriptLine[] = [];
  for (const path of paths) {
    const file = await textOf(root, path);
    for (const [i, text] of (file?.text ?? '').split('\n').entries())
      if (/^[^#]*\bip6?tables(-legacy|-nft)?(-restore)?\s/.test(text))
        found.push({ path, line: i + 1, text: text.trim() });
  }
  return found;
}

/** A link that points nowhere starts no guest. */
async function autostarted(root: string, folder: string): Promise<readonly string[]> {
  const names = await namesIn(root, folder);
  const real = await Promise.all(names.map((name) => realPathOf(`${root}${folder}/${name}`)));
  return names.filter((_, i) => real[i] !== '');
}

async function savedGuests(root: string): Promise<readonly string[]> {
  const settings = (await textOf(root, '/etc/default/xendomains'))?.text ?? '';
  const value = (key: string): string | undefined =>
    [...settings.matchAll(new RegExp(`^\\s*${key}=["']?([^"'\\n]*)`, 'gm'))].at(-1)?.[1]?.trim();
  if (value('XENDOMAINS_RESTORE') !== 'true') return [];
  return namesIn(root, value('XENDOMAINS_SAVE') ?? '/var/lib/xen/save');
}
