/** The Xl port: one program, its words in and its words out. */
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { Files, Xl } from '../../ports.ts';
import { runCommand } from '../command.ts';
import type { Run } from './netns-read.ts';

export interface XlDoors {
  readonly files: Files;
  /** Where configs lie, `NAME.cfg`: a folder of root's own that goes with a reboot. */
  readonly folder: string;
  /** Default: on this machine. */
  readonly run?: Run;
  /** Why xl failed, out of all that it said. */
  readonly reason: (stderr: string) => string;
}

export function createXl({ files, folder, reason, run = runCommand }: XlDoors): Xl {
  const say = async (args: readonly string[], seconds: number): Promise<string> => {
    try {
      const request = { file: 'xl', args, timeoutSeconds: seconds, outputBytes: limits.xlOutputBytes };
      return (await run(request)).stdout;
    } catch (error) {
      throw error instanceof Fault ? explained(error, reason) : error;
    }
  };
  const write = async (name: string, config: string): Promise<string> => {
    await files.makeFolder(folder);
    const path = `${folder}/${name}.cfg`;
    await files.write(path, config, 0o600);
    return path;
  };
  let tries = 0;
  return {
    run: say,
    async dryRun(guest, config, seconds) {
      tries++;
      // Another plan, of this process or another, may ask about another config of this guest at the same moment.
      const path = await write(`.${guest}.${process.pid}.${tries}`, config);
      try {
        return await say(['create', '-n', path], seconds);
      } finally {
        await files.remove(path);
      }
    },
    keep: write,
  };
}

/** Xl says first what it does, then why it failed, then how it cleans up. */
function explained(fault: Fault, reason: (stderr: string) => string): Fault {
  const { code, detail } = fault;
  switch (code) {
    case 'command-failed':
      return detail.exitCode === undefined
        ? fault
        : new Fault(code, reason(detail.output ?? '') || `xl ended with ${detail.exitCode} and said nothing`, detail);
    case 'command-timeout':
      return new Fault(code, fault.message, {
        ...detail,
        help: 'Xl waits for ever where xenstored is dead: look for it with `pgrep xenstored`; only a reboot brings its knowledge back.',
      });
    default:
      return fault;
  }
}
