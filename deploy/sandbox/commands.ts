/** Runs programs inside the sandbox, to their end or as a daemon. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { inside } from './network.ts';

export interface ExecOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default 30 s; then the command and its children are killed and the promise rejects. */
  readonly timeoutMs?: number;
}

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Daemon {
  /** As the machine counts. */
  readonly pid: number;
  readonly log: () => string;
  /** Null while it runs. */
  readonly exitCode: () => number | null;
  /** SIGTERM; its exit code. */
  readonly stop: () => Promise<number>;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  /** Lets this process end while the daemon goes on. */
  readonly leave: () => void;
}

const execMs = 30_000;
const outputBytes = 64 * 1024 * 1024;

/** The environment inside: the wanted backend first in PATH, temporary files where they go with the sandbox. */
function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = `${inside.bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;
  return { ...process.env, NODE_OPTIONS: '', PATH: path, TMPDIR: inside.temporary, ...extra };
}

/** Runs a command to its end, whatever its exit code. Rejects where it cannot start, is killed, or takes too long. */
export function run(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: environment(options.env) });
  const output = { stdout: '', stderr: '' };
  const killAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8');
    child[stream].on('data', (text: string) => {
      output[stream] += text;
      if (output[stream].length > outputBytes) killAll();
    });
  }
  // A command that does not read its input ends that pipe early: no failure.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    const ms = options.timeoutMs ?? execMs;
    const timer = setTimeout(() => {
      killAll();
      reject(new Error(`${argv.join(' ')}: not done after ${ms} ms: ${output.stderr}`));
    }, ms);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === null) reject(new Error(`${argv.join(' ')}: ended by ${signal ?? 'a signal'}: ${output.stderr}`));
      else resolve({ code, ...output });
    });
  });
}

/** Starts a program that stays; what it prints goes to `logFile`. It ends with the sandbox at the latest. */
export async function startDaemon(
  argv: readonly string[],
  logFile: string,
  env: ExecOptions['env'] = {},
): Promise<Daemon> {
  const [file = '', ...args] = argv;
  const log = openSync(logFile, 'a');
  const child = spawn(file, args, { stdio: ['ignore', log, log], detached: true, env: environment(env) });
  closeSync(log);
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 255)));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const nsenter = child.pid ?? 0;
  const pid = await onlyChild(nsenter);
  return {
    pid,
    log: () => readFileSync(logFile, 'utf8'),
    exitCode: () => child.exitCode,
    // nsenter forks to enter the pid namespace and passes no signal on, but it does pass the exit code back.
    stop: () => {
      signal(pid, 'SIGTERM');
      return ended;
    },
    kill: async () => {
      signal(pid, 'SIGKILL');
      await ended;
    },
    leave: () => child.unref(),
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const forkMs = 2000;

/** The first child of a process that is about to fork. */
async function onlyChild(pid: number): Promise<number> {
  for (const until = Date.now() + forkMs; Date.now() < until;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error(`Process ${pid} started nothing within ${forkMs} ms.`);
}
