/** The nat table of the namespace that the test runs in: loaded, read and changed as a person would. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createNetfilter, type NetfilterOptions } from '../../src/adapters/netfilter/netfilter.ts';
import { parseSave, parseTables, tableText } from '../../src/core/nat/save.ts';
import type { Family } from '../../src/model/family.ts';
import type { NatTable } from '../../src/model/nat.ts';
import type { Netfilter } from '../../src/ports.ts';

const programs = { v4: 'iptables', v6: 'ip6tables' } as const;

export function openNetfilter(more: Omit<NetfilterOptions, 'tableText'> = {}): Netfilter {
  return createNetfilter({ tableText: (saved) => tableText(parseTables(saved)), ...more });
}

export function run(
  file: string,
  args: readonly string[],
  input = '',
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr, error } = spawnSync(file, args, { input, encoding: 'latin1', maxBuffer: 1 << 28 });
  if (error !== undefined) throw error;
  return { code: status, out: stdout, err: stderr };
}

/** Replaces the whole nat table, counters included; what the kernel said where it refused. */
export function load(family: Family, text: string): string | null {
  const { code, err } = run(`${programs[family]}-restore`, ['-c', '-w', '5'], text);
  return code === 0 ? null : err;
}

export function must(family: Family, ...args: readonly string[]): void {
  const { code, err } = run(programs[family], ['-w', '5', '-t', 'nat', ...args]);
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
}

export function read(family: Family): string {
  const { code, out, err } = run(`${programs[family]}-save`, ['-c', '-t', 'nat']);
  assert.equal(code, 0, err);
  return out;
}

export function table(family: Family): NatTable {
  return parseSave(read(family));
}

/** Empty, as on a host where nobody ever wrote a rule. */
export function clear(family: Family): void {
  assert.equal(load(family, '*nat\nCOMMIT\n'), null);
}
