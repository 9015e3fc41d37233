/**
 * A host with an uplink and a bridge in the namespace that the test runs in, and an outside and guests in namespaces of
 * their own, each with a process that holds real connections. All of it ends with the test.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import type { Family } from '../../src/model/family.ts';
import { run } from './nat-table.ts';
import type { PlaceRequest } from './place-agent.ts';

export interface Place {
  ask(request: PlaceRequest): Promise<string | number>;
  /** Who answers at that port, over a connection that is kept under the id. */
  open(id: string, protocol: 'tcp' | 'udp', to: string, more?: OpenOptions): Promise<string | number>;
  /** What comes back for a line. */
  say(id: string, text?: string, ms?: number): Promise<string | number>;
  hear(id: string, ms: number): Promise<number>;
}

export interface OpenOptions {
  readonly port?: number;
  readonly from?: string;
  readonly fromPort?: number;
}

export const ips = {
  v4: {
    main: '203.0.113.10',
    router: '203.0.113.1',
    client: '198.18.0.1',
    other: '198.18.0.2',
    bridge: '192.168.1.254',
    subnet: '192.168.1.0/24',
    web: '192.168.1.1',
    old: '192.168.1.2',
  },
  v6: {
    main: '2001:db8:1::10',
    router: '2001:db8:1::1',
    client: '2001:db8:7::1',
    other: '2001:db8:7::2',
    bridge: 'fd00:1::254',
    subnet: 'fd00:1::/64',
    web: 'fd00:1::1',
    old: 'fd00:1::2',
  },
} as const satisfies Record<Family, Record<string, string>>;

export interface Stage {
  /** On the other side of the uplink, with the IPs `client` and `other`. */
  readonly outside: Place;
  readonly web: Place;
  readonly old: Place;
  /** The host itself. */
  readonly host: Place;
  stop(): void;
}

export async function startStage(): Promise<Stage> {
  const script = agentScript();
  const children: ChildProcess[] = [];
  const start = (name: string, own: boolean): { readonly place: Place; readonly pid: number } => {
    const [file, args] = own ? ['unshare', ['-n', '--', process.execPath]] : [process.execPath, []];
    const child = spawn(file, [...args, script, name], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return { place: placeOf(child), pid: child.pid ?? 0 };
  };
  const [outside, web, old, host] = [
    start('outside', true),
    start('web', true),
    start('old', true),
    start('host', false),
  ];
  const stop = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  try {
    // A process that answers has its namespace.
    for (const { place } of [outside, web, old, host]) await place.ask({ do: 'close', id: '' });
    connect(outside.pid, [web.pid, old.pid]);
  } catch (error) {
    stop();
    throw error;
  }
  return { outside: outside.place, web: web.place, old: old.place, host: host.place, stop };
}

function agentScript(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'natroute-place-')), 'agent.cjs');
  const entry = new URL('place-agent.ts', import.meta.url).pathname;
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', target: 'node20.19', format: 'cjs', outfile });
  return outfile;
}

function placeOf(child: ChildProcess): Place {
  const waiting = new Map<number, (reply: string | number) => void>();
  let asked = 0;
  if (child.stdout === null) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [n, reply] = JSON.parse(line) as [number, string | number];
    waiting.get(n)?.(reply);
    waiting.delete(n);
  });
  const ask = (request: PlaceRequest): Promise<string | number> =>
    new Promise((resolve, reject) => {
      asked++;
      const n = asked;
      const timer = setTimeout(() => reject(new Error(`no reply to ${JSON.stringify(request)}`)), 20_000);
      waiting.set(n, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
      child.stdin?.write(`${JSON.stringify({ n, ...request })}\n`);
    });
  return {
    ask,
    open: (id, protocol, to, more = {}) =>
      ask({
        do: 'open',
        id,
        protocol,
        to,
        port: more.port ?? 80,
        from: more.from ?? null,
        fromPort: more.fromPort ?? null,
      }),
    say: (id, text = 'there?', ms = 1500) => ask({ do: 'say', id, text, ms }),
    hear: async (id, ms) => Number(await ask({ do: 'hear', id, ms })),
  };
}

function set(path: string, value: number): void {
  try {
    writeFileSync(`/proc/sys/net/${path}`, String(value));
  } catch (error) {
    // A kernel without br_netfilter has no such switch.
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
  }
}

function connect(outside: number, guests: readonly number[]): void {
  for (const key of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding']) set(key, 1);
  for (const key of ['bridge/bridge-nf-call-iptables', 'bridge/bridge-nf-call-ip6tables']) set(key, 0);
  for (const key of ['ipv4/conf/all/rp_filter', 'ipv4/conf/default/rp_filter', 'ipv6/conf/default/accept_dad'])
    set(key, 0);
  const { v4, v6 } = ips;
  ip([
    'link set lo up',
    `link add eth0 type veth peer name up0 netns ${outside}`,
    `address add ${v4.main}/24 dev eth0`,
    `address add ${v6.main}/64 dev eth0 nodad`,
    'link set eth0 up',
    'link add br0 type bridge forward_delay 0',
    `address add ${v4.bridge}/24 dev br0`,
    `address add ${v6.bridge}/64 dev br0 nodad`,
    'link set br0 up',
    ...guests.flatMap((pid, i) => [
      `link add vif${i} type veth peer name eth0 netns ${pid}`,
      `link set vif${i} master br0 up`,
    ]),
  ]);
  ip(
    [
      'link set lo up',
      ...[v4.client, v4.other].map((own) => `address add ${own}/32 dev lo`),
      ...[v6.client, v6.other].map((own) => `address add ${own}/128 dev lo nodad`),
      `address add ${v4.router}/24 dev up0`,
      `address add ${v6.router}/64 dev up0 nodad`,
      'link set up0 up',
    ],
    outside,
  );
  ip([`route add default via ${v4.router}`, `route add default via ${v6.router}`]);
  for (const [i, pid] of guests.entries()) {
    const own = i === 0 ? ([v4.web, v6.web] as const) : ([v4.old, v6.old] as const);
    ip(
      [
        'link set lo up',
        `address add ${own[0]}/24 dev eth0`,
        `address add ${own[1]}/64 dev eth0 nodad`,
        'link set eth0 up',
        `route add default via ${v4.bridge}`,
        `route add default via ${v6.bridge}`,
      ],
      pid,
    );
  }
}

function ip(lines: readonly string[], pid?: number): void {
  const command = ['ip', '-batch', '-'];
  const [file = '', ...args] = pid === undefined ? command : ['nsenter', '-t', String(pid), '-n', '--', ...command];
  const { code, err } = run(file, args, `${lines.join('\n')}\n`);
  assert.equal(code, 0, err);
}
