/**
 * Who changes the nat tables: `nft monitor` names the process of every change where the backend is nft; elsewhere
 * inotifywait on the xtables lock says that somebody may have, and not who.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { Netfilter, Sighting, Witness } from '../ports.ts';

/** A commit of the ruleset as the monitor prints it. */
interface RulesetCommit {
  readonly pid: number;
  readonly process: string;
  readonly nat: boolean;
}

export interface WitnessOptions {
  readonly probe: Netfilter['probe'];
  /** Reads what `nft monitor` prints, in pieces. */
  readonly createReader: () => { read(piece: string): readonly RulesetCommit[] };
  /** Process ids of our own restores, as far as we can know them. */
  readonly ownPids: ReadonlySet<number>;
  readonly lockPath: string;
}

// In a pid namespace the kernel's numbers are not ours to compare: include/linux/proc_ns.h, PROC_PID_INIT_INO.
const firstPidNamespace = 'pid:[4026531836]';

export function createWitness(options: WitnessOptions): Witness {
  let sightings: readonly Sighting[] = [];
  const comparable = readlinkSync('/proc/self/ns/pid') === firstPidNamespace;

  function note(actor: Actor): void {
    sightings = [...sightings, { at: new Date(), actor }].slice(-limits.sightings);
  }

  function onNftOutput(hint: () => void): (piece: string) => void {
    const reader = options.createReader();
    return (piece) => {
      const foreign = reader.read(piece).filter((commit) => commit.nat && !options.ownPids.has(commit.pid));
      for (const { pid, process } of foreign)
        note(comparable ? describe(pid, process) : { process, pid: null, user: null });
      if (foreign.length > 0) hint();
    };
  }

  return {
    async start(hint) {
      const { backend } = await options.probe('v4');
      const watcher =
        backend === 'nft'
          ? keepRunning('nft', ['monitor'], onNftOutput(hint))
          : keepRunning('inotifywait', ['-q', '-m', '-e', 'close', options.lockPath], () => hint());
      return { stop: () => watcher.stop() };
    },
    seen: () => sightings,
    forget(until) {
      sightings = sightings.filter((sighting) => sighting.at > until);
    },
  };
}

/** The process is often gone already; then its name is all that is sure. */
function describe(pid: number, process: string): Actor {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== process) return { process, pid, user: null };
    const login = Number(readFileSync(`/proc/${pid}/loginuid`, 'utf8'));
    const noLogin = 2 ** 32 - 1;
    return { process, pid, user: login === noLogin ? null : userName(login) };
  } catch {
    return { process, pid, user: null };
  }
}

function userName(uid: number): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? String(uid);
}

/** Runs a watcher that dies with us, and starts it again when it ends; where it is not installed, the schedule serves. */
function keepRunning(file: string, args: readonly string[], read: (piece: string) => void): { stop(): void } {
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  const start = (): void => {
    // setpriv's own child signal outlives even a SIGKILL of ours.
    child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    child.stdout?.setEncoding('utf8').on('data', read);
    child.once('error', () => undefined);
    child.once('close', () => {
      if (!stopped) timer = setTimeout(start, limits.monitorRestartSeconds * 1000);
    });
  };
  start();
  return {
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      child?.kill('SIGKILL');
    },
  };
}
