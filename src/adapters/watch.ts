/** Hints from the file system through chokidar; links are not followed, for swapping one gives no event. */
import type { Watch } from '../ports.ts';

export function createWatch(): Watch {
  return {
    async start(paths, hint) {
      const { watch } = await import('chokidar');
      const watcher = watch([...paths], {
        ignoreInitial: true,
        followSymlinks: false,
        depth: 4,
        ignorePermissionErrors: true,
      });
      watcher.on('all', () => hint());
      // A watch that breaks only costs speed: the schedule still comes.
      watcher.on('error', () => hint());
      await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
      return { stop: () => watcher.close() };
    },
  };
}
