/** A toolstack in memory: guests that exist, those that somebody else made, and trouble where a test says so. */
import type { Guest, Host } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import type { ObservedGuest, Toolstack } from '../../src/ports.ts';

export interface FakeToolstack extends Toolstack {
  /** Runs at the begin of each converge; what it throws is the converge's end, what it awaits holds it up. */
  trouble: ((guest: string) => Promise<void> | void) | null;
  /** Something of that name appears that natroute did not make. */
  addForeign(name: string): void;
  /** One of natroute's guests goes away by itself. */
  vanish(name: string): void;
  /** How guests stand beside what they differ in. */
  readonly standing: Map<string, Pick<ObservedGuest, 'pending' | 'held'>>;
  /** The names of all that exists, sorted. */
  existing(): readonly string[];
  /** As a new process sees the same host. */
  restart(): FakeToolstack;
}

export function createFakeToolstack(made = new Map<string, string>(), foreign = new Set<string>()): FakeToolstack {
  const wish = (host: Host, guest: Guest): string => JSON.stringify([guest.interfaces, host.networks, host.addresses]);

  function observeOne(host: Host, guest: Guest): ObservedGuest {
    const { name } = guest;
    const state = made.has(name) ? 'running' : foreign.has(name) ? 'other' : 'stopped';
    switch (guest.state) {
      case 'unmanaged':
        return { name, state, differs: '' };
      case 'running':
        if (state === 'other') return { name, state, differs: `somebody else's ${name} exists` };
        return { name, state, differs: made.get(name) === wish(host, guest) ? '' : `make ${name}` };
      case 'stopped':
      case 'absent':
        return { name, state, differs: state === 'running' ? 'take it down' : '' };
      default:
        return guest.state satisfies never;
    }
  }

  function converged(host: Host, guest: Guest): readonly string[] {
    const { name } = guest;
    switch (guest.state) {
      case 'unmanaged':
        return [];
      case 'running':
        if (foreign.has(name)) throw new Fault('guarded', `${name} exists and is not natroute's`);
        if (made.get(name) === wish(host, guest)) return [];
        made.set(name, wish(host, guest));
        return [`make ${name}`];
      case 'stopped':
      case 'absent':
        return made.delete(name) ? [`remove ${name}`] : [];
      default:
        return guest.state satisfies never;
    }
  }

  const tools: FakeToolstack = {
    trouble: null,
    addForeign: (name) => void foreign.add(name),
    vanish: (name) => void made.delete(name),
    standing: new Map(),
    existing: () => [...made.keys(), ...foreign].sort(),
    restart: () => createFakeToolstack(made, foreign),
    observe(host, guests) {
      const desired = new Set(guests.map((guest) => guest.name));
      const gone = [...made.keys()].filter((name) => !desired.has(name));
      return Promise.resolve([
        ...guests.map((guest) => ({ ...observeOne(host, guest), ...tools.standing.get(guest.name) })),
        ...gone.map((name): ObservedGuest => ({ name, state: 'running', differs: '' })),
      ]);
    },
    async converge(host, guest) {
      await tools.trouble?.(guest.name);
      return converged(host, guest);
    },
  };
  return tools;
}
