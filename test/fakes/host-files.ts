/** The host's files and kernel settings in memory. */
import { Fault } from '../../src/model/fault.ts';
import type { FoundFile } from '../../src/model/file.ts';
import type { Actor } from '../../src/model/record.ts';
import type { HostFiles, Sysctls } from '../../src/ports.ts';

export interface FakeHostFiles extends HostFiles {
  readonly there: Map<string, FoundFile>;
  /** Throws in the way a crash or a failing disk would, before and after each file is put in place. */
  trouble: ((when: 'stage' | 'before' | 'after', path: string) => void) | null;
  holders: Map<string, Actor>;
  links: Map<string, string>;
  /** As somebody with an editor writes it. */
  put(path: string, content: string): void;
  text(path: string): string | null;
}

export function createFakeHostFiles(): FakeHostFiles {
  let writes = 0;
  const at = (path: string): FoundFile => files.there.get(path) ?? { kind: 'absent' };
  const same = (a: FoundFile, b: FoundFile): boolean =>
    a.kind === 'file' && b.kind === 'file'
      ? a.content === b.content && a.mode === b.mode && a.uid === b.uid
      : a.kind === 'link' && b.kind === 'link'
        ? a.to === b.to
        : a.kind === 'absent' && b.kind === 'absent';
  const file = (content: string): FoundFile => ({
    kind: 'file',
    content,
    mode: 0o644,
    uid: 0,
    gid: 0,
    owner: 'root',
    writtenAt: new Date(Date.UTC(2026, 0, 1) + 1000 * (writes += 1)).toISOString(),
  });
  const files: FakeHostFiles = {
    there: new Map(),
    trouble: null,
    holders: new Map(),
    links: new Map(),
    put: (path, content) => void files.there.set(path, file(content)),
    text(path) {
      const there = at(path);
      return there.kind === 'file' ? there.content : there.kind === 'link' ? `-> ${there.to}` : null;
    },
    look: (paths) => Promise.resolve(new Map(paths.map((path) => [path, at(path)]))),
    signature: (paths) => Promise.resolve(JSON.stringify(paths.map(at))),
    async swap(swaps) {
      await Promise.resolve();
      for (const { path } of swaps) files.trouble?.('stage', path);
      for (const { path, found, wanted } of swaps) {
        files.trouble?.('before', path);
        if (!same(at(path), found))
          throw new Fault('stale-file', `another program changed ${path}; its change was kept`);
        if (wanted.kind === 'absent') files.there.delete(path);
        else if (wanted.kind === 'link') files.there.set(path, wanted);
        else {
          const access = found.kind === 'file' ? found : wanted.like;
          const made = file(wanted.content);
          files.there.set(
            path,
            access === undefined || made.kind !== 'file' ? made : { ...made, mode: access.mode, uid: access.uid },
          );
        }
        files.trouble?.('after', path);
      }
    },
    realPath: (path) => Promise.resolve(files.links.get(path) ?? path),
    holder: (path) => Promise.resolve(files.holders.get(path) ?? null),
  };
  return files;
}

export interface FakeSysctls extends Sysctls {
  readonly values: Map<string, string>;
  trouble: ((key: string) => void) | null;
}

/** Every setting is there, and 0. */
export function createFakeSysctls(): FakeSysctls {
  const sysctls: FakeSysctls = {
    values: new Map(),
    trouble: null,
    read: (keys) => Promise.resolve(new Map(keys.map((key) => [key, sysctls.values.get(key) ?? '0']))),
    async write(key, value) {
      await Promise.resolve();
      sysctls.trouble?.(key);
      sysctls.values.set(key, value);
    },
  };
  return sysctls;
}
