/** The Prober port: a TCP handshake, a ping, and the kernel's own list of TCP connections. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { endianness } from 'node:os';
import type { Connection } from '../model/confirmation.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Prober } from '../ports.ts';
import { firstErrorLine, runCommand } from './command.ts';

type Socket = Pick<Connection, 'source' | 'sourcePort' | 'destination' | 'port'>;

export function createProber(): Prober {
  return {
    probe: (proof) => (proof.kind === 'tcp' ? tryTcp(proof.ip, proof.port) : ping(proof.ip)),
    async sockets() {
      const [v4, v6] = await Promise.all([table('/proc/self/net/tcp'), table('/proc/self/net/tcp6')]);
      return [...parseSockets(v4), ...parseSockets(v6)];
    },
    waysBack: async (to) => (to.length === 0 ? [] : waysBack(to)),
    kindsOf,
  };
}

function tryTcp(ip: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: ip, port });
    const end = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(limits.probeSeconds * 1000, () => end(`no answer within ${limits.probeSeconds} s`));
    socket.once('connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

async function ping(ip: string): Promise<string | null> {
  const { exitCode, stderr } = await runCommand({
    file: 'ping',
    args: ['-n', '-q', '-c', '1', '-W', String(limits.probeSeconds), ip],
    // 1: no answer; 2: no way to ask.
    accept: [0, 1, 2],
    timeoutSeconds: limits.probeSeconds * 2,
  });
  if (exitCode === 0) return null;
  return exitCode === 1 ? `no answer within ${limits.probeSeconds} s` : firstErrorLine(stderr) || 'ping failed';
}

/** Asked as from the address that they came to: rules may send answers of each address another way. */
async function waysBack(
  to: readonly Pick<Connection, 'source' | 'destination'>[],
): Promise<readonly (string | null)[]> {
  const { stdout, stderr } = await runCommand({
    file: 'ip',
    args: ['-json', '-force', '-batch', '-'],
    input: to.map(({ source, destination }) => `route get ${source} from ${destination}\n`).join(''),
    // 1: some have no way, and stderr says which.
    accept: [0, 1],
  });
  const failed = new Set([...stderr.matchAll(/^Command failed -:(\d+)$/gm)].map(([, line]) => Number(line)));
  const ways = stdout.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    const [way] = JSON.parse(line) as readonly { readonly dev?: string }[];
    return [way?.dev ?? null];
  });
  if (ways.length + failed.size !== to.length)
    throw new Fault('command-failed', `ip gave ${ways.length} routes for ${to.length} questions`, { output: stderr });
  let next = 0;
  return to.map((_, i) => (failed.has(i + 1) ? null : (ways[next++] ?? null)));
}

interface Link {
  readonly ifname: string;
  readonly link_type?: string;
  readonly linkinfo?: { readonly info_kind?: string; readonly info_data?: { readonly type?: string } };
}

async function kindsOf(interfaces: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runCommand({ file: 'ip', args: ['-details', '-json', 'link', 'show'] });
  const links = JSON.parse(stdout) as readonly Link[];
  return new Map(
    links
      .filter(({ ifname }) => interfaces.includes(ifname))
      .map(({ ifname, link_type: type, linkinfo: { info_kind: kind = '', info_data: data } = {} }) => [
        ifname,
        type === 'loopback' ? type : kind === 'tun' ? (data?.type ?? kind) : kind,
      ]),
  );
}

/** '' where this kernel has no such family. */
async function table(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The lines of /proc/net/tcp and tcp6 that are no listening sockets; the remote end counts as who came. */
export function parseSockets(text: string): readonly Socket[] {
  const line = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;
  return [...text.matchAll(line)].flatMap(([, local = '', localPort = '', remote = '', remotePort = '', state]) => {
    const listening = state === '0A';
    if (listening) return [];
    const port = (hex: string): number => parseInt(hex, 16);
    return [{ source: ipOf(remote), sourcePort: port(remotePort), destination: ipOf(local), port: port(localPort) }];
  });
}

/** The kernel prints each 32-bit word in the machine's own order. IPv4 in IPv6 is IPv4. */
function ipOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => {
    const four = (word.match(/../g) ?? []).map((byte) => parseInt(byte, 16));
    return endianness() === 'LE' ? four.reverse() : four;
  });
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
