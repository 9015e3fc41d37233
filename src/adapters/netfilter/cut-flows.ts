/** Flows ended through the conntrack tool, and kept from coming back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { CutFlow, Flow, FlowCut, FlowFilter } from '../../model/flow.ts';
import { limits } from '../../model/limits.ts';
import { runCommand } from '../command.ts';
import type { CommandWorld } from './backend.ts';
import { conntrackFault, familyWords, isDenied, parseFlows, type Words } from './conntrack.ts';

/**
 * Ends the flows, whoever of the two speaks next. Deleting their entries alone would not: a guest's next packet is taken
 * for a new connection and leaves with the same address and port as before, so that the flow lives on behind a
 * closed port. Those that live on in spite of it. Faults: those of listFlows, command-timeout.
 *
 * First TCP is made to look as if it were still being opened: then conntrack takes the caller's next packet for
 * invalid, the host itself gets it, and answers with a reset. Then all are deleted, and in the place of each that could
 * come back an entry is made that says what the rules say now. Where a guest was quicker, again.
 */
export async function cutFlows(world: CommandWorld, family: Family, cut: FlowCut): Promise<readonly Flow[]> {
  const tool = { ...world, family, until: Date.now() + limits.flowCutSeconds * 1000 };
  const tcp = cut.filters.filter(({ protocol }) => protocol === 'tcp');
  // -U knows no zones, so it is left out where it might hit an equal flow in somebody's own.
  if (tcp.length > 0 && !(await hasZones(tool, tcp))) {
    await runEach(
      tool,
      tcp.map((filter) => ['-U', ...filterWords(family, filter, 'any'), ...unopened]),
    );
    await sleep(limits.flowResetMs);
  }
  await runEach(
    tool,
    cut.filters.map((filter) => ['-D', ...filterWords(family, filter)]),
  );
  let open = await hold(
    tool,
    cut.flows.filter(({ flow }) => mayComeBack(flow)),
  );
  for (let round = 0; open.length > 0; round++) {
    const entries = await entriesOf(tool, open);
    open = open.filter((one) => !isSettled(one, entries.get(tupleOf(one.flow))));
    if (round === limits.flowCutRounds) break;
    open = await holdAgain(tool, open, { entries, pauseMs: limits.flowResetMs * 2 ** round });
  }
  return open.map(({ flow }) => flow);
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

/** Makes the entries; those for which there was one already. */
async function hold(tool: Tool, flows: readonly CutFlow[]): Promise<readonly CutFlow[]> {
  const open: CutFlow[] = [];
  for (let at = 0; at < flows.length; at += limits.flowHoldsAtOnce) {
    const some = flows.slice(at, at + limits.flowHoldsAtOnce);
    if (await runTogether(tool, some.map(creation))) continue;
    // Some of them are made already, and say what they shall; which, the next look at all of them tells.
    const { stderr } = await runEach(tool, some.map(creation));
    const answers = stderr.filter((line) => /have been created|Operation failed/i.test(line));
    if (answers.length !== some.length)
      throw conntrackFault('-I ...', { exitCode: 0, stdout: '', stderr: stderr.join('\n') });
    open.push(...some.filter((_flow, i) => !/have been created/.test(answers[i] ?? '')));
  }
  return open;
}

interface Again {
  readonly entries: ReadonlyMap<string, Flow>;
  readonly pauseMs: number;
}

/** One after the other, each in a process of its own, in which nearly no time passes between deletion and creation. */
async function holdAgain(
  tool: Tool,
  flows: readonly CutFlow[],
  { entries, pauseMs }: Again,
): Promise<readonly CutFlow[]> {
  const tcp = flows.flatMap(({ flow }) => (flow.protocol === 'tcp' ? (entries.get(tupleOf(flow)) ?? []) : []));
  if (tcp.length > 0) {
    await runEach(
      tool,
      tcp.map((entry) => ['-U', ...exactWords(tool.family, entry, 'any'), ...unopened]),
    );
    // A guest whose packets get no answer sends them ever more seldom.
    await sleep(pauseMs);
  }
  const open: CutFlow[] = [];
  for (const one of flows) {
    const entry = entries.get(tupleOf(one.flow));
    const deletion = entry === undefined ? [] : [['-D', ...exactWords(tool.family, entry)]];
    const commands = [...deletion, creation(one)];
    if (!(await runTogether(tool, commands))) open.push(one);
  }
  return open;
}

/**
 * All in one process, which stops at the first command that fails: whether all were done. Before conntrack 1.4.7 there
 * is no such way, and each needs its own.
 */
async function runTogether(tool: Tool, commands: readonly Words[]): Promise<boolean> {
  if (Date.now() > tool.until) throw tooLate();
  const folder = await mkdtemp(join(tmpdir(), 'natroute-flows-'));
  try {
    const path = join(folder, 'commands');
    await writeFile(path, linesOf(commands), { mode: 0o600 });
    const result = await runCommand({ file: 'conntrack', args: ['-R', path], env: tool.env, accept: [0, 1, 2] });
    if (isDenied(result.stderr)) throw conntrackFault('-R', result);
    if (result.exitCode !== 2) return result.exitCode === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { stderr } = await runEach(tool, commands);
  return !stderr.some((line) => /Operation failed/i.test(line));
}

/** By the flow's tuple: the entry that its packets belong to, whoever of the two began it. */
async function entriesOf(tool: Tool, flows: readonly CutFlow[]): Promise<ReadonlyMap<string, Flow>> {
  const { stdout } = await runEach(
    tool,
    flows.flatMap(({ flow }) => [
      ['-G', ...tupleWords(flow)],
      ['-G', ...tupleWords(turned(flow))],
    ]),
  );
  // An entry that a guest began counts where its answers come by the flow's own way.
  return new Map(
    parseFlows(stdout, 'all').flatMap((entry) => [
      [tupleOf(turned(entry)), entry] as const,
      [tupleOf(entry), entry] as const,
    ]),
  );
}

/** The same two ends, as the one who answers sees them. */
function turned(flow: Flow): Flow {
  return {
    ...flow,
    source: flow.replySource,
    sourcePort: flow.replyPort,
    destination: flow.replyDestination,
    port: flow.replyDestinationPort,
    replySource: flow.source,
    replyPort: flow.sourcePort,
    replyDestination: flow.destination,
    replyDestinationPort: flow.port,
  };
}

/** Whether it says what the rules say, which the caller's own next packet may have done as well. */
function isSettled({ flow, end }: CutFlow, entry: Flow | undefined): boolean {
  if (entry === undefined || tupleOf(entry) !== tupleOf(flow)) return false;
  const wanted = end ?? { ip: flow.destination, port: flow.port };
  return entry.replySource === wanted.ip && entry.replyPort === wanted.port;
}

const tupleOf = (flow: Flow): string =>
  `${flow.protocol} ${flow.source} ${flow.sourcePort} ${flow.destination} ${flow.port}`;

/** Options of -U: a connection of which only the first packet was seen. */
const unopened: Words = ['--state', 'SYN_SENT'];

/** By itself only flows in no zone: an equal one in somebody's own is none of ours. */
function filterWords(family: Family, filter: FlowFilter, zone: '0' | 'any' = '0'): Words {
  const { protocol, source, destination, port, replySource, replyPort } = filter;
  return [
    ...(zone === 'any' ? [] : ['-w', zone]),
    ...[...familyWords(family), '-p', protocol, '--orig-dst', destination, '--reply-src', replySource],
    ...(source === null ? [] : ['--orig-src', source]),
    ...(port === null ? [] : ['--orig-port-dst', String(port)]),
    ...(replyPort === null ? [] : ['--reply-port-src', String(replyPort)]),
  ];
}

function exactWords(family: Family, entry: Flow, zone: '0' | 'any' = '0'): Words {
  return [...filterWords(family, entry, zone), '--orig-port-src', String(entry.sourcePort)];
}

async function hasZones(tool: Tool, filters: readonly FlowFilter[]): Promise<boolean> {
  const places = new Set(filters.map(({ destination }) => destination));
  const { stdout } = await runEach(
    tool,
    [...places].map((ip) => ['-L', ...familyWords(tool.family), '-p', 'tcp', '--orig-dst', ip]),
  );
  return /^.* zone(-\w+)?=\d/m.test(stdout);
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
 * One conntrack after the other: one that finds nothing to do, or an entry in its way, keeps none behind it from running.
 */
async function runEach(
  tool: Tool,
  commands: readonly Words[],
): Promise<{ readonly stdout: string; readonly stderr: readonly string[] }> {
  let stdout = '';
  const stderr: string[] = [];
  for (let at = 0; at < commands.length; at += limits.flowCommandsAtOnce) {
    const left = Math.ceil((tool.until - Date.now()) / 1000);
    if (left <= 0) throw tooLate();
    const some = commands.slice(at, at + limits.flowCommandsAtOnce);
    const result = await runCommand({
      file: 'xargs',
      args: ['-L', '1', 'conntrack'],
      input: linesOf(some),
      env: tool.env,
      // 123: one of them ended with 1, as it does where nothing matched.
      accept: [0, 123],
      timeoutSeconds: left,
      outputBytes: limits.saveBytes,
    });
    // One that does not understand what it is told has done nothing of it.
    if (isDenied(result.stderr) || /^Try `conntrack/m.test(result.stderr))
      throw conntrackFault((some[0] ?? []).join(' '), result);
    stdout += result.stdout;
    stderr.push(...result.stderr.split('\n'));
  }
  return { stdout, stderr };
}

function tooLate(): Fault {
  return new Fault(
    'command-timeout',
    `Cutting connections took longer than ${limits.flowCutSeconds} s: some of them may go on.`,
  );
}

const linesOf = (commands: readonly Words[]): string => commands.map((words) => `${words.join(' ')}\n`).join('');
