/**
 * Speed and memory, as ratios to raw iptables on the same rules in the same run.
 *   npm run bench                         100, 1,000 and 10,000 forwards, both backends
 *   npm run bench -- 50000 --backend nft  other sizes, one backend; with 50,000 forwards some minutes
 *   npm run bench -- ledger               the record commands on ten thousand entries
 *   npm run bench -- split                one address: all forwards in one chain against chains by port range
 *   npm run bench -- idle 3600            what a daemon with nothing to do costs in so many seconds, nft
 * Each cell runs in throw-away namespaces of its own; nothing of the machine's network is touched.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { shim, unitEnvironment, type Backend } from './backend.ts';
import { bundle as bundleNatroute } from '../../deploy/build.mjs';
import type { Cell, Cost } from './cell.ts';
import type { Spent } from './doors.ts';
import type { Idle } from './idle.ts';
import { benchLedger } from './ledger.ts';
import type { Split } from './split.ts';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const cellSeconds = 900;

function readArguments(
  argv: readonly string[],
  kind: 'cell' | 'split',
): {
  readonly sizes: readonly number[];
  readonly backends: readonly Backend[];
} {
  const at = argv.indexOf('--backend');
  const backend = at < 0 ? null : argv[at + 1];
  if (backend !== null && backend !== 'legacy' && backend !== 'nft') throw new Error('--backend takes legacy or nft');
  const sizes = argv.filter((word) => /^\d+$/.test(word)).map(Number);
  const usual = kind === 'split' ? [100, 500, 1000, 5000, 10_000] : [100, 1000, 10_000];
  return {
    sizes: sizes.length === 0 ? usual : sizes,
    backends: backend === null ? ['legacy', 'nft'] : [backend],
  };
}

async function bundle(folder: string, name: 'cell' | 'split' | 'idle'): Promise<string> {
  const outfile = join(folder, `${name}.cjs`);
  await build({
    entryPoints: [join(here, `${name}.ts`)],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    define: { 'import.meta.url': '__url', 'NATROUTE_VERSION': '"bench"' },
    banner: { js: 'const __url = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: 'error',
  });
  return outfile;
}

function measure<T>(cell: string, folder: string, backend: Backend, forwards: number): Promise<T> {
  return inNamespaces(folder, backend, [cell, String(forwards)], cellSeconds);
}

/**
 * Runs one of our programs, which prints one JSON object, in throw-away namespaces. Not in one of process ids: natroute
 * could not tell its own changes from a stranger's there, and would look again after each.
 */
async function inNamespaces<T>(
  folder: string,
  backend: Backend,
  command: readonly string[],
  seconds: number,
): Promise<T> {
  const path = await shim(folder, backend);
  const { stdout } = await run(
    'unshare',
    ['--net', '--mount', '--fork', '--kill-child', process.execPath, ...command],
    {
      env: {
        ...process.env,
        ...unitEnvironment(),
        PATH: `${path}:${process.env['PATH'] ?? ''}`,
        XTABLES_LOCKFILE: join(path, 'lock'),
      },
      timeout: seconds * 1000,
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  return JSON.parse(stdout) as T;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const cost = (c: Cost): string => `${ms(c.wallMs)} ms wall, ${ms(c.cpuMs)} ms CPU, ${c.peakMb.toFixed(0)} MB`;

function show(backend: Backend, forwards: number, cell: Cell): string {
  const { raw, pass } = cell;
  const floor = 2 * raw.save.wallMs + raw.line.wallMs;
  const times = (a: number, b: number): string => `x${(a / b).toFixed(2)}`;
  return [
    `${backend}, ${forwards} forwards (${cell.rules} rules on ${cell.addresses} addresses)`,
    `  raw save                      ${cost(raw.save)}`,
    `  raw restore of all            ${cost(raw.all)}`,
    `  raw restore of one line       ${cost(raw.line)}`,
    `  first apply                   ${cost(pass.first)}  ${times(pass.first.wallMs, raw.all.wallMs)} of a raw restore`,
    `  no-change check in the daemon ${cost(pass.check)}  ${times(pass.check.wallMs, raw.save.wallMs)} of a raw save`,
    ...showParts(pass.checkParts),
    `  one-change push in the daemon ${cost(pass.push)}  ${times(pass.push.wallMs, floor)} of 2 saves + 1 line`,
    ...showParts(pass.pushParts),
    `    parse and diff alone        ${ms(pass.parseAndDiffMs)} ms (both tables as saved, with nothing known from before)`,
    `  natroute plan, as a command   ${cost(pass.plan)}  ${times(pass.plan.wallMs, raw.save.wallMs)} of a raw save`,
    `  natroute drift, as a command  ${cost(pass.drift)}  ${times(pass.drift.wallMs, raw.save.wallMs)} of a raw save`,
    `  new connection, last forward  ${cell.connect.lastUs.toFixed(0)} us  ${times(cell.connect.lastUs, cell.connect.firstUs)} of the only forward of a host`,
  ].join('\n');
}

/** They add up to the whole, but for what is waited for at two doors at once. */
function showParts(parts: Spent): readonly string[] {
  return [
    `    natroute itself             ${ms(parts.ownMs)} ms (all that it parses, compares, spells out and cleans up)`,
    `    starting ${parts.programs.toString().padEnd(2)} programs        ${ms(parts.startingMs)} ms`,
    `    waiting                     ${ms(parts.kernelMs)} ms for the kernel, ${ms(parts.gitMs)} ms for git, ${ms(parts.diskMs)} ms for the disk`,
  ];
}

function showSplit(backend: Backend, { forwards, flat, split }: Split): string {
  const both = (a: number, b: number, unit: string): string =>
    `flat ${ms(a)} ${unit}, split ${ms(b)} ${unit} (x${(a / b).toFixed(2)})`;
  return [
    `${backend}, ${forwards} forwards on one address`,
    `  new connection, last forward  ${both(flat.connectUs, split.connectUs, 'us')}`,
    `  one rule out and in           ${both(flat.lineMs, split.lineMs, 'ms')}`,
  ].join('\n');
}

async function benchTables(argv: readonly string[], kind: 'cell' | 'split'): Promise<void> {
  const { sizes, backends } = readArguments(argv, kind);
  const folder = await mkdtemp(join(tmpdir(), 'natroute-bench-'));
  try {
    const file = await bundle(folder, kind);
    for (const backend of backends)
      for (const size of sizes) {
        const text =
          kind === 'split'
            ? showSplit(backend, await measure<Split>(file, folder, backend, size))
            : show(backend, size, await measure<Cell>(file, folder, backend, size));
        process.stdout.write(`${text}\n\n`);
      }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function benchIdle(seconds: number, forwards: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'natroute-bench-'));
  try {
    const program = join(folder, 'natroute.cjs');
    await bundleNatroute(program);
    const command = [await bundle(folder, 'idle'), String(forwards), String(seconds), program];
    const idle = await inNamespaces<Idle>(folder, 'nft', command, seconds + cellSeconds);
    const commands = Object.entries(idle.commands).map(([name, count]) => `${name} ${count}`);
    process.stdout.write(
      `${[
        `nft, ${idle.forwards} forwards, ${idle.seconds} s of ticks each second`,
        `  CPU                           ${idle.ownCpuSeconds.toFixed(1)} s of its own, ${idle.commandCpuSeconds.toFixed(1)} s of its commands`,
        `  resident memory               ${idle.rssMb.start.toFixed(0)} MB, then ${idle.rssMb.end.toFixed(0)} MB`,
        `  open descriptors              ${idle.descriptors.start}, then ${idle.descriptors.end}`,
        `  commands                      ${commands.join(', ')}`,
      ].join('\n')}\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [what, ...rest] = process.argv.slice(2);
if (what === 'ledger') await benchLedger(Number(rest[0] ?? 10_000));
else if (what === 'idle') await benchIdle(Number(rest[0] ?? 60), Number(rest[1] ?? 100));
else if (what === 'split') await benchTables(rest, 'split');
else await benchTables(process.argv.slice(2), 'cell');
