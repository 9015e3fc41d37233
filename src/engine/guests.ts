/**
 * The guests lane's work: guests converge one by one, each with its state and its own retries. One bad guest, or one
 * that hangs, never holds up the rest, and nothing here ever touches a rule.
 */
import type { Guest, Host } from '../model/desired.ts';
import type { Position } from '../model/diagnostic.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Target } from '../model/target.ts';
import type { ObservedGuest, Toolstack } from '../ports.ts';
import { pauseSeconds } from './lane.ts';
import type { GuestStatus } from './status.ts';
import type { World } from './world.ts';

export interface GuestsLane {
  /**
   * Gives every guest its turn and says what came of it, one line each, without those that were right already. A guest
   * that fails is one of the lines and is left alone for a growing pause. Faults: only those of observing as a whole.
   */
  convergeAll(target: Target): Promise<readonly string[]>;
  /** As of the last turn of each guest, sorted by name. */
  states(): readonly GuestStatus[];
}

/** What is known of one guest between passes. */
interface Entry {
  /** What was asked of it, as text: a new wish is tried at once, whatever failed before. */
  readonly wish: string;
  readonly status: GuestStatus;
  readonly failures: number;
  /** Seconds since the boot; no turn before that. */
  readonly notBefore: number;
  /** Still going on after its turn was over. */
  readonly busy: boolean;
}

type Doors = Pick<World, 'toolstack' | 'clock'> & {
  readonly config: { readonly policy: { readonly deletions: 'apply' | 'hold' } };
};

/** One lane per daemon. */
export function createGuestsLane({ toolstack, clock, config }: Doors): GuestsLane {
  const entries = new Map<string, Entry>();
  /** Not told yet; a guest that ends after its turn is told with the next ones. */
  const said: string[] = [];

  /** Without a turn: how the guest stands. */
  function note(host: Host, guest: Guest, [state, detail]: readonly [state: string, detail: string | null]): void {
    const status = statusOf(guest, state, detail);
    entries.set(guest.name, { wish: wishOf(host, guest), status, failures: 0, notBefore: 0, busy: false });
  }

  function started(tools: Toolstack, host: Host, guest: Guest): Promise<void> {
    const wish = wishOf(host, guest);
    const before = entries.get(guest.name);
    const failures = before?.wish === wish ? before.failures : 0;
    const working = statusOf(guest, 'working', null);
    entries.set(guest.name, { wish, status: working, failures, notBefore: 0, busy: true });
    return tools.converge(host, guest).then(
      (done) => {
        note(host, guest, ['converged', null]);
        said.push(...done.map((line) => `${guest.name}: ${line}`));
      },
      (error: unknown) => {
        const detail = explainFault(error);
        const pause = pauseSeconds(failures + 1);
        const notBefore = clock.uptime() + pause;
        const status = statusOf(guest, 'failed', detail);
        entries.set(guest.name, { wish, status, failures: failures + 1, notBefore, busy: false });
        said.push(`${guest.name} failed: ${detail}; not tried again for ${pause} s`);
      },
    );
  }

  async function turn(tools: Toolstack, host: Host, guest: Guest): Promise<void> {
    const work = started(tools, host, guest);
    const over = new AbortController();
    await Promise.race([work, clock.sleep(limits.guestTurnSeconds, over.signal)]);
    over.abort();
    if (entries.get(guest.name)?.busy === true) {
      said.push(`${guest.name}: not done after ${limits.guestTurnSeconds} s; the others go on`);
    }
  }

  /** Whether the guest gets a turn now; where it needs none, that is noted. */
  function due(host: Host, guest: Guest, seen: ObservedGuest | undefined): boolean {
    const before = entries.get(guest.name);
    if (before?.busy === true) return false;
    if (guest.state === 'unmanaged') note(host, guest, ['unmanaged', null]);
    else if (seen?.differs === '') note(host, guest, ['converged', null]);
    else return before?.wish !== wishOf(host, guest) || clock.uptime() >= before.notBefore;
    return false;
  }

  return {
    async convergeAll({ host, guests }) {
      const tools = toolstack(host.toolstack);
      const observed = new Map((await tools.observe(host, guests)).map((seen) => [seen.name, seen]));
      const desired = new Set(guests.map((guest) => guest.name));
      const gone = [...observed.keys()].filter((name) => !desired.has(name));
      // Those that go make room first: for an address or a disk that another one takes over.
      for (const guest of gone.map(goneGuest)) {
        if (config.policy.deletions === 'hold') note(host, guest, ['held', 'its file is gone, and deletions are held']);
        else if (due(host, guest, observed.get(guest.name))) await turn(tools, host, guest);
      }
      for (const guest of [...guests].sort((one, other) => Number(goes(other)) - Number(goes(one)))) {
        if (due(host, guest, observed.get(guest.name))) await turn(tools, host, guest);
      }
      for (const [name, { busy, status }] of entries) {
        const forgotten = !desired.has(name) && (!observed.has(name) || status.state === 'converged');
        if (forgotten && !busy) entries.delete(name);
      }
      return said.splice(0);
    },
    states: () => [...entries.values()].map(({ status }) => status).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function goes(guest: Guest): boolean {
  return guest.state === 'stopped' || guest.state === 'absent';
}

/** All that a guest's convergence depends on. */
function wishOf(host: Host, guest: Guest): string {
  return JSON.stringify([guest, host.addresses, host.networks]);
}

function statusOf(guest: Guest, state: string, detail: string | null): GuestStatus {
  return { name: guest.name, desired: guest.state, state, detail };
}

function explainFault(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return error.detail.help === undefined ? error.message : `${error.message} ${error.detail.help}`;
}

const nowhere: Position = { file: '', line: 1, column: 1 };

/** A guest that natroute made and that the state repository names no more. */
function goneGuest(name: string): Guest {
  return {
    name,
    description: null,
    owner: null,
    state: 'absent',
    autostart: false,
    restart: 'never',
    memory: null,
    vcpus: null,
    type: null,
    boot: null,
    disks: [],
    interfaces: [],
    options: {},
    forwards: [],
    at: nowhere,
  };
}
