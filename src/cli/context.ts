/** What every command gets: the global options read, the doors it may open, and where it writes. */
import type { Socket } from '../ports.ts';
import type { StateFile } from '../model/state.ts';
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
  readonly paint: (options: GlobalOptions) => Paint;
  /** Asks on the terminal; only `yes` or `y` is yes. */
  readonly ask: (question: string) => Promise<boolean>;
  /** Reads a state repository from a plain folder. */
  readonly readFolder: (folder: string, host: string) => Promise<readonly StateFile[]>;
  /** Hosts that a folder with `hosts/` knows; [] where it has one host at its root. */
  readonly hostsIn: (folder: string) => Promise<readonly string[]>;
  readonly writeFiles: (folder: string, files: ReadonlyMap<string, string>) => Promise<void>;
  /** The engine's world; reads the local config. `guarded` commands are refused with --root in the machine's first network namespace. */
  readonly world: (options: GlobalOptions) => Promise<World>;
  readonly socket: Socket;
  readonly daemon: (options: GlobalOptions, world: World) => Promise<void>;
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

export function writeJson(context: CliContext, value: unknown): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`);
}
