/** Hints that somebody is at a file of ours; an event may be lost, and the usual look at the next tick finds it then. */
import { pathsOf } from '../core/files/compare.ts';
import type { Watch } from '../ports.ts';
import { inForce } from './confirmation.ts';
import type { World } from './world.ts';

export interface FileWatch {
  /** Watches the folders of the files that are in force now. */
  follow(): Promise<void>;
  /** For good: whoever follows later watches nothing. */
  stop(): Promise<void>;
}

export function createFileWatch(world: World, watch: Watch, hint: () => void): FileWatch {
  let folders = '';
  let watching: { stop(): Promise<void> } | null = null;
  let ended = false;
  // Asked anew after each wait.
  const isEnded = (): boolean => ended;
  const drop = async (): Promise<void> => {
    await watching?.stop();
    watching = null;
    folders = '';
  };
  return {
    async stop() {
      ended = true;
      await drop();
    },
    async follow() {
      const paths = pathsOf((await inForce(world))?.target ?? null);
      const wanted = [...new Set(paths.map((path) => world.paths.root + path.slice(0, path.lastIndexOf('/'))))];
      if (isEnded() || wanted.join() === folders) return;
      await drop();
      if (wanted.length > 0) watching = await watch.start(wanted, hint);
      folders = wanted.join();
      // Stopped while it began: a watch that nobody stops keeps the process alive.
      if (isEnded()) await drop();
    },
  };
}
