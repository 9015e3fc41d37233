/**
 * One process per namespace of the sandbox: its TCP and UDP services, which answer with the namespace's name, the
 * port and the sender they saw; and the client that connects from there. Run as `agent NAME SPEC SOCKET`.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import { rmSync } from 'node:fs';
import type {
  AgentReply,
  AgentRequest,
  Answer,
  ConnectRequest,
  HammerRequest,
  HammerResult,
  Outcome,
  Services,
} from './wire.ts';

const [name = '', services = '{}', socketPath = ''] = process.argv.slice(2);

const plainIp = (ip: string | undefined): string => (ip ?? '').replace(/^::ffff:/, '');

function listenTcp(address: string, port: number): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const answer: Answer = { name, port, peer: plainIp(socket.remoteAddress) };
    socket.write(`${JSON.stringify(answer)}\n`);
    // A client that wants only the answer ends at once; one that holds the connection gets its lines echoed.
    socket.on('data', (data) => socket.write(data));
    socket.on('end', () => socket.end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 511 }, resolve);
  });
}

function listenUdp(address: string, port: number): Promise<void> {
  const socket = dgram.createSocket({ type: net.isIP(address) === 4 ? 'udp4' : 'udp6' });
  socket.on('message', (_data, sender) => {
    const answer: Answer = { name, port, peer: plainIp(sender.address) };
    // A sender that went away in the meantime is none of this service's troubles.
    socket.send(JSON.stringify(answer), sender.port, sender.address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port }, resolve);
  });
}

/** Null for an error that says something about the sandbox, not about the network. */
function outcomeOf(error: NodeJS.ErrnoException): Outcome | null {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
      return 'refused';
    case 'ETIMEDOUT':
      return 'timeout';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'unreachable';
    default:
      return null;
  }
}

function connectTcp(request: Omit<ConnectRequest, 'do'>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: request.to,
      port: request.port,
      ...(request.from === null ? {} : { localAddress: request.from }),
      ...(request.fromPort === null ? {} : { localPort: request.fromPort }),
    });
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end('timeout'), request.timeoutMs);
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('utf8');
      if (!text.includes('\n')) return;
      const answer = JSON.parse(text) as Answer;
      clearTimeout(timer);
      // An orderly end, as real clients do; the next connection need not wait for it.
      socket.end();
      resolve(answer);
    });
    socket.on('end', () => end('reset'));
    socket.on('error', (error) => {
      const outcome = outcomeOf(error);
      if (outcome !== null) return end(outcome);
      clearTimeout(timer);
      reject(error);
    });
  });
}

function connectUdp(request: Omit<ConnectRequest, 'do'>): Promise<Outcome> {
  const socket = dgram.createSocket({ type: net.isIP(request.to) === 4 ? 'udp4' : 'udp6' });
  return new Promise<Outcome>((resolve, reject) => {
    const timer = setTimeout(() => resolve('timeout'), request.timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      const outcome = outcomeOf(error);
      if (outcome === null) reject(error);
      else resolve(outcome);
    };
    socket.on('error', fail);
    socket.on('message', (data) => {
      clearTimeout(timer);
      resolve(JSON.parse(data.toString('utf8')) as Answer);
    });
    const bound = request.from === null ? {} : { address: request.from };
    socket.bind({ port: request.fromPort ?? 0, ...bound }, () => {
      // A connected socket hears of ICMP errors.
      socket.connect(request.port, request.to, (error?: Error) => {
        if (error) fail(error);
        else socket.send('?', (sendError) => (sendError ? fail(sendError) : undefined));
      });
    });
  }).finally(() => socket.close());
}

function connect(request: Omit<ConnectRequest, 'do'>): Promise<Outcome> {
  switch (request.protocol) {
    case 'tcp':
      return connectTcp(request);
    case 'udp':
      return connectUdp(request);
    default:
      return request.protocol satisfies never;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let hammering: { stop: boolean; readonly result: Promise<HammerResult> } | null = null;

function startHammer(request: HammerRequest): void {
  const control = { stop: false };
  const run = async (): Promise<HammerResult> => {
    const outcomes: Record<string, number> = {};
    let connections = 0;
    let slowestMs = 0;
    while (!control.stop) {
      const started = performance.now();
      const outcome = await connect(request);
      const ms = performance.now() - started;
      slowestMs = Math.max(slowestMs, ms);
      const word = typeof outcome === 'string' ? outcome : outcome.name;
      outcomes[word] = (outcomes[word] ?? 0) + 1;
      connections++;
      await pause(Math.max(0, request.everyMs - ms));
    }
    return { connections, outcomes, slowestMs };
  };
  hammering = Object.assign(control, { result: run() });
}

const held: net.Socket[] = [];

async function hold(request: Omit<ConnectRequest, 'do' | 'protocol'>): Promise<AgentReply> {
  const socket = net.connect({
    host: request.to,
    port: request.port,
    ...(request.from === null ? {} : { localAddress: request.from }),
  });
  const line = await nextLine(socket, request.timeoutMs);
  if (line === null) return { error: 'no answer' };
  held.push(socket);
  return { held: held.length - 1, answer: JSON.parse(line) as Answer };
}

/** The next line that comes over the connection; null where none comes in time or the connection breaks. */
function nextLine(socket: net.Socket, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let text = '';
    const end = (line: string | null): void => {
      clearTimeout(timer);
      socket.off('data', onData);
      resolve(line);
    };
    const onData = (data: Buffer): void => {
      text += data.toString('utf8');
      if (text.includes('\n')) end(text);
    };
    const timer = setTimeout(() => end(null), timeoutMs);
    socket.on('data', onData);
    socket.once('error', () => end(null));
    socket.once('close', () => end(null));
  });
}

async function serve(request: AgentRequest): Promise<AgentReply> {
  switch (request.do) {
    case 'connect':
      return { outcome: await connect(request) };
    case 'hammer':
      startHammer(request);
      return { started: true };
    case 'hammer-stop': {
      if (hammering === null) return { error: 'no hammer is running' };
      hammering.stop = true;
      const hammer = await hammering.result;
      hammering = null;
      return { hammer };
    }
    case 'hold':
      return hold(request);
    case 'say': {
      const socket = held[request.held];
      if (socket === undefined || socket.destroyed) return { echoed: false };
      const echo = nextLine(socket, request.timeoutMs);
      socket.write('still there?\n');
      return { echoed: (await echo) === 'still there?\n' };
    }
    default:
      return request satisfies never;
  }
}

function control(): void {
  rmSync(socketPath, { force: true });
  const server = net.createServer((socket) => {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString('utf8');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        serve(JSON.parse(line) as AgentRequest)
          .catch((error: unknown): AgentReply => ({ error: String(error) }))
          .then((reply) => socket.write(`${JSON.stringify(reply)}\n`))
          .catch(() => socket.destroy());
      }
    });
  });
  server.listen(socketPath);
}

async function main(): Promise<void> {
  const { addresses, tcp, udp } = JSON.parse(services) as Services;
  const listeners: Promise<void>[] = [];
  for (const address of addresses) {
    for (const port of tcp) listeners.push(listenTcp(address, port));
    for (const port of udp) listeners.push(listenUdp(address, port));
  }
  await Promise.all(listeners);
  control();
}

main().catch((error: unknown) => {
  process.stderr.write(`agent ${name}: ${String(error)}\n`);
  process.exit(1);
});
