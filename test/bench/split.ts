/**
 * One address with all forwards in one chain, against the same in chains of a hundred by port range: what a new
 * connection through the last forward costs, and one change. Runs in a namespace that is only ours; prints one JSON object.
 */
import { execFileSync } from 'node:child_process';
import { connectThrough } from './connect.ts';

export interface Split {
  readonly forwards: number;
  readonly flat: Shape;
  readonly split: Shape;
}

interface Shape {
  readonly connectUs: number;
  /** One rule out and in again, by iptables-restore. */
  readonly lineMs: number;
}

const perChain = 100;
const firstPort = 1000;
const guest = '10.0.0.2';
const address = '203.0.113.10';

function rule(chain: string, port: number): string {
  const comment = `natroute web main:${port}/tcp`;
  return `-A ${chain} -p tcp -m tcp --dport ${port} -m comment --comment "${comment}" -j DNAT --to-destination ${guest}:80`;
}

function table(chains: ReadonlyMap<string, readonly string[]>, jumps: readonly string[]): string {
  const names = ['NR-DST', 'NR-A-main', ...[...chains.keys()].filter((name) => name !== 'NR-A-main')];
  return [
    '*nat',
    ...names.map((name) => `:${name} - [0:0]`),
    '-A PREROUTING -m comment --comment natroute -j NR-DST',
    `-A NR-DST -d ${address}/32 -m comment --comment "natroute main" -j NR-A-main`,
    ...jumps,
    ...[...chains.values()].flat(),
    'COMMIT',
    '',
  ].join('\n');
}

function flatTable(forwards: number): string {
  const rules = Array.from({ length: forwards }, (_, i) => rule('NR-A-main', firstPort + i));
  return table(new Map([['NR-A-main', rules]]), []);
}

function splitTable(forwards: number): string {
  const chains = new Map<string, readonly string[]>();
  const jumps: string[] = [];
  for (let from = 0; from < forwards; from += perChain) {
    const name = `NR-A-main-${from / perChain}`;
    const count = Math.min(perChain, forwards - from);
    const first = firstPort + from;
    chains.set(
      name,
      Array.from({ length: count }, (_, i) => rule(name, first + i)),
    );
    jumps.push(`-A NR-A-main -p tcp -m tcp --dport ${first}:${first + count - 1} -j ${name}`);
  }
  return table(chains, jumps);
}

async function measure(nat: string, forwards: number): Promise<Shape> {
  const port = firstPort + forwards - 1;
  const connectUs = await connectThrough({ nat, addresses: 1, guest, host: address, port });
  execFileSync('iptables-restore', ['-w', '5'], { input: nat });
  const last = nat.split('\n').findLast((line) => line.includes(`--dport ${port} `)) ?? '';
  const change = `*nat\n${last.replace(/^-A/, '-D')}\n${last}\nCOMMIT\n`;
  const times = Array.from({ length: 9 }, () => {
    const started = performance.now();
    execFileSync('iptables-restore', ['--noflush', '-w', '5'], { input: change });
    return performance.now() - started;
  }).sort((a, b) => a - b);
  execFileSync('bash', ['-c', 'iptables -t nat -F; iptables -t nat -X']);
  return { connectUs, lineMs: times[4] ?? 0 };
}

async function main(): Promise<void> {
  const forwards = Number(process.argv[2]);
  const flat = await measure(flatTable(forwards), forwards);
  const split = await measure(splitTable(forwards), forwards);
  process.stdout.write(`${JSON.stringify({ forwards, flat, split } satisfies Split)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
