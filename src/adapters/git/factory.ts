/**
 * The one place that runs git, through simple-git: a fixed environment and configuration that nothing outside can
 * change, no hooks, no helpers, only the transports asked for, bounded output, and an end that comes in time.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { pipeline } from 'node:stream';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';

export type Transport = 'https' | 'ssh' | 'file';

export interface GitOptions {
  /** The bare repository; it exists. */
  readonly folder: string;
  /** HOME of every git; it exists and holds nothing that git reads. */
  readonly home: string;
  readonly transport: Transport | null;
  /** Added to the fixed configuration. */
  readonly config: readonly (readonly [key: string, value: string])[];
  /** In place of no global configuration at all: what a transport's other end must see too. */
  readonly globalConfig: string | null;
}

export interface GitCall {
  readonly args: readonly string[];
  readonly input?: string | Uint8Array | Iterable<string>;
  /** Default `limits.gitLocalSeconds`. */
  readonly seconds?: number;
  /** Of stdout and of stderr each; default `limits.gitOutputBytes`. */
  readonly outputBytes?: number;
  /** Exit codes that are no failure; default only 0. */
  readonly accept?: readonly number[];
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Faults: command-missing, command-failed (with git's own words as output), command-timeout. */
export type Git = (call: GitCall) => Promise<GitResult>;

/** simple-git refuses the settings below, which close doors here, until told that they are meant. */
const unsafe = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGpgProgram: true,
  allowUnsafeHooksPath: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

function configOf(options: GitOptions): string[] {
  const fixed: readonly (readonly [string, string])[] = [
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.askPass', ''],
    ['core.fsync', 'all'],
    ['core.attributesFile', '/dev/null'],
    ['core.logAllRefUpdates', 'false'],
    ['credential.helper', ''],
    ['protocol.allow', 'never'],
    ...(options.transport === null ? [] : [[`protocol.${options.transport}.allow`, 'always'] as const]),
    ['fetch.fsckObjects', 'true'],
    ['transfer.fsckObjects', 'true'],
    ['fetch.recurseSubmodules', 'false'],
    ['submodule.recurse', 'false'],
    // Housekeeping that git starts by itself goes to the background, out of reach of our time-outs.
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['http.sslVerify', 'true'],
    // OpenPGP is not what `signers` speaks of, and gpg shall not read what strangers wrote.
    ['gpg.program', '/bin/false'],
    ['gpg.x509.program', '/bin/false'],
    ...options.config,
  ];
  return fixed.map(([key, value]) => `${key}=${value}`);
}

function environmentOf(options: GitOptions): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: options.home,
    XDG_CONFIG_HOME: options.home,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_DIR: options.folder,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: options.globalConfig ?? '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: options.transport ?? 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LITERAL_PATHSPECS: '1',
  };
}

type Ended = 'timeout' | 'output';

/**
 * Ends one git with all that it started. simple-git tells nobody its process and sends SIGINT to git alone, so git
 * runs as the leader of its own session (`setsid git`) and the process is learnt from Node's diagnostics channel.
 */
class Reaper {
  #ended: Ended | null = null;
  #child: ChildProcess | null = null;
  #timers: NodeJS.Timeout[] = [];
  readonly #started: ChildProcess[] = [];

  readonly #learn = (message: unknown): void => {
    this.#started.push((message as { process: ChildProcess }).process);
  };

  constructor(seconds: number) {
    subscribe('child_process', this.#learn);
    this.#timers.push(setTimeout(() => this.end('timeout'), seconds * 1000));
  }

  get ended(): Ended | null {
    return this.#ended;
  }

  /** The process whose output this is. */
  claim(stdout: unknown): ChildProcess {
    unsubscribe('child_process', this.#learn);
    this.#child = this.#started.find((child) => child.stdout === stdout) ?? null;
    if (this.#child === null) throw new Error('the process of git was not announced on the diagnostics channel');
    this.#started.length = 0;
    exitWithOutput(this.#child);
    if (this.#ended !== null) this.#stop();
    return this.#child;
  }

  end(why: Ended): void {
    if (this.#ended !== null) return;
    this.#ended = why;
    if (this.#child !== null) this.#stop();
  }

  /** SIGTERM lets git take its lock files away; what is still there after that gets SIGKILL. */
  #stop(): void {
    this.#signal('SIGTERM');
    const grace = limits.commandDrainSeconds * 1000;
    this.#timers.push(
      setTimeout(() => {
        this.#signal('SIGKILL');
        // What left the session may still hold the pipes: it is not waited for.
        this.#timers.push(
          setTimeout(() => {
            this.#child?.stdout?.destroy();
            this.#child?.stderr?.destroy();
          }, grace),
        );
      }, grace),
    );
  }

  /** After git itself is gone: nothing that it started may outlive a time-out. */
  done(): void {
    unsubscribe('child_process', this.#learn);
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#ended !== null) this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // The whole session ended in the meantime: that is what was wanted.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Told to wait for the end of the output alone, simple-git waits with every git on one promise that never comes, and
 * something of each stays in memory for ever. Told to take either, it is right if the exit comes with that end.
 */
function exitWithOutput(child: ChildProcess): void {
  const emit = child.emit.bind(child) as (event: string | symbol, ...args: readonly unknown[]) => boolean;
  let exit: readonly unknown[] | null = null;
  child.emit = (event: string | symbol, ...args: readonly unknown[]): boolean => {
    if (event === 'exit') {
      exit = args;
      return true;
    }
    if (event === 'close' && exit !== null) emit('exit', ...exit);
    return emit(event, ...args);
  };
}

/**
 * A long input goes piece by piece, as git takes it: simple-git would hold all of it at once. A git that ends before it
 * has read all says why itself, and the end of what only began to come is no end to it.
 */
function feed({ stdin }: ChildProcess, input: GitCall['input']): void {
  if (stdin === null || input === undefined) return;
  const whole = typeof input === 'string' || input instanceof Uint8Array;
  pipeline(whole ? [input] : inChunks(input), stdin, () => undefined);
}

const chunkCharacters = 64 * 1024;

/** Each chunk costs a system call, and pieces may be short. */
function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** Passwords and tokens in URLs are nobody's business; the user name of ssh is no secret. */
export function withoutSecrets(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*):\/\/([^/\s]*)@/gi, (whole: string, scheme: string, who: string) =>
    scheme === 'ssh' && !who.includes(':') ? whole : `${scheme}://***@`,
  );
}

function shown(call: GitCall): string {
  return withoutSecrets(['git', ...call.args].join(' ')).slice(0, limits.shownOutputCharacters);
}

function faultOf(call: GitCall, result: GitResult | null, reaper: Reaper): Fault | null {
  const output = withoutSecrets(result?.stderr ?? '')
    .trim()
    .slice(0, limits.shownOutputCharacters);
  const detail = { command: shown(call), output };
  const name = `git ${call.args[0] ?? ''}`;
  const ended = reaper.ended;
  switch (ended) {
    case 'timeout': {
      const seconds = call.seconds ?? limits.gitLocalSeconds;
      return new Fault('command-timeout', `\`${name}\` did not end within ${seconds} s and was stopped.`, detail);
    }
    case 'output': {
      const most = call.outputBytes ?? limits.gitOutputBytes;
      return new Fault('command-failed', `\`${name}\` printed more than ${most} bytes and was stopped.`, detail);
    }
    case null:
      break;
    default:
      return ended satisfies never;
  }
  if (result === null) return new Fault('command-failed', `\`${name}\` was ended by a signal.`, detail);
  if ((call.accept ?? [0]).includes(result.exitCode)) return null;
  if (/ENOENT|setsid: failed to execute git/.test(result.stderr)) {
    return new Fault('command-missing', 'git is not installed on this host.', {
      ...detail,
      help: 'Install it: apt-get install git util-linux',
    });
  }
  const { exitCode } = result;
  return new Fault('command-failed', `\`${name}\` failed (exit ${exitCode}).`, { ...detail, exitCode });
}

export function createGit(options: GitOptions): Git {
  const config = configOf(options);
  return async (call) => {
    // Loaded only here: a command that needs no git does not pay for it.
    const { simpleGit } = await import('simple-git');
    const environment = environmentOf(options);
    const reaper = new Reaper(call.seconds ?? limits.gitLocalSeconds);
    const seen: { result: GitResult | null } = { result: null };
    try {
      const git = simpleGit({
        baseDir: options.folder,
        binary: ['setsid', 'git'],
        config,
        unsafe,
        allowEnvironment: Object.keys(environment),
        // Its default takes git for done 50 ms after the exit, with output still in the pipe: see exitWithOutput.
        completion: { onClose: true, onExit: true },
        // By default it takes an exit by signal, or with nothing on stderr, for success: the verdict is ours.
        errors: (_error, { exitCode, stdOut, stdErr }) => {
          const ended = exitCode as number | null;
          const stderr = Buffer.concat(stdErr).toString('utf8');
          seen.result = ended === null ? null : { exitCode: ended, stdout: Buffer.concat(stdOut), stderr };
          return undefined;
        },
      }).env(environment);
      git.outputHandler((_command, stdout, stderr) => {
        feed(reaper.claim(stdout), call.input);
        for (const stream of [stdout, stderr]) {
          let bytes = 0;
          stream.on('data', (data: Buffer) => {
            bytes += data.length;
            if (bytes > (call.outputBytes ?? limits.gitOutputBytes)) reaper.end('output');
          });
        }
      });
      await git.raw([...call.args]);
    } finally {
      reaper.done();
    }
    const fault = faultOf(call, seen.result, reaper);
    if (fault !== null) throw fault;
    if (seen.result === null) throw new Error('git ended well without a result');
    return seen.result;
  };
}
