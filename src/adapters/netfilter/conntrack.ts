/** Conntrack entries through the conntrack tool: listed by where they went, and deleted one by exact one. */
import type { Family, Protocol } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { Flow } from '../../model/flow.ts';
import { limits } from '../../model/limits.ts';
import { firstErrorLine, runCommand, type CommandResult } from '../command.ts';
import type { CommandWorld } from './backend.ts';

const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp'];

/** Live flows whose original destination is one of these IPs. Faults: command-missing, no-permission, command-failed. */
export async function listFlows(
  world: CommandWorld,
  family: Family,
  destinations: readonly string[],
): Promise<readonly Flow[]> {
  const wanted = new Set(destinations);
  // One destination is filtered by the kernel's side of the door; several are cheaper in one listing.
  const narrowed = destinations.length === 1 ? ['--orig-dst', destinations[0] ?? ''] : [];
  const args = ['-L', ...familyWords(family), ...narrowed];
  const result = await conntrack(world, args);
  if (!/flow entries have been shown/.test(result.stderr)) throw conntrackFault(args, result);
  return parseFlows(result.stdout).filter((flow) => wanted.has(flow.destination));
}

/** Deletes exactly these; how many were still there. */
export async function deleteFlows(world: CommandWorld, family: Family, flows: readonly Flow[]): Promise<number> {
  const commands = flows.map((flow) => ['-D', ...familyWords(family), ...flowWords(flow)]);
  if (commands.length > 1) {
    const input = commands.map((words) => `${words.join(' ')}\n`).join('');
    const result = await conntrack(world, ['-R', '-'], input);
    if (result.exitCode === 0) return result.stdout.split('\n').filter((line) => / src=/.test(line)).length;
    // Before 1.4.7 there is no -R; and one entry that ended by itself must not keep the others alive.
  }
  let deleted = 0;
  for (const args of commands) {
    const result = await conntrack(world, args);
    const count = /: (\d+) flow entries have been deleted/.exec(result.stderr)?.[1];
    if (count === undefined) throw conntrackFault(args, result);
    deleted += Number(count);
  }
  return deleted;
}

/** Lines of `conntrack -L`; those of other protocols have no ports and are passed over. */
export function parseFlows(output: string): readonly Flow[] {
  const line =
    /^(\w+) +\d+ .*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/gm;
  return [...output.matchAll(line)].flatMap(([, name, source = '', destination = '', sourcePort, port, ...reply]) => {
    const protocol = protocols.find((known) => known === name);
    const [replySource = '', replyDestination = '', replyPort, replyDestinationPort] = reply;
    if (protocol === undefined) return [];
    return [
      {
        protocol,
        source,
        sourcePort: Number(sourcePort),
        destination,
        port: Number(port),
        replySource,
        replyPort: Number(replyPort),
        replyDestination,
        replyDestinationPort: Number(replyDestinationPort),
      },
    ];
  });
}

function familyWords(family: Family): readonly string[] {
  return ['-f', family === 'v4' ? 'ipv4' : 'ipv6'];
}

function flowWords(flow: Flow): readonly string[] {
  return [
    ...['-p', flow.protocol, '--orig-src', flow.source, '--orig-port-src', String(flow.sourcePort)],
    ...['--orig-dst', flow.destination, '--orig-port-dst', String(flow.port), '--reply-src', flow.replySource],
  ];
}

/** conntrack ends with 1 where nothing matched, which is no failure. */
function conntrack(world: CommandWorld, args: readonly string[], input?: string): Promise<CommandResult> {
  return runCommand({
    file: 'conntrack',
    args,
    env: world.env,
    accept: [0, 1, 2],
    outputBytes: limits.saveBytes,
    ...(input === undefined ? {} : { input }),
  });
}

function conntrackFault(args: readonly string[], result: CommandResult): Fault {
  const line = firstErrorLine(result.stderr);
  const denied = /you must be root|not permitted|permission denied/i.test(result.stderr);
  const detail = {
    command: `conntrack ${args.join(' ')}`,
    exitCode: result.exitCode,
    output: result.stderr.slice(0, 2000),
  };
  if (denied)
    return new Fault('no-permission', "natroute needs root's rights to look at connections.", {
      ...detail,
      help: 'Run it as root.',
    });
  return new Fault('command-failed', `conntrack failed (exit ${result.exitCode}): ${line}`, detail);
}
