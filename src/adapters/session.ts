/** By which connection the person who runs this command came to the host. */
import { readFileSync } from 'node:fs';

/** Null: none is known; they sit at the host's own console, or came another way than by ssh. */
export interface Session {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly port: number;
}

/** sudo and su drop the variable, so the programs that started this one are asked as well. */
export function readSession(): Session | null {
  for (let pid = process.pid, steps = 0; pid > 1 && steps < 64; steps++) {
    const found = sessionIn(pid);
    if (found !== null) return found;
    pid = parentOf(pid);
  }
  return null;
}

function sessionIn(pid: number): Session | null {
  const words = /(?:^|\0)SSH_CONNECTION=(\S+) (\d+) (\S+) (\d+)(?:\0|$)/.exec(read(`/proc/${pid}/environ`));
  if (words === null) return null;
  const [, source = '', sourcePort, destination = '', port] = words;
  const plain = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return { source: plain(source), sourcePort: Number(sourcePort), destination: plain(destination), port: Number(port) };
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0');
}

/** '' where it is gone or not ours to read. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
