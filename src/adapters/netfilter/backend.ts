/** Which iptables this host has: found out, not asked, and asked again only when the program behind the name changes. */
import { realpath, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { NetfilterFacts } from '../../ports.ts';
import { runCommand } from '../command.ts';

/** What the adapter's commands run with. */
export interface CommandWorld {
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told the process id of what changes a table. */
  readonly started?: (pid: number) => void;
}

/** `iptables-save`, `ip6tables-restore`... */
export function programOf(family: Family, part: '' | '-save' | '-restore'): string {
  return `${family === 'v4' ? 'iptables' : 'ip6tables'}${part}`;
}

export function createProbe(world: CommandWorld): (family: Family) => Promise<NetfilterFacts> {
  const known = new Map<string, NetfilterFacts>();
  return async (family) => {
    const program = programOf(family, '');
    const identity = await identityOf(program, world);
    const before = identity === null ? undefined : known.get(identity);
    if (before !== undefined) return before;
    const { stdout } = await runCommand({ file: program, args: ['--version'], env: world.env });
    const facts = readVersion(program, stdout);
    if (identity !== null) known.set(identity, facts);
    return facts;
  };
}

/** `iptables v1.8.9 (nf_tables)`; before 1.8 there was only the legacy one, and it did not say so. */
export function readVersion(program: string, output: string): NetfilterFacts {
  const [, version, backend] = /v(\d+\.\d+(?:\.\d+)?)(?: \((\w+)\))?/.exec(output) ?? [];
  if (version === undefined) {
    throw new Fault('command-failed', `${program} does not say its version.`, {
      command: `${program} --version`,
      output: output.slice(0, 200),
    });
  }
  if (backend === 'nf_tables') return { backend: 'nft', version, compareAndSwap: 'generation' };
  return { backend: 'legacy', version, compareAndSwap: isAtLeast(version, [1, 8, 6]) ? 'lock' : 'none' };
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number);
  for (const [i, wanted] of least.entries()) {
    const part = parts[i] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** The file that the name leads to and its date: update-alternatives and an upgrade both change one of them. */
async function identityOf(program: string, world: CommandWorld): Promise<string | null> {
  const path = world.env['PATH'] ?? process.env['PATH'] ?? '';
  for (const folder of [...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    if (folder === '') continue;
    try {
      const file = await realpath(join(folder, program));
      return `${program} ${file} ${(await stat(file)).mtimeMs}`;
    } catch {
      // Not in this folder; if in none, running it gives the fault.
    }
  }
  return null;
}
