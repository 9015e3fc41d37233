/** Hints that somebody is at a file of ours; an event may be lost, and the usual look at the next tick finds it then. */
import { pathsOf } from '../core/files/compare.ts';
import type { Watch } from '../ports.ts';
import { inForce } from './confirmation.ts';
import type { World } from './world.ts';

export interface FileWatch {
  /** Watches the folders of the files that are in force now. */
  follow(): Promise<void>;
  stop(): Promise<void>;
}

export function createFileWatch(world: World, watch: Watch, hint: () => void): FileWatch {
  let folders = '';
  let watching: { stop(): Promise<void> } | null = null;
  const stop = async (): Promise<void> => {
    await watching?.stop();
    watching = null;
    folders = '';
  };
  return {
    stop,
    async follow() {
      const paths = pathsOf((await inForce(world))?.target ?? null);
      const wanted = [...new Set(paths.map((path) => world.paths.root + path.slice(0, path.lastIndexOf('/'))))];
      if (wanted.join() === folders) return;
      await stop();
      if (wanted.length > 0) watching = await watch.start(wanted, hint);
      folders = wanted.join();
    },
  };
}
