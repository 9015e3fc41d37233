/** The Fuse port: a transient unit of systemd where it runs, else a process of its own session. */
import { spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { Fault } from '../model/fault.ts';
import type { Fuse } from '../ports.ts';
import { runCommand } from './command.ts';

/** `systemd`: whether it runs here and its units are in our network; default: found out at each fuse. */
export function createFuse({ systemd }: { readonly systemd?: boolean } = {}): Fuse {
  return { light: (file, name) => ((systemd ?? systemdIsOurs()) ? lightUnit(file, name) : lightProcess(file)) };
}

/** In another network namespace than systemd's a unit would change the rules of the wrong host. */
function systemdIsOurs(): boolean {
  if (!existsSync('/run/systemd/system')) return false;
  try {
    return readlinkSync('/proc/self/ns/net') === readlinkSync('/proc/1/ns/net');
  } catch {
    return false;
  }
}

async function lightUnit(file: string, name: string): Promise<void> {
  const settings = ['PATH', 'XTABLES_LOCKFILE'].flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [`--setenv=${key}=${value}`];
  });
  const description = '--description=natroute goes back unless the change is confirmed';
  await runCommand({
    file: 'systemd-run',
    args: ['--quiet', '--collect', `--unit=${name}`, description, ...settings, 'sh', file],
  });
}

/** A session of its own, without our files and streams: neither our end nor a hang-up of the terminal reaches it. */
function lightProcess(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', [file], { detached: true, stdio: 'ignore', cwd: '/' });
    child.once('error', (cause) =>
      reject(
        new Fault('command-failed', `sh could not be started: ${cause.message}`, { command: `sh ${file}`, cause }),
      ),
    );
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
