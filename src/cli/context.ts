/** What every command gets: the global options read, the doors it may open, and where it writes. */
import type { PacketRange, Progress, Scout, Socket } from '../ports.ts';
import type { StateFile } from '../model/state.ts';
import type { Vouching } from '../engine/settle.ts';
import type { World } from '../engine/world.ts';
import type { Paint } from '../core/views/paint.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly root?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

export interface CliContext {
  readonly version: string;
  readonly hostName: string;
  readonly now: () => Date;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Whether standard output and standard input are a person's terminal. */
  readonly terminal: boolean;
  /** Colour for what goes to standard output. */
  readonly paint: (options: GlobalOptions) => Paint;
  /** Colour for what goes to standard error. */
  readonly paintError: (options: GlobalOptions) => Paint;
  /** How wide the terminal is; null where standard output is none. */
  readonly columns: number | null;
  /** Asks on the terminal; only `yes` or `y` is yes. */
  readonly ask: (question: string) => Promise<boolean>;
  /** Reads a state repository from a plain folder. */
  readonly readFolder: (folder: string, host: string) => Promise<readonly StateFile[]>;
  /** Hosts that a folder with `hosts/` knows; [] where it has one host at its root. */
  readonly hostsIn: (folder: string) => Promise<readonly string[]>;
  /** The names in a folder, hidden ones too, sorted; null where there is none. */
  readonly namesIn: (folder: string) => Promise<readonly string[] | null>;
  /**
   * Paths below the folder -> contents, and symbolic links -> where they point to; each is replaced as a whole, and what
   * else is there stays.
   */
  readonly writeFiles: (
    folder: string,
    files: ReadonlyMap<string, string>,
    links?: ReadonlyMap<string, string>,
  ) => Promise<void>;
  /**
   * The engine's world; reads the local config. With --root in the machine's first network namespace it is refused
   * (Fault guarded) before anything is read or made.
   */
  readonly world: (options: GlobalOptions) => Promise<World>;
  /** The same for commands that only look at natroute's own records: never refused. */
  readonly records: (options: GlobalOptions) => Promise<World>;
  /** For `import`: the host itself, without any local config. Fault guarded as for `world`. */
  readonly scout: (options: GlobalOptions) => Promise<Scout>;
  /** The ssh connection by which the person at the command line came; null where there is none. */
  readonly session: () => Promise<Vouching['connection']>;
  readonly packets: PacketRange;
  readonly socket: Socket;
  readonly daemon: (world: World) => Promise<void>;
  /** Looks after the guests until told to end, or once; false where one of them failed. */
  readonly guests: (world: World, options: { readonly once: boolean }) => Promise<boolean>;
}

/** Ends the command with an exit code; what is to be said was said already. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** 0 fine, 1 failed, 2 differences found and --exit-code given, 64 wrong usage. */
export const exits = { fine: 0, failed: 1, differences: 2, usage: 64 } as const;

/** Says on a terminal how far a long reading is, on one line that goes away again. */
export function showProgress(context: CliContext, what: string): Progress {
  return (done, of) => {
    if (!context.terminal) return;
    context.error(done < of ? `\r${what}: ${done} of ${of}` : `\r${' '.repeat(what.length + 24)}\r`);
  };
}

// Valid in JSON as they are, but they could draw on a terminal or break a reader that takes them for line ends.
const unprintable = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function writeJson(context: CliContext, value: unknown): void {
  const text = JSON.stringify(value, null, 2);
  context.out(
    `${text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`,
  );
}
