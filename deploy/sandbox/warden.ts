/**
 * Runs inside the sandbox: starts an agent in every network namespace, those that natroute makes later included, and
 * again when a namespace was made anew. Run as `warden SPECFILE`; when it ends, the sandbox ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { WardenSpec } from './wire.ts';

const namespaces = '/run/netns';
const lookEveryMs = 30;
/** An agent that ended is mostly a guest that is just being stopped: a new one would stand in the way. */
const againMs = 1000;

interface Running {
  readonly child: ChildProcess;
  readonly inode: number;
}

const running = new Map<string, Running>();

/** The namespace's inode; null while its name is not bound to one yet, or not any more. */
function inodeOf(name: string): number | null {
  try {
    const { ino, dev } = statSync(join(namespaces, name));
    // A name that is not mounted yet is a file of the folder's own file system.
    return dev === statSync(namespaces).dev ? null : ino;
  } catch {
    return null;
  }
}

function start(spec: WardenSpec, name: string, inode: number): void {
  const services = spec.fixed[name] ?? spec.guest;
  const child = spawn(
    'nsenter',
    [
      `--net=${join(namespaces, name)}`,
      process.execPath,
      '--max-semi-space-size=1',
      spec.agent,
      name,
      JSON.stringify(services),
      join(spec.sockets, `${name}.sock`),
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const entry: Running = { child, inode };
  running.set(name, entry);
  child.on('exit', () => {
    setTimeout(() => {
      if (running.get(name) === entry) running.delete(name);
    }, againMs);
  });
  child.on('error', (error) => process.stderr.write(`agent ${name}: ${error.message}\n`));
}

function look(spec: WardenSpec): void {
  const names = readdirSync(namespaces);
  for (const [name, entry] of running) {
    if (inodeOf(name) === entry.inode) continue;
    running.delete(name);
    rmSync(join(spec.sockets, `${name}.sock`), { force: true });
    entry.child.kill('SIGKILL');
  }
  for (const name of names) {
    const inode = running.has(name) ? null : inodeOf(name);
    if (inode !== null) start(spec, name, inode);
  }
}

const spec = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as WardenSpec;
look(spec);
setInterval(look, lookEveryMs, spec);
if (spec.endWithInput) process.stdin.on('end', () => process.exit(0)).resume();
