/** Trouble at any call through a port: it fails before or after its effect, the process dies, or somebody else comes first. */
import { Fault, type FaultCode } from '../../src/model/fault.ts';

export const troubles = ['fails', 'fails late', 'crashes', 'crashes late', 'is overtaken'] as const;
export type Trouble = (typeof troubles)[number];

/** A dead process does nothing more, not even clean up. */
export class Crash extends Error {}

export interface Storm {
  /** Puts a port into it; only what is listed below is a call. */
  readonly around: <Port extends object>(name: string, port: Port) => Port;
  /** A step within a call of the files: it happens or it does not, and the process may die between two. */
  readonly step: (name: string) => void;
  /** What happens to the nth call since the last `calm`, from 0. */
  choose: ((nth: number, call: string) => Trouble | null) | null;
  /** How many turns of others come before a call: so two processes run side by side, and a seed replays it. */
  turns: () => number;
  /** What somebody else does, coming first. */
  intrude: () => void;
  /** Whether the process died in it. */
  dead(): boolean;
  /** Ends it and brings the process to life; the calls since the last time. */
  calm(): readonly string[];
}

interface PortCalls {
  readonly fault: FaultCode;
  readonly calls: readonly string[];
}

const ports: Readonly<Record<string, PortCalls>> = {
  netfilter: {
    fault: 'command-timeout',
    calls: ['probe', 'save', 'restore', 'canonicalise', 'listing', 'listingOf', 'flows', 'cut', 'connections'],
  },
  ruleset: { fault: 'command-failed', calls: ['chains', 'table', 'filter', 'otherBackend'] },
  files: {
    fault: 'disk',
    calls: ['read', 'write', 'fill', 'remove', 'list', 'makeFolder', 'removeFolder', 'rename', 'link', 'readLink'],
  },
  hostFiles: { fault: 'disk', calls: ['look', 'signature', 'swap', 'realPath'] },
  sysctls: { fault: 'command-failed', calls: ['read', 'write'] },
  ledger: { fault: 'disk', calls: ['append', 'entries', 'headings', 'entry', 'steps', 'check', 'rules'] },
  prober: { fault: 'command-failed', calls: ['sockets', 'waysBack', 'kindsOf'] },
  fuse: { fault: 'command-failed', calls: ['light'] },
  mirror: { fault: 'command-timeout', calls: ['trusted', 'resolve', 'isAncestor', 'read'] },
};

export function createStorm(): Storm {
  let calls: string[] = [];
  let dead = false;
  const storm: Storm = {
    choose: null,
    turns: () => 0,
    intrude: () => undefined,
    dead: () => dead,
    calm() {
      const made = calls;
      calls = [];
      dead = false;
      storm.choose = null;
      storm.turns = () => 0;
      return made;
    },
    step(name) {
      if (dead) throw new Crash(name);
      calls.push(name);
      const trouble = storm.choose?.(calls.length - 1, name) ?? null;
      if (trouble === null) return;
      if (trouble === 'is overtaken') return storm.intrude();
      dead = trouble.startsWith('crashes');
      throw dead ? new Crash(name) : new Fault('disk', `${name} failed`);
    },
    around: (name, port) => {
      const known = ports[name];
      if (known === undefined) return port;
      return new Proxy(port, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== 'function' || !known.calls.includes(String(key))) return value;
          const call = value as (...args: unknown[]) => Promise<unknown>;
          return (...args: unknown[]) => through(`${name}.${String(key)}`, known.fault, () => call.apply(target, args));
        },
      });
    },
  };

  async function through(call: string, code: FaultCode, effect: () => Promise<unknown>): Promise<unknown> {
    for (let left = storm.turns(); left > 0; left--) await Promise.resolve();
    if (dead) throw new Crash(call);
    calls.push(call);
    const trouble = storm.choose?.(calls.length - 1, call) ?? null;
    switch (trouble) {
      case null:
        return effect();
      case 'is overtaken':
        storm.intrude();
        return effect();
      case 'fails late':
        await effect();
        throw new Fault(code, `${call}: the answer got lost`);
      case 'fails':
        throw new Fault(code, `${call} failed`);
      case 'crashes late':
        await effect();
        dead = true;
        throw new Crash(call);
      case 'crashes':
        dead = true;
        throw new Crash(call);
      default:
        return trouble satisfies never;
    }
  }
  return storm;
}
