/** The state repository of a sandbox: a bare one that natroute follows, and a clone from which commits are pushed. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inside, type Reached } from './network.ts';
import type { Sandbox } from './sandbox.ts';

const reference = join(import.meta.dirname, 'reference');
const bare = `${inside.folder}/state.git`;
const clone = `${inside.folder}/state`;

/** A file's new content by its path; null deletes it. */
export type Edits = Readonly<Record<string, string | null>>;

export interface Pushed {
  readonly commit: string;
  /** `performance.now()` when git push was started. */
  readonly pushStarted: number;
}

export interface State {
  /** The bare repository as natroute's config names it. */
  readonly url: string;
  /** Where a person in the sandbox would work. */
  readonly clone: string;
  readonly read: (path: string) => string;
  readonly push: (edits: Edits, message: string, by?: Author) => Promise<Pushed>;
  /** Commits and pushes the opposite of that commit. */
  readonly revert: (commit: string, by?: Author) => Promise<Pushed>;
}

export interface Author {
  readonly name: string;
  readonly mail: string;
}

export const author: Author = { name: 'Alice', mail: 'alice@example.org' };

const envOf = ({ name, mail }: Author): Readonly<Record<string, string>> => ({
  HOME: inside.folder,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: mail,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: mail,
});

/** The reference state, committed and pushed, for a host whose failover address is reached as the sandbox has it. */
export async function makeState(sandbox: Sandbox, reached: Reached): Promise<State> {
  const gitBy = (by: Author, ...args: readonly string[]): Promise<string> =>
    sandbox.must('internet', ['git', ...args], { env: envOf(by) });
  const git = (...args: readonly string[]): Promise<string> => gitBy(author, ...args);
  await git('init', '-q', '--bare', '--initial-branch=main', bare);
  await git('clone', '-q', bare, clone);
  await git('-C', clone, 'checkout', '-q', '-B', 'main');
  const pushHead = async (): Promise<Pushed> => {
    const commit = (await git('-C', clone, 'rev-parse', 'HEAD')).trim();
    const pushStarted = performance.now();
    await git('-C', clone, 'push', '-q', 'origin', 'main');
    return { commit, pushStarted };
  };
  const state: State = {
    url: bare,
    clone,
    read: (path) => readFileSync(sandbox.path(`${clone}/${path}`), 'utf8'),
    push: async (edits, message, by = author) => {
      for (const [path, content] of Object.entries(edits)) {
        const file = sandbox.path(`${clone}/${path}`);
        mkdirSync(dirname(file), { recursive: true });
        if (content === null) rmSync(file);
        else writeFileSync(file, content);
      }
      await git('-C', clone, 'add', '--all');
      await gitBy(by, '-C', clone, 'commit', '-q', '--allow-empty', '-m', message);
      return pushHead();
    },
    revert: async (commit, by = author) => {
      await gitBy(by, '-C', clone, 'revert', '--no-edit', commit);
      return pushHead();
    },
  };
  const edits = Object.fromEntries(
    readdirSync(reference, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(reference, path)).isFile())
      .map((path) => [path, readFileSync(join(reference, path), 'utf8')]),
  );
  const host = edits['host.yaml'] ?? '';
  await state.push({ ...edits, 'host.yaml': host.replace('reached: mac', `reached: ${reached}`) }, 'The host as it is');
  return state;
}

export interface LocalConfig {
  /** A cron pattern with seconds. */
  readonly schedule: string;
  readonly policy?: string;
  /** What the state repository may name; default its bridge. */
  readonly allow?: string;
  /** Further lines. */
  readonly more?: readonly string[];
}

/** natroute's local config, where its --root has it. */
export function writeConfig(
  sandbox: Sandbox,
  { schedule, policy, allow = '{bridges: [br0]}', more = [] }: LocalConfig,
): void {
  const folder = sandbox.path(`${inside.root}/etc/natroute`);
  mkdirSync(folder, { recursive: true });
  const lines = [
    `repository: {url: ${bare}, branch: main}`,
    'host: dedibox',
    `schedule: "${schedule}"`,
    ...(policy === undefined ? [] : [`policy: ${policy}`]),
    `allow: ${allow}`,
    ...more,
    '',
  ];
  writeFileSync(`${folder}/config.yaml`, lines.join('\n'));
}
