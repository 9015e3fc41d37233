/**
 * The one place that starts other programs: no shell, LC_ALL=C, a time-out that ends the whole
 * process group, bounded output, and every failure said as a Fault in one plain sentence.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';

export interface CommandRequest {
  /** A program's name, looked up in PATH and then in the sbin folders; or its path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly input?: string | Uint8Array;
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Default `limits.commandSeconds`. */
  readonly timeoutSeconds?: number;
  /** Of stdout and of stderr each; default `limits.commandOutputBytes`. */
  readonly outputBytes?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly accept?: readonly number[];
  /** Descriptors that the program gets as 3, 4... */
  readonly inherit?: readonly number[];
  /** What a person is shown instead of file and args, where these hold secrets. */
  readonly shown?: string;
  /** Told of the process as soon as it runs. */
  readonly started?: (pid: number) => void;
  /** Ends the command early, as the time-out does. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandBytes {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** The Debian packages of the programs that natroute starts. */
const packages: Readonly<Record<string, string>> = {
  'bridge': 'iproute2',
  'conntrack': 'conntrack',
  'flock': 'util-linux',
  'git': 'git',
  'inotifywait': 'inotify-tools',
  'ip': 'iproute2',
  'ip6tables': 'iptables',
  'ip6tables-restore': 'iptables',
  'ip6tables-save': 'iptables',
  'iptables': 'iptables',
  'iptables-restore': 'iptables',
  'iptables-save': 'iptables',
  'nft': 'nftables',
  'nsenter': 'util-linux',
  'ping': 'iputils-ping',
  'ssh': 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'sysctl': 'procps',
  'systemd-run': 'systemd',
  'unshare': 'util-linux',
  'xargs': 'findutils',
  'xl': 'xen-utils-common',
};

const sbin = '/usr/local/sbin:/usr/sbin:/sbin';

/** Runs a program to its end; stdout as UTF-8 text. Faults: command-missing, command-failed, command-timeout, no-permission. */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const result = await runCommandBytes(request);
  return { ...result, stdout: Buffer.from(result.stdout).toString('utf8') };
}

/** As runCommand, stdout as it came. */
export async function runCommandBytes(request: CommandRequest): Promise<CommandBytes> {
  const { execa } = await import('execa');
  // execa passes a number on as a descriptor in every place; its types only know that of the first three.
  const inherited = (request.inherit ?? []) as unknown as readonly 'inherit'[];
  const child = execa(request.file, [...request.args], {
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    ...(request.input === undefined ? {} : { input: request.input }),
    stdio: [request.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...inherited],
    env: environment(request),
    extendEnv: false,
    buffer: false,
    encoding: 'buffer',
    reject: false,
    // A group of its own, so that a time-out reaches grandchildren too (execa's own kill does not).
    detached: true,
    cleanup: false,
  });
  if (child.pid !== undefined) request.started?.(child.pid);
  const collected = await collect(child, request);
  const shown = shownCommand(request);
  if (collected.spawnError !== null) throw spawnFault(request, collected.spawnError);
  const stderr = collected.stderr.toString('utf8');
  if (collected.ended !== null) throw endedFault(request, collected.ended, stderr);
  const exitCode = collected.exitCode;
  if (exitCode === null) {
    throw new Fault('command-failed', `${request.file} was ended by ${collected.signal ?? 'a signal'}.`, {
      command: shown,
      output: shorten(stderr),
    });
  }
  if (!(request.accept ?? [0]).includes(exitCode)) throw exitFault(request, exitCode, stderr);
  return { exitCode, stdout: collected.stdout, stderr };
}

/** The first line that says something, for a message; a program's name and version alone (iptables v1.8.9 (nf_tables):) say nothing. */
export function firstErrorLine(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.find((line) => !/^(warning|try `|# warning)|^\S+ v[\d.]+ \(\w+\):$/i.test(line));
  return (telling ?? lines[0] ?? '').slice(0, 500);
}

type Ended = 'timeout' | 'output' | 'aborted';

/** What execa starts, as far as it is used here. */
type Started = Pick<ChildProcess, 'pid' | 'exitCode' | 'signalCode' | 'once' | 'stdout' | 'stderr'> &
  PromiseLike<{ readonly cause?: unknown; readonly message?: string | undefined }>;

interface Collected {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly spawnError: NodeJS.ErrnoException | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly ended: Ended | null;
}

/** Gathers the output and waits for the end, which comes within the time-out whatever the program and its children do. */
async function collect(child: Started, request: CommandRequest): Promise<Collected> {
  const most = request.outputBytes ?? limits.commandOutputBytes;
  const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
  let ended: Ended | null = null;
  let drain: NodeJS.Timeout | undefined;
  const letGo = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const end = (why: Ended): void => {
    ended ??= why;
    killGroup(child.pid);
    clearTimeout(drain);
    // What left the group may still hold the pipes: do not wait for it.
    drain = setTimeout(letGo, limits.commandDrainSeconds * 1000);
  };
  for (const name of ['stdout', 'stderr'] as const) {
    let size = 0;
    child[name]?.on('data', (data: Buffer) => {
      size += data.length;
      if (size > most) end('output');
      else chunks[name].push(data);
    });
  }
  const timer = setTimeout(() => end('timeout'), (request.timeoutSeconds ?? limits.commandSeconds) * 1000);
  const onAbort = (): void => end('aborted');
  request.signal?.addEventListener('abort', onAbort, { once: true });
  if (request.signal?.aborted === true) end('aborted');
  child.once('exit', () => {
    // A child that lives on (xl's console daemon) may hold the pipes for ever.
    drain ??= setTimeout(letGo, limits.commandDrainSeconds * 1000);
  });
  try {
    const result = await child;
    const cause = result.cause as NodeJS.ErrnoException | undefined;
    const spawnError = child.pid === undefined ? (cause ?? new Error(result.message ?? 'could not start')) : null;
    return {
      exitCode: child.exitCode,
      signal: child.signalCode,
      spawnError,
      stdout: Buffer.concat(chunks.stdout),
      stderr: Buffer.concat(chunks.stderr),
      ended,
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(drain);
    request.signal?.removeEventListener('abort', onAbort);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The group ended in the meantime: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function environment(request: CommandRequest): Record<string, string> {
  const merged: Record<string, string | undefined> = { ...process.env, ...request.env, LC_ALL: 'C' };
  merged['PATH'] = `${merged['PATH'] ?? '/usr/bin:/bin'}:${sbin}`;
  const set: Record<string, string> = {};
  for (const [name, value] of Object.entries(merged)) if (value !== undefined) set[name] = value;
  return set;
}

function shownCommand(request: CommandRequest): string {
  return request.shown ?? [request.file, ...request.args].join(' ');
}

function spawnFault(request: CommandRequest, error: NodeJS.ErrnoException): Fault {
  const command = shownCommand(request);
  const name = request.file.slice(request.file.lastIndexOf('/') + 1);
  if (error.code === 'ENOENT' && (request.cwd === undefined || existsSync(request.cwd))) {
    const debianPackage = packages[name];
    const help = debianPackage === undefined ? {} : { help: `Install it: apt-get install ${debianPackage}` };
    return new Fault('command-missing', `${name} is not installed on this host.`, { command, cause: error, ...help });
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new Fault('no-permission', `${name} may not be run by this user.`, { command, cause: error });
  }
  return new Fault('command-failed', `${name} could not be started: ${error.message}`, { command, cause: error });
}

function endedFault(request: CommandRequest, ended: Ended, stderr: string): Fault {
  const detail = { command: shownCommand(request), output: shorten(stderr) };
  switch (ended) {
    case 'timeout': {
      const seconds = request.timeoutSeconds ?? limits.commandSeconds;
      return new Fault('command-timeout', `${request.file} did not end within ${seconds} s and was killed.`, detail);
    }
    case 'output': {
      const most = request.outputBytes ?? limits.commandOutputBytes;
      return new Fault('command-failed', `${request.file} printed more than ${most} bytes and was killed.`, detail);
    }
    case 'aborted':
      return new Fault('command-failed', `${request.file} was stopped before its end.`, detail);
    default:
      return ended satisfies never;
  }
}

function exitFault(request: CommandRequest, exitCode: number, stderr: string): Fault {
  const line = firstErrorLine(stderr);
  const detail = { command: shownCommand(request), exitCode, output: shorten(stderr) };
  if (/you must be root|operation not permitted/i.test(stderr)) {
    const help = 'Run it as root.';
    return new Fault('no-permission', `${request.file} needs root's rights${line && `: ${line}`}`, { ...detail, help });
  }
  return new Fault('command-failed', `${request.file} failed (exit ${exitCode})${line && `: ${line}`}`, detail);
}

function shorten(text: string): string {
  return text.length <= 4000 ? text : `${text.slice(0, 4000)}...`;
}
