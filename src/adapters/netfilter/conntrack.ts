/** Conntrack entries through the conntrack tool: listed by where they went, deleted, and kept from coming back. */
import type { Family, Protocol } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { CutFlow, Flow, FlowCut, FlowFilter } from '../../model/flow.ts';
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
  const flows: Flow[] = [];
  // One question for each, so that a host with a hundred thousand other connections does not print them all.
  for (const destination of destinations) {
    const args = ['-L', ...familyWords(family), '--orig-dst', destination];
    const result = await runCommand({
      file: 'conntrack',
      args,
      env: world.env,
      // It ends with 1 where nothing matched, which is no failure.
      accept: [0, 1, 2],
      outputBytes: limits.saveBytes,
    });
    if (!/flow entries have been shown/.test(result.stderr)) throw conntrackFault(args.join(' '), result);
    flows.push(...parseFlows(result.stdout).filter((flow) => flow.destination === destination));
  }
  return flows;
}

/**
 * Deletes the flows, and leaves an entry with what the rules say now for each that could come back: a guest's next
 * packet would be taken for a new connection and leave with the same address and port as before, so that the
 * flow lived on although its port is closed. Gives those that live on in spite of it. Faults: those of listFlows, command-timeout.
 */
export async function cutFlows(world: CommandWorld, family: Family, cut: FlowCut): Promise<readonly Flow[]> {
  const tool = { ...world, family, until: Date.now() + limits.flowCutSeconds * 1000 };
  await runAll(
    tool,
    cut.filters.map((filter) => deletion(family, filter)),
  );
  let open: readonly CutFlow[] = cut.flows.filter(({ flow }) => mayComeBack(flow));
  for (let round = 0; round < limits.flowCutRounds && open.length > 0; round++) {
    // In the first round they are deleted already.
    open = await hold(tool, open, round > 0);
    if (open.length > 0) open = await unsettled(tool, open);
  }
  return open.map(({ flow }) => flow);
}

/** Lines of `conntrack -L`: what has ports, belongs to no zone of its own, and is not over already. */
export function parseFlows(output: string): readonly Flow[] {
  const line =
    /^(\w+) +\d+(?: (\d+))?(?: ([A-Z_]+))? src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+) .*?src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)(.*)$/gm;
  return [...output.matchAll(line)].flatMap(([, name, seconds, state, ...tuples]) => {
    const protocol = protocols.find((known) => known === name);
    const [source = '', destination = '', sourcePort, port, replySource = '', replyDestination = '', ...rest] = tuples;
    const [replyPort, replyDestinationPort, flags = ''] = rest;
    const isOver = state === 'TIME_WAIT' || state === 'CLOSE';
    if (protocol === undefined || isOver || / zone(-\w+)?=/.test(flags)) return [];
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

/** Only where a packet that the guest sends by itself would leave as an answer from the same public address and port. */
function mayComeBack({ protocol, ...flow }: Flow): boolean {
  return (
    protocol !== 'sctp' &&
    flow.port === flow.replyPort &&
    flow.source === flow.replyDestination &&
    flow.sourcePort === flow.replyDestinationPort
  );
}

interface Tool extends CommandWorld {
  readonly family: Family;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Those for which no entry could be made, because there is one. */
async function hold(tool: Tool, flows: readonly CutFlow[], again: boolean): Promise<readonly CutFlow[]> {
  const { stderr } = await runAll(
    tool,
    flows.flatMap((one) => [...(again ? deletions(tool.family, one.flow) : []), creation(one)]),
  );
  const answers = stderr.filter((line) => /have been created|Operation failed/i.test(line));
  if (answers.length !== flows.length)
    throw conntrackFault('-I ...', { exitCode: 0, stdout: '', stderr: stderr.join('\n') });
  return flows.filter((_flow, i) => !/have been created/.test(answers[i] ?? ''));
}

/** Those whose packets do not go where the rules say: their entry is the old one, or one that the guest began. */
async function unsettled(tool: Tool, flows: readonly CutFlow[]): Promise<readonly CutFlow[]> {
  const { stdout } = await runAll(
    tool,
    flows.map(({ flow }) => ['-G', ...familyWords(tool.family), ...tupleWords(flow)]),
  );
  const ends = new Map(parseFlows(stdout).map((flow) => [tupleOf(flow), flow]));
  return flows.filter(({ flow, end }) => {
    const entry = ends.get(tupleOf(flow));
    if (entry === undefined) return true;
    const wanted = end ?? { ip: flow.destination, port: flow.port };
    return entry.replySource !== wanted.ip || entry.replyPort !== wanted.port;
  });
}

const tupleOf = (flow: Flow): string =>
  `${flow.protocol} ${flow.source} ${flow.sourcePort} ${flow.destination} ${flow.port}`;

const familyWords = (family: Family): readonly string[] => ['-f', family === 'v4' ? 'ipv4' : 'ipv6'];

type Words = readonly string[];

/** `-w 0`: an equal flow in somebody's own zone is none of ours. */
function deletion(family: Family, filter: Omit<FlowFilter, 'protocol'> & { readonly protocol: string }): Words {
  const { protocol, source, destination, port, replySource, replyPort } = filter;
  return [
    ...['-D', ...familyWords(family), '-w', '0', '-p', protocol, '--orig-dst', destination, '--reply-src', replySource],
    ...(source === null ? [] : ['--orig-src', source]),
    ...(port === null ? [] : ['--orig-port-dst', String(port)]),
    ...(replyPort === null ? [] : ['--reply-port-src', String(replyPort)]),
  ];
}

/** Of exactly this flow, whoever began it. */
function deletions(family: Family, flow: Flow): readonly Words[] {
  const exactly = (from: string, sport: number, filter: Omit<FlowFilter, 'protocol' | 'source'>): Words => [
    ...deletion(family, { ...filter, protocol: flow.protocol, source: from }),
    ...['--orig-port-src', String(sport)],
  ];
  return [
    exactly(flow.replySource, flow.replyPort, {
      destination: flow.source,
      port: flow.sourcePort,
      replySource: flow.source,
      replyPort: flow.sourcePort,
    }),
    exactly(flow.source, flow.sourcePort, flow),
  ];
}

/**
 * The entry that the rules would make now, for as long as the old one would have lived. TCP is only ever cut where the
 * rules send it to the host: it answers the next packet with a reset.
 */
function creation({ flow, end }: CutFlow): Words {
  return [
    ...['-I', ...tupleWords(flow), '-t', String(Math.max(1, flow.secondsLeft ?? limits.flowHeldSeconds))],
    ...(flow.protocol === 'tcp' ? ['--state', 'ESTABLISHED'] : []),
    ...(end === null ? [] : ['--dst-nat', `${end.ip.includes(':') ? `[${end.ip}]` : end.ip}:${end.port}`]),
  ];
}

function tupleWords(flow: Flow): Words {
  return [
    ...['-p', flow.protocol, '-s', flow.source, '--sport', String(flow.sourcePort)],
    ...['-d', flow.destination, '--dport', String(flow.port)],
  ];
}

/**
 * One conntrack after the other, in few process groups; one that has nothing to do, or finds an entry in its way, keeps
 * none behind it from running, as it would in a file for `conntrack -R`.
 */
async function runAll(
  tool: Tool,
  commands: readonly Words[],
): Promise<{ readonly stdout: string; readonly stderr: readonly string[] }> {
  let stdout = '';
  const stderr: string[] = [];
  for (let at = 0; at < commands.length; at += limits.flowCommandsAtOnce) {
    const left = Math.ceil((tool.until - Date.now()) / 1000);
    if (left <= 0)
      throw new Fault(
        'command-timeout',
        `Cutting connections took longer than ${limits.flowCutSeconds} s: some of them may go on.`,
      );
    const some = commands.slice(at, at + limits.flowCommandsAtOnce);
    const result = await runCommand({
      file: 'xargs',
      args: ['-L', '1', 'conntrack'],
      input: some.map((words) => `${words.join(' ')}\n`).join(''),
      env: tool.env,
      // 123: one of them ended with 1, as it does where nothing matched.
      accept: [0, 123],
      timeoutSeconds: left,
      outputBytes: limits.saveBytes,
    });
    if (isDenied(result.stderr)) throw conntrackFault((some[0] ?? []).join(' '), result);
    stdout += result.stdout;
    stderr.push(...result.stderr.split('\n'));
  }
  return { stdout, stderr };
}

const isDenied = (stderr: string): boolean => /you must be root|not permitted|permission denied/i.test(stderr);

function conntrackFault(args: string, result: CommandResult): Fault {
  const line = firstErrorLine(result.stderr);
  const detail = { command: `conntrack ${args}`, exitCode: result.exitCode, output: result.stderr.slice(0, 2000) };
  if (isDenied(result.stderr))
    return new Fault('no-permission', "natroute needs root's rights to look at connections.", {
      ...detail,
      help: 'Run it as root.',
    });
  return new Fault('command-failed', `conntrack failed (exit ${result.exitCode}): ${line}`, detail);
}
