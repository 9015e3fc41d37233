/**
 * The built command line in a world of its own: a folder for --root, a state repository, and a network namespace that
 * ends with this process, however that ends.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundle } from '../../deploy/build.mjs';
import { stateWith } from '../fakes/reference.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Another program file than the bundle as it is. */
  readonly bundle?: string;
  /** Put before the program: `setpriv`, `unshare`... */
  readonly wrap?: readonly string[];
  /** Where it runs; default the world's namespace. */
  readonly outside?: boolean;
}

export interface Background {
  readonly said: RegExpExecArray;
  /** SIGTERM, and what came of it. */
  stop(): Promise<Ran>;
}

export interface CliWorld {
  readonly top: string;
  readonly root: string;
  readonly state: string;
  readonly bundle: string;
  /** `natroute --root ROOT ARGS` in the namespace. */
  run(...args: string[]): Promise<Ran>;
  runWith(options: RunOptions, ...args: string[]): Promise<Ran>;
  /** Without --root and config: for commands that need no host. */
  bare(options: RunOptions, ...args: string[]): Promise<Ran>;
  /** On a terminal; `answer` is typed once the question stands there, Ctrl-D for null. */
  onTerminal(answer: string | null, ...args: string[]): Promise<Ran>;
  /** `natroute run`, once it says that it follows the branch. */
  daemon(): Promise<Background>;
  /** A program in the namespace that goes on, once it said what is waited for. */
  background(command: readonly string[], until: RegExp): Promise<Background>;
  /** A program in the namespace. */
  inside(...command: string[]): Promise<Ran>;
  /** Both nat tables without what changes by itself. */
  tables(): Promise<string>;
  /** Writes the files (null removes one), commits all; the commit. */
  commit(files: Readonly<Record<string, string | Uint8Array | null>>, subject?: string): string;
  git(...args: string[]): string;
  config(text: string): void;
  /** The bundle with other limits; each must be there exactly once. */
  withLimits(changed: Readonly<Record<string, number>>): string;
  end(): Promise<void>;
}

const gitEnv = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
};

export async function openCliWorld(files: Readonly<Record<string, string>> = stateWith([80])): Promise<CliWorld> {
  const top = mkdtempSync(join(tmpdir(), 'natroute-cli-'));
  const [root, state, program] = [join(top, 'root'), join(top, 'state'), join(top, 'natroute.cjs')];
  await bundle(program);
  const holder = await holdNamespace();
  const env: NodeJS.ProcessEnv = { ...process.env, XTABLES_LOCKFILE: join(top, 'xtables.lock'), TERM: 'xterm' };
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT']) env[name] = undefined;
  const enter = ['nsenter', `--net=/proc/${holder.pid ?? 0}/ns/net`, '--'];

  const start = (command: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    runProgram([...(options.outside === true ? [] : enter), ...(options.wrap ?? []), ...command], {
      env: { ...env, ...options.env },
      cwd: options.cwd ?? top,
    });
  const node = (options: RunOptions): readonly string[] => [process.execPath, options.bundle ?? program];
  const world: CliWorld = {
    top,
    root,
    state,
    bundle: program,
    run: (...args) => world.runWith({}, ...args),
    runWith: (options, ...args) => start([...node(options), '--root', root, ...args], options),
    bare: (options, ...args) => start([...node(options), ...args], options),
    onTerminal: (answer, ...args) =>
      typeOnTerminal([...enter, ...terminalCommand([process.execPath, program, '--root', root, ...args])], {
        answer,
        env,
      }),
    daemon: () => world.background([process.execPath, program, '--root', root, 'run'], / follows /),
    background: (command, until) => startBackground([...enter, ...command], until, env),
    inside: (...command) => start(command),
    async tables() {
      const saves = await Promise.all([
        world.inside('iptables-save', '-t', 'nat'),
        world.inside('ip6tables-save', '-t', 'nat'),
      ]);
      return (
        saves
          .map(({ out }) => out.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]'))
          .join('\n')
          // A table that is made by looking at it, and empty, is as good as none.
          .replace(/^(\*nat\n(:\w+ ACCEPT \[0:0\]\n)*COMMIT\n)/gm, '')
      );
    },
    commit(changed, subject = 'Change') {
      for (const [name, content] of Object.entries(changed)) {
        const path = join(state, name);
        mkdirSync(dirname(path), { recursive: true });
        if (content === null) rmSync(path, { force: true, recursive: true });
        else writeFileSync(path, content);
      }
      world.git('add', '--all', '--force');
      world.git('commit', '--quiet', '--allow-empty', '--message', subject);
      return world.git('rev-parse', 'HEAD');
    },
    git: (...args) =>
      execFileSync('git', ['-C', state, ...args], {
        env: { ...env, ...gitEnv },
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim(),
    config(text) {
      mkdirSync(join(root, 'etc/natroute'), { recursive: true });
      writeFileSync(join(root, 'etc/natroute/config.yaml'), text);
    },
    withLimits: (changed) => patchLimits(program, top, changed),
    async end() {
      holder.stdin?.end();
      if (holder.exitCode === null) await new Promise((resolve) => holder.once('close', resolve));
      rmSync(top, { recursive: true, force: true });
    },
  };
  mkdirSync(state);
  world.git('init', '--quiet', '--initial-branch=main');
  world.commit(files, 'The reference host');
  world.config(`repository: {url: ${state}, branch: main}\nhost: dedibox\n`);
  return world;
}

/** The files of test/golden/NAME as the world's state, without a toolstack that the machine lacks. */
export function useGolden(world: CliWorld, name: string): string {
  cpSync(join(import.meta.dirname, '..', 'golden', name), world.state, { recursive: true });
  return world.commit({}, `Golden ${name}`);
}

async function holdNamespace(): Promise<ChildProcess> {
  // `cat` ends at the end of its input: with this process, even where that is killed.
  const holder = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up; echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`no network namespace: unshare ended with ${code ?? 'a signal'}`)));
  });
  return holder;
}

function runProgram(
  command: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<Ran> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  return collect(child);
}

async function collect(child: ChildProcess): Promise<Ran> {
  const parts: { out: Buffer[]; error: Buffer[] } = { out: [], error: [] };
  child.stdout?.on('data', (data: Buffer) => parts.out.push(data));
  child.stderr?.on('data', (data: Buffer) => parts.error.push(data));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, out: Buffer.concat(parts.out).toString('utf8'), error: Buffer.concat(parts.error).toString('utf8') };
}

/** SIGTERM reaches the program itself: nsenter becomes it. */
async function startBackground(command: readonly string[], until: RegExp, env: NodeJS.ProcessEnv): Promise<Background> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = collect(child);
  const said = await new Promise<RegExpExecArray>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      const match = until.exec(text);
      if (match !== null) resolve(match);
    });
    child.once('close', () => reject(new Error(`${command.join(' ')} ended: ${text}`)));
  });
  return {
    said,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function terminalCommand(command: readonly string[]): readonly string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return ['script', '--quiet', '--return', '--command', quoted, '/dev/null'];
}

async function typeOnTerminal(
  command: readonly string[],
  { answer, env }: { readonly answer: string | null; readonly env: NodeJS.ProcessEnv },
): Promise<Ran> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let seen = '';
  let typed = false;
  child.stdout.on('data', (data: Buffer) => {
    seen += data.toString('utf8');
    if (typed || !seen.includes('[y/N]')) return;
    typed = true;
    child.stdin.write(answer === null ? '\u0004' : `${answer}\n`);
  });
  return collect(child);
}

function patchLimits(program: string, top: string, changed: Readonly<Record<string, number>>): string {
  let text = readFileSync(program, 'utf8');
  for (const [name, value] of Object.entries(changed)) {
    const found = [...text.matchAll(new RegExp(`\\b${name}: ([\\d_e+*x ]+)(?=[,\\n}])`, 'g'))];
    if (found.length !== 1) throw new Error(`the limit ${name} is there ${found.length} times`);
    text = text.replace(found[0]?.[0] ?? '', `${name}: ${value}`);
  }
  const path = join(top, `natroute-${Object.values(changed).join('-')}.cjs`);
  writeFileSync(path, text);
  return path;
}
