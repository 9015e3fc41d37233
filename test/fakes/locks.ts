import type { Locks } from '../../src/ports.ts';

/** One holder of each lock at a time, as on a host. */
export function createFakeLocks(): Locks {
  const ends = new Map<string, Promise<void>>();
  return {
    async acquire(name) {
      const before = ends.get(name);
      let release = (): void => undefined;
      ends.set(
        name,
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      await before;
      return {
        release: () => {
          release();
          return Promise.resolve();
        },
      };
    },
  };
}
