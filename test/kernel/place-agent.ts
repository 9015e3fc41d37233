/**
 * One place of a little network, as a process that is told what to do line by line: services that answer with the
 * place's name and may talk on by themselves, and clients that hold their connections. Run as `agent NAME`.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import { createInterface } from 'node:readline';

export type PlaceRequest =
  /** TCP answers its name and echoes lines; after the line `talk MS` it sends by itself every so often, after `flood` without pause. UDP talks likewise. */
  | { readonly do: 'serve'; readonly protocol: 'tcp' | 'udp'; readonly ports: readonly number[] }
  /** Opens a connection; the name of who answers, or what happened instead. */
  | {
      readonly do: 'open';
      readonly id: string;
      readonly protocol: 'tcp' | 'udp';
      readonly from: string | null;
      readonly fromPort: number | null;
      readonly to: string;
      readonly port: number;
    }
  /** Sends a line; what comes back within the time, or what happened instead. */
  | { readonly do: 'say'; readonly id: string; readonly text: string; readonly ms: number }
  /** How many bytes came in during that time, without a word of ours. */
  | { readonly do: 'hear'; readonly id: string; readonly ms: number }
  | { readonly do: 'close'; readonly id: string };

const name = process.argv[2] ?? '';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Line {
  /** What came in since the last question. */
  heard: string;
  bytes: number;
  over: string | null;
  send(text: string): void;
  close(): void;
}

const lines = new Map<string, Line>();

function serveTcp(port: number): Promise<void> {
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.write(`${name}\n`);
    socket.on('data', (data) => {
      socket.write(data);
      const pauseMs = /talk (\d+)/.exec(data.toString())?.[1];
      if (data.toString().startsWith('flood')) flood(socket);
      if (pauseMs === undefined) return;
      const timer = setInterval(() => socket.write(`${name} talks\n`), Number(pauseMs));
      socket.on('close', () => clearInterval(timer));
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '::', port }, resolve);
  });
}

/** As fast as the other one takes it. */
function flood(socket: net.Socket): void {
  const piece = Buffer.alloc(65_536, 'x');
  const fill = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', fill);
  fill();
}

function serveUdp(port: number): Promise<void> {
  const socket = dgram.createSocket({ type: 'udp6' });
  socket.on('message', (data, { port: to, address }) => {
    const answer = (): void => socket.send(name, to, address, () => undefined);
    answer();
    const pauseMs = /talk (\d+)/.exec(data.toString())?.[1];
    if (pauseMs !== undefined) setInterval(answer, Number(pauseMs));
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: '::', port }, resolve);
  });
}

type Open = Extract<PlaceRequest, { readonly do: 'open' }>;

function openTcp({ from, fromPort, to, port }: Open): Line {
  const socket = net.connect({
    host: to,
    port,
    ...(from === null ? {} : { localAddress: from }),
    ...(fromPort === null ? {} : { localPort: fromPort }),
  });
  socket.setNoDelay(true);
  const line: Line = {
    heard: '',
    bytes: 0,
    over: null,
    send: (text) => void socket.write(`${text}\n`),
    close: () => socket.destroy(),
  };
  socket.on('data', (data) => hear(line, data));
  socket.on('error', (error: NodeJS.ErrnoException) => (line.over ??= error.code ?? 'error'));
  socket.on('end', () => (line.over ??= 'ended'));
  socket.on('close', () => (line.over ??= 'closed'));
  return line;
}

function openUdp({ from, fromPort, to, port }: Open): Promise<Line> {
  const socket = dgram.createSocket({ type: net.isIP(to) === 4 ? 'udp4' : 'udp6' });
  const line: Line = {
    heard: '',
    bytes: 0,
    over: null,
    send: (text) => socket.send(text, () => undefined),
    close: () => socket.close(),
  };
  socket.on('message', (data) => hear(line, data));
  // A refused datagram says nothing about the next one.
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.bind({ port: fromPort ?? 0, ...(from === null ? {} : { address: from }) }, () => {
      // A connected socket only hears the one that it speaks to.
      socket.connect(port, to, () => {
        line.send('hello');
        resolve(line);
      });
    });
  });
}

function hear(line: Line, data: Buffer): void {
  line.heard = (line.heard + data.toString()).slice(-10_000);
  line.bytes += data.length;
}

async function answerOf(line: Line, wanted: RegExp, ms: number): Promise<string> {
  const until = Date.now() + ms;
  while (Date.now() < until) {
    const found = wanted.exec(line.heard);
    if (found !== null) return found[0].trim();
    if (line.over !== null) return line.over;
    await pause(2);
  }
  return 'silence';
}

async function serve(request: PlaceRequest): Promise<string | number> {
  switch (request.do) {
    case 'serve':
      await Promise.all(request.ports.map(request.protocol === 'tcp' ? serveTcp : serveUdp));
      return 'ok';
    case 'open': {
      const line = request.protocol === 'tcp' ? openTcp(request) : await openUdp(request);
      lines.set(request.id, line);
      return answerOf(line, /^\w+/, 3000);
    }
    case 'say': {
      const line = lines.get(request.id);
      if (line === undefined) return 'no such connection';
      line.heard = '';
      line.send(request.text);
      const answer = await answerOf(line, /\S.*/, request.ms);
      // A reset shows in whichever of reading and writing comes first.
      return answer === line.over ? 'over' : answer;
    }
    case 'hear': {
      const line = lines.get(request.id);
      if (line === undefined) return 'no such connection';
      line.bytes = 0;
      await pause(request.ms);
      return line.bytes;
    }
    case 'close':
      lines.get(request.id)?.close();
      lines.delete(request.id);
      return 'ok';
    default:
      return request satisfies never;
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { n, ...request } = JSON.parse(line) as PlaceRequest & { readonly n: number };
  void serve(request).then((reply) => process.stdout.write(`${JSON.stringify([n, reply])}\n`));
});
process.stdin.on('end', () => process.exit(0));
