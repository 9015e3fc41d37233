/** The Sysctls port: /proc/sys, of the network namespace that this process is in. */
import { readFile, writeFile } from 'node:fs/promises';
import { Fault } from '../model/fault.ts';
import { sysctlPath, sysctlValue } from '../model/sysctl.ts';
import type { Sysctls } from '../ports.ts';

/** `onlyNetwork`: with --root, what is no network namespace's own would be the machine's. */
export function createSysctls({ onlyNetwork }: { readonly onlyNetwork: boolean }): Sysctls {
  const isOurs = (key: string): boolean => !onlyNetwork || key.startsWith('net.');
  return {
    async read(keys) {
      const found = new Map<string, string | null>();
      for (const key of keys) found.set(key, isOurs(key) ? await readOne(key) : null);
      return found;
    },
    async write(key, value) {
      if (!isOurs(key)) throw new Fault('guarded', `with --root, ${key} of the machine itself is not touched`);
      try {
        await writeFile(`/proc/sys/${sysctlPath(key)}`, `${value}\n`, { flag: 'r+' });
      } catch (error) {
        throw refused(`the kernel does not take ${key} = ${value}`, error);
      }
    },
  };
}

async function readOne(key: string): Promise<string | null> {
  try {
    return sysctlValue(await readFile(`/proc/sys/${sysctlPath(key)}`, 'utf8'));
  } catch (error) {
    // Some settings can only be written, some fail to be read: whether they are as wanted is not known, and no drift.
    if (((error as NodeJS.ErrnoException).code ?? '') !== '') return null;
    throw error;
  }
}

function refused(message: string, error: unknown): Fault {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const help: Readonly<Record<string, string>> = {
    EINVAL: 'The value is none that this setting takes; correct it in the state repository.',
    EROFS: '/proc/sys is mounted read-only here: natroute must run on the host itself, not in a container.',
    EACCES: 'Run natroute as root.',
    EPERM: 'Run natroute as root.',
  };
  return new Fault('command-failed', message, {
    output: code === '' ? String(error) : code,
    ...(help[code] === undefined ? {} : { help: help[code] }),
    cause: error,
  });
}
