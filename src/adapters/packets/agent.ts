/**
 * One process in each namespace that takes part: its services answer with their name, their IP and port and the
 * sender that they see, and its client sends the shots. Requests come on standard input, replies go to standard output.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { limits } from '../../model/limits.ts';
import type { Observation, Service, Shot } from '../../model/packets.ts';
import { plainIp, type AgentReply, type AgentRequest, type Answer } from './wire.ts';

/** Serves until standard input ends. `name` is the place's. */
export async function runAgent(name: string): Promise<void> {
  const services = new Map<string, Open>();

  async function listen(wantedServices: readonly Service[]): Promise<void> {
    const wanted = new Map(wantedServices.map((service) => [JSON.stringify(service), service]));
    const gone = [...services].filter(([key]) => !wanted.has(key));
    await Promise.all(gone.map(([, service]) => service.close()));
    for (const [key] of gone) services.delete(key);
    for (const [key, service] of wanted) if (!services.has(key)) services.set(key, await open(name, service));
  }

  async function serve(request: AgentRequest): Promise<AgentReply> {
    switch (request.do) {
      case 'listen':
        await listen(request.services);
        return { kind: 'listening' };
      case 'shoot':
        return { kind: 'shot', observations: await shootAll(request.shots) };
      default:
        return request satisfies never;
    }
  }

  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await serve(JSON.parse(line) as AgentRequest).catch((error: unknown): AgentReply => ({
      kind: 'failed',
      why: String(error),
    }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
  process.exit(0);
}

interface Open {
  close(): Promise<void>;
}

function open(name: string, service: Service): Promise<Open> {
  switch (service.protocol) {
    case 'tcp':
      return listenTcp(name, service.port);
    case 'udp':
      return listenUdp(name, service.ip, service.port);
    default:
      return service satisfies never;
  }
}

async function listenTcp(name: string, port: number): Promise<Open> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // The sender ends as it likes; its own side tells what it saw.
    socket.on('error', () => socket.destroy());
    const answer: Answer = {
      by: name,
      ip: plainIp(socket.localAddress),
      port: socket.localPort ?? 0,
      sender: plainIp(socket.remoteAddress),
    };
    socket.end(`${JSON.stringify(answer)}\n`);
  });
  try {
    await listening(server, '::', port);
  } catch (error) {
    // A kernel without IPv6.
    if ((error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error;
    await listening(server, '0.0.0.0', port);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function listening(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: limits.packetsAtOnce }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Bound to one IP, so that the answer leaves from there. */
function listenUdp(name: string, ip: string, port: number): Promise<Open> {
  const socket = dgram.createSocket(net.isIP(ip) === 4 ? 'udp4' : 'udp6');
  socket.on('message', (_data, sender) => {
    const answer: Answer = { by: name, ip, port, sender: plainIp(sender.address) };
    // A sender that went away in the meantime hears nothing, and says so itself.
    socket.send(JSON.stringify(answer), sender.port, sender.address, () => undefined);
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: ip, port, exclusive: true }, () => {
      socket.off('error', reject);
      // An ICMP error for an earlier answer is nobody's business here.
      socket.on('error', () => undefined);
      resolve({ close: () => new Promise((closed) => socket.close(() => closed())) });
    });
  });
}

async function shootAll(shots: readonly Shot[]): Promise<readonly Observation[]> {
  const observations: Observation[] = [];
  let next = 0;
  const shooter = async (): Promise<void> => {
    for (let i = next++; i < shots.length; i = next++) {
      const shot = shots[i];
      if (shot !== undefined) observations[i] = await shoot(shot);
    }
  };
  await Promise.all(Array.from({ length: Math.min(shots.length, limits.packetsAtOnce) }, shooter));
  return observations;
}

function shoot(shot: Shot): Promise<Observation> {
  switch (shot.protocol) {
    case 'tcp':
      return shootTcp(shot);
    case 'udp':
      return shootUdp(shot);
    default:
      return shot.protocol satisfies never;
  }
}

function shootTcp(shot: Shot): Promise<Observation> {
  return new Promise((resolve) => {
    const socket = net.connect({
      host: shot.destination,
      port: shot.port,
      ...(shot.source === null ? {} : { localAddress: shot.source }),
    });
    const end = (observation: Observation): void => {
      clearTimeout(timer);
      // A reset leaves no waiting state behind, of which thousands of shots would run out.
      socket.resetAndDestroy();
      resolve(observation);
    };
    const timer = setTimeout(() => end({ kind: 'silent' }), shot.waitMs);
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('utf8');
      if (text.endsWith('\n')) end(answered(text));
    });
    socket.on('error', (error) => end(failed(error)));
  });
}

function shootUdp(shot: Shot): Promise<Observation> {
  const socket = dgram.createSocket(net.isIP(shot.destination) === 4 ? 'udp4' : 'udp6');
  return new Promise<Observation>((resolve) => {
    const timer = setTimeout(() => end({ kind: 'silent' }), shot.waitMs);
    const end = (observation: Observation): void => {
      clearTimeout(timer);
      resolve(observation);
    };
    socket.on('error', (error) => end(failed(error)));
    socket.on('message', (data) => end(answered(data.toString('utf8'))));
    socket.bind({ port: 0, ...(shot.source === null ? {} : { address: shot.source }) }, () => {
      // A connected socket hears of ICMP errors.
      socket.connect(shot.port, shot.destination, (error?: Error) => {
        if (error) end(failed(error));
        else socket.send('?', (sendError) => (sendError ? end(failed(sendError)) : undefined));
      });
    });
  }).finally(() => socket.close());
}

function answered(text: string): Observation {
  return { kind: 'answered', ...(JSON.parse(text) as Answer) };
}

function failed(error: NodeJS.ErrnoException): Observation {
  switch (error.code ?? '') {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return { kind: 'refused' };
    case 'ETIMEDOUT':
      return { kind: 'silent' };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EINVAL':
      return { kind: 'unreachable' };
    default:
      return { kind: 'unsent', why: error.message };
  }
}
