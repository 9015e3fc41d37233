/** A file system in memory that counts its calls and can crash before or after any of them. */
import { Fault } from '../../src/model/fault.ts';
import type { Files } from '../../src/ports.ts';

type Node =
  | { readonly kind: 'file'; readonly content: Uint8Array }
  | { readonly kind: 'link'; readonly to: string }
  | { readonly kind: 'folder' };

export interface FakeFiles extends Files {
  /** Throws in the way a crash or a failing disk would, before each changing call whose number it is given. */
  trouble: ((call: string, path: string) => void) | null;
  /** In which order the entries of a folder go when it is removed: no disk promises one. A crash may come before each. */
  order: (entries: readonly string[]) => readonly string[];
  /** Every path that exists, sorted. */
  paths(): readonly string[];
  text(path: string): string | null;
}

export function createFakeFiles(): FakeFiles {
  const nodes = new Map<string, Node>();
  const change = (call: string, path: string): void => files.trouble?.(call, path);
  const parents = (path: string): void => {
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent === '' || nodes.has(parent)) return;
    parents(parent);
    nodes.set(parent, { kind: 'folder' });
  };
  const below = (path: string): string[] => [...nodes.keys()].filter((key) => key.startsWith(`${path}/`));
  const resolve = (path: string): string => {
    for (const [key, node] of nodes) {
      if (node.kind === 'link' && path.startsWith(`${key}/`))
        return resolve(`${key.slice(0, key.lastIndexOf('/'))}/${node.to}${path.slice(key.length)}`);
    }
    return path;
  };
  const depth = (path: string): number => path.split('/').length;
  const files: FakeFiles = {
    trouble: null,
    order: (entries) => entries,
    paths: () => [...nodes.keys()].sort(),
    text(path) {
      const node = nodes.get(resolve(path));
      return node?.kind === 'file' ? new TextDecoder().decode(node.content) : null;
    },
    read(path) {
      const node = nodes.get(resolve(path));
      if (node !== undefined && node.kind !== 'file')
        return Promise.reject(new Fault('disk', `${path} is a ${node.kind}`));
      return Promise.resolve(node === undefined ? null : node.content);
    },
    async write(path, content) {
      await Promise.resolve();
      change('write', path);
      parents(path);
      nodes.set(path, {
        kind: 'file',
        content: typeof content === 'string' ? new TextEncoder().encode(content) : content.slice(),
      });
    },
    async fill(folder, contents) {
      await Promise.resolve();
      for (const [path, content] of contents) {
        change('fill', `${folder}/${path}`);
        parents(`${folder}/${path}`);
        nodes.set(`${folder}/${path}`, { kind: 'file', content: new TextEncoder().encode(content) });
      }
    },
    async remove(path) {
      await Promise.resolve();
      change('remove', path);
      nodes.delete(path);
    },
    list(path) {
      const names = below(path).map((key) => key.slice(path.length + 1));
      return Promise.resolve(names.filter((name) => !name.includes('/')).sort());
    },
    async makeFolder(path) {
      await Promise.resolve();
      change('makeFolder', path);
      parents(`${path}/x`);
    },
    async removeFolder(path) {
      await Promise.resolve();
      change('removeFolder', path);
      const entries = [...files.order(below(path))].sort((a, b) => depth(b) - depth(a));
      for (const key of [...entries, path].filter((key) => nodes.has(key))) {
        change('unlink', key);
        nodes.delete(key);
      }
    },
    async rename(from, to) {
      await Promise.resolve();
      change('rename', to);
      for (const key of [from, ...below(from)]) {
        const node = nodes.get(key);
        if (node !== undefined) nodes.set(to + key.slice(from.length), node);
        nodes.delete(key);
      }
    },
    async link(path, to) {
      await Promise.resolve();
      change('link', path);
      parents(path);
      nodes.set(path, { kind: 'link', to });
    },
    readLink(path) {
      const node = nodes.get(path);
      return Promise.resolve(node?.kind === 'link' ? node.to : null);
    },
  };
  return files;
}
