/** Deletes exactly the conntrack entries that it is told, and counts them. */
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { FlowFilter } from '../../ports.ts';
import { firstErrorLine, runCommand } from '../command.ts';
import type { CommandWorld } from './backend.ts';

export interface Entry {
  readonly protocol: FlowFilter['protocol'];
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly port: number;
  readonly replySource: string;
}

/** Where there are more filters than this, one listing costs less than a walk of the kernel's table for each. */
const filtersOneByOne = 4;

/** How many entries went. Faults: command-missing, no-permission, command-failed. */
export async function cutFlows(world: CommandWorld, family: Family, flows: readonly FlowFilter[]): Promise<number> {
  if (flows.length <= filtersOneByOne) {
    let cut = 0;
    for (const flow of flows) cut += await remove(world, filterWords(family, flow));
    return cut;
  }
  const entries: Entry[] = [];
  for (const protocol of new Set(flows.map((flow) => flow.protocol))) {
    const filters = flows.filter((flow) => flow.protocol === protocol);
    entries.push(...(await matchingEntries(world, family, protocol, filters)));
  }
  return removeAll(
    world,
    entries.map((entry) => entryWords(family, entry)),
  );
}

function familyWords(family: Family): readonly string[] {
  return ['-f', family === 'v4' ? 'ipv4' : 'ipv6'];
}

function filterWords(family: Family, { protocol, destination, port, replySource }: FlowFilter): readonly string[] {
  const words = [...familyWords(family), '-p', protocol, '--orig-dst', destination, '--orig-port-dst', String(port)];
  return replySource === null ? words : [...words, '--reply-src', replySource];
}

function entryWords(family: Family, entry: Entry): readonly string[] {
  const { protocol, source, destination, sourcePort, port, replySource } = entry;
  return [
    ...filterWords(family, { protocol, destination, port, replySource }),
    ...['--orig-src', source, '--orig-port-src', String(sourcePort)],
  ];
}

/** Every entry of the protocol is listed once; which of them are meant is decided here. */
async function matchingEntries(
  world: CommandWorld,
  family: Family,
  protocol: FlowFilter['protocol'],
  filters: readonly FlowFilter[],
): Promise<readonly Entry[]> {
  const result = await runCommand({
    file: 'conntrack',
    args: ['-L', ...familyWords(family), '-p', protocol],
    env: world.env,
    accept: [0, 1],
    outputBytes: limits.saveBytes,
  });
  if (!/flow entries have been shown/.test(result.stderr)) throw conntrackFault('-L', result);
  const wanted = new Map<string, (string | null)[]>();
  for (const { destination, port, replySource } of filters) {
    const place = `${destination} ${port}`;
    wanted.set(place, [...(wanted.get(place) ?? []), replySource]);
  }
  return parseEntries(result.stdout, protocol).filter((entry) => {
    const sources = wanted.get(`${entry.destination} ${entry.port}`);
    return sources?.some((source) => source === null || source === entry.replySource) ?? false;
  });
}

/** Lines of `conntrack -L`: the original tuple, then the reply's. */
export function parseEntries(output: string, protocol: FlowFilter['protocol']): readonly Entry[] {
  const line = /^.*? src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=(\S+) dst=\S+ sport=\d+ dport=\d+/gm;
  return [...output.matchAll(line)].map(([, source = '', destination = '', sourcePort, port, replySource = '']) => ({
    protocol,
    source,
    destination,
    sourcePort: Number(sourcePort),
    port: Number(port),
    replySource,
  }));
}

/** conntrack ends with 1 where nothing matched, which is no failure. */
async function remove(world: CommandWorld, words: readonly string[]): Promise<number> {
  const args = ['-D', ...words];
  const result = await runCommand({
    file: 'conntrack',
    args,
    env: world.env,
    accept: [0, 1],
    outputBytes: limits.saveBytes,
  });
  const count = /: (\d+) flow entries have been deleted/.exec(result.stderr)?.[1];
  if (count === undefined) throw conntrackFault(args.join(' '), result);
  return Number(count);
}

/** All in one process where conntrack can (1.4.7), else one by one. It prints each entry that it deletes. */
async function removeAll(world: CommandWorld, commands: readonly (readonly string[])[]): Promise<number> {
  let cut = 0;
  if (commands.length > 1) {
    const input = commands.map((words) => `-D ${words.join(' ')}\n`).join('');
    const result = await runCommand({
      file: 'conntrack',
      args: ['-R', '-'],
      input,
      env: world.env,
      accept: [0, 1, 2],
      outputBytes: limits.saveBytes,
    });
    if (result.exitCode === 0) return result.stdout.split('\n').filter((line) => / src=/.test(line)).length;
    if (!/option|usage|try `/i.test(result.stderr)) throw conntrackFault('-R', result);
  }
  for (const words of commands) cut += await remove(world, words);
  return cut;
}

function conntrackFault(what: string, result: { readonly exitCode: number; readonly stderr: string }): Fault {
  const line = firstErrorLine(result.stderr);
  const denied = /you must be root|not permitted|permission denied/i.test(result.stderr);
  const detail = { command: `conntrack ${what}`, exitCode: result.exitCode, output: result.stderr.slice(0, 2000) };
  if (denied) {
    return new Fault('no-permission', "natroute needs root's rights to cut connections.", {
      ...detail,
      help: 'Run it as root.',
    });
  }
  return new Fault('command-failed', `conntrack failed (exit ${result.exitCode}): ${line}`, detail);
}
