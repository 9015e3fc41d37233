/**
 * Where the time of a pass goes: what this process computes itself, what starting programs costs it, and how long it
 * waits at each door. Computing is the processor time of the thread that runs natroute: parsing, comparing and spelling
 * out, most of the garbage collecting too, wherever in natroute it happens, and whatever else runs on the machine.
 */
import { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createRuleset } from '../../src/adapters/netfilter/ruleset.ts';
import { createObserver } from '../../src/engine/observer.ts';
import { createLookout } from '../../src/engine/surroundings.ts';
import type { World } from '../../src/engine/world.ts';

export interface Spent {
  readonly ownMs: number;
  /** Processor time until the kernel has made the new process; part of no other figure. */
  readonly startingMs: number;
  readonly programs: number;
  /** Time on the clock with nothing to compute meanwhile. */
  readonly kernelMs: number;
  readonly gitMs: number;
  readonly diskMs: number;
}

export interface TimedDoors {
  readonly world: World;
  measure(work: () => Promise<unknown>): Promise<Spent>;
}

type Door = 'kernelMs' | 'gitMs' | 'diskMs';

export function timeDoors(world: World): TimedDoors {
  const waited: Record<Door, number> = { kernelMs: 0, gitMs: 0, diskMs: 0 };
  const timed = <T extends object>(door: T, name: Door): T => timedDoor(door, (ms) => (waited[name] += ms));
  const starts = timeStarts();
  const netfilter = timed(world.netfilter, 'kernelMs');
  return {
    world: {
      ...world,
      netfilter,
      // Those of the world look through a door that is not timed.
      observer: createObserver({ ...world, netfilter }),
      lookout: createLookout(netfilter, timed(createRuleset(), 'kernelMs'), world.clock),
      mirror: timed(world.mirror, 'gitMs'),
      ledger: timed(world.ledger, 'gitMs'),
      files: timed(world.files, 'diskMs'),
      locks: timed(world.locks, 'diskMs'),
      generations: timed(world.generations, 'diskMs'),
      memory: timed(world.memory, 'diskMs'),
    },
    async measure(work) {
      Object.assign(waited, { kernelMs: 0, gitMs: 0, diskMs: 0 });
      Object.assign(starts, { ms: 0, count: 0 });
      const before = threadMs();
      await work();
      return { ...waited, startingMs: starts.ms, programs: starts.count, ownMs: threadMs() - before - starts.ms };
    },
  };
}

/** Calls of one door that overlap count once. */
function timedDoor<T extends object>(door: T, add: (ms: number) => void): T {
  let open = 0;
  let since = 0;
  const idle = (): number => performance.eventLoopUtilization().idle;
  return new Proxy(door, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        if (open++ === 0) since = idle();
        try {
          return await (method.apply(target, args) as Promise<unknown>);
        } finally {
          if (--open === 0) add(idle() - since);
        }
      };
    },
  });
}

/** Node makes a new process before it goes on, and the larger it is itself the longer that takes. */
function timeStarts(): { ms: number; count: number } {
  const starts = { ms: 0, count: 0 };
  const prototype = ChildProcess.prototype as unknown as { spawn: (options: unknown) => unknown };
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const started = threadMs();
    try {
      return spawn.call(this, options);
    } finally {
      starts.ms += threadMs() - started;
      starts.count += 1;
    }
  };
  return starts;
}

/** Processor time of the first thread, on which all of natroute runs. */
export function threadMs(): number {
  const [spent = ''] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(spent) / 1e6;
}
