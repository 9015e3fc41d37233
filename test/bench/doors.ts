/** A world whose doors are timed: how long a pass waits for the kernel, for git and for the disk. */
import type { World } from '../../src/engine/world.ts';

export interface Spent {
  kernelMs: number;
  gitMs: number;
  diskMs: number;
  ownMs: number;
}

export interface TimedDoors {
  readonly world: World;
  readonly spent: Spent;
  reset(): void;
}

export function timeDoors(world: World): TimedDoors {
  const spent: Spent = { kernelMs: 0, gitMs: 0, diskMs: 0, ownMs: 0 };
  return {
    world: {
      ...world,
      netfilter: timed(world.netfilter, (ms) => (spent.kernelMs += ms)),
      mirror: timed(world.mirror, (ms) => (spent.gitMs += ms)),
      ledger: timed(world.ledger, (ms) => (spent.gitMs += ms)),
      files: timed(world.files, (ms) => (spent.diskMs += ms)),
      generations: timed(world.generations, (ms) => (spent.diskMs += ms)),
      memory: timed(world.memory, (ms) => (spent.diskMs += ms)),
    },
    spent,
    reset: () => Object.assign(spent, { kernelMs: 0, gitMs: 0, diskMs: 0, ownMs: 0 }),
  };
}

/** Calls that overlap count once: what matters is how long somebody waited. */
function timed<T extends object>(door: T, add: (ms: number) => void): T {
  let open = 0;
  let since = 0;
  return new Proxy(door, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        if (open++ === 0) since = performance.now();
        try {
          return await (method.apply(target, args) as Promise<unknown>);
        } finally {
          if (--open === 0) add(performance.now() - since);
        }
      };
    },
  });
}
