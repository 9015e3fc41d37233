/**
 * Who changes the nat tables: `nft monitor` names the process of every change where the backend is nft; elsewhere
 * inotifywait on the xtables lock says that somebody may have, and not who.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { limits } from '../model/limits.ts';
import type { Actor } from '../model/record.ts';
import type { Netfilter, Sighting, Witness } from '../ports.ts';
import { describeProcess } from './process.ts';

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
  /** Whether the kernel's process ids are ours; found out where not given. */
  readonly comparable?: boolean;
  /** A command line as a person is shown it. */
  readonly commandText: (words: readonly string[]) => string;
}

// In a pid namespace the kernel's numbers are not ours to compare: include/linux/proc_ns.h, PROC_PID_INIT_INO.
const firstPidNamespace = 'pid:[4026531836]';

export function createWitness(options: WitnessOptions): Witness {
  let sightings: readonly Sighting[] = [];
  let changes = 0;
  let accounted: Date | null = null;
  let watcher: Watcher | null = null;
  let silence: number = limits.fullLookSeconds;
  const comparable = options.comparable ?? readlinkSync('/proc/self/ns/pid') === firstPidNamespace;

  function note(actor: Actor): void {
    sightings = [...sightings, { at: new Date(), actor }].slice(-limits.sightings);
  }

  function onNftOutput(hint: () => void): (piece: string) => void {
    const reader = options.createReader();
    return (piece) => {
      // Too much at once: some of it was not told.
      if (piece.includes('# ERROR')) moved(hint);
      const foreign = reader.read(piece).filter((commit) => commit.nat && !options.ownPids.has(commit.pid));
      for (const { pid, process } of foreign)
        note(comparable ? describeProcess({ pid, process }, options.commandText) : nameless(process));
      if (foreign.length > 0) moved(hint);
    };
  }

  /** Where numbers do not tell ours from another's, a name that our own restore has accuses nobody. */
  function nameless(process: string): Actor {
    const maybeOurs = options.ownPids.size > 0 && /^ip6?tables(-nft)?-r/.test(process);
    return { process: maybeOurs ? null : process, pid: null, user: null };
  }

  function moved(hint: () => void): void {
    changes += 1;
    hint();
  }

  return {
    async start(hint) {
      const { backend } = await options.probe('v4');
      const isNft = backend === 'nft';
      // The kernel tells every change, and says where it could not; a lock is only asked for by who knows of it.
      silence = isNft ? limits.fullLookNftSeconds : limits.fullLookSeconds;
      if (!isNft) makeLock(options.lockPath);
      watcher = isNft
        ? keepRunning(['nft', 'monitor'], { read: onNftOutput(hint), listens: hearsNetlink })
        : keepRunning(['inotifywait', '-q', '-m', '-e', 'close', options.lockPath], {
            // Somebody was there; who, the lock does not say.
            read: () => {
              note({ process: null, pid: null, user: null });
              moved(hint);
            },
            listens: watchesFiles,
          });
      return {
        stop() {
          watcher?.stop();
          watcher = null;
        },
      };
    },
    version() {
      const epoch = watcher?.epoch() ?? null;
      // Each number once: what happened between two watchers nobody saw.
      return epoch === null ? null : epoch * 2 ** 32 + changes;
    },
    silenceSeconds: () => silence,
    seen: () => sightings,
    accounted: () => accounted,
    forget(until) {
      accounted = until;
      sightings = sightings.filter((sighting) => sighting.at > until);
    },
  };
}

/** As iptables itself makes it: since the last boot nobody may have, and what is not there cannot be watched. */
function makeLock(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_CREAT, 0o600));
  } catch {
    // Where it may not be made, nobody vouches for the table, and every pass looks.
  }
}

interface Watcher {
  /** Counts the starts; null while it does not hear yet, or no more. */
  epoch(): number | null;
  stop(): void;
}

interface WatcherDoors {
  readonly read: (piece: string) => void;
  /** Whether the process with this id has told the kernel what it wants to hear. */
  readonly listens: (pid: number) => boolean;
}

/** Runs a watcher that dies with us, and starts it again when it ends; where it is not installed, the schedule serves. */
function keepRunning([file = '', ...args]: readonly string[], { read, listens }: WatcherDoors): Watcher {
  let child: ChildProcess | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let epoch = 0;
  let heard = false;
  const start = (): void => {
    epoch += 1;
    heard = false;
    // setpriv's own child signal outlives even a SIGKILL of ours.
    child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    });
    child.stdout?.setEncoding('utf8').on('data', read);
    child.once('error', () => (child = null));
    child.once('close', () => {
      child = null;
      if (!stopped) timer = setTimeout(start, limits.monitorRestartSeconds * 1000);
    });
  };
  start();
  return {
    epoch() {
      if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return null;
      heard ||= listens(child.pid);
      return heard ? epoch : null;
    },
    stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      child?.kill('SIGKILL');
    },
  };
}

const netlinkNetfilter = '12';

/** A socket of it that is in a multicast group: net/netlink/af_netlink.c prints family, port id and groups. */
function hearsNetlink(pid: number): boolean {
  return readIfThere(`/proc/${pid}/net/netlink`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, family, port, groups]) => family === netlinkNetfilter && port === String(pid) && !/^0*$/.test(groups ?? ''),
    );
}

function watchesFiles(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fdinfo`).some((fd) => /^inotify /m.test(readIfThere(`/proc/${pid}/fdinfo/${fd}`)));
  } catch {
    return false;
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
