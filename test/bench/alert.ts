/**
 * From a hand-made change to the alert in a local receiver, and to the healed table: median and worst of 100.
 *   node --import tsx test/bench/alert.ts                 10 and 1,000 forwards, both backends
 *   node --import tsx test/bench/alert.ts 1000 --backend nft --times 20
 * The daemon is the built program in its unit's environment, woken by events alone. Each cell runs in a network namespace of its own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../deploy/build.mjs';
import { shim, unitEnvironment, type Backend } from './backend.ts';
import { writeState } from './state.ts';

interface Times {
  /** From the moment that the person's command has ended. */
  readonly alertMs: number;
  readonly healedMs: number;
}

const argument = (name: string): string | null => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : (process.argv[at + 1] ?? null);
};

/** The bundle with no bound on how often one receiver is told. */
async function program(folder: string): Promise<string> {
  const path = join(folder, 'natroute.cjs');
  await bundle(path);
  const text = readFileSync(path, 'utf8');
  if (!text.includes('alertsAtOnce: 5')) throw new Error('the limit alertsAtOnce is not where it was');
  writeFileSync(path, text.replace('alertsAtOnce: 5', 'alertsAtOnce: 1e6'));
  return path;
}

function openHost(folder: string, forwards: number, url: string): string {
  const [state, root] = [join(folder, 'state'), join(folder, 'root')];
  mkdirSync(state);
  writeState(state, forwards, 0);
  // The forwards alone: no guest is made.
  for (const name of readdirSync(join(state, 'guests')))
    appendFileSync(join(state, 'guests', name), 'state: unmanaged\n');
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-C', state, '-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', ...args]);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'All forwards');
  mkdirSync(join(root, 'etc/natroute'), { recursive: true });
  writeFileSync(join(folder, 'url'), url);
  writeFileSync(
    join(root, 'etc/natroute/config.yaml'),
    `repository: {url: ${state}, branch: main}
host: dedibox
# Events alone wake a pass.
schedule: "0 0 1 1 *"
notify: [{type: webhook, urlFile: ${join(folder, 'url')}, events: [drift]}]
`,
  );
  return root;
}

/** Waits for what a stream of lines or requests brings next. */
function createArrivals(): { came(): void; next(): Promise<number> } {
  let waiting: ((at: number) => void) | null = null;
  return {
    came: () => waiting?.(performance.now()),
    next: () =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('nothing came within 20 s')), 20_000);
        waiting = (at) => {
          clearTimeout(late);
          waiting = null;
          resolve(at);
        };
      }),
  };
}

async function started(daemon: ChildProcess, healed: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    daemon.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes(' follows ')) resolve();
      if (text.includes(' healed: ')) healed();
    });
    daemon.once('exit', () => reject(new Error('the daemon ended')));
  });
}

/** In its own network namespace: prints the times as JSON. */
async function cell(forwards: number, times: number): Promise<readonly Times[]> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const folder = mkdtempSync(join(tmpdir(), 'natroute-alert-'));
  const [alerts, heals] = [createArrivals(), createArrivals()];
  const receiver = createServer((request, reply) => {
    request.resume();
    request.once('end', () => {
      alerts.came();
      reply.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const root = openHost(folder, forwards, url);
  const natroute = [process.argv[3] ?? '', '--root', root];
  execFileSync(process.execPath, [...natroute, 'apply', '--yes'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const daemon = spawn(process.execPath, [...natroute, 'run'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await started(daemon, () => heals.came());
    await pause(2000);
    const all: Times[] = [];
    for (let i = 0; i < times; i++) {
      const came = Promise.all([alerts.next(), heals.next()]);
      // Another rule each time: one that comes back would soon wait for its pause.
      const rule = ['-p', 'tcp', '--dport', String(20_000 + i), '-j', 'DNAT', '--to-destination', '10.9.9.9'];
      execFileSync('iptables', ['-w', '-t', 'nat', '-I', 'NR-A-a1', '1', ...rule]);
      const at = performance.now();
      const [alerted, healed] = await came;
      all.push({ alertMs: alerted - at, healedMs: healed - at });
      // The look that follows a heal is over by then: each change meets a daemon at rest.
      await pause(600);
    }
    return all;
  } finally {
    daemon.removeAllListeners('exit');
    daemon.kill('SIGTERM');
    await new Promise((resolve) => daemon.once('close', resolve));
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function show(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const ms = (value: number | undefined): string => (value ?? 0).toFixed(0).padStart(5);
  return `  ${name.padEnd(22)} median ${ms(sorted[Math.floor(sorted.length / 2)])} ms   worst ${ms(sorted.at(-1))} ms`;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-alerts-'));
  try {
    const natroute = await program(folder);
    const backends: readonly Backend[] =
      argument('--backend') === null ? ['nft', 'legacy'] : [argument('--backend') as Backend];
    const sizes = process.argv.slice(2).filter((word, i, all) => /^\d+$/.test(word) && all[i - 1] !== '--times');
    for (const backend of backends)
      for (const forwards of sizes.length === 0 ? ['10', '1000'] : sizes) {
        const path = await shim(folder, backend);
        const self = fileURLToPath(import.meta.url);
        const node = [
          process.execPath,
          '--import',
          'tsx',
          self,
          '--cell',
          natroute,
          forwards,
          argument('--times') ?? '100',
        ];
        const out = execFileSync('unshare', ['--net', ...node], {
          env: {
            ...process.env,
            ...unitEnvironment(),
            PATH: `${path}:${process.env['PATH'] ?? ''}`,
            XTABLES_LOCKFILE: join(path, 'lock'),
          },
          stdio: ['ignore', 'pipe', 'inherit'],
          encoding: 'utf8',
        });
        const times = JSON.parse(out) as readonly Times[];
        process.stdout.write(
          `${[
            `${backend}, ${forwards} forwards, ${times.length} changes by hand`,
            show(
              'to the alert',
              times.map(({ alertMs }) => alertMs),
            ),
            show(
              'to healed, as recorded',
              times.map(({ healedMs }) => healedMs),
            ),
          ].join('\n')}\n`,
        );
      }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--cell')
  process.stdout.write(JSON.stringify(await cell(Number(process.argv[4]), Number(process.argv[5]))));
else await main();
