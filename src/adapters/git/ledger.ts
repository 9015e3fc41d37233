/**
 * The Ledger port: a bare git repository with one branch, one commit for each entry, written by one `git fast-import`
 * that moves the branch only forward. There never is a work tree, and a damaged ledger is never reset.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type {
  LedgerEntry,
  LedgerHeading,
  LedgerLine,
  LedgerRecord,
  LedgerStep,
  LedgerSummary,
} from '../../model/record.ts';
import type { HistoryFilter, Ledger, LedgerVerdict, Progress } from '../../ports.ts';
import { createFiles } from '../files.ts';
import { createGit, type Git, type GitCall, type GitResult } from './factory.ts';
import { damagedLedger, ledgerFault, overtakenWords } from './ledger-trouble.ts';
import { type LedgerRemote, pushLedger } from './ledger-push.ts';
import { type KeptLedger, letGo, withEarlier } from './ledger-keep.ts';
import { checkHead, type CheckedLedger, verifyLedger } from './ledger-verify.ts';
import { readSteps } from './ledger-steps.ts';
import { importEntry } from './ledger-import.ts';
import { checkKey, signCommit, unsignedRef } from './ledger-sign.ts';
import { branch, type Import, importStream, type RenderedEntry, splitLog } from './ledger-stream.ts';
import { type GitAnswer, type GitObject, readObjects } from './objects.ts';
import { clearLeftovers, ensureStore, joinPacks, looseRef, storeState, syncStore } from './store.ts';

/** How a record becomes text and is read back; what it throws means that an entry is damaged. */
export interface EntryText {
  readonly renderEntry: (record: LedgerRecord) => RenderedEntry;
  readonly parseMessage: (message: string) => LedgerHeading;
  readonly parseChanges: (text: string) => Pick<LedgerSummary, 'changes' | 'impact' | 'newer'>;
  /** What is noted of entries that are let go. */
  readonly earlierSteps: (steps: readonly LedgerStep[]) => readonly LedgerStep[];
  readonly inHistory: (heading: LedgerHeading, filter: HistoryFilter) => boolean;
}

export interface LedgerOptions {
  readonly path: string;
  /** This host's name in the ledger. */
  readonly host: string;
  /** HOME of git: a folder of natroute's own. */
  readonly home: string;
  /** The ssh key that signs each entry; null: none does. */
  readonly signingKey: string | null;
  /** Where its entries are pushed to; null: nowhere. */
  readonly remote: LedgerRemote | null;
  readonly text: EntryText;
}

const changesFile = 'changes.json';

export function createLedger(options: LedgerOptions): Ledger {
  return new GitLedger(options);
}

const mailName = (host: string): string => host.replace(/[^A-Za-z0-9._-]/g, '-');
const signersIn = (home: string): string => join(home, 'ledger_signers');

class GitLedger implements Ledger {
  readonly #options: LedgerOptions;
  readonly #git: Git;
  /** Whether an entry was ever appended, as far as this process knows. */
  #begun = false;
  /** The end of the branch that was last found or made whole by this process. */
  #sound: string | null = null;
  /** When that was, as `performance.now()`. */
  #soundAtMs = -Infinity;
  /** The entry that the remote has got from this process. */
  #pushed: string | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#git = createGit({
      folder: options.path,
      home: options.home,
      transport: null,
      config: [
        // An entry is one small pack: two files to sync, where loose objects would be five.
        ['fastimport.unpackLimit', '0'],
        ['gpg.ssh.allowedSignersFile', signersIn(options.home)],
      ],
      globalConfig: null,
    });
  }

  #damaged(what: string, cause: unknown): Fault {
    return damagedLedger(this.#options.path, what, cause);
  }

  #asDamage(what: string, error: unknown): Fault {
    return ledgerFault(this.#options.path, what, error);
  }

  get #marker(): string {
    return join(this.#options.path, 'natroute-begun');
  }

  /** Whether the branch has entries; a branch that had some and is gone is damage, not a new ledger. */
  async #hasEntries(): Promise<boolean> {
    if (this.#begun) return true;
    const { stdout, stderr } = await this.#run('its branch cannot be read', {
      args: ['for-each-ref', '--format=%(objecttype)', branch],
    });
    if (stdout.toString('utf8').trim() === 'commit') return (this.#begun = true);
    if (stdout.length > 0 || stderr !== '') throw this.#damaged(`its branch is broken (${stderr.trim()})`, null);
    if ((await createFiles().read(this.#marker)) !== null) throw this.#damaged('its branch is gone', null);
    return false;
  }

  async #run(what: string, call: GitCall): Promise<GitResult> {
    try {
      return await this.#git(call);
    } catch (error) {
      throw this.#asDamage(what, error);
    }
  }

  /** False where there is no ledger yet; reading never makes one. */
  async #readable(): Promise<boolean> {
    const state = await storeState(this.#options.path);
    switch (state) {
      case 'absent':
      case 'half-made':
        // Somebody may have taken away what this process had begun.
        this.#begun = false;
        return false;
      case 'damaged':
        throw this.#damaged('it is no whole git repository', null);
      case 'whole':
        return this.#hasEntries();
      default:
        return state satisfies never;
    }
  }

  async append(record: LedgerRecord): Promise<string> {
    return this.#alone(() => this.#append(record));
  }

  /** One writer at a time in this process; other processes are met by the branch's own lock. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async #append(record: LedgerRecord): Promise<string> {
    const { path, home, host } = this.#options;
    const { help = '' } = this.#damaged('', null).detail;
    const damaged = { code: 'ledger-damaged', what: 'The ledger', help } as const;
    if (await ensureStore({ folder: path, home, git: this.#git, damaged })) this.#begun = false;
    await clearLeftovers(path, [branch, unsignedRef]);
    const entry = this.#options.text.renderEntry(record);
    const who = `natroute <natroute@${mailName(host)}> ${Math.floor(Date.parse(record.at) / 1000)} +0000`;
    // An entry on a rewritten chain would make its end the known one.
    if (await this.#hasEntries()) await this.#checkEnd();
    for (let tries = 1; ; tries += 1) {
      const first = !(await this.#hasEntries());
      try {
        const id = await this.#place({ entry, who, first });
        await this.#settle(id);
        return id;
      } catch (error) {
        const overtaken = error instanceof Fault && overtakenWords.test(error.detail.output ?? '');
        if (!overtaken || tries >= limits.ledgerAppendTries) throw this.#asDamage('no entry can be appended', error);
      }
      await pause(limits.ledgerAppendPauseMs * tries);
    }
  }

  /** Asks git only where the branch is not just where this process left it. */
  async #checkEnd(): Promise<void> {
    const end = await looseRef(this.#options.path, branch);
    if (end === null || end !== this.#sound) await checkHead(this.#checked);
  }

  async end(): Promise<string | null> {
    const loose = await looseRef(this.#options.path, branch);
    return loose ?? ((await this.#readable()) ? this.#head() : null);
  }

  async has(id: string): Promise<boolean> {
    if (!(await this.#readable())) return false;
    await checkHead(this.#checked);
    const args = ['merge-base', '--is-ancestor', id, branch];
    return (await this.#run('its history cannot be read', { args, accept: [0, 1, 128] })).exitCode === 0;
  }

  async #head(): Promise<string> {
    const { stdout } = await this.#run('its branch cannot be read', {
      args: ['for-each-ref', '--format=%(objectname)', branch],
    });
    return stdout.toString('utf8').trim();
  }

  async #place(entry: Omit<Import, 'to'>): Promise<string> {
    const { signingKey: key, path: folder, home, host } = this.#options;
    const store = { git: this.#git, folder };
    if (key === null) return importEntry(store, importStream({ ...entry, to: branch }), []);
    // What waits there is of a pass that was cut short: it never became an entry.
    const unsigned = await importEntry(store, importStream({ ...entry, to: unsignedRef }), ['--force']);
    return signCommit({ ...store, key, signers: signersIn(home), host: mailName(host) }, unsigned);
  }

  async #settle(id: string): Promise<void> {
    const { path } = this.#options;
    for (const folder of ['objects/pack', 'refs/heads']) await syncStore(join(path, folder));
    // What the branch must go on from, whoever says what it is later.
    await createFiles().write(this.#marker, `${id}\n`, 0o644);
    this.#begun = true;
    this.#sound = id;
    this.#soundAtMs = performance.now();
    // Where no daemon tidies, somebody must.
    await joinPacks(this.#git, path, 2 * limits.gitPacks);
  }

  async tidy(): Promise<void> {
    if (!(await this.#readable())) return;
    await this.#alone(() => joinPacks(this.#git, this.#options.path, limits.gitPacks));
  }

  async check(): Promise<void> {
    if (this.#options.signingKey !== null) await checkKey(this.#options.signingKey);
    // What has just taken an entry of this pass takes the next one too.
    const justNow = performance.now() - this.#soundAtMs < limits.ledgerSoundMs;
    if (justNow && (await looseRef(this.#options.path, branch)) === this.#sound) return;
    if (await this.#readable()) await checkHead(this.#checked);
  }

  async push(): Promise<void> {
    const { remote, path: folder, home, host } = this.#options;
    if (remote === null || !(await this.#readable())) return;
    const head = await this.#head();
    if (head === this.#pushed) return;
    await pushLedger({ ...remote, folder, home, host });
    await createFiles().write(this.#pushedPath, `${head}\n`, 0o644);
    this.#pushed = head;
  }

  get #pushedPath(): string {
    return join(this.#options.path, 'natroute-pushed');
  }

  async letGo(before: Date): Promise<number> {
    if (!(await this.#readable())) return 0;
    // Nothing may be appended meanwhile: it could need what is about to be dropped.
    return this.#alone(async () => {
      const pushed = await createFiles().read(this.#pushedPath);
      const has = this.#options.remote === null ? null : new TextDecoder().decode(pushed ?? new Uint8Array()).trim();
      return letGo(this.#kept, await this.steps(), { before, pushed: has });
    });
  }

  async verify(progress: Progress = () => undefined): Promise<LedgerVerdict> {
    if (!(await this.#readable())) return { steps: [], damage: [], signatures: [], letGo: null };
    return verifyLedger({ ...this.#checked, ...this.#kept }, progress);
  }

  async tables(ids: readonly string[]): Promise<readonly Readonly<Record<Family, string>>[]> {
    const answers = await this.#objects(ids.flatMap((id) => [`${id}:nat.v4`, `${id}:nat.v6`]));
    const text = (answer: GitAnswer | undefined): string =>
      answer === undefined || typeof answer === 'string' ? '' : answer.content.toString('utf8');
    return ids.map((_, i) => ({ v4: text(answers[2 * i]), v6: text(answers[2 * i + 1]) }));
  }

  get #checked(): CheckedLedger {
    return {
      git: this.#git,
      branch,
      marker: async () => new TextDecoder().decode((await createFiles().read(this.#marker)) ?? new Uint8Array()).trim(),
      damaged: (what, cause) => this.#damaged(what, cause ?? null),
    };
  }

  get #kept(): KeptLedger {
    return {
      folder: this.#options.path,
      earlierSteps: this.#options.text.earlierSteps,
      run: (what, call) => this.#run(what, call),
      branch,
      indexPath: join(this.#options.path, 'natroute-index'),
      parseHeading: (id, message) => this.#parse(id, () => this.#options.text.parseMessage(message)),
      damaged: (what) => this.#damaged(what, null),
    };
  }

  async headings(filter: HistoryFilter): Promise<readonly LedgerLine[]> {
    if (!(await this.#readable())) return [];
    const most = Math.min(filter.most, limits.ledgerEntriesRead);
    const all = filter.since === null && filter.author === null && filter.cause === undefined;
    const { stdout } = await this.#run('its history cannot be read', {
      args: [
        'log',
        '-z',
        '--no-show-signature',
        '--format=%H%n%B',
        `--max-count=${all ? most : limits.ledgerEntriesRead}`,
        branch,
        '--',
      ],
      outputBytes: limits.ledgerReadBytes,
    });
    const found: LedgerLine[] = [];
    for (const [id, message] of splitLog(stdout.toString('utf8'))) {
      if (found.length === most) break;
      const heading = this.#parse(id, () => this.#options.text.parseMessage(message));
      if (!this.#options.text.inHistory(heading, filter)) continue;
      found.push({ id, subject: message.slice(0, message.indexOf('\n')), heading });
    }
    return found;
  }

  async entries(filter: HistoryFilter, progress?: Progress): Promise<readonly LedgerEntry[]> {
    const found = await this.headings(filter);
    const entries: LedgerEntry[] = [];
    for (let from = 0; from < found.length; from += limits.ledgerStepsAtOnce) {
      if (from > 0) progress?.(from, found.length);
      const some = found.slice(from, from + limits.ledgerStepsAtOnce);
      const changes = await this.#objects(some.map(({ id }) => `${id}:${changesFile}`));
      entries.push(...some.map(({ id, heading }, i) => this.#whole(id, heading, changes[i] ?? 'missing')));
    }
    progress?.(found.length, found.length);
    return entries;
  }

  async steps(progress: Progress = () => undefined): Promise<readonly LedgerStep[]> {
    if (!(await this.#readable())) return [];
    return withEarlier(this.#kept, await readSteps(this.#kept, progress));
  }

  #parse<Part>(id: string, parse: () => Part): Part {
    try {
      return parse();
    } catch (error) {
      throw this.#damaged(
        `entry ${id.slice(0, 10)} is not readable (${error instanceof Error ? error.message : String(error)})`,
        error,
      );
    }
  }

  #whole(id: string, heading: LedgerHeading, changes: GitAnswer): LedgerEntry {
    if (typeof changes === 'string') throw this.#damaged(`entry ${id.slice(0, 10)} has lost its ${changesFile}`, null);
    const text = changes.content.toString('utf8');
    return { id, record: { ...heading, ...this.#parse(id, () => this.#options.text.parseChanges(text)) } };
  }

  async #objects(names: readonly string[]): ReturnType<typeof readObjects> {
    try {
      return await readObjects(this.#git, names, limits.ledgerReadBytes);
    } catch (error) {
      throw this.#asDamage('an object cannot be read', error);
    }
  }

  /** The entry's commit with one of its files; null where the branch has none of that name. */
  async #find(id: string, file: string): Promise<{ readonly commit: GitObject; readonly content: GitAnswer } | null> {
    if (!/^[0-9a-f]{4,64}$/i.test(id) || !(await this.#readable())) return null;
    const [commit, content] = await this.#objects([`${id}^{commit}`, `${id}:${file}`]);
    if (commit === 'ambiguous') {
      throw new Fault('usage', `More than one entry of the ledger begins with ${id}.`, {
        help: 'Give more of its id.',
      });
    }
    if (commit === undefined || commit === 'missing') return null;
    // What a crash left beside the branch never became an entry.
    const { stdout } = await this.#run('its history cannot be read', {
      args: ['for-each-ref', `--contains=${commit.id}`, branch],
    });
    return stdout.length === 0 ? null : { commit, content: content ?? 'missing' };
  }

  async entry(id: string): Promise<LedgerEntry | null> {
    const found = await this.#find(id, changesFile);
    if (found === null) return null;
    const text = found.commit.content.toString('utf8');
    const message = text.slice(text.indexOf('\n\n') + 2);
    const heading = this.#parse(found.commit.id, () => this.#options.text.parseMessage(message));
    return this.#whole(found.commit.id, heading, found.content);
  }

  async rules(id: string, family: Family): Promise<string> {
    const found = await this.#find(id, `nat.${family}`);
    if (found === null) {
      throw new Fault('usage', `The ledger has no entry ${JSON.stringify(id.slice(0, 100))}.`, {
        help: 'See `natroute history` for the ids.',
      });
    }
    return typeof found.content === 'string' ? '' : found.content.content.toString('utf8');
  }
}
