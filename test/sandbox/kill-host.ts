/** A sandbox whose daemon carries out commits of one kind, step after step, and what tells one step from the next. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Daemon } from '../../deploy/sandbox/commands.ts';
import { inside, type Backend } from '../../deploy/sandbox/network.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig, type State } from '../../deploy/sandbox/state.ts';
import { createSocket } from '../../src/adapters/socket.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import { oneThread } from './kill-points.ts';

const paths = pathsUnder(inside.root);
const restMs = 60_000;
const lookMs = 40;
const trailMs = 700;
/** After some hundred points the ledger is long. */
const verifyMs = 120_000;
const foreignFiles: Readonly<Record<string, string>> = {
  '/etc/sysctl.d/10-mine.conf': 'vm.swappiness = 1\n',
  '/etc/network/interfaces.d/mine': '# by hand\n',
};
const foreignRules = [
  '*nat',
  ':DOCKER - [0:0]',
  '-A PREROUTING -j DOCKER',
  '-A DOCKER -p tcp -m tcp --dport 9 -j RETURN',
];

export interface KillHost {
  readonly sandbox: Sandbox;
  daemon(): Daemon;
  /** One more rule, file and kernel setting than before; its number. */
  push(): Promise<number>;
  /** Whether the repository is there. */
  reachable(yes: boolean): void;
  /** A daemon where none runs; `by` starts it. */
  start(by?: readonly string[]): Promise<void>;
  wake(): Promise<void>;
  /** Waits until its lanes rest and nothing waits for a confirmation. */
  rest(step?: number): Promise<void>;
  /** Resolves some time after that step is in force, or the signal: looks at files alone, and disturbs the daemon in nothing. */
  inForce(step: number, signal: AbortSignal): Promise<void>;
  /** Which steps the parts of the host are at; all foreign things as they were. */
  steps(): Promise<Readonly<Record<Part, number>>>;
  /** What is there only while something is under way. */
  open(): readonly string[];
  /** Fails unless nothing is open, and the ledger's chain is whole, or in the end nothing is to be done. */
  assertWhole(end: 'recovered' | 'converged'): Promise<void>;
}

type Part = 'v4' | 'v6' | 'setting' | 'settings file' | 'network file' | 'current';

interface Status {
  readonly commit: { readonly commit: string } | null;
  readonly unconfirmed: object | null;
  readonly daemon: {
    readonly lanes: Readonly<
      Record<string, { readonly working: boolean; readonly failures: number; readonly lastGoodAt: string | null }>
    >;
  } | null;
}

export interface KillOptions {
  readonly backend: Backend;
  /** Lines of the local config. */
  readonly more: readonly string[];
  /** Done before natroute runs for the first time. */
  readonly prepare?: (sandbox: Sandbox) => Promise<void>;
}

export async function startKillHost({ backend, more, prepare }: KillOptions): Promise<KillHost> {
  const sandbox = await startSandbox({ backend, reached: 'mac', bridgeNf: 0, ipv6: true });
  try {
    const state = await makeState(sandbox, 'mac');
    const schedule = '0 0 0 1 1 *';
    const config = ['generations: {keep: 3}', ...more];
    writeConfig(sandbox, { schedule, more: config, allow: '{bridges: [br0], sysctls: [net.ipv4.ip_default_ttl]}' });
    for (const [path, content] of Object.entries(foreignFiles)) {
      mkdirSync(dirname(sandbox.path(inside.root + path)), { recursive: true });
      writeFileSync(sandbox.path(inside.root + path), content);
    }
    for (const command of ['iptables', 'ip6tables']) {
      const input = [...foreignRules, 'COMMIT', ''].join('\n');
      await sandbox.must('dom0', [`${command}-restore`, '--noflush', '-w', '5'], { input });
    }
    return await hostIn(sandbox, state, prepare);
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}

async function hostIn(sandbox: Sandbox, state: State, prepare: KillOptions['prepare']): Promise<KillHost> {
  const [host, web] = [state.read('host.yaml'), state.read('guests/web.yaml')];
  const numbers = new Map<string, number>();
  const socket = sandbox.path(paths.socket);
  let daemon: Daemon | null = null;
  let pushed = 0;
  const push = async (): Promise<number> => {
    pushed += 1;
    const { commit } = await state.push(stepOf(pushed, host, web), `Step ${pushed}`);
    numbers.set(commit, pushed);
    return pushed;
  };
  const status = async (): Promise<Status | null> => {
    // One that is just dying takes a question and hangs up.
    const answer = await createSocket()
      .call(socket, 'GET', '/status')
      .catch(() => null);
    return answer as Status | null;
  };
  const restsAt = async (step: number | null): Promise<boolean> => {
    const now = await status();
    if (now === null || now.daemon === null || now.unconfirmed !== null) return false;
    const { network, guests, ledger } = now.daemon.lanes;
    const idle = [network, guests, ledger].every((lane) => lane?.working === false) && network?.lastGoodAt !== null;
    return idle && network?.failures === 0 && (step === null || numbers.get(now.commit?.commit ?? '') === step);
  };
  const start = async (by: readonly string[] = []): Promise<void> => {
    daemon = await sandbox.daemon(oneThread, by);
  };
  await push();
  await prepare?.(sandbox);
  const applied = await sandbox.natroute(['apply', '--yes']);
  assert.equal(applied.code, 0, applied.stderr);
  const foreign = await foreignIn(sandbox);
  const straight = await oursIn(sandbox);
  await start();
  const running = (): Daemon => daemon ?? assert.fail('no daemon was started');
  return {
    sandbox,
    daemon: running,
    push,
    start,
    reachable: (yes) => {
      // The folder stays, and who watches it goes on watching.
      const [here, away] = [sandbox.path(`${state.url}/HEAD`), sandbox.path(`${state.url}/HEAD.away`)];
      renameSync(yes ? away : here, yes ? here : away);
    },
    inForce: async (step, signal) => {
      for (const end = Date.now() + restMs; !signal.aborted;) {
        if (numbers.get(currentOf(sandbox)) === step && open(sandbox).length === 0) break;
        assert.ok(Date.now() < end, `step ${step} does not come in force:\n${running().log().slice(-3000)}`);
        await pause(lookMs);
      }
      // What follows it: guests, the ledger, the last files.
      await pause(trailMs);
    },
    wake: async () => {
      await createSocket().call(socket, 'POST', '/wake');
    },
    rest: async (step) => {
      for (const end = Date.now() + restMs; !(await restsAt(step ?? null));) {
        assert.ok(
          Date.now() < end,
          `the daemon does not come to rest${step === undefined ? '' : ` at step ${step}`}:\n${JSON.stringify(await status())}\n${running().log().slice(-3000)}`,
        );
        await pause(lookMs);
      }
    },
    steps: async () => {
      assert.deepEqual(await foreignIn(sandbox), foreign, 'not ours, not touched');
      return stepsOf(sandbox, { straight, numbers });
    },
    open: () => open(sandbox),
    assertWhole: async (end) => {
      assert.deepEqual(open(sandbox), []);
      if (end === 'recovered') {
        const verified = await sandbox.natroute(['history', '--verify'], { timeoutMs: verifyMs });
        return assert.equal(verified.code, 0, verified.stdout + verified.stderr);
      }
      const plan = await sandbox.natroute(['plan', '--exit-code']);
      assert.equal(plan.code, 0, plan.stdout + plan.stderr);
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What is there only while something is under way. */
function open(sandbox: Sandbox): readonly string[] {
  return [paths.intent, paths.confirm].filter((path) => existsSync(sandbox.path(path)));
}

function currentOf(sandbox: Sandbox): string {
  const folder = sandbox.path(`${paths.state}/${readlinkSync(sandbox.path(paths.current))}`);
  const { commit } = JSON.parse(readFileSync(`${folder}/generation.json`, 'utf8')) as { commit: { commit: string } };
  return commit.commit;
}

const firstPort = 8000;
const firstTtl = 64;

function stepOf(n: number, host: string, web: string): Readonly<Record<string, string>> {
  return {
    'host.yaml':
      host
        .replace('main: 203.0.113.10/24', 'main: { ip: [203.0.113.10/24, "2001:db8:1::10/64"] }')
        .replace('subnet: 192.168.1.0/24', 'subnet: [192.168.1.0/24, "fd00:1::/64"]')
        .replace('gateway: 192.168.1.254', 'gateway: [192.168.1.254, "fd00:1::254"]') +
      `hostNetwork: ifupdown\nroutes: [{ to: 10.${n >> 8}.${n & 255}.0/24, via: 192.168.1.7 }]\n` +
      `sysctl: { net.ipv4.ip_default_ttl: ${ttlOf(n)} }\n`,
    'guests/web.yaml': `${web.replace('ip: 192.168.1.1,', 'ip: [192.168.1.1, "fd00:1::1"],')}  - { port: ${firstPort + n}, to: 80 }\n`,
  };
}

/** At most 255; two steps one after the other differ. */
function ttlOf(n: number): number {
  return firstTtl + (n % 100);
}

/** Ours in the kernel and in the files, with the step's own parts cut out. */
interface Ours {
  readonly texts: Readonly<Record<'v4' | 'v6' | 'settings file' | 'network file', string>>;
  readonly steps: Readonly<Record<Part, string>>;
}

async function tables(sandbox: Sandbox): Promise<Readonly<Record<'v4' | 'v6', readonly string[]>>> {
  const saved = await sandbox.must('dom0', ['sh', '-c', 'iptables-save -t nat; echo ---; ip6tables-save -t nat']);
  const [v4 = '', v6 = ''] = saved.split('---\n');
  const lines = (text: string): readonly string[] =>
    text.split('\n').flatMap((line) => (/^[-:]/.test(line) ? [line.replace(/ \[\d+:\d+\]$/, '')] : []));
  return { v4: lines(v4), v6: lines(v6) };
}

const isOurs = (line: string): boolean => /natroute|NR-/.test(line);

async function foreignIn(sandbox: Sandbox): Promise<object> {
  const { v4, v6 } = await tables(sandbox);
  const files = Object.keys(foreignFiles).map((path) => {
    const file = sandbox.path(inside.root + path);
    const { ino, mtimeMs } = statSync(file);
    return [path, readFileSync(file, 'utf8'), ino, mtimeMs];
  });
  return { v4: v4.filter((line) => !isOurs(line)), v6: v6.filter((line) => !isOurs(line)), files };
}

async function oursIn(sandbox: Sandbox): Promise<Ours> {
  const found = await tables(sandbox);
  const read = (path: string): string => readFileSync(sandbox.path(inside.root + path), 'utf8');
  const [settings, network] = [read('/etc/sysctl.d/99-natroute.conf'), read('/etc/network/interfaces.d/natroute')];
  const cut = (text: string, own: RegExp): readonly [string, string] => {
    const [, step = '?'] = own.exec(text) ?? [];
    return [
      text
        .replace(own, (whole: string, part: string) => whole.replaceAll(part, 'STEP'))
        .replace(/commit \w+, generation \d+/, ''),
      step,
    ];
  };
  const rules = (family: 'v4' | 'v6'): readonly [string, string] =>
    cut(found[family].filter(isOurs).join('\n'), /--dport (8\d{3}) .*main:\1\/tcp.*$/m);
  const parts = {
    'v4': rules('v4'),
    'v6': rules('v6'),
    'settings file': cut(settings, /ttl = (\d+)/),
    'network file': cut(network, /replace 10\.(\d+\.\d+)\.0/),
  };
  const setting = (await sandbox.must('dom0', ['cat', '/proc/sys/net/ipv4/ip_default_ttl'])).trim();
  const pick = (at: 0 | 1): Ours['texts'] => ({
    'v4': parts.v4[at],
    'v6': parts.v6[at],
    'settings file': parts['settings file'][at],
    'network file': parts['network file'][at],
  });
  return { texts: pick(0), steps: { ...pick(1), setting, current: currentOf(sandbox) } };
}

async function stepsOf(
  sandbox: Sandbox,
  { straight, numbers }: { readonly straight: Ours; readonly numbers: ReadonlyMap<string, number> },
): Promise<Readonly<Record<Part, number>>> {
  const { texts, steps } = await oursIn(sandbox);
  assert.deepEqual(texts, straight.texts, 'all of ours is there, and nothing else');
  const current = numbers.get(steps.current) ?? 0;
  const [high = 0, low = 0] = steps['network file'].split('.').map(Number);
  const byTtl = (ttl: string): number => (Number(ttl) === ttlOf(current) ? current : Number(ttl) - firstTtl);
  return {
    'v4': Number(steps.v4) - firstPort,
    'v6': Number(steps.v6) - firstPort,
    'setting': byTtl(steps.setting),
    'settings file': byTtl(steps['settings file']),
    'network file': high * 256 + low,
    current,
  };
}

/** Names of unfinished writes below natroute's own folders and the host's. */
export function leftovers(sandbox: Sandbox): readonly string[] {
  const names = readdirSync(sandbox.path(inside.root), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.natroute-(tmp|\d+-\d+)$/.test(name));
}
