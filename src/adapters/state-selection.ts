/**
 * Which files of a state repository one host reads, the same for a folder and for a commit: with a folder `hosts` its
 * own folder and `common`, without one everything that could be meant as state.
 */
import type { StateFile } from '../model/state.ts';

export type EntryKind = StateFile['kind'] | 'folder';

/** Where to look, given the names at the root. Null: everywhere. */
export function foldersRead(
  root: readonly { readonly name: string; readonly kind: EntryKind }[],
): readonly string[] | null {
  return root.some((entry) => entry.name === 'hosts' && entry.kind === 'folder') ? ['hosts', 'common'] : null;
}

function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.'));
}

/** Prose and pictures beside the state are nobody's concern, but a misspelled folder with YAML in it is. */
function isState(path: string, kind: StateFile['kind']): boolean {
  return kind !== 'file' || /^[^/]+$|^guests\/|\.ya?ml$/i.test(path);
}

/**
 * The paths of `entries` that `host` reads. Where it has no folder of its own, every `hosts/NAME/host.yaml` stays in,
 * so that the reader can say which hosts there are.
 */
export function selectState<Entry extends { readonly path: string; readonly kind: StateFile['kind'] }>(
  entries: readonly Entry[],
  host: string,
  manyHosts: boolean,
): readonly Entry[] {
  const visible = entries.filter((entry) => !isHidden(entry.path));
  if (!manyHosts) return visible.filter((entry) => isState(entry.path, entry.kind));
  const own = `hosts/${host}`;
  const inside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
  const chosen = visible.filter((entry) => inside(entry.path, own) || inside(entry.path, 'common'));
  if (chosen.some((entry) => inside(entry.path, own))) return chosen;
  return [...chosen, ...visible.filter((entry) => /^hosts\/[^/]+(\/host\.yaml)?$/.test(entry.path))];
}
