/**
 * The reference host in network namespaces: `internet`, `dom0` and, once made, the guests, with real services.
 * Nothing of the machine's own network is touched, and nothing is left when the sandbox ends, however it ends.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askAgent, waitForAgent } from './agent-client.ts';
import { run, startDaemon, type Daemon, type ExecOptions, type ExecResult } from './commands.ts';
import { asRoot, startHolder, type Holder } from './holder.ts';
import { inside, type Backend, type Reached } from './network.ts';
import type { AgentReply, AgentRequest, Answer, HammerResult, Outcome, WireProtocol } from './wire.ts';

export interface SandboxOptions {
  readonly backend: Backend;
  /** How the provider brings failover's packets to the host. */
  readonly reached: Reached;
  /** net.bridge.bridge-nf-call-iptables and -ip6tables in dom0. */
  readonly bridgeNf: 0 | 1;
  readonly ipv6?: boolean;
  /** Outlives this process; without it the sandbox ends with this process, even a killed one. */
  readonly keep?: boolean;
}

export interface Destination {
  readonly to: string;
  readonly port: number;
  /** Default tcp. */
  readonly protocol?: WireProtocol;
  /** The sender's address; default the kernel's choice. */
  readonly from?: string;
  readonly fromPort?: number;
  /** Default 3000: long enough for a loaded machine; give less where a time-out is what is expected. */
  readonly timeoutMs?: number;
}

export interface Hammer {
  /** Ends it; what it saw. */
  readonly stop: () => Promise<HammerResult>;
}

export interface HeldConnection {
  readonly answer: Answer;
  /** Whether a line still comes back over the very same connection. */
  readonly alive: (timeoutMs: number) => Promise<boolean>;
}

export interface Sandbox {
  /** pid 1 of the sandbox, as the machine counts: killing it ends everything. */
  readonly pid: number;
  /** A path of the sandbox as seen from outside. */
  readonly path: (inside: string) => string;
  /** Runs a command in a namespace to its end. */
  readonly exec: (namespace: string, argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  /** As exec, but rejects unless the exit code is 0; stdout. */
  readonly must: (namespace: string, argv: readonly string[], options?: ExecOptions) => Promise<string>;
  /** Runs the built natroute in dom0 with its own --root. */
  readonly natroute: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  /** Starts `natroute run` there, with these variables added to its environment, and by this program where one is given. */
  readonly daemon: (env?: ExecOptions['env'], by?: readonly string[]) => Promise<Daemon>;
  /** One connection from a namespace: who answered, or what came instead. */
  readonly connect: (namespace: string, destination: Destination) => Promise<Outcome>;
  /** Connects every `everyMs` until it is stopped. */
  readonly hammer: (namespace: string, destination: Destination, everyMs: number) => Promise<Hammer>;
  /** Opens one TCP connection and keeps it. */
  readonly hold: (namespace: string, destination: Destination) => Promise<HeldConnection>;
  /** Resolves when the services of a namespace answer; rejects after 10 s. */
  readonly ready: (namespace: string) => Promise<void>;
  /** The command line that runs `argv` in a namespace, for a person or another program. */
  readonly enter: (namespace: string, argv: readonly string[]) => readonly string[];
  readonly stop: () => Promise<void>;
}

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The built program that the sandbox runs: another one, an installed package say, where NATROUTE_BUNDLE names it. */
export const bundle = process.env['NATROUTE_BUNDLE'] ?? join(top, 'dist', 'natroute.cjs');

/** How long an agent may take beyond the time-out that it was given. */
const graceMs = 10_000;
const answerMs = 3000;
const bridgeNfKey = '/proc/sys/net/bridge/bridge-nf-call-iptables';

/** Builds the network without guests and starts its services, in about half a second. Rejects with what the set-up said. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const hasBridgeNf = existsSync(bridgeNfKey);
  if (!hasBridgeNf && options.bridgeNf === 1)
    throw new Error('This kernel has no br_netfilter loaded (modprobe br_netfilter), so bridgeNf 1 cannot be tried.');
  const bridgeNf = hasBridgeNf ? options.bridgeNf : null;
  const holder = await startHolder({ ...options, bridgeNf, ipv6: options.ipv6 ?? false }, options.keep ?? false);
  const sandbox = sandboxIn(holder);
  try {
    await Promise.all([sandbox.ready('internet'), sandbox.ready('dom0')]);
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return sandbox;
}

function sandboxIn(holder: Holder): Sandbox {
  const path = (within: string): string => `/proc/${holder.pid}/root${within}`;
  const enter = (namespace: string, argv: readonly string[]): readonly string[] => [
    'nsenter',
    `--target=${holder.pid}`,
    ...(asRoot() ? [] : ['--user', '--preserve-credentials']),
    '--mount',
    '--pid',
    '--uts',
    `--net=${path(`/run/netns/${namespace}`)}`,
    '--',
    ...argv,
  ];
  const exec: Sandbox['exec'] = (namespace, argv, execOptions = {}) => run(enter(namespace, argv), execOptions);
  const must: Sandbox['must'] = async (namespace, argv, execOptions) => {
    const { code, stdout, stderr } = await exec(namespace, argv, execOptions);
    if (code !== 0) throw new Error(`${namespace}: ${argv.join(' ')}: exit ${code}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  };
  const program = (argv: readonly string[]): readonly string[] => [
    process.execPath,
    bundle,
    ...argv,
    '--root',
    inside.root,
  ];
  const ask = (namespace: string, request: AgentRequest, waitMs: number): Promise<AgentReply> =>
    askAgent(path(`${inside.sockets}/${namespace}.sock`), request, waitMs);
  return {
    pid: holder.pid,
    path,
    enter,
    exec,
    must,
    natroute: (argv, execOptions) => exec('dom0', program(argv), execOptions),
    daemon: (env, by = []) =>
      startDaemon(enter('dom0', [...by, ...program(['run'])]), path(`${inside.folder}/daemon.log`), env),
    connect: async (namespace, destination) => {
      const request = { do: 'connect', ...filled(destination) } as const;
      const reply = await ask(namespace, request, request.timeoutMs + graceMs);
      return 'outcome' in reply ? reply.outcome : failed(namespace, reply);
    },
    hammer: async (namespace, destination, everyMs) => {
      await ask(namespace, { do: 'hammer', ...filled(destination), everyMs }, graceMs);
      const stopHammer = async (): Promise<HammerResult> => {
        const reply = await ask(namespace, { do: 'hammer-stop' }, graceMs);
        return 'hammer' in reply ? reply.hammer : failed(namespace, reply);
      };
      return { stop: stopHammer };
    },
    hold: async (namespace, destination) => {
      const reply = await ask(namespace, { do: 'hold', ...filled(destination) }, graceMs);
      if (!('held' in reply)) return failed(namespace, reply);
      const alive = async (timeoutMs: number): Promise<boolean> => {
        const said = await ask(namespace, { do: 'say', held: reply.held, timeoutMs }, timeoutMs + graceMs);
        return 'echoed' in said ? said.echoed : failed(namespace, said);
      };
      return { answer: reply.answer, alive };
    },
    ready: (namespace) => waitForAgent(path(`${inside.sockets}/${namespace}.sock`), namespace),
    stop: holder.stop,
  };
}

function failed(namespace: string, reply: AgentReply): never {
  throw new Error(`The agent in ${namespace} answered ${JSON.stringify(reply)}.`);
}

function filled(destination: Destination): Required<Omit<Destination, 'from' | 'fromPort'>> & {
  readonly from: string | null;
  readonly fromPort: number | null;
} {
  return {
    to: destination.to,
    port: destination.port,
    protocol: destination.protocol ?? 'tcp',
    from: destination.from ?? null,
    fromPort: destination.fromPort ?? null,
    timeoutMs: destination.timeoutMs ?? answerMs,
  };
}
