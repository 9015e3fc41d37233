/** Wall time, CPU and peak memory of this process with all its children. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cost } from './cell.ts';

export interface Meter {
  once(work: () => Promise<unknown>): Promise<Cost>;
  /** The median cost of a program of its own: the memory is that of the program and its children alone. */
  program(repeats: number, file: string, args: readonly string[], input?: string): Promise<Cost>;
  /** The median of each figure; `before` prepares each run and is not measured. */
  median(repeats: number, work: () => Promise<unknown>, before?: () => Promise<unknown>): Promise<Cost>;
  stop(): void;
}

const ticksPerSecond = 100;

/**
 * Samples from outside, because our own timers stand still while we compute. Kilobytes, from /proc, of all but itself, and
 * of a process that is just being made not what it still shares with the one that makes it.
 */
const sampler = `
const fs = require('node:fs');
const top = Number(process.argv[1]);
let peak = [0, 0];
const pages = (pid) => { try { return Number(fs.readFileSync('/proc/' + pid + '/statm', 'utf8').split(' ')[1]); } catch { return 0; } };
const children = (pid) => { try { return fs.readdirSync('/proc/' + pid + '/task').flatMap((t) => fs.readFileSync('/proc/' + pid + '/task/' + t + '/children', 'utf8').trim().split(' ').filter(Boolean).map(Number)); } catch { return []; } };
const words = (pid) => { try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'latin1'); } catch { return ''; } };
const sum = (pid, parent) => pid === process.pid ? 0 : (parent !== undefined && words(pid) === words(parent) ? 0 : pages(pid)) + children(pid).reduce((n, child) => n + sum(child, pid), 0);
setInterval(() => { const all = sum(top) * 4; peak = [Math.max(peak[0], all), Math.max(peak[1], all - pages(top) * 4)]; }, 2);
process.on('message', (whose) => { process.send(peak[whose === 'children' ? 1 : 0]); peak = [0, 0]; });
process.on('disconnect', () => process.exit());
`;

export function createMeter(): Meter {
  const child = spawn(process.execPath, ['-e', sampler, String(process.pid)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  async function once(work: () => Promise<unknown>, whose: Whose = 'all'): Promise<Cost> {
    await askPeak(child, whose);
    const cpu = cpuMs();
    const started = performance.now();
    await work();
    const wallMs = performance.now() - started;
    return { wallMs, cpuMs: cpuMs() - cpu, peakMb: (await askPeak(child, whose)) / 1024 };
  }
  return {
    once,
    async program(repeats, file, args, input) {
      const costs: Cost[] = [];
      for (let i = 0; i < repeats; i++) costs.push(await once(() => run(file, args, input), 'children'));
      return medians(costs);
    },
    async median(repeats, work, before) {
      const costs: Cost[] = [];
      for (let i = 0; i < repeats; i++) {
        await before?.();
        costs.push(await once(work));
      }
      return medians(costs);
    },
    stop: () => void child.kill(),
  };
}

type Whose = 'all' | 'children';

function medians(costs: readonly Cost[]): Cost {
  const middle = (pick: (cost: Cost) => number): number =>
    costs.map(pick).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0;
  return { wallMs: middle((c) => c.wallMs), cpuMs: middle((c) => c.cpuMs), peakMb: middle((c) => c.peakMb) };
}

/** Runs a program to its end, its output thrown away. */
function run(file: string, args: readonly string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const program = spawn(file, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'inherit'] });
    program.once('error', reject);
    program.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${file} ${args.join(' ')}: exit ${code ?? 'by a signal'}`)),
    );
    program.stdin?.end(input);
  });
}

/** Kilobytes since the last question. */
function askPeak(child: ChildProcess, whose: Whose): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (value) => resolve(Number(value)));
    child.send(whose);
  });
}

/** Ours and that of the children that ended, in steps of a clock tick. */
function cpuMs(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
  return (ticks * 1000) / ticksPerSecond;
}
