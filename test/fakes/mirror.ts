/** A mirror whose commits are plain lists of files. */
import { Fault } from '../../src/model/fault.ts';
import type { CommitFacts } from '../../src/model/record.ts';
import type { StateFile } from '../../src/model/state.ts';
import type { Mirror } from '../../src/ports.ts';

export interface FakeMirror extends Mirror {
  /** Adds a commit on top of the last one and trusts it; its id. */
  push(files: Readonly<Record<string, string>>): string;
}

export function createFakeMirror(): FakeMirror {
  const commits: { readonly facts: CommitFacts; readonly files: readonly StateFile[] }[] = [];
  const idOf = (n: number): string => (n + 1).toString(16).padStart(40, '0');
  const find = (id: string): (typeof commits)[number] => {
    const commit = commits.find((c) => c.facts.commit === id);
    if (commit === undefined) throw new Fault('no-such-revision', `there is no commit ${id}`);
    return commit;
  };
  const head = (): string | null => commits.at(-1)?.facts.commit ?? null;
  return {
    push(files) {
      const facts: CommitFacts = {
        commit: idOf(commits.length),
        author: 'Ann <ann@example.org>',
        authoredAt: '2026-11-22T12:00:00Z',
        subject: `Change ${commits.length + 1}`,
        signature: 'none',
      };
      const bytes = Object.entries(files).map(([path, text]): StateFile => {
        const content = new TextEncoder().encode(text);
        return { path, kind: 'file', bytes: content.byteLength, content };
      });
      commits.push({ facts, files: bytes });
      return facts.commit;
    },
    remoteHead: () => Promise.resolve(head() ?? ''),
    fetch: () => Promise.resolve(head() ?? ''),
    trusted: () => Promise.resolve(head()),
    trust: () => Promise.resolve(),
    resolve: (revision) => Promise.resolve(find(revision).facts),
    isAncestor: () => Promise.resolve(true),
    read: (commit) => Promise.resolve(find(commit).files),
    offer: () => Promise.reject(new Fault('git-refused', 'nobody pushes here')),
  };
}
