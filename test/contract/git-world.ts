// A throw-away folder with state repositories, for tests that talk to a real git.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMirror, type MirrorOptions } from '../../src/adapters/git/mirror.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import type { Mirror } from '../../src/ports.ts';

export interface GitWorld {
  readonly top: string;
  /** A working repository to commit in; its path. */
  repository(name: string): string;
  git(folder: string, ...args: string[]): string;
  /** Writes the files, commits them; the commit. */
  commit(folder: string, files: Readonly<Record<string, string>>, ...args: string[]): string;
  mirror(url: string, options?: Partial<MirrorOptions>): Mirror;
  end(): void;
}

export function openGitWorld(): GitWorld {
  const top = mkdtempSync(join(tmpdir(), 'natroute-git-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: top,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Alice',
    GIT_AUTHOR_EMAIL: 'alice@example.org',
    GIT_COMMITTER_NAME: 'Alice',
    GIT_COMMITTER_EMAIL: 'alice@example.org',
  };
  let mirrors = 0;
  const git = (folder: string, ...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  return {
    top,
    git,
    repository(name) {
      const folder = join(top, name);
      mkdirSync(folder);
      git(folder, 'init', '--quiet', '--initial-branch=main');
      return folder;
    },
    commit(folder, files, ...args) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
      git(folder, 'add', '--all', '--force');
      git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'Change', ...args);
      return git(folder, 'rev-parse', 'HEAD');
    },
    mirror(url, options = {}) {
      mirrors += 1;
      return createMirror({
        path: join(top, `mirror-${mirrors}.git`),
        url,
        branch: 'main',
        key: null,
        knownHosts: null,
        signers: null,
        home: join(top, 'home'),
        ...options,
      });
    },
    end: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** For assert.rejects: a Fault of this code whose sentence, help included, has these words. */
export function faultSaying(code: FaultCode, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof Fault)) throw error;
    const said = `${error.message} ${error.detail.help ?? ''}`;
    if (error.code === code && words.test(said)) return true;
    throw new Error(`not ${code} ${String(words)}: ${error.code}: ${said} (${error.detail.output ?? ''})`);
  };
}

/** Processes whose command line or environment names this folder: what a test has left running. */
export function processesNaming(folder: string): readonly string[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && name !== String(process.pid))
    .filter((pid) => `${read(`/proc/${pid}/cmdline`)}${read(`/proc/${pid}/environ`)}`.includes(folder))
    .filter((pid) => !/^[0-9]+ \(.*\) Z/.test(read(`/proc/${pid}/stat`)))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}
