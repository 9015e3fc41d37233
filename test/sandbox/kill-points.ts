/**
 * Stops a running daemon at one exact call: strace is put on all of its threads and kills it when the call begins, before
 * its effect. The programs that the daemon started are left alone and go on, as they would.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The nth call of that name since strace was put on it. */
export interface KillPoint {
  readonly call: string;
  readonly nth: number;
  /** For a person. */
  readonly what: string;
}

export interface Watched {
  /** True when the daemon died. */
  readonly ended: Promise<boolean>;
  /** Lets the daemon go; what was written of its calls. */
  readonly letGo: () => Promise<string>;
}

/** One thread for all files: the calls of a pass come in one order. */
export const oneThread = { UV_THREADPOOL_SIZE: '1' } as const;

const durable = ['fsync', 'fdatasync'];
const named = ['rename', 'renameat', 'renameat2', 'link', 'unlink', 'symlink', 'mkdir', 'rmdir'];
const commands = ['clone', 'clone3', 'vfork', 'rt_sigprocmask', 'shutdown'];
const attachMs = 10_000;

/** Writes every call that counts to `file`, the names of started programs too. */
export function listCalls(pid: number, file: string): Promise<Watched> {
  const calls = [...durable, ...named, ...commands, 'execve'].join();
  return attach(pid, file, ['-f', '-y', '--decode-pids=pidns', '-e', `trace=${calls}`]);
}

export function killAt(pid: number, file: string, { call, nth }: KillPoint): Promise<Watched> {
  return attach(pid, file, ['-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`]);
}

/**
 * What starts a program so that its main thread's starts of other programs are written to `file`, or kill it at one of them:
 * strace as its grandchild, so that the program keeps its place and its number.
 */
export function fromStart(file: string, at: KillPoint | null): readonly string[] {
  const calls = ['clone', 'clone3', 'vfork'];
  const kill = at === null ? [] : ['-e', `inject=${at.call}:signal=SIGKILL:when=${at.nth}`];
  return ['strace', '-D', '-qq', '-o', file, '-e', `trace=${at === null ? calls.join() : at.call}`, ...kill];
}

/** The points of such a list. */
export function startsIn(trace: string): readonly KillPoint[] {
  const counts = new Map<string, number>();
  return trace.split('\n').flatMap((line) => {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) return [];
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    // A thread is no program.
    return line.includes('CLONE_THREAD') ? [] : [{ call, nth, what: 'a program is started' }];
  });
}

async function attach(pid: number, file: string, how: readonly string[]): Promise<Watched> {
  const threads = readdirSync(`/proc/${pid}/task`);
  // With -f all threads come with the first, and what they start too.
  const of = how.includes('-f') ? [String(pid)] : threads;
  const child = spawn('strace', ['-o', file, ...how, ...of.flatMap((thread) => ['-p', thread])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await attachedTo(child, of.length);
  let asked = false;
  return {
    ended: exited.then(() => !asked),
    letGo: async () => {
      asked = true;
      child.kill('SIGINT');
      await exited;
      return readFileSync(file, 'utf8');
    },
  };
}

function attachedTo(child: ChildProcess, threads: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (why: string): void => reject(new Error(`strace ${why}: ${said.trim()}`));
    const timer = setTimeout(() => fail('was not ready in time'), attachMs);
    child.stderr?.on('data', (data: Buffer) => {
      said += data.toString();
      if ((said.match(/ attached/g) ?? []).length < threads) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', () => fail('ended'));
  });
}

/**
 * Every point of a listed pass, in order: before a program is started, while it runs without its input, while it runs with
 * it, and before each change on the disk.
 */
export function pointsIn(trace: string, threads: readonly string[]): readonly KillPoint[] {
  const own = new Set(threads);
  const lines = trace.split('\n').flatMap((line) => {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    return rest === '' ? [] : [{ pid, rest }];
  });
  const programs = new Map(
    lines.flatMap(({ pid, rest }) => {
      const program = own.has(pid) ? undefined : /^execve\("(?:[^"]*\/)?([^"/]+)"/.exec(rest)?.[1];
      return program === undefined ? [] : [[pid, program] as const];
    }),
  );
  const counts = new Map<string, number>();
  const points: KillPoint[] = [];
  let fork: { readonly what: string; step: 'forked' | 'fed' } | null = null;
  for (const { pid, rest } of lines) {
    const call = /^(\w+)\(/.exec(rest)?.[1];
    if (call === undefined || !own.has(pid)) continue;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const add = (what: string): number => points.push({ call, nth, what });
    if (call === 'clone' || call === 'clone3' || call === 'vfork') {
      const child = / (\d+) in strace's PID NS/.exec(rest)?.[1] ?? '';
      fork = { what: programs.get(child) ?? 'a program', step: 'forked' };
      add(`before ${fork.what} is started`);
    } else if (call === 'rt_sigprocmask') {
      if (fork?.step === 'forked') {
        add(`${fork.what} runs and gets no input`);
        fork.step = 'fed';
      }
    } else if (call === 'shutdown') {
      if (fork?.step === 'fed') add(`${fork.what} runs on`);
      fork = null;
    } else if (!commands.includes(call))
      add(`before ${rest.replace(/ += .*$/, '').replaceAll('/run/sandbox/root', '')}`);
  }
  return points;
}

/** As many of them, evenly spread; all where there are no more. */
export function sample<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / most)]).flatMap((one) =>
    one === undefined ? [] : [one],
  );
}
