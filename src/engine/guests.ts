/**
 * The guests lane's work: guests converge one by one, each with its state and its own retries. One bad guest, or one
 * that hangs, never holds up the rest, and nothing here ever touches a rule.
 */
import { createHash } from 'node:crypto';
import { renderDomu } from '../core/render/domu.ts';
import type { Guest, Host } from '../model/desired.ts';
import { oneLine } from '../core/ledger/plain.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Target } from '../model/target.ts';
import type { ObservedGuest, RunningGuest, Toolstack } from '../ports.ts';
import type { Generation } from './generations.ts';
import type { GuestEvents } from './guest-events.ts';
import type { GuestRecord, GuestRecords } from './guest-records.ts';
import { pauseSeconds } from './lane.ts';
import type { GuestEvent, GuestHeal, GuestStatus } from '../model/guest-status.ts';
import type { World } from './world.ts';

export interface GuestsLane {
  /**
   * Gives every guest its turn and says what came of it, one line each, without those that were right already. A guest
   * that fails is one of the lines and is left alone for a growing pause. `wish` says whose wish it is, for the ledger.
   * Faults: only those of observing as a whole, and of reading what is remembered.
   */
  convergeAll(target: Target, wish?: Whose): Promise<readonly string[]>;
  /** Ends when no guest has work going on any more, also such as took longer than its turn. */
  rest(): Promise<void>;
  /** What came of it since the last lines. */
  told(): readonly string[];
  /** Guests that somebody changed, or that ended by themselves, and that were put right since this was asked last. */
  healed(): readonly GuestHeal[];
  /** As of the last turn of each guest, sorted by name. */
  states(): readonly GuestStatus[];
}

/** The generation that asks for it. */
export type Whose = Pick<Generation, 'number' | 'commit'>;

/** What is known of one guest between passes. */
interface Entry {
  /** What was asked of it, digested: a new wish is tried at once, whatever failed before. */
  readonly wish: string;
  readonly status: GuestStatus;
  readonly failures: number;
  /** Seconds since the boot; no turn before that. */
  readonly notBefore: number;
  /** Still going on after its turn was over. */
  readonly busy: boolean;
  /** Why it had its last turn; absent where it needed none. */
  readonly cause?: Turn['cause'];
  /** When it was put right after somebody changed it; seconds since the boot. */
  readonly heals: readonly number[];
}

type Doors = Pick<World, 'toolstack' | 'clock' | 'bootId'> & {
  readonly config: { readonly policy: { readonly drift: 'heal' | 'report' } };
  readonly records: GuestRecords;
  /** Absent where no ledger is kept of what guests did. */
  readonly guestEvents?: Pick<GuestEvents, 'add'>;
};

type Standing = readonly [state: string, detail: string | null, pending?: readonly string[]];

interface Lane extends Doors {
  readonly entries: Map<string, Entry>;
  /** Not told yet; a guest that ends after its turn is told with the next ones. */
  readonly said: string[];
  readonly healed: GuestHeal[];
  readonly working: Set<Promise<void>>;
  /** Whose wish the pass in hand carries out. */
  whose: Whose | null;
  /** Why something could not be kept, so that it is said once; '' where all could. */
  unkept: string;
}

/** One lane per process that looks after guests. */
export function createGuestsLane(doors: Doors): GuestsLane {
  const { toolstack, clock, config, records, bootId, guestEvents } = doors;
  const lane: Lane = {
    ...{ toolstack, clock, config, records, bootId, ...(guestEvents === undefined ? {} : { guestEvents }) },
    entries: new Map(),
    said: [],
    healed: [],
    working: new Set(),
    whose: null,
    unkept: '',
  };
  return {
    convergeAll(target, wish) {
      lane.whose = wish ?? null;
      return convergeAll(lane, target);
    },
    async rest() {
      await Promise.all(lane.working);
    },
    told: () => lane.said.splice(0),
    healed: () => lane.healed.splice(0),
    states: () => [...lane.entries.values()].map(({ status }) => status).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function convergeAll(lane: Lane, { host, guests }: Target): Promise<readonly string[]> {
  const { entries, said, records } = lane;
  const tools = lane.toolstack(host.toolstack);
  const observed = new Map((await tools.observe(host, guests)).map((seen) => [seen.name, seen]));
  const desired = new Set(guests.map((guest) => guest.name));
  // What no file names is shown and left alone: a file that is deleted destroys nothing.
  for (const seen of observed.values())
    if (!desired.has(seen.name)) {
      note(lane, { name: seen.name, state: null, wish: '' }, seen, ['unmanaged', 'no file names it']);
      await remember(lane, seen.name, { settled: undefined, told: undefined });
    }
  // Those that go make room first: for an address or a disk that another one takes over.
  for (const guest of [...guests].sort((one, other) => Number(goes(other)) - Number(goes(one)))) {
    const one = await dueOf(lane, host, guest, observed.get(guest.name));
    if (one === null) continue;
    // Many at once would take from each other the time in which xl gives up; every work of a toolstack ends.
    while (lane.working.size >= limits.guestsAtOnce) await Promise.race(lane.working);
    await turn(lane, tools, host, one);
  }
  for (const name of new Set([...entries.keys(), ...(await records.names())])) {
    if (desired.has(name) || observed.has(name) || entries.get(name)?.busy === true) continue;
    entries.delete(name);
    await records.forget(name);
  }
  return said.splice(0);
}

/** One guest that cannot even be thought through is that guest's failure. Faults: those of what is remembered of all. */
async function dueOf(lane: Lane, host: Host, guest: Guest, seen: ObservedGuest | undefined): Promise<Turn | null> {
  try {
    return await due(lane, host, guest, seen);
  } catch (error) {
    if (error instanceof Fault) throw error;
    const wanted: Wanted = { name: guest.name, state: guest.state, wish: '' };
    const detail = firstLine(explainFault(error));
    note(lane, wanted, seen, ['failed', detail]);
    await tellOnce(lane, wanted, { cause: 'push', outcome: 'failed', text: detail });
    return null;
  }
}

/** The guest's turn, where it gets one now; where it needs none, how it stands is noted. */
async function due(lane: Lane, host: Host, guest: Guest, seen: ObservedGuest | undefined): Promise<Turn | null> {
  const { entries, records, bootId, config, clock } = lane;
  const before = entries.get(guest.name);
  if (before?.busy === true) return null;
  const wanted = wantedOf(host, guest);
  const { settled } = await records.read(guest.name);
  // After a boot of the host nothing is as it was, and nobody did it.
  const since = settled?.wish === wanted.wish && settled.bootId === bootId ? settled : null;
  // A restart that the guest waited for is nobody's doing either.
  const drifted = since !== null && (since.whole === true || !needsRestart(seen));
  const standing = standingOf(guest, seen, drifted && config.policy.drift === 'report');
  if (standing !== null) {
    if (seen?.differs === '' && seen.held === undefined) {
      const whole = since?.whole === true || (seen.pending ?? []).length === 0;
      await remember(lane, guest.name, { settled: { wish: wanted.wish, bootId, whole } });
    }
    note(lane, wanted, seen, standing);
    await tellOnce(lane, wanted, findingOf(standing, seen));
    return null;
  }
  const rested = before?.wish !== wanted.wish || clock.uptime() >= before.notBefore;
  const again = settled === undefined && before?.wish === wanted.wish ? before.cause : undefined;
  const first = settled?.wish === wanted.wish && settled.bootId !== bootId ? 'boot' : 'push';
  return rested ? { guest, seen, cause: drifted ? 'heal' : (again ?? first), whose: lane.whose } : null;
}

type Told = Pick<GuestEvent, 'cause' | 'outcome' | 'text'>;

/** What the ledger shall have of a guest that gets no turn; null for nothing. */
function findingOf([state, , pending = []]: Standing, seen: ObservedGuest | undefined): Told | null {
  if (state === 'drift') return { cause: 'drift', outcome: 'reported', text: seen?.differs ?? '' };
  if (state === 'pending') return { cause: 'push', outcome: 'reported', text: pending.join('; ') };
  return null;
}

/** What lasts is told once for each wish; null: it is over, and would be news again. */
async function tellOnce(lane: Lane, { name, wish }: Wanted, told: Told | null, whose = lane.whose): Promise<void> {
  const { records } = lane;
  const known = (await records.read(name)).told;
  const now = told === null ? undefined : digestOf(JSON.stringify([wish, told.cause, told.outcome, told.text]));
  if (known === now) return;
  if (told !== null) await tell(lane, name, told, whose);
  await remember(lane, name, { told: now });
}

/** For the ledger, which no guest waits for. */
async function tell(lane: Lane, name: string, told: Told, whose: Whose | null): Promise<void> {
  const event: GuestEvent = {
    ...{ name, at: lane.clock.now().toISOString(), ...told },
    text: oneLine(told.text, limits.guestEventCharacters),
    generation: whose?.number ?? null,
    commit: whose?.commit ?? null,
  };
  await lane.guestEvents
    ?.add(event)
    .catch((error: unknown) => lane.said.push(`${name}: not kept for the ledger: ${explainFault(error)}`));
}

function needsRestart(seen: ObservedGuest | undefined): boolean {
  return seen?.steps?.some(({ cost }) => cost === 'restart') === true;
}

/** Guests go on where a disk is full: what could not be kept is told, once, and known as long as this process lives. */
async function remember(lane: Lane, name: string, change: GuestRecord): Promise<void> {
  try {
    await lane.records.update(name, change);
    lane.unkept = '';
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'disk') throw error;
    if (lane.unkept !== error.message) lane.said.push(`${name}: how it stands was not kept: ${error.message}`);
    lane.unkept = error.message;
  }
}

/** Without a turn: how the guest stands. */
function note({ entries, said }: Lane, guest: Wanted, seen: ObservedGuest | undefined, standing: Standing): void {
  const [state, detail, pending = []] = standing;
  const before = entries.get(guest.name);
  const status = statusOf(guest, state, { detail, pending, running: seen?.running });
  // What is waited for, held or drifted is news once.
  if (state !== 'converged' && state !== 'unmanaged' && !sameTrouble(before?.status, status))
    said.push(`${guest.name}: ${[state, detail, ...pending].filter((part) => part !== null).join('; ')}`);
  const heals = before?.heals ?? [];
  entries.set(guest.name, { wish: guest.wish, status, failures: 0, notBefore: 0, busy: false, heals });
}

async function turn(lane: Lane, tools: Toolstack, host: Host, one: Turn): Promise<void> {
  const { clock, entries, said, working } = lane;
  const work = started(lane, tools, host, one).finally(() => working.delete(work));
  working.add(work);
  const over = new AbortController();
  await Promise.race([work, clock.sleep(limits.guestTurnSeconds, over.signal)]);
  over.abort();
  if (entries.get(one.guest.name)?.busy === true)
    said.push(`${one.guest.name}: not done after ${limits.guestTurnSeconds} s; the others go on`);
}

async function started(lane: Lane, tools: Toolstack, host: Host, one: Turn): Promise<void> {
  const { guest, seen, cause, whose } = one;
  const drifted = cause === 'heal';
  const { entries, said, clock, bootId } = lane;
  const { name } = guest;
  const wanted = wantedOf(host, guest);
  const before = entries.get(name);
  const failures = before?.wish === wanted.wish ? before.failures : 0;
  const now = clock.uptime();
  const recent = (before?.heals ?? []).filter((at) => now - at < limits.guestHealsSeconds);
  const common = { wish: wanted.wish, cause, heals: drifted ? [...recent, now] : recent, failures: 0, busy: false };
  const status = (state: GuestStatus['state'], detail: string | null = null): GuestStatus =>
    statusOf(wanted, state, { detail, running: seen?.running });
  entries.set(name, { ...common, status: status('working'), failures, notBefore: 0, busy: true });
  if (drifted) said.push(`${name}: somebody changed it, or it ended by itself; to do: ${seen?.differs ?? ''}`);
  const after = (seconds: number): number => clock.uptime() + seconds;
  try {
    // What this turn leaves half done shall never pass for somebody's change.
    if (!drifted) await remember(lane, name, { settled: undefined });
    const done = await tools.converge(host, guest);
    said.push(...done.map((line) => `${name}: ${line}`));
    const text = done.join('; ');
    if (drifted && text !== '') lane.healed.push({ name, text });
    // Before it counts as settled: whoever dies in between finds it right, and still tells of it.
    if (text !== '') await tell(lane, name, { cause, outcome: drifted ? 'healed' : 'applied', text }, whose);
    await remember(lane, name, { settled: { wish: wanted.wish, bootId }, told: undefined });
    entries.set(name, {
      ...common,
      status: status('converged'),
      notBefore: after(healPauseSeconds(common.heals.length)),
    });
  } catch (error) {
    const detail = explainFault(error);
    const pause = pauseSeconds(failures + 1);
    entries.set(name, { ...common, status: status('failed', detail), failures: failures + 1, notBefore: after(pause) });
    said.push(`${name} failed: ${detail}; not tried again for ${pause} s`);
    const toDo = seen === undefined || seen.differs === '' ? '' : `; to do: ${seen.differs}`;
    const text = `${firstLine(error instanceof Error ? error.message : detail)}${toDo}`;
    await tellOnce(lane, wanted, { cause, outcome: 'failed', text }, whose);
  }
}

/** How a guest stands that gets no turn; null where there is something to do for it. */
function standingOf(guest: Guest, seen: ObservedGuest | undefined, leftAlone: boolean): Standing | null {
  if (guest.state === 'unmanaged') return ['unmanaged', null];
  const pending = seen?.pending ?? [];
  if (seen?.differs === '') {
    if (seen.held !== undefined) return ['held', seen.held, pending];
    return [pending.length > 0 ? 'pending' : 'converged', null, pending];
  }
  if (!leftAlone) return null;
  return ['drift', `left as it is: policy.drift is report; to do: ${seen?.differs ?? ''}`, pending];
}

interface Turn {
  readonly guest: Guest;
  readonly seen: ObservedGuest | undefined;
  /** heal: it was as it should be already, since the host came up. */
  readonly cause: 'push' | 'heal' | 'boot';
  readonly whose: Whose | null;
}

interface Wanted {
  readonly name: string;
  readonly state: GuestStatus['desired'];
  readonly wish: string;
}

function goes(guest: Guest): boolean {
  return guest.state === 'stopped' || guest.state === 'absent';
}

/** All that a guest's convergence depends on, digested. */
function wantedOf(host: Host, guest: Guest): Wanted {
  const { name, state } = guest;
  // One that goes, or is nobody's business, needs no place in the network.
  const domu = state === 'running' ? renderDomu(host, guest, 'xl') : null;
  // Neither forwards nor where something stands in a file are the guest's own.
  const parts = [{ ...guest, forwards: [] }, host.addresses, host.networks, domu];
  const text = JSON.stringify(parts, (key, value: unknown) => (key === 'at' ? undefined : value));
  return { name, state, wish: digestOf(text) };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Known {
  readonly detail?: string | null;
  readonly pending?: readonly string[];
  readonly running?: RunningGuest | undefined;
}

function statusOf({ name, state: desired }: Wanted, state: string, { detail, pending, running }: Known): GuestStatus {
  const { uptimeSeconds = null, memory = null, vcpus = null } = running ?? {};
  return { name, desired, state, detail: detail ?? null, pending: pending ?? [], uptimeSeconds, memory, vcpus };
}

function sameTrouble(one: GuestStatus | undefined, other: GuestStatus): boolean {
  const text = ({ state, detail, pending }: GuestStatus): string => JSON.stringify([state, detail, pending]);
  return one !== undefined && text(one) === text(other);
}

/** A guest that goes away again and again is brought back ever more slowly. */
function healPauseSeconds(heals: number): number {
  if (heals <= limits.driftHealsAtOnce) return 0;
  return Math.min(
    limits.driftPauseMostSeconds,
    limits.driftPauseFirstSeconds * 2 ** Math.min(heals - limits.driftHealsAtOnce - 1, 20),
  );
}

function explainFault(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.detail.help === undefined ? error.message : `${error.message} ${error.detail.help}`;
}
