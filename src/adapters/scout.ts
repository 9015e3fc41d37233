/** What a host has that was made by hand, for `import`: texts as its programs and files give them. Nothing is changed. */
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import type { Family } from '../model/family.ts';
import type { FoundFile, FoundHost } from '../model/found.ts';
import { limits } from '../model/limits.ts';
import type { Netfilter, Scout } from '../ports.ts';
import { runCommand } from './command.ts';

export interface ScoutOptions {
  /** Put in front of the paths of files; '' for the host itself. */
  readonly root: string;
  readonly netfilter: Pick<Netfilter, 'save'>;
  /** Whether this host's own domains may be asked for. */
  readonly xen: boolean;
}

export function createScout({ root, netfilter, xen }: ScoutOptions): Scout {
  return {
    look: async () => {
      const troubles: string[] = [];
      const attempt = async <T>(what: () => Promise<T>, none: T): Promise<T> => {
        try {
          return await what();
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          troubles.push(error.message);
          return none;
        }
      };
      const ip = (...args: readonly string[]): Promise<string> =>
        runCommand({ file: 'ip', args: ['-j', ...args] }).then(({ stdout }) => stdout);
      const nat = (family: Family): Promise<string> => netfilter.save(family);
      return {
        // Without the rules and the network nothing can be said: their faults end the command.
        nat: { v4: await nat('v4'), v6: await attempt(() => nat('v6'), '') },
        links: await ip('-d', 'link', 'show'),
        addresses: await ip('address', 'show'),
        routes: { v4: await ip('-4', 'route', 'show'), v6: await attempt(() => ip('-6', 'route', 'show'), '') },
        neighbours: await attempt(() => ip('neigh', 'show'), ''),
        sockets: {
          tcp: await textOf('/proc/net/tcp'),
          tcp6: await textOf('/proc/net/tcp6'),
          udp: await textOf('/proc/net/udp'),
          udp6: await textOf('/proc/net/udp6'),
        },
        files: await filesOf(root, troubles),
        autostart: await autostartOf(root),
        domains: xen ? await domainsOf(attempt) : null,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        troubles,
      } satisfies FoundHost;
    },
  };
}

type Attempt = <T>(what: () => Promise<T>, none: T) => Promise<T>;

/** No xl, and no trouble: a host without Xen. */
async function domainsOf(attempt: Attempt): Promise<string | null> {
  return attempt(async () => {
    try {
      return (await runCommand({ file: 'xl', args: ['list', '-l'], timeoutSeconds: limits.commandSeconds })).stdout;
    } catch (error) {
      if (error instanceof Fault && error.code === 'command-missing') return null;
      throw error;
    }
  }, null);
}

/** '' where the kernel has no such thing. */
async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

const folders = ['/etc/xen', '/etc/xen/auto', '/etc/sysctl.d'] as const;

/** Regular files, links followed: an owner's links in /etc/xen/auto lead to what stands in /etc/xen. */
async function filesOf(root: string, troubles: string[]): Promise<readonly FoundFile[]> {
  const paths = ['/etc/sysctl.conf'];
  for (const folder of folders) {
    const names = await readdir(join(root, folder)).catch(() => []);
    // A link in auto has its file where it leads to.
    for (const name of names.sort().slice(0, limits.importFiles)) {
      const path = `${folder}/${name}`;
      const isLink = await readlink(join(root, path)).then(
        () => true,
        () => false,
      );
      if (!isLink || folder === '/etc/xen') paths.push(path);
    }
  }
  const files: FoundFile[] = [];
  for (const path of paths.sort()) {
    try {
      const facts = await stat(join(root, path));
      if (!facts.isFile()) continue;
      if (facts.size > limits.importFileBytes) troubles.push(`${path} is longer than ${limits.importFileBytes} bytes`);
      else files.push({ path, text: await readFile(join(root, path), 'utf8') });
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') troubles.push(`${path} cannot be read (${code})`);
    }
  }
  return files;
}

async function autostartOf(root: string): Promise<readonly string[]> {
  return (await readdir(join(root, '/etc/xen/auto')).catch(() => [])).sort();
}
