/**
 * The record commands on a ledger of many entries, as ratios to a raw `git log` of it in the same run.
 *   npm run bench -- ledger              10,000 entries, 20 and 200 forwards
 *   npm run bench -- ledger 1000         so many entries
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../deploy/build.mjs';
import { fillLedger } from './ledger-fill.ts';

const repeats = 3;

/** The median wall time in milliseconds. */
function timed(file: string, args: readonly string[], before: () => void = () => undefined): number {
  const times = Array.from({ length: repeats }, () => {
    before();
    const started = performance.now();
    execFileSync(file, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(repeats / 2)] ?? 0;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function measure(
  program: string,
  folder: string,
  { entries, forwards }: { entries: number; forwards: number },
): string {
  const root = join(folder, `root-${forwards}`);
  const path = join(root, 'var/lib/natroute/ledger.git');
  mkdirSync(join(root, 'etc/natroute'), { recursive: true });
  writeFileSync(
    join(root, 'etc/natroute/config.yaml'),
    `repository: {url: ${folder}/none, branch: main}\nhost: bench\n`,
  );
  fillLedger({ path, entries, forwards });
  const size = sizeOf(path);
  const index = join(path, 'natroute-index');
  const git = (...args: string[]): number => timed('git', ['--git-dir', path, ...args]);
  const log = git('log', '--format=%H%n%B', 'main');
  const patch = git('log', '-p', '-U0', '--format=%H', 'main', '--', 'nat.v4', 'nat.v6');
  const start = timed(process.execPath, [program, '--version']);
  const run = (args: readonly string[], before?: () => void): number =>
    timed(process.execPath, [program, '--root', root, ...args], before);
  const line = (name: string, ms: number): string =>
    `  ${name.padEnd(44)}${ms.toFixed(0).padStart(6)} ms  x${(ms / log).toFixed(1)} of git log`;
  const cold = run(['blame'], () => rmSync(index, { force: true }));
  const lines = [
    `${entries} entries, ${forwards} forwards: ${(size / 1e6).toFixed(1)} MB on disk, index ${(statSync(index).size / 1e6).toFixed(1)} MB`,
    line('git log --format=%H%n%B', log),
    line('git log -p -- nat.v4 nat.v6', patch),
    line('natroute --version (the bare start)', start),
    line('natroute history', run(['history'])),
    line(`natroute history --most ${entries}`, run(['history', '--most', String(entries)])),
    line(`natroute history --most ${entries} --json`, run(['history', '--most', String(entries), '--json'])),
    line('natroute history --author', run(['history', '--author', 'author 3'])),
    line('natroute history --port 1007/tcp', run(['history', '--port', '1007/tcp'])),
    line('natroute history --at TIME --rules', run(['history', '--at', '2020-06-01', '--rules'])),
    line('natroute blame', run(['blame'])),
    line('natroute blame, without the index', cold),
    line('natroute history --verify (chain, objects)', run(['history', '--verify'])),
  ];
  return lines.join('\n');
}

export async function benchLedger(entries: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-ledger-bench-'));
  try {
    const program = join(folder, 'natroute.cjs');
    await bundle(program);
    for (const forwards of [20, 200]) process.stdout.write(`${measure(program, folder, { entries, forwards })}\n\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
