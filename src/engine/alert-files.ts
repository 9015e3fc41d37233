/**
 * The files of alerts, on a disk that may take nothing: what it refuses is kept in memory, is read and sent from there,
 * and is written as soon as the disk takes it. A full disk is what people most need to be told of.
 */
import { Fault } from '../model/fault.ts';
import type { Files } from '../ports.ts';

export interface AlertFiles extends Pick<Files, 'read' | 'list' | 'remove'> {
  /** With its folder, readable by its owner alone. */
  write(path: string, text: string): Promise<void>;
  /** Writes what only memory has. Null where nothing of that is left, else why the disk does not take it. */
  settle(): Promise<Fault | null>;
}

/** What is kept is bounded by those who write: a queue has at most `limits.alertsKept` files. */
export function createAlertFiles(files: Files): AlertFiles {
  // In the order in which they must reach the disk; null: removed.
  const unwritten = new Map<string, string | null>();
  let turn: Promise<unknown> = Promise.resolve();

  /** One at a time, so that nothing older is written over what is newer. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work, work);
    turn = mine;
    return mine;
  }

  async function reach(path: string, text: string | null): Promise<Fault | null> {
    try {
      if (text === null) await files.remove(path);
      else {
        await files.makeFolder(folderOf(path));
        await files.write(path, text, 0o600);
      }
      return null;
    } catch (error) {
      if (error instanceof Fault && error.code === 'disk') return error;
      throw error;
    }
  }

  async function settle(): Promise<Fault | null> {
    for (const [path, text] of [...unwritten]) {
      const refusal = await reach(path, text);
      if (refusal !== null) return refusal;
      unwritten.delete(path);
    }
    return null;
  }

  async function change(path: string, text: string | null): Promise<void> {
    if ((await settle()) === null && (await reach(path, text)) === null) return;
    const before = unwritten.get(path);
    // A text that is written anew keeps its turn, before the end of what it was made of.
    if (typeof before !== typeof text) unwritten.delete(path);
    unwritten.set(path, text);
  }

  return {
    settle: () => inTurn(settle),
    write: (path, text) => inTurn(() => change(path, text)),
    remove: (path) => inTurn(() => change(path, null)),
    read(path) {
      const text = unwritten.get(path);
      if (text === undefined) return files.read(path);
      return Promise.resolve(text === null ? null : new TextEncoder().encode(text));
    },
    async list(path) {
      const names = new Set(await files.list(path));
      for (const [file, text] of unwritten) {
        if (folderOf(file) !== path) continue;
        const name = file.slice(path.length + 1);
        if (text === null) names.delete(name);
        else names.add(name);
      }
      return [...names].sort();
    },
  };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
