/**
 * The process inside the throw-away namespaces: builds the places, loads the tables, starts an agent in each place
 * that takes part, and has them shoot. It ends with everything that it made.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { families, type Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { Observation, Place, Round, Stage } from '../../model/packets.ts';
import { runCommand } from '../command.ts';
import type { AgentReply, AgentRequest, StageReply } from './wire.ts';

/** `self` starts this program; the stage comes as JSON on standard input, the reply goes to standard output. */
export async function runStage(self: readonly string[]): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const stage = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Stage;
  const reply = await play(stage, self).catch(faultReply);
  await new Promise<void>((resolve) => process.stdout.write(`${JSON.stringify(reply)}\n`, () => resolve()));
  process.exit(0);
}

function faultReply(error: unknown): StageReply {
  if (!(error instanceof Fault)) throw error;
  const { command = null, output = null, help = null } = error.detail;
  return { kind: 'fault', code: error.code, message: error.message, command, output, help };
}

async function play(stage: Stage, self: readonly string[]): Promise<StageReply> {
  await build(stage.places);
  const agents = new Map<string, Agent>();
  const rounds: (readonly Observation[])[] = [];
  for (const round of stage.rounds) {
    for (const family of families) {
      const table = round.tables?.[family];
      if (table !== undefined) await load(family, table);
    }
    for (const [name, agent] of agents) {
      if (round.services[name] !== undefined) continue;
      agent.stop();
      agents.delete(name);
    }
    await Promise.all(
      Object.entries(round.services).map(([name, services]) => {
        const agent = agents.get(name) ?? startAgent(name, self);
        agents.set(name, agent);
        return agent.ask({ do: 'listen', services });
      }),
    );
    rounds.push(await shoot(round, agents));
  }
  for (const agent of agents.values()) agent.stop();
  return { kind: 'done', rounds };
}

async function shoot(round: Round, agents: ReadonlyMap<string, Agent>): Promise<readonly Observation[]> {
  const observations: Observation[] = round.shots.map(() => ({ kind: 'unsent', why: 'its place does not take part' }));
  await Promise.all(
    [...agents].map(async ([name, agent]) => {
      const own = [...round.shots.entries()].filter(([, shot]) => shot.from === name);
      if (own.length === 0) return;
      const reply = await agent.ask({ do: 'shoot', shots: own.map(([, shot]) => shot) });
      if (reply.kind !== 'shot') throw new Error(`the agent in ${name} did not shoot: ${JSON.stringify(reply)}`);
      for (const [i, [at]] of own.entries()) {
        observations[at] = reply.observations[i] ?? { kind: 'unsent', why: 'nothing was observed' };
      }
    }),
  );
  return observations;
}

/** A private /run, so that the names of the namespaces and the lock of iptables are nobody else's. */
async function build(places: readonly Place[]): Promise<void> {
  await runCommand({ file: 'mount', args: ['-t', 'tmpfs', '-o', 'mode=755', 'natroute-packets', '/run'] });
  const names = places.map((place) => place.name);
  await runCommand({ file: 'ip', args: ['-batch', '-'], input: names.map((name) => `netns add ${name}\n`).join('') });
  for (const { name, sysctls } of places) {
    if (sysctls.length === 0) continue;
    const lines = sysctls.map(
      ([key, value]) => `[ ! -e /proc/sys/net/${key} ] || echo ${value} >/proc/sys/net/${key}\n`,
    );
    await inPlace(name, ['sh', '-eu'], lines.join(''));
  }
  for (const { name, links } of places) {
    if (links.length > 0) await inPlace(name, ['ip', '-batch', '-'], `${links.join('\n')}\n`);
  }
}

async function load(family: Family, table: string): Promise<void> {
  const restore = family === 'v4' ? 'iptables-restore' : 'ip6tables-restore';
  const empty = '*nat\n:PREROUTING ACCEPT\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:POSTROUTING ACCEPT\nCOMMIT\n';
  await inPlace('host', [restore, '-w', String(limits.lockWaitSeconds)], table === '' ? empty : table);
}

/** What a shell and nsenter exit with where there is no such program. */
const noSuchProgram = 127;

async function inPlace(name: string, argv: readonly string[], input: string): Promise<void> {
  try {
    await runCommand({ file: 'nsenter', args: [`--net=/run/netns/${name}`, '--', ...argv], input });
  } catch (error) {
    if (!(error instanceof Fault) || error.detail.exitCode !== noSuchProgram) throw error;
    const program = argv[0] ?? '';
    const help = program.includes('tables') ? { help: 'Install it: apt-get install iptables' } : {};
    throw new Fault('command-missing', `${program} is not installed on this machine.`, { ...error.detail, ...help });
  }
}

interface Agent {
  ask(request: AgentRequest): Promise<AgentReply>;
  stop(): void;
}

function startAgent(name: string, self: readonly string[]): Agent {
  const argv = [`--net=/run/netns/${name}`, '--', ...self, 'packets-agent', name];
  const child = spawn('nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const gone = failure(child, name);
  // Whoever asks hears of it; between two questions nobody does.
  gone.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  return {
    async ask(request) {
      const line = new Promise<string>((resolve) => lines.once('line', resolve));
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const reply = JSON.parse(await Promise.race([line, gone])) as AgentReply;
      if (reply.kind === 'failed') throw new Fault('command-failed', `the packets of ${name} failed: ${reply.why}`);
      return reply;
    },
    stop: () => child.stdin.end(),
  };
}

function failure(child: ChildProcess, name: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      reject(
        new Fault('command-failed', `the process in namespace ${name} ended early (exit ${code ?? 'by a signal'})`),
      ),
    );
  });
}
