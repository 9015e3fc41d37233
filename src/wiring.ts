/** Joins the adapters to the engine: loaded by main only for commands that touch the host. */
import { readFileSync } from 'node:fs';
import { createAlarm } from './adapters/alarm.ts';
import { createClock } from './adapters/clock.ts';
import { createFiles, sweepTemporaries } from './adapters/files.ts';
import { createHostFiles } from './adapters/host-files.ts';
import { createSysctls } from './adapters/sysctls.ts';
import { readFolder } from './adapters/folder.ts';
import { keepHeapSmall } from './adapters/heap.ts';
import { createFuse } from './adapters/fuse.ts';
import { createLedger } from './adapters/git/ledger.ts';
import { createMirror } from './adapters/git/mirror.ts';
import { inFirstNetworkNamespace, refusedNetfilter } from './adapters/guard.ts';
import { createLocks } from './adapters/locks.ts';
import { createProber } from './adapters/prober.ts';
import { createNotifier } from './adapters/notifier.ts';
import { createNetfilter } from './adapters/netfilter/netfilter.ts';
import { createRuleset } from './adapters/netfilter/ruleset.ts';
import { createNetnsToolstack } from './adapters/toolstack/netns.ts';
import { createXl } from './adapters/toolstack/xl.ts';
import { nameSince, userName } from './adapters/process.ts';
import { createTrail } from './adapters/trail.ts';
import { createWitness } from './adapters/witness.ts';
import { createScout } from './adapters/scout.ts';
import { createSurveyor } from './adapters/survey.ts';
import { createWatch } from './adapters/watch.ts';
import { showUrl, type Config } from './config.ts';
import { foreignTouches } from './core/actor.ts';
import { tools } from './core/doctor/tools.ts';
import { xlError } from './core/guests/sight.ts';
import { createMonitorReader } from './core/monitor.ts';
import { showCommand } from './core/trail/command.ts';
import { lineOfJournal } from './core/trail/records.ts';
import { readTouches } from './core/trail/touches.ts';
import { createCompileMemo } from './core/nat/compile.ts';
import { createParseMemo } from './core/parse/parse.ts';
import { createSaveReader, tableText } from './core/nat/save.ts';
import { ledgerText } from './core/ledger/text.ts';
import { printableLines } from './core/views/paint.ts';
import { runDaemon } from './engine/daemon.ts';
import { explain } from './engine/telling.ts';
import { createFetchLane } from './engine/fetch.ts';
import { createAlertFiles } from './engine/alert-files.ts';
import { createGenerations } from './engine/generations.ts';
import { createGuestEvents } from './engine/guest-events.ts';
import { createGuestRecords } from './engine/guest-records.ts';
import { createGuestsLane } from './engine/guests.ts';
import { passOverGuests, runGuests } from './engine/guests-process.ts';
import { createXlToolstack } from './engine/xl-guests.ts';
import { createMemory } from './engine/memory.ts';
import { createLookout } from './engine/surroundings.ts';
import { createObserver } from './engine/observer.ts';
import type { World } from './engine/world.ts';
import { Fault } from './model/fault.ts';
import { families } from './model/family.ts';
import type { Paths } from './model/paths.ts';
import type { Ruleset, Scout, Socket, Toolstack } from './ports.ts';

export interface WorldOptions {
  readonly version: string;
  readonly config: Config;
  readonly paths: Paths;
  /** Whether --root was given. */
  readonly guarded: boolean;
}

export async function openWorld({ version, config, paths, guarded }: WorldOptions): Promise<World> {
  const files = createFiles();
  const home = `${paths.state}/home`;
  await files.makeFolder(home);
  await files.makeFolder(paths.run);
  const refused = guarded && inFirstNetworkNamespace();
  const ownPids = new Set<number>();
  const readSave = createSaveReader();
  const netfilter = refused
    ? refusedNetfilter()
    : createNetfilter({
        tableText: (saved, family) => tableText(readSave(family, saved)),
        started: (pid) => remember(ownPids, pid),
      });
  const { url, branch, key, knownHosts, signers } = config.repository;
  const clock = createClock();
  const records = createGuestRecords(files, paths);
  const ruleset = createRuleset();
  const witness = createWitness({
    probe: (family) => netfilter.probe(family),
    createReader: createMonitorReader,
    ownPids,
    lockPath: process.env['XTABLES_LOCKFILE'] ?? '/run/xtables.lock',
    commandText: (words) => showCommand({ words, cut: false }),
  });
  const alertFiles = createAlertFiles(files);
  const hostFiles = createHostFiles({ root: paths.root, commandText: (words) => showCommand({ words, cut: false }) });
  return {
    version,
    config,
    paths,
    netfilter,
    lookout: createLookout(netfilter, ruleset, clock),
    surveyor: createSurveyor({
      root: paths.root,
      programs: [...tools.map(({ program }) => program), 'inotifywait'],
      otherBackend: () => (refused ? Promise.resolve(null) : otherTables(ruleset)),
    }),
    prober: createProber(),
    fuse: createFuse(),
    notifier: createNotifier({ userAgent: `natroute/${version}` }),
    witness,
    trail: createTrail({
      readTouches: (lines) => foreignTouches(readTouches(lines, { userName, processName: nameSince }), ownPids),
      lineOfJournal,
    }),
    readSave,
    observer: createObserver({ netfilter, witness, clock, readSave }),
    mirror: createMirror({ path: paths.mirror, url, branch, key, knownHosts, signers, home }),
    ledger: createLedger({
      path: paths.ledger,
      host: config.host,
      home,
      signingKey: config.ledger.signingKey,
      remote: config.ledger.remote === null ? null : { url: config.ledger.remote, key, knownHosts },
      text: ledgerText,
    }),
    files,
    alertFiles,
    guestEvents: createGuestEvents(alertFiles, paths.guestEvents),
    hostFiles,
    sysctls: createSysctls({ onlyNetwork: guarded }),
    clock,
    locks: createLocks(paths.locks),
    records,
    toolstack: createToolstacks({ config, paths, clock, records, hostFiles }, refused),
    generations: createGenerations(files, paths, { ...config.generations, clock }),
    memory: createMemory(files, paths),
    readFolder,
    compiled: new Map(),
    parsed: createParseMemo(),
    made: createCompileMemo(),
    quiet: { last: null },
    owed: [],
    bootId: readBootId(),
  };
}

/** For `import`, which needs no local config. */
export function openScout({ root, guarded }: { readonly root: string; readonly guarded: boolean }): Scout {
  const readSave = createSaveReader();
  const netfilter = createNetfilter({
    tableText: (saved, family) => tableText(readSave(family, saved)),
    started: () => undefined,
  });
  return createScout({ root, netfilter, xen: !guarded });
}

/** Whether the backend that is not this host's has rules; null where that cannot be found out. */
async function otherTables(ruleset: Ruleset): Promise<boolean | null> {
  try {
    const texts = await Promise.all(families.map((family) => ruleset.otherBackend(family)));
    return texts.some((text) => text !== null && /^-A /m.test(text)) || (texts.includes(null) ? null : false);
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** Process ids come round again, so only the latest are ours. */
function remember(pids: Set<number>, pid: number): void {
  pids.add(pid);
  const [oldest] = pids;
  if (pids.size > 64 && oldest !== undefined) pids.delete(oldest);
}

/** Each is made when it is first asked for, and kept with what it knows. */
function createToolstacks(
  { config, paths, clock, records, hostFiles }: Pick<World, 'config' | 'paths' | 'clock' | 'records' | 'hostFiles'>,
  refused: boolean,
): World['toolstack'] {
  const made = new Map<'xl' | 'netns', Toolstack>();
  const make = (kind: 'xl' | 'netns'): Toolstack => {
    switch (kind) {
      case 'netns':
        return createNetnsToolstack({ files: createFiles(), folder: `${paths.run}/guests` });
      case 'xl': {
        const xl = createXl({ files: createFiles(), folder: `${paths.run}/xl`, reason: xlError });
        return createXlToolstack({ xl, clock, records, config, hostFiles });
      }
      default:
        return kind satisfies never;
    }
  };
  return (kind) => {
    if (refused) throw new Fault('guarded', 'with --root, the guests of the machine itself are not touched');
    const toolstack = made.get(kind) ?? make(kind);
    made.set(kind, toolstack);
    return toolstack;
  };
}

function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** A line of the journal, which shows none that has control characters in it. */
function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${printableLines(line)}\n`);
}

/** Runs the daemon until SIGTERM or SIGINT. */
export async function runDaemonProcess(world: World, socket: Socket): Promise<void> {
  keepHeapSmall();
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  const { state, generations, alerts, guestEvents, ledger } = world.paths;
  for (const folder of [state, generations, alerts, guestEvents, ledger])
    await sweepTemporaries(folder).catch((error: unknown) => log(explain(error)));
  const { url } = world.config.repository;
  await runDaemon(
    world,
    {
      alarm: createAlarm(),
      watch: createWatch(),
      socket,
      fetch: createFetchLane(world, { signed: world.config.repository.signers !== null }),
      guests: createGuestsLane(world),
      watched: url.startsWith('/') ? refsOf(url) : [],
      pid: process.pid,
      log,
      ready: () =>
        log(
          `natroute ${world.version} follows ${world.config.repository.branch} of ${showUrl(url)} as ${world.config.host}`,
        ),
    },
    stop.signal,
  );
}

/** The process beside the daemon: until SIGTERM or SIGINT, or one pass; false where a guest failed. */
export async function runGuestsProcess(world: World, { once }: { readonly once: boolean }): Promise<boolean> {
  keepHeapSmall();
  const doors = { lane: createGuestsLane(world), watch: createWatch(), pid: process.pid, log };
  if (once) return passOverGuests(world, doors);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  await runGuests(world, doors, stop.signal);
  return true;
}

/** Where a new commit shows in a repository on this machine, bare or not, whichever way it keeps its refs. */
function refsOf(repository: string): readonly string[] {
  return ['', '/.git'].flatMap((inner) =>
    ['/refs/heads', '/packed-refs', '/reftable'].map((name) => `${repository}${inner}${name}`),
  );
}
