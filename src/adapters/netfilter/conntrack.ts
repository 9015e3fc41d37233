/** Conntrack entries through the conntrack tool: listed by where they went to. */
import type { Family, Protocol } from '../../model/family.ts';
import type { Connection } from '../../model/confirmation.ts';
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
  const output = await listEntries(world, family, destinations);
  return parseFlows(output).filter((flow) => wanted.has(flow.destination));
}

/** The same, with those just over, as who came to what. */
export async function listConnections(
  world: CommandWorld,
  family: Family,
  destinations: readonly string[],
): Promise<readonly Connection[]> {
  const wanted = new Set(destinations);
  const lines = (await listEntries(world, family, destinations)).split('\n');
  return lines.flatMap((line) => {
    const [flow] = parseFlows(line, 'all');
    if (flow === undefined || !wanted.has(flow.destination)) return [];
    const { protocol, source, sourcePort, destination, port, replySource } = flow;
    // A handshake that is over, or a reset, tells less: whoever waits for an answer got none.
    const shaken = protocol !== 'tcp' || / (ESTABLISHED|FIN_WAIT|CLOSE_WAIT|LAST_ACK|TIME_WAIT) /.test(line);
    const answered = shaken && line.includes('[ASSURED]');
    return [{ protocol, source, sourcePort, destination, port, replySource, answered }];
  });
}

async function listEntries(world: CommandWorld, family: Family, destinations: readonly string[]): Promise<string> {
  // One question for each, so that a host with a hundred thousand other connections does not print them all.
  const questions = destinations.length > limits.flowQuestions ? [[]] : destinations.map((ip) => ['--orig-dst', ip]);
  let output = '';
  for (const words of questions) {
    const args = ['-L', ...familyWords(family), ...words];
    const result = await runCommand({
      file: 'conntrack',
      args,
      env: world.env,
      // It ends with 1 where nothing matched, which is no failure.
      accept: [0, 1, 2],
      outputBytes: limits.saveBytes,
    });
    if (!/flow entries have been shown/.test(result.stderr)) throw conntrackFault(args.join(' '), result);
    output += result.stdout;
  }
  return output;
}

/** Lines of `conntrack -L` or `-G`: what has ports and belongs to no zone of its own; `live`: and is not over already. */
export function parseFlows(output: string, which: 'live' | 'all' = 'live'): readonly Flow[] {
  const line =
    /^(\w+) +\d+(?: (\d+))?(?: ([A-Z_]+))? src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+).*$/gm;
  return [...output.matchAll(line)].flatMap(([whole, name, seconds, state, ...tuples]) => {
    const protocol = protocols.find((known) => known === name);
    const [source = '', destination = '', sourcePort, port, replySource = '', replyDestination = '', ...rest] = tuples;
    const [replyPort, replyDestinationPort] = rest;
    const isOver = which === 'live' && (state === 'TIME_WAIT' || state === 'CLOSE');
    if (protocol === undefined || isOver || / zone(-\w+)?=/.test(whole)) return [];
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
        secondsLeft: seconds === undefined ? null : Number(seconds),
      },
    ];
  });
}

export type Words = readonly string[];

export const familyWords = (family: Family): readonly string[] => ['-f', family === 'v4' ? 'ipv4' : 'ipv6'];

export const isDenied = (stderr: string): boolean => /you must be root|not permitted|permission denied/i.test(stderr);

export function conntrackFault(args: string, result: CommandResult): Fault {
  const line = firstErrorLine(result.stderr);
  const detail = { command: `conntrack ${args}`, exitCode: result.exitCode, output: result.stderr.slice(0, 2000) };
  if (isDenied(result.stderr))
    return new Fault('no-permission', "natroute needs root's rights to look at connections.", {
      ...detail,
      help: 'Run it as root.',
    });
  return new Fault('command-failed', `conntrack failed (exit ${result.exitCode}): ${line}`, detail);
}
