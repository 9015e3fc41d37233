/** The Mirror port: a bare copy of one branch of the state repository, and the ref that says what was trusted last. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { CommitFacts } from '../../model/record.ts';
import type { Mirror, OfferedCommit } from '../../ports.ts';
import { createFiles, diskFault } from '../files.ts';
import { parseCommit, plain, verdictOf } from './commit.ts';
import { createGit, type Git, type GitCall, type GitResult } from './factory.ts';
import { requestOf } from './merge-request.ts';
import { readObjects } from './objects.ts';
import { buildCommit, pushNew } from './offer.ts';
import { checkedBranch, checkedRemote, checkedRevision, isCommitId, type Remote } from './remote.ts';
import { sshCommand } from './ssh.ts';
import { clearLeftovers, ensureStore, joinPacks, looseRef, storeState, syncStore } from './store.ts';
import { readState } from './tree.ts';
import { unreachable } from './trouble.ts';

export interface MirrorOptions {
  readonly path: string;
  readonly url: string;
  readonly branch: string;
  /** Private key of ssh; null: what ssh would take by itself. */
  readonly key: string | null;
  /** Null: hosts are accepted when first seen and noted in `home`. */
  readonly knownHosts: string | null;
  /** `allowed_signers` of ssh-keygen; null: signatures are not judged. */
  readonly signers: string | null;
  /** HOME of git and ssh: a folder of natroute's own. */
  readonly home: string;
  /** A certificate authority beside the machine's own, for https. */
  readonly certificateAuthority?: string;
  readonly sshProgram?: string;
  readonly lsRemoteSeconds?: number;
  readonly fetchSeconds?: number;
}

const fetchedRef = 'refs/natroute/fetched';
const trustedRef = 'refs/natroute/trusted';
const noCommit = '0'.repeat(40);

/** `branch x, y and 3 more`; what a missing branch's message names. */
function someOf(branches: readonly string[]): string {
  const shown = branches.slice(0, limits.branchesNamed).map((name) => name.slice(0, 100));
  const more = branches.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Fault disk: git and ssh say of a file that is not there only what follows from it. */
async function mustRead(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw diskFault('read', path, error);
  }
}

/** Faults git-refused at once where the url, the branch or a path may not be given to git. */
export function createMirror(options: MirrorOptions): Mirror {
  return new BareMirror(options);
}

class BareMirror implements Mirror {
  readonly #options: MirrorOptions;
  readonly #remote: Remote;
  readonly #branch: string;
  readonly #git: Git;
  #ready: Promise<void> | null = null;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#remote = checkedRemote(options.url);
    this.#branch = checkedBranch(options.branch);
    const { transport } = this.#remote;
    const ssh = {
      key: options.key,
      knownHosts: options.knownHosts,
      ownKnownHosts: join(options.home, 'known_hosts'),
      program: options.sshProgram ?? 'ssh',
    };
    this.#git = createGit({
      folder: options.path,
      home: options.home,
      transport,
      config: [
        ['gpg.ssh.allowedSignersFile', options.signers ?? '/dev/null'],
        // A pack for each fetch, joined now and then: thousands of single files are slower to make and to keep.
        ['fetch.unpackLimit', '1'],
        ['http.lowSpeedLimit', '1'],
        ['http.lowSpeedTime', String(limits.lsRemoteSeconds)],
        ...(transport === 'ssh'
          ? [['core.sshCommand', sshCommand(ssh)] as const, ['ssh.variant', 'ssh'] as const]
          : []),
        ...(options.certificateAuthority === undefined
          ? []
          : [['http.sslCAInfo', options.certificateAuthority] as const]),
      ],
      globalConfig: transport === 'file' ? this.#trustFile : null,
    });
  }

  /**
   * Git refuses a folder of another user's unless root says otherwise, and takes that word from no command line at the
   * other end of a local transport. The local config, which is root's, names exactly this folder: that is the word.
   */
  get #trustFile(): string {
    return join(this.#options.home, 'local-repository.gitconfig');
  }

  async #prepare(): Promise<void> {
    const { path, home } = this.#options;
    await ensureStore({
      folder: path,
      home,
      git: this.#git,
      damaged: {
        code: 'git-refused',
        what: 'The copy of the state repository',
        help: `Move ${path} away: natroute then fetches a new copy. Its first commit is trusted on first sight, so look at it first.`,
      },
    });
    if (this.#remote.transport === 'ssh') {
      for (const file of [this.#options.key, this.#options.knownHosts]) if (file !== null) await mustRead(file);
    }
    if (this.#remote.transport === 'file') {
      const folders = [this.#remote.url, join(this.#remote.url, '.git')];
      const quoted = folders.map((folder) => `\tdirectory = "${folder.replace(/["\\]/g, '\\$&')}"\n`);
      await createFiles().write(this.#trustFile, `[safe]\n${quoted.join('')}`, 0o600);
    }
  }

  async #run(call: GitCall): Promise<GitResult> {
    this.#ready ??= this.#prepare();
    try {
      await this.#ready;
    } catch (error) {
      // The next call tries again: a full disk may have room by then.
      this.#ready = null;
      throw error;
    }
    return this.#git(call);
  }

  async #ask(call: GitCall & { readonly seconds: number }): Promise<GitResult> {
    try {
      return await this.#run(call);
    } catch (error) {
      if (!(error instanceof Fault) || (error.code !== 'command-failed' && error.code !== 'command-timeout'))
        throw error;
      throw unreachable(this.#remote, error, call.seconds);
    }
  }

  async #missingBranch(seconds: number): Promise<Fault> {
    const { stdout } = await this.#ask({ args: ['ls-remote', '--heads', '--', this.#remote.url], seconds });
    const branches = [...stdout.toString('utf8').matchAll(/^[0-9a-f]+\trefs\/heads\/(.*)$/gm)].map((match) =>
      plain(match[1] ?? ''),
    );
    if (branches.length === 0) {
      return new Fault('no-such-branch', `The repository ${this.#remote.shown} has no commits yet.`, {
        help: `Push a first commit to its branch ${this.#branch}; \`natroute init\` and \`natroute import\` write one.`,
      });
    }
    return new Fault('no-such-branch', `The repository ${this.#remote.shown} has no branch ${this.#branch}.`, {
      help: `It has ${someOf(branches)}. Correct \`repository.branch\` in the local config, or push the branch.`,
    });
  }

  async remoteHead(): Promise<string> {
    const seconds = this.#options.lsRemoteSeconds ?? limits.lsRemoteSeconds;
    const ref = `refs/heads/${this.#branch}`;
    const { stdout } = await this.#ask({ args: ['ls-remote', '--', this.#remote.url, ref], seconds });
    for (const line of stdout.toString('utf8').split('\n')) {
      // A pattern of ls-remote also matches the end of longer names.
      const [commit = '', name] = line.split('\t');
      if (name === ref && isCommitId(commit)) return commit;
    }
    throw await this.#missingBranch(seconds);
  }

  async fetch(): Promise<string> {
    const seconds = this.#options.fetchSeconds ?? limits.fetchSeconds;
    await clearLeftovers(this.#options.path, [fetchedRef, trustedRef]);
    // Verbose, because simple-git waits 50 ms longer for a git that says nothing.
    const options = [
      '--verbose',
      '--no-tags',
      '--no-write-fetch-head',
      '--no-auto-maintenance',
      '--no-recurse-submodules',
    ];
    try {
      await this.#ask({
        args: ['fetch', ...options, '--', this.#remote.url, `+refs/heads/${this.#branch}:${fetchedRef}`],
        seconds,
      });
    } catch (error) {
      if (!(error instanceof Fault) || !/couldn't find remote ref/i.test(error.detail.output ?? '')) throw error;
      throw await this.#missingBranch(seconds);
    }
    const commit = await this.#ref(fetchedRef);
    if (commit === null) throw new Fault('git-refused', `git fetched ${this.#remote.shown} but kept no commit.`);
    await joinPacks(this.#git, this.#options.path, limits.gitPacks);
    return commit;
  }

  async #ref(name: string): Promise<string | null> {
    const { stdout } = await this.#run({ args: ['for-each-ref', '--format=%(objectname) %(refname)', name] });
    const commit = /^([0-9a-f]+) /.exec(stdout.toString('utf8'))?.[1] ?? null;
    if (commit !== null && !isCommitId(commit))
      throw new Fault('git-refused', `The ref ${name} of the mirror is damaged.`);
    return commit;
  }

  async trusted(): Promise<string | null> {
    // Looking makes nothing: a person without root's rights may ask before the first fetch.
    if ((await storeState(this.#options.path)) === 'absent') return null;
    return (await looseRef(this.#options.path, trustedRef)) ?? this.#ref(trustedRef);
  }

  async trust(commit: string, from: string | null): Promise<void> {
    if (!isCommitId(commit)) throw new TypeError(`not a commit's id: ${commit}`);
    await clearLeftovers(this.#options.path, [trustedRef]);
    const swap = `start\nupdate ${trustedRef} ${commit} ${from ?? noCommit}\nprepare\ncommit\n`;
    try {
      await this.#run({ args: ['update-ref', '--stdin'], input: swap });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'command-failed') throw error;
      throw new Fault('git-refused', 'The trusted commit could not be moved: another natroute moved it meanwhile.', {
        ...error.detail,
        help: 'Try again; if it comes back, look for a second natroute on this host.',
        cause: error,
      });
    }
    await syncStore(join(this.#options.path, 'refs/natroute'));
  }

  async resolve(revision: string): Promise<CommitFacts> {
    const asked = checkedRevision(revision, this.#branch, fetchedRef);
    const noSuch = (): Fault =>
      new Fault('no-such-revision', `${JSON.stringify(revision)} names no commit that was fetched, or more than one.`, {
        help: `Look at \`git log\` of the state repository; natroute knows the branch ${this.#branch} as it was last fetched.`,
      });
    const [commit] = await readObjects((call) => this.#run(call), [`${asked}^{commit}`], limits.stateFileBytes);
    if (commit === undefined || typeof commit === 'string') throw noSuch();
    const { author, authoredAt, subject, message, signed } = parseCommit(commit.content);
    const request = requestOf(message, this.#remote.url);
    return {
      commit: commit.id,
      author: author.slice(0, limits.trailerCharacters),
      authoredAt,
      subject: subject.slice(0, limits.trailerCharacters),
      signature: signed ? await this.#signature(commit.id) : 'none',
      ...(request === null ? {} : { request: request.slice(0, limits.trailerCharacters) }),
    };
  }

  async #signature(commit: string): Promise<CommitFacts['signature']> {
    const { signers } = this.#options;
    // Without its list git calls every key a stranger's, and the author of the commit would look for the mistake.
    if (signers !== null) await mustRead(signers);
    const { stdout, stderr } = await this.#run({ args: ['log', '-1', '--no-show-signature', '--format=%G?', commit] });
    if (signers !== null && /cannot run ssh-keygen/i.test(stderr)) {
      throw new Fault('command-missing', 'Signatures cannot be checked: ssh-keygen is not installed on this host.', {
        help: 'Install it: apt-get install openssh-client',
      });
    }
    return verdictOf(stdout.toString('utf8').trim());
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    if (!isCommitId(ancestor) || !isCommitId(descendant)) throw new TypeError('not the ids of two commits');
    const { stdout } = await this.#run({ args: ['merge-base', ancestor, descendant], accept: [0, 1] });
    return stdout.toString('utf8').trim() === ancestor;
  }

  async read(commit: string, host: string): ReturnType<Mirror['read']> {
    if (!isCommitId(commit)) throw new TypeError(`not a commit's id: ${commit}`);
    return readState((call) => this.#run(call), commit, host);
  }

  async offer(branch: string, commit: OfferedCommit): Promise<string> {
    if (!isCommitId(commit.onto)) throw new TypeError(`not a commit's id: ${commit.onto}`);
    if (checkedBranch(branch) === this.#branch) throw new TypeError('the branch that is followed is never pushed to');
    const run = (call: GitCall): Promise<GitResult> => this.#run(call);
    const id = await buildCommit(run, commit);
    const seconds = this.#options.fetchSeconds ?? limits.fetchSeconds;
    await pushNew(run, id, { remote: this.#remote, branch, seconds });
    return id;
  }
}
