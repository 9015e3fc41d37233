/** Sends real packets: one `unshare` of everything that a packet needs, and a copy of this program inside. */
import { Fault, type FaultCode } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { PacketRange } from '../../ports.ts';
import { runCommand, type CommandResult } from '../command.ts';
import type { StageReply } from './wire.ts';

export interface RangeOptions {
  /** The command line that starts this program; `packets-stage` and `packets-agent` are added. */
  readonly self: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function createPacketRange({ self, env = {} }: RangeOptions): PacketRange {
  return {
    async shoot(stage) {
      const shots = stage.rounds.reduce((count, round) => count + round.shots.length, 0);
      const result = await inNamespaces([...self, 'packets-stage'], {
        input: JSON.stringify(stage),
        env,
        timeoutSeconds: limits.packetsSeconds + Math.ceil(shots / limits.packetsPerSecond),
      });
      const reply = readReply(result);
      if (reply.kind === 'done') return reply.rounds;
      const { code, message, command, output, help } = reply;
      throw new Fault(code as FaultCode, message, {
        ...(command === null ? {} : { command }),
        ...(output === null ? {} : { output }),
        ...(help === null ? {} : { help }),
      });
    },
  };
}

interface Inside {
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** A user who is not root gets the rights for it in a user namespace of its own, where the kernel gives them. */
async function inNamespaces(argv: readonly string[], inside: Inside): Promise<CommandResult> {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const isolate = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const args = [...asUser, ...isolate, '--', ...argv];
  try {
    return await runCommand({
      file: 'unshare',
      args,
      shown: 'unshare',
      outputBytes: limits.packetsOutputBytes,
      ...inside,
    });
  } catch (error) {
    if (!(error instanceof Fault) || !/unshare|Operation not permitted/.test(error.detail.output ?? '')) throw error;
    throw new Fault(
      'no-permission',
      'This machine does not let natroute make the network namespaces that --packets needs.',
      {
        ...error.detail,
        help: 'Run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone, user.max_net_namespaces).',
      },
    );
  }
}

function readReply({ stdout, stderr }: CommandResult): StageReply {
  try {
    return JSON.parse(stdout) as StageReply;
  } catch (cause) {
    throw new Fault('command-failed', 'the namespaces for the packets ended without a result', {
      output: (stderr === '' ? stdout : stderr).slice(0, limits.shownOutputCharacters),
      cause,
    });
  }
}
