/** `natroute trace`: which rules a packet meets and where it ends. */
import type { Command } from 'commander';
import { showDiagnostics } from '../core/diagnostics.ts';
import { spellDestination, spellSender } from '../core/parse/spell/checks.ts';
import { createInternet } from '../core/trace/internet.ts';
import { packetFrom, type Sender } from '../core/trace/sender.ts';
import type { Trace } from '../core/trace/trace.ts';
import { walk } from '../core/trace/walk.ts';
import { traceWorld, type TraceWorld } from '../core/trace/world.ts';
import { traceText } from '../core/views/trace.ts';
import { showCommit } from '../core/views/words.ts';
import { groundInForce, groundOfCommit, groundOfFiles, type Grounded, type TraceGround } from '../engine/trace.ts';
import type { World } from '../engine/world.ts';
import { families, type Protocol } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { checkSource, withSource, type SourceOptions } from './proposal.ts';

interface TraceOptions extends GlobalOptions, SourceOptions {
  readonly live?: boolean;
  readonly host?: string;
}

export function addTrace(command: Command, context: CliContext): void {
  withSource(command)
    .argument('<source>', "who sends: internet, host (dom0 itself), a guest's name, or an IP")
    .argument('<destination>', 'where to: ADDRESS:PORT/PROTOCOL, GUEST:PORT/PROTOCOL or IP:PORT/PROTOCOL')
    .option('--live', 'walk what the kernel has now, foreign rules and all, not only what natroute wants')
    .option('--host <name>', 'with --state: the host, in a repository with hosts/')
    .addHelpText(
      'after',
      `
Examples:
  natroute trace internet main:80/tcp                 through the rules in force
  natroute trace 192.0.2.77 main:2222/tcp --live      through what the kernel has now
  natroute trace mail 192.0.2.9:25/tcp --state .      through a working copy, on any machine
  natroute trace host '[2001:db8::9]:443/tcp' --json

Only the nat table is walked: the filter table may still drop what gets through here.`,
    )
    .action(async (source: string, destination: string) => {
      const options = command.optsWithGlobals<TraceOptions>();
      checkSource(options);
      const { ground, world, text } = await openGround(context, options);
      const walked = await tableWorld(context, { ground, world: options.live === true ? world : null });
      const traces = tracesOf(walked, ground, { source, destination });
      if (options.json === true) {
        const { commit, generation } = ground;
        const rules = options.live === true ? 'live' : 'target';
        writeJson(context, { host: ground.desired.host.name, rules, commit, generation, source, destination, traces });
        return;
      }
      const paint = context.paint(options);
      const through = options.live === true ? `what the kernel has now, with places from ${text}` : text;
      context.out(`${paint('faint', `through ${through}; the filter table is not looked at`)}\n\n`);
      context.out(traces.map((trace) => traceText(trace, paint)).join('\n'));
    });
}

interface Opened {
  readonly ground: TraceGround;
  /** Null where no local config was needed. */
  readonly world: World | null;
  readonly text: string;
}

async function openGround(context: CliContext, options: TraceOptions): Promise<Opened> {
  const { state, commit, live } = options;
  const paint = context.paintError(options);
  if (state !== undefined) {
    // Like validate, a folder needs neither a config nor rights, unless the kernel is asked too.
    const world = live === true ? await context.world(options) : null;
    const host = options.host ?? world?.config.host ?? context.hostName;
    const files = await context.readFolder(state, host);
    const grounded = groundOfFiles(files, { host, now: context.now(), commit: null });
    return { ground: wholeGround(context, grounded, paint), world, text: `the folder ${state}` };
  }
  const world = await (live === true ? context.world(options) : context.records(options));
  const grounded = await (commit === undefined ? groundInForce(world) : groundOfCommit(world, commit));
  const ground = wholeGround(context, grounded, paint);
  const where = ground.commit === null ? 'a folder' : showCommit(ground.commit);
  const text = ground.generation === null ? where : `generation ${ground.generation} (${where})`;
  return { ground, world, text };
}

/** Diagnostics end the command with 1. */
function wholeGround(
  context: CliContext,
  grounded: Grounded,
  paint: Parameters<typeof showDiagnostics>[1],
): TraceGround {
  if (grounded.kind === 'ground') return grounded.ground;
  context.error(showDiagnostics(grounded.diagnostics, paint));
  throw new Exit(exits.failed);
}

async function tableWorld(
  context: CliContext,
  { ground, world }: { readonly ground: TraceGround; readonly world: World | null },
): Promise<TraceWorld> {
  const { host, guests } = ground.desired;
  const facts = { host, guests, now: context.now() };
  if (world === null) return traceWorld({ ...facts, nat: ground.nat });
  return traceWorld({ ...facts, nat: (await world.observer.read(false)).observed, known: ground.nat });
}

interface Asked {
  readonly source: string;
  readonly destination: string;
}

/** One walk for each IP of the destination that the sender can reach. Fault usage. */
function tracesOf(world: TraceWorld, ground: TraceGround, { source, destination }: Asked): readonly Trace[] {
  const sender = readSender(world, source);
  const { ips, port, protocol } = readDestination(world, destination);
  const internet = createInternet(ground.desired);
  const traces = ips.flatMap((ip) => {
    const packet = packetFrom(world, sender, { ip, port, protocol }, internet);
    return packet === null ? [] : [walk(world, packet)];
  });
  if (traces.length === 0) {
    throw new Fault('usage', `${source} and ${destination} have no IPv4 or IPv6 in common`, {
      help: 'Give a sender and a destination of one family.',
    });
  }
  return traces;
}

function readSender(world: TraceWorld, text: string): Sender {
  if (text === 'host') return { kind: 'host' };
  const spelled = spellSender(text);
  if ('problem' in spelled) throw notUnderstood(spelled.problem);
  const sender = spelled.value;
  switch (sender.kind) {
    case 'internet':
      return sender;
    case 'ip':
      return { kind: 'ip', ip: sender.ip.text };
    case 'guest':
      if (world.guests.has(sender.guest)) return sender;
      throw new Fault('usage', `there is no guest ${sender.guest}`, {
        help: `A sender is internet, host, an IP or a guest: ${named([...world.guests.keys()])}.`,
      });
    default:
      return sender satisfies never;
  }
}

interface Reached {
  readonly ips: readonly string[];
  readonly port: number;
  readonly protocol: Protocol;
}

function readDestination(world: TraceWorld, text: string): Reached {
  const spelled = spellDestination(text);
  if ('problem' in spelled) throw notUnderstood(spelled.problem);
  const { end, port, protocol } = spelled.value;
  if (end.kind === 'ip') return { ips: [end.ip.text], port, protocol };
  const address = world.host.addresses.find((one) => one.name === end.name)?.ips;
  if (address !== undefined) return { ips: families.flatMap((family) => address[family] ?? []), port, protocol };
  const own = [...world.guestOf.values()].filter((one) => one.guest === end.name);
  const first = families.flatMap((family) => own.find((one) => one.family === family)?.ip ?? []);
  if (first.length > 0) return { ips: first, port, protocol };
  const names = [...world.host.addresses.map((one) => one.name), ...world.guests.keys()];
  throw new Fault('usage', `there is no address and no guest ${end.name}`, { help: `The names are ${named(names)}.` });
}

function notUnderstood({ message, help }: { readonly message: string; readonly help: string }): Fault {
  return new Fault('usage', message, { help });
}

const namesShown = 20;

function named(names: readonly string[]): string {
  const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
  return names.length === 0 ? 'there is none' : `${names.slice(0, namesShown).join(', ')}${more}`;
}
