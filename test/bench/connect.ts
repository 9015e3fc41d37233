/** How long a new TCP connection through the last of so many forwards takes, as a client in Node sees it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileNat } from '../../src/core/nat/compile.ts';
import { renderNat } from '../../src/core/nat/render.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { readFolder } from '../../src/adapters/folder.ts';
import { writeState } from './state.ts';

const connections = 2000;

const client = `
const net = require('node:net');
const [host, port, count] = process.argv.slice(1);
const times = [];
const next = () => {
  const started = process.hrtime.bigint();
  const socket = net.connect({ host, port: Number(port) }, () => {
    times.push(Number(process.hrtime.bigint() - started) / 1000);
    socket.resetAndDestroy();
    if (times.length < Number(count)) setImmediate(next);
    else console.log(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
  });
  socket.on('error', (error) => { console.error(error.message); process.exit(1); });
};
next();
`;
const server = `
require('node:net').createServer((s) => { s.on('error', () => {}); s.resume(); }).listen(80, '0.0.0.0', () => console.log('up'));
`;

/** Through the last of so many forwards of the bench's state repository. Microseconds, the median. */
export async function connectLatency(forwards: number, folder: string): Promise<number> {
  const state = join(folder, `connect-${forwards}`);
  mkdirSync(state);
  const addresses = writeState(state, forwards, 0);
  const { desired } = parseState(await readFolder(state, 'dedibox'), { host: 'dedibox', now: new Date() });
  if (desired === null) throw new Error('the bench state is wrong');
  const last = desired.guests.find((guest) => guest.name === `g${Math.ceil(forwards / 40) - 1}`);
  const forward = last?.forwards.at(-1);
  const inside = last?.interfaces[0];
  const to = inside?.kind === 'nat' ? inside.ips.v4 : undefined;
  if (forward === undefined || to === undefined) throw new Error('the bench state has no last forward');
  return connectThrough({
    nat: renderNat(compileNat(desired).v4),
    addresses,
    guest: to,
    host: `203.0.113.${Number(forward.address.slice(1)) + 9}`,
    port: forward.ports.first,
  });
}

export interface Way {
  /** Input of iptables-restore. */
  readonly nat: string;
  /** How many of 203.0.113.10 and following the router has. */
  readonly addresses: number;
  /** Where the server is. */
  readonly guest: string;
  readonly host: string;
  readonly port: number;
}

/**
 * A new connection to `host`, which the rules lead to port 80 of `guest`. Microseconds, the median. The namespace we
 * are in is the router; client and server get one each.
 */
export async function connectThrough({ nat, addresses, guest, host, port }: Way): Promise<number> {
  execFileSync('bash', ['-euc', setUp(addresses, guest)], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('iptables-restore', ['-w', '5'], { input: nat });
  const pids = ['client', 'server'].map((name) => `/run/netns/bench-${name}`);
  const listening = spawn('nsenter', [`--net=${pids[1] ?? ''}`, process.execPath, '-e', server], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => listening.stdout.once('data', resolve));
    const args = [`--net=${pids[0] ?? ''}`, process.execPath, '-e', client, host, String(port), String(connections)];
    return Number(execFileSync('nsenter', args, { encoding: 'utf8' }));
  } finally {
    listening.kill('SIGKILL');
    execFileSync('bash', [
      '-c',
      'ip netns del bench-client; ip netns del bench-server; iptables -t nat -F; iptables -t nat -X; ip link del eth0; ip link del br0; true',
    ]);
  }
}

function setUp(addresses: number, guest: string): string {
  return [
    'mountpoint -q /run/netns || { mkdir -p /run/netns; mount -t tmpfs bench /run/netns; }',
    'ip link set lo up; echo 1 > /proc/sys/net/ipv4/ip_forward',
    'for n in client server; do ip netns add bench-$n; ip -n bench-$n link set lo up; done',
    'ip link add eth0 type veth peer name wan0 netns bench-client; ip link add br0 type veth peer name wan0 netns bench-server',
    'ip addr add 203.0.113.254/24 dev eth0; ip addr add 10.255.255.254/8 dev br0; ip link set eth0 up; ip link set br0 up',
    ...Array.from({ length: addresses }, (_, i) => `ip addr add 203.0.113.${i + 10}/32 dev eth0`),
    'ip -n bench-client addr add 203.0.113.1/24 dev wan0; ip -n bench-client link set wan0 up',
    `ip -n bench-server addr add ${guest}/8 dev wan0; ip -n bench-server link set wan0 up`,
    'ip -n bench-client route add default via 203.0.113.254; ip -n bench-server route add default via 10.255.255.254',
  ].join('\n');
}
