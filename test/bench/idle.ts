/**
 * What a daemon costs that has nothing to do: it ticks every second on a host in a namespace of its own.
 * Prints one JSON object. The commands are counted where Node starts them, so that counting costs nothing outside.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeState } from './state.ts';

export interface Idle {
  readonly seconds: number;
  readonly forwards: number;
  /** Of the daemon alone, and of all the commands that it ran. */
  readonly ownCpuSeconds: number;
  readonly commandCpuSeconds: number;
  readonly rssMb: { readonly start: number; readonly end: number };
  readonly descriptors: { readonly start: number; readonly end: number };
  /** Program -> how often it was started. */
  readonly commands: Readonly<Record<string, number>>;
}

// The first word that is a program of its own: the others only hold its leash.
const counter = `
const { ChildProcess } = require('node:child_process');
const fs = require('node:fs');
const counts = {};
const spawn = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (options) {
  const words = [...(options.args ?? [options.file])].map((word) => word.split('/').at(-1));
  const name = words[0] === 'setpriv' ? words[3] : words[0] === 'setsid' ? words[words[1].startsWith('-') ? 2 : 1] : words[0];
  counts[name] = (counts[name] ?? 0) + 1;
  return spawn.call(this, options);
};
process.on('SIGUSR2', () => fs.writeFileSync(process.env.BENCH_COUNTS, JSON.stringify(counts)));
`;

const settleSeconds = 10;
const ticksPerSecond = 100;

interface Snapshot {
  readonly own: number;
  readonly children: number;
  readonly rssMb: number;
  readonly descriptors: number;
}

function look(pid: number): Snapshot {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  const seconds = (...at: readonly number[]): number =>
    at.reduce((sum, i) => sum + (fields[i] ?? 0), 0) / ticksPerSecond;
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return {
    own: seconds(11, 12),
    children: seconds(13, 14),
    rssMb: (pages * 4) / 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

function git(folder: string, ...args: readonly string[]): void {
  execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
}

async function main(forwards: number, seconds: number, program: string): Promise<Idle> {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-idle-'));
  try {
    const state = join(folder, 'state');
    mkdirSync(state);
    writeState(state, forwards, 0);
    git(state, 'init', '-q', '-b', 'main');
    git(state, 'add', '-A');
    git(state, 'commit', '-qm', 'All forwards');
    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc/natroute'), { recursive: true });
    writeFileSync(
      join(root, 'etc/natroute/config.yaml'),
      `repository: {url: ${state}, branch: main}\nhost: dedibox\nschedule: "* * * * * *"\n`,
    );
    execFileSync(process.execPath, [program, '--root', root, 'apply', '--yes'], { stdio: 'ignore' });
    const hook = join(folder, 'counter.cjs');
    writeFileSync(hook, counter);
    const counts = join(folder, 'counts.json');
    const daemon = spawn(process.execPath, ['-r', hook, program, '--root', root, 'run'], {
      stdio: 'ignore',
      env: { ...process.env, BENCH_COUNTS: counts },
    });
    const { pid } = daemon;
    if (pid === undefined) throw new Error('the daemon did not start');
    const counted = async (): Promise<Record<string, number>> => {
      process.kill(pid, 'SIGUSR2');
      await sleep(500);
      return JSON.parse(readFileSync(counts, 'utf8')) as Record<string, number>;
    };
    try {
      await sleep(settleSeconds * 1000);
      const [before, started] = [await counted(), look(pid)];
      await sleep(seconds * 1000);
      const [after, ended] = [await counted(), look(pid)];
      const commands = Object.entries(after).map(([name, n]): [string, number] => [name, n - (before[name] ?? 0)]);
      return {
        seconds,
        forwards,
        ownCpuSeconds: ended.own - started.own,
        commandCpuSeconds: ended.children - started.children,
        rssMb: { start: started.rssMb, end: ended.rssMb },
        descriptors: { start: started.descriptors, end: ended.descriptors },
        commands: Object.fromEntries(commands.filter(([, n]) => n > 0)),
      };
    } finally {
      daemon.kill('SIGTERM');
      await new Promise((resolve) => daemon.once('close', resolve));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(Number(process.argv[2]), Number(process.argv[3]), process.argv[4] ?? '').then(
  (idle) => process.stdout.write(`${JSON.stringify(idle)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
