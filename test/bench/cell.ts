/** One cell of the bench: one backend, one number of forwards, in namespaces that are only ours. Prints one JSON object. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectLatency } from './connect.ts';
import { keepHeapSmall } from '../../src/adapters/heap.ts';
import { createMeter } from './meter.ts';
import { parseAndDiff } from './parse.ts';
import { writeState } from './state.ts';
import { timeDoors, type Spent } from './doors.ts';
import { parseConfig } from '../../src/config.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { createFetchLane } from '../../src/engine/fetch.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import { openWorld } from '../../src/wiring.ts';

/**
 * Medians; peak is the sum of the resident memory of this process, which stands in for the daemon and holds little else,
 * and of all its children.
 */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

export interface Cell {
  readonly rules: number;
  readonly addresses: number;
  readonly raw: { readonly save: Cost; readonly all: Cost; readonly line: Cost };
  readonly pass: {
    readonly first: Cost;
    readonly check: Cost;
    readonly push: Cost;
    readonly checkParts: Spent;
    readonly pushParts: Spent;
    /** Milliseconds of this thread. */
    readonly parseAndDiffMs: number;
    readonly plan: Cost;
    readonly drift: Cost;
  };
  readonly connect: { readonly firstUs: number; readonly lastUs: number };
}

const forwards = Number(process.argv[2]);
const repeats = forwards >= 10_000 ? 3 : 7;
const passes: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

function git(folder: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
}

async function main(): Promise<Cell> {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-cell-'));
  const meter = createMeter();
  try {
    keepHeapSmall();
    const state = join(folder, 'state');
    mkdirSync(state);
    const addresses = writeState(state, forwards, 0);
    git(state, 'init', '-q', '-b', 'main');
    git(state, 'add', '-A');
    git(state, 'commit', '-qm', 'All forwards');

    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc/natroute'), { recursive: true });
    const configText = `repository: {url: ${state}, branch: main}\nhost: dedibox\n`;
    writeFileSync(join(root, 'etc/natroute/config.yaml'), configText);
    const { config } = parseConfig(configText, 'config.yaml', { hostname: 'dedibox' });
    if (config === null) throw new Error('the bench config is wrong');
    const doors = timeDoors(await openWorld({ version: 'bench', config, paths: pathsUnder(root), guarded: true }));
    const { world } = doors;
    const watching = await world.witness.start(() => undefined);
    const fetch = createFetchLane(world, { signed: false });
    await fetch.fetchOnce();

    const first = await meter.once(async () => {
      const { digest } = await propose(world, passes);
      await reconcile(world, { ...passes, approved: digest });
    });
    // The first one after a change looks once more: the change itself was seen, and not whose it was.
    await reconcile(world, passes);
    const checks: Spent[] = [];
    const check = await meter.median(repeats, async () => {
      checks.push(await doors.measure(() => reconcile(world, passes)));
    });
    const pushes: Spent[] = [];
    let change = 0;
    const push = await meter.median(
      repeats,
      async () => {
        pushes.push(await doors.measure(() => reconcile(world, passes)));
      },
      async () => {
        writeState(state, forwards, ++change);
        git(state, 'add', '-A');
        git(state, 'commit', '-qm', `Change ${change}`);
        await fetch.fetchOnce();
      },
    );

    const parseAndDiffMs = await parseAndDiff(world, repeats);
    const saved = execFileSync('iptables-save', ['-t', 'nat'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const line = saved.split('\n').findLast((text) => text.startsWith('-A NR-A-')) ?? '';

    const raw = {
      save: await meter.program(repeats, 'iptables-save', ['-c', '-t', 'nat']),
      all: await meter.program(repeats, 'iptables-restore', ['-w', '5'], saved),
      line: await meter.program(repeats, 'iptables-restore', ['--noflush', '-w', '5'], oneLine(line)),
    };
    // The raw restores zeroed the counters and moved nothing: natroute must see no difference.
    const cli = (...args: string[]): Promise<Cost> =>
      meter.program(3, process.execPath, [join(process.cwd(), 'dist/natroute.cjs'), '--root', root, ...args]);
    watching.stop();
    const plan = await cli('plan');
    const drift = await cli('drift', '--exit-code');
    return {
      rules: (saved.match(/^-A /gm) ?? []).length,
      addresses,
      raw,
      pass: {
        first,
        check,
        checkParts: middleOf(checks),
        push,
        pushParts: middleOf(pushes),
        parseAndDiffMs,
        plan,
        drift,
      },
      connect: { firstUs: await connectLatency(1, folder), lastUs: await connectLatency(forwards, folder) },
    };
  } finally {
    meter.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of each part by itself. */
function middleOf(all: readonly Spent[]): Spent {
  const middle = (pick: (one: Spent) => number): number =>
    all.map(pick).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  return {
    ownMs: middle((one) => one.ownMs),
    startingMs: middle((one) => one.startingMs),
    programs: middle((one) => one.programs),
    kernelMs: middle((one) => one.kernelMs),
    gitMs: middle((one) => one.gitMs),
    diskMs: middle((one) => one.diskMs),
  };
}

/** Takes the rule out and puts it where it was: one line's worth of change that leaves the table as it is. */
function oneLine(rule: string): string {
  return `*nat\n${rule.replace(/^-A/, '-D')}\n${rule}\nCOMMIT\n`;
}

main().then(
  (cell) => process.stdout.write(`${JSON.stringify(cell)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
