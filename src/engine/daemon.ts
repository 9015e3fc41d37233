/** `natroute run`: three lanes that wake each other, a schedule that guarantees, hints that make it quick. */
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import { failedAlert } from '../core/alert/alerts.ts';
import type { Alert } from '../model/alert.ts';
import type { Alarm, Clock, Socket, Watch } from '../ports.ts';
import { Fault } from '../model/fault.ts';
import type { GuestStatus } from '../model/guest-status.ts';
import { limits } from '../model/limits.ts';
import { createPassTelling, type PassTelling, tellFailure, tellGap, tellHealedGuests, tellTopics } from './alerts.ts';
import type { FetchLane } from './fetch.ts';
import type { GuestsLane } from './guests.ts';
import { jitterSeconds } from '../core/jitter.ts';
import { createLedgerWork } from './tend-ledger.ts';
import { createLane, type Lane } from './lane.ts';
import type { LastPass } from './memory.ts';
import { createFileWatch } from './file-watch.ts';
import { reconcile } from './reconcile.ts';
import type { PassReport, Told } from './request.ts';
import { readGuests, readStatus, type DaemonStatus } from './status.ts';
import { createRemembering, createTelling, explain, type Telling } from './telling.ts';
import { watchConfirmation } from './watch.ts';
import type { World } from './world.ts';

export interface DaemonDoors {
  readonly alarm: Alarm;
  readonly watch: Watch;
  readonly socket: Socket;
  readonly fetch: FetchLane;
  readonly guests: GuestsLane;
  /** Folders whose change hints at a new commit; [] for a remote repository. */
  readonly watched: readonly string[];
  readonly pid: number;
  /** One line for the journal. */
  readonly log: (line: string) => void;
  /** Told once, when the lanes run and the socket answers. */
  readonly ready: () => void;
}

type Lanes = Readonly<Record<'fetch' | 'network' | 'guests' | 'ledger' | 'confirming', Lane>>;

const following = { source: { kind: 'trusted' }, take: false, approved: null } as const;

/** Runs until the signal; then the pass in hand ends, and no rule is changed by ending. */
export async function runDaemon(world: World, doors: DaemonDoors, signal: AbortSignal): Promise<void> {
  const startedAt = world.clock.now().toISOString();
  let lastPass: LastPass | null = (await world.memory.read()).lastPass;
  const journal = createJournal(doors.log);
  const guestsDue = createPace(world.clock, limits.guestsLookSeconds);
  const settled = (pass: LastPass): void => {
    lastPass = pass;
    for (const lane of [lanes.network, lanes.guests, lanes.ledger]) lane.wake();
  };
  const tellOf = createPassTelling(world);
  const { notify, telling } = createTelling(world, doors.log);
  const remember = createRemembering(world);
  const fileWatch = createFileWatch(world, doors.watch, () => lanes.network.wake());
  const lanes: Lanes = {
    fetch: createLane(async () => {
      const { moved, commit } = await doors.fetch.fetchOnce();
      await telling(() => tellTopics(world, { fetch: null }));
      if (!moved) return;
      doors.log(`fetched ${commit.slice(0, 10)} from ${world.config.repository.branch}`);
      lanes.network.wake();
    }, laneDoors('fetch')),
    network: createLane(async () => {
      // Whoever must know of a heal does not wait for the ledger.
      const onHealed = (one: Told): Promise<void> => tellEarly(telling, tellOf, one);
      const gap = (): Promise<boolean> => telling(() => tellGap(world, doors.log));
      const report = await reconcile(world, { ...following, onHealed }).finally(gap);
      lastPass = { at: report.at, outcome: report.outcome, text: report.text };
      journal(report);
      await remember(report, await telling(() => tellOf.pass(report)));
      // A heal says nothing about guests, and they shall not be in an alert's way.
      if (guestsDue(report.outcome === 'applied')) lanes.guests.wake();
      if (report.outcome !== 'unchanged') {
        for (const lane of [lanes.ledger, lanes.confirming]) lane.wake();
        await fileWatch.follow();
      }
      if (!report.proposal.whole) void wakeLater(world, lanes.network, signal);
    }, laneDoors('network')),
    guests: createLane(async () => {
      const alert = await overGuests(world, doors);
      await telling(() => tellTopics(world, { guests: alert }));
      await telling(() => tellHealedGuests(world, doors.guests));
    }, laneDoors('guests')),
    ledger: createLane(tendLedger(world, doors.log, telling), laneDoors('ledger')),
    confirming: createConfirmLane(world, signal, { log: doors.log, settled }),
  };

  function laneDoors(name: 'fetch' | 'network' | 'guests' | 'ledger'): Parameters<typeof createLane>[1] {
    const failed = (error: unknown, retrySeconds: number): void => {
      doors.log(`${name} failed: ${explain(error)}; again in ${retrySeconds} s`);
      const passing = error instanceof Fault && error.code === 'git-unreachable';
      if (passing && lanes[name].state().failures < limits.alertFetchFailures) return;
      void telling(() => tellFailure(world, name, error));
    };
    return { clock: world.clock, failed };
  }

  const alarm = doors.alarm.every(world.config.schedule, () => {
    lanes.network.wake();
    void spread(world, doors.watched.length > 0 ? null : alarm, signal).then(() => lanes.fetch.wake());
  });
  const look = lookForGuestEvents(world, doors.alarm, lanes.ledger);
  const status = (): DaemonStatus => ({
    pid: doors.pid,
    startedAt,
    nextPass: alarm.next()?.toISOString() ?? null,
    lanes: statesOf(lanes),
    guests: doors.guests.states(),
    lastPass,
  });
  const wakeAll = (): void => {
    for (const lane of [lanes.fetch, lanes.network, notify]) lane.wake();
  };
  const socket = await doors.socket.serve(world.paths.socket, createAnswer(world, status, wakeAll));
  const witnessing = await world.witness.start(() => lanes.network.wake());
  const watching = doors.watched.length === 0 ? null : await doors.watch.start(doors.watched, () => lanes.fetch.wake());

  // The last three for what waited when the last daemon stopped.
  for (const lane of [lanes.fetch, lanes.network, lanes.ledger, lanes.confirming, notify]) lane.wake();
  doors.ready();
  await aborted(signal);

  doors.log('stopping after the work in hand; no rule is changed');
  for (const one of [alarm, look, witnessing]) one.stop();
  for (const one of [watching, fileWatch]) await one?.stop();
  await withinStopTime(world.clock, [...Object.values(lanes).map((lane) => lane.stop()), notify.stop()]);
  await socket.close();
}

/** For the look at what nft alone shows: the alert goes out first. */
async function wakeLater({ clock }: World, lane: Lane, signal: AbortSignal): Promise<void> {
  await clock.sleep(limits.wholeLookPauseSeconds, signal);
  lane.wake();
}

/** The alert is under way before it is noted that it was told. */
async function tellEarly(telling: Telling, tellOf: PassTelling, healed: Told): Promise<void> {
  // Noting it may fail as telling may: neither is a reason to leave a heal half done.
  if (await telling(() => tellOf.healed(healed))) await telling(() => tellOf.kept());
}

/** What the socket is asked. */
function createAnswer(
  world: World,
  status: () => DaemonStatus,
  wakeAll: () => void,
): (method: string, route: string) => Promise<unknown> {
  return async (method, route) => {
    if (method === 'GET' && route === '/status') return readStatus(world, status());
    if (method !== 'POST' || route !== '/wake') return undefined;
    wakeAll();
    return { woken: true };
  };
}

/** Hundreds of hosts on one schedule must not ask one git server in the same second; null: there is no server. */
async function spread(
  { clock, config }: World,
  alarm: ReturnType<Alarm['every']> | null,
  signal: AbortSignal,
): Promise<void> {
  if (alarm === null) return;
  const untilNext = ((alarm.next()?.getTime() ?? 0) - clock.now().getTime()) / 1000;
  await clock.sleep(jitterSeconds(config.host, untilNext), signal);
}

/** Looks every second whether a change that must be confirmed is; a network pass meanwhile goes on healing. */
function createConfirmLane(
  world: World,
  signal: AbortSignal,
  { log, settled }: { readonly log: (line: string) => void; readonly settled: (pass: LastPass) => void },
): Lane {
  const work = async (): Promise<void> => {
    const settlement = await watchConfirmation(world, signal, (confirmation, missing) =>
      log(unconfirmedText(confirmation, missing.map(proofText))),
    );
    if (settlement === null) return;
    log(`${settlement.outcome}: ${settlement.text}`);
    settled(settlement);
  };
  const failed = (error: unknown, retrySeconds: number): void =>
    log(`whether the change is confirmed cannot be seen: ${explain(error)}; again in ${retrySeconds} s`);
  return createLane(work, { clock: world.clock, failed });
}

/** In a lane of its own: a remote that hangs holds up no pass. */
function tendLedger(world: World, log: (line: string) => void, telling: Telling): () => Promise<void> {
  const work = createLedgerWork(world, log);
  return async () => {
    await work();
    await telling(() => tellTopics(world, { ledger: null }));
  };
}

/** Whatever the schedule is, what guests did is soon in the ledger; where it cannot be seen, whoever writes it says so. */
function lookForGuestEvents({ guestEvents }: World, alarm: Alarm, ledger: Lane): ReturnType<Alarm['every']> {
  const look = async (): Promise<void> => {
    if (await guestEvents.waits().catch(() => true)) ledger.wake();
  };
  return alarm.every(`*/${limits.guestEventsLookSeconds} * * * * *`, () => void look());
}

function statesOf({ fetch, network, guests, ledger }: Lanes): DaemonStatus['lanes'] {
  return { fetch: fetch.state(), network: network.state(), guests: guests.state(), ledger: ledger.state() };
}

async function withinStopTime(clock: Clock, ends: readonly Promise<void>[]): Promise<void> {
  const over = new AbortController();
  await Promise.race([Promise.all(ends), clock.sleep(limits.stopSeconds, over.signal)]);
  over.abort();
}

/** Says what a pass did, and nothing twice in a row. */
function createJournal(log: (line: string) => void): (report: PassReport) => void {
  let told = '';
  let foreign = new Set<string>();
  return (report) => {
    told = tell(log, report, told);
    foreign = tellForeign(log, report, foreign);
  };
}

/** Whether it is time again: when there is news, and else after so many seconds. */
function createPace(clock: Clock, seconds: number): (news: boolean) => boolean {
  let last = 0;
  return (news) => {
    const now = clock.now().getTime();
    const due = news || Math.abs(now - last) >= seconds * 1000;
    if (due) last = now;
    return due;
  };
}

function tell(log: (line: string) => void, report: PassReport, told: string): string {
  if (report.outcome === 'unchanged') return '';
  const line = `${report.outcome}: ${report.text}`;
  // A commit that waits would otherwise say so at every tick; what was done is said each time.
  const done = report.outcome === 'applied' || report.outcome === 'healed';
  if (line === told && !done) return told;
  log(line);
  for (const change of report.proposal.drift.changes)
    log(
      `drift: ${change.action} ${change.kind} ${change.chain ?? ''} ${change.key}${change.note === null ? '' : ` (${change.note})`}`,
    );
  for (const impact of report.proposal.plan.impact) log(impact.text);
  return line;
}

/** Each finding once, until it goes and comes again. */
function tellForeign(log: (line: string) => void, { proposal }: PassReport, told: Set<string>): Set<string> {
  const texts = proposal.plan.findings.map(({ family, text }) => `foreign (${family}): ${text}`);
  const news = texts.filter((text) => !told.has(text));
  for (const line of news.slice(0, limits.findingsKept)) log(line);
  if (news.length > limits.findingsKept)
    log(`foreign: ${news.length - limits.findingsKept} more; see \`natroute plan\``);
  return new Set(texts);
}

/** What is wrong with guests after a pass over them. Under Xen a process of their own looks after them, and tells. */
async function overGuests(world: World, { guests: lane, log }: DaemonDoors): Promise<Alert | null> {
  const current = await world.generations.current();
  const target = current?.target ?? null;
  if (target?.host.toolstack === 'netns')
    for (const line of await lane.convergeAll(target, current ?? undefined)) log(`guest ${line}`);
  const { guests, guestsFailed } = await readGuests(world, target, lane.states());
  return guestsAlert(guests, guestsFailed, world.clock.now());
}

/** Null where every guest is as it should be. */
function guestsAlert(guests: readonly GuestStatus[], failed: string | null, at: Date): Alert | null {
  const unwell = guests.filter(({ state }) => state === 'failed' || state === 'drift');
  const reasons = unwell.map(({ name, detail }) => `${name}${detail === null ? '' : `: ${detail}`}`);
  const all = failed === null ? reasons : [failed, ...reasons];
  return all.length === 0
    ? null
    : failedAlert({ at: at.toISOString(), lane: 'guests', reason: all.join('; '), help: null });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
