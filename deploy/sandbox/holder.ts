/**
 * The process that a sandbox lives in: pid 1 of fresh mount, pid, network and uts namespaces, with a private tmpfs on
 * /run. The kernel ends it with its parent, and everything in it with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { fixedServices, guestServices, inside, networkScript, type NetworkOptions } from './network.ts';
import type { WardenSpec } from './wire.ts';

const here = dirname(fileURLToPath(import.meta.url));
const startMs = 20_000;

export interface Holder {
  /** pid 1 of the sandbox, as this machine counts. */
  readonly pid: number;
  /** Kills everything in the sandbox; resolves when nothing of it runs any more. */
  readonly stop: () => Promise<void>;
}

/** Starts the holder and the network in it. Rejects with what the set-up said on stderr. */
export async function startHolder(network: NetworkOptions, keep: boolean): Promise<Holder> {
  const isolate = [
    'unshare',
    ...(asRoot() ? [] : ['--user', '--map-root-user']),
    '--mount',
    '--pid',
    '--net',
    '--uts',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'sh',
    '-eu',
  ];
  // Even a killed parent takes the sandbox along, unless it shall be kept.
  const [file = '', ...args] = keep ? isolate : ['setpriv', '--pdeathsig', 'KILL', ...isolate];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: keep });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString('utf8')).slice(-20_000)));
  // A holder that ends early says why on stderr; that its input broke adds nothing.
  child.stdin.on('error', () => undefined);
  child.stdin.write(script(network, keep));
  try {
    await firstLine(child);
  } catch (error) {
    child.kill('SIGKILL');
    const said = errors.trim() || String(error);
    throw new Error(`The sandbox could not be set up: ${said}${help(said)}`, { cause: error });
  }
  const pid = firstChild(child.pid ?? 0);
  if (keep) {
    child.unref();
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  }
  return { pid, stop: () => stop(child, pid) };
}

function help(said: string): string {
  if (!/operation not permitted|permission denied/i.test(said)) return '';
  return asRoot()
    ? ' (root may not make namespaces here: a container needs --privileged)'
    : ' (run it as root, or let users make namespaces: sysctl kernel.unprivileged_userns_clone=1)';
}

/** Anybody else is root in a user namespace of their own, where the kernel allows that. */
export function asRoot(): boolean {
  return process.getuid?.() === 0;
}

function script(network: NetworkOptions, keep: boolean): string {
  const spec: WardenSpec = {
    agent: `${inside.folder}/agent.cjs`,
    sockets: inside.sockets,
    fixed: fixedServices(network.ipv6),
    guest: guestServices,
    // Its input ends with the process that made the sandbox.
    endWithInput: !keep,
  };
  return [
    networkScript(network),
    ...heredoc('agent.cjs', bundled('agent.ts')),
    ...heredoc('warden.cjs', bundled('warden.ts')),
    ...heredoc('warden.json', JSON.stringify(spec)),
    'echo ready',
    ...(keep ? [`exec >${inside.folder}/log 2>&1 </dev/null`] : []),
    // Not exec: the shell stays as pid 1, and reaps what is left without a parent.
    `${process.execPath} --max-semi-space-size=1 ${inside.folder}/warden.cjs ${inside.folder}/warden.json`,
    'exit',
    '',
  ].join('\n');
}

function heredoc(name: string, content: string): readonly string[] {
  return [`cat >${inside.folder}/${name} <<'NATROUTE-END'`, content.trimEnd(), 'NATROUTE-END'];
}

const bundles = new Map<string, string>();

/** A file of this folder as one CommonJS script for plain Node. */
function bundled(name: string): string {
  const known = bundles.get(name);
  if (known !== undefined) return known;
  const built = buildSync({
    entryPoints: [join(here, name)],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    write: false,
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const text = built.outputFiles[0]?.text ?? '';
  bundles.set(name, text);
  return text;
}

function firstLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it was not ready within ${startMs / 1000} s`)), startMs);
    const end = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    child.stdout?.once('data', () => end(resolve));
    child.once('error', (error) => end(() => reject(error)));
    child.once('close', (code) => end(() => reject(new Error(`it ended with exit code ${code ?? 'none'}`))));
  });
}

/** unshare forks: the sandbox's pid 1 is its only child. */
function firstChild(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const child = Number(children.split(' ')[0]);
  if (!Number.isInteger(child) || child <= 0)
    throw new Error(`The sandbox's first process was not found below ${pid}.`);
  return child;
}

async function stop(child: ChildProcess, pid: number): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      // Not unshare itself: it waits for its child and ends by itself, when all of the pid namespace is gone.
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await ended;
  }
}
