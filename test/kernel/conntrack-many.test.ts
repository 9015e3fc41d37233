// Promise: two thousand live flows are cut at once within a few seconds, by few deletions, and their neighbours stay.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { affectedFlows } from '../../src/core/conntrack/affected.ts';
import { createEnds, type Ends } from '../../src/core/conntrack/ends.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { targetRules } from '../../src/core/plan/plan.ts';
import { families, type Family } from '../../src/model/family.ts';
import type { Flow } from '../../src/model/flow.ts';
import { address, desired, guest, host, network, type ShortForward } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { openNetfilter, run } from './nat-table.ts';

const ips = {
  v4: { main: '203.0.113.10', web: '192.168.1.1', old: '192.168.1.2', subnet: '192.168.1.0/24' },
  v6: { main: '2001:db8:1::10', web: 'fd00:1::1', old: 'fd00:1::2', subnet: 'fd00:1::/64' },
} as const;

const client = (family: Family, n: number): string =>
  family === 'v4' ? `198.18.${n >> 8}.${n & 255}` : `2001:db8:7::${(n + 1).toString(16)}`;

interface Made {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly end: string | null;
  readonly client: number;
}

/** Entries as real connections leave them, by the dozen and without packets. */
function make(family: Family, flows: readonly Made[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'flows-'));
  try {
    const lines = flows.map(({ protocol, port, end, client: n }) => {
      const to = end === null ? '' : ` --dst-nat ${family === 'v4' ? end : `[${end}]`}:${port}`;
      const state = protocol === 'tcp' ? ' --state ESTABLISHED' : '';
      return `-I -p ${protocol} -s ${client(family, n)} --sport 4000 -d ${ips[family].main} --dport ${port} -t 300${state}${to}\n`;
    });
    writeFileSync(join(folder, 'flows'), lines.join(''));
    const { code, err } = run('conntrack', ['-R', join(folder, 'flows')]);
    assert.equal(code, 0, err);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ends(family: Family, forwards: readonly ShortForward[]): Ends {
  const ip = (of: string): Partial<Record<Family, string>> => ({ [family]: of });
  const networks = [network('lan', 'br0', [ips[family].subnet])];
  const state = desired(host([address('main', ip(ips[family].main))], networks), [
    guest('web', ip(ips[family].web), forwards),
  ]);
  return createEnds(targetRules(compileNat(state)[family]), { family, networks, now: null });
}

const netfilter = openNetfilter();
const live = (family: Family): Promise<readonly Flow[]> => netfilter.flows(family, [ips[family].main]);
const show = (flow: Flow): string => `${flow.protocol} ${flow.source} ${flow.port} ${flow.replySource}`;

interface Case {
  readonly name: string;
  readonly before: readonly ShortForward[];
  readonly after: readonly ShortForward[];
  readonly gone: readonly Made[];
  readonly stay: readonly Made[];
}

const many = (count: number, one: (n: number) => Made): readonly Made[] =>
  Array.from({ length: count }, (_, n) => one(n));

function cases(family: Family): readonly Case[] {
  const { web, old } = ips[family];
  const udp = { protocol: 'udp' } as const;
  const flow = (protocol: Made['protocol'], port: number, n: number, end: string | null = web): Made => ({
    protocol,
    port,
    end,
    client: n,
  });
  const neighbours = [
    ...many(200, (n) => flow('udp', 54, n)),
    ...many(200, (n) => flow('udp', 53, n, null)).map((one) => ({ ...one, port: 1000 })),
    ...many(100, (n) => flow('tcp', 8080, n, old)),
  ];
  const some = family === 'v4' ? '198.18.1.0/24' : '2001:db8:7::100/120';
  return [
    {
      name: '2,000 clients of one UDP port that closes',
      before: [
        { port: 53, ...udp },
        { port: 54, ...udp },
      ],
      after: [{ port: 54, ...udp }],
      gone: many(2000, (n) => flow('udp', 53, n)),
      stay: neighbours,
    },
    {
      name: '2,000 UDP ports of a range that closes',
      before: [
        { port: [20000, 21999], ...udp },
        { port: 54, ...udp },
      ],
      after: [{ port: 54, ...udp }],
      gone: many(2000, (n) => flow('udp', 20000 + n, 1)),
      stay: neighbours.filter(({ port }) => port !== 54),
    },
    {
      name: '1,792 clients of one TCP port that a narrowed forward leaves out, of 2,048',
      before: [{ port: 80 }],
      after: [{ port: 80, from: [some] }],
      gone: many(2048, (n) => flow('tcp', 80, n)).filter((one) => !isSome(family, one.client)),
      stay: [...neighbours, ...many(2048, (n) => flow('tcp', 80, n)).filter((one) => isSome(family, one.client))],
    },
  ];
}

/** Which clients are in the CIDR of the narrowed forward. */
function isSome(family: Family, n: number): boolean {
  return family === 'v4' ? n >> 8 === 1 : (n + 1) >> 8 === 1;
}

if (inside === null) {
  describe('many live connections', () => runInside(import.meta.url, 120));
} else {
  describe('many live connections', () => {
    afterEach(() => run('conntrack', ['-F']));
    for (const family of families) {
      for (const { name, before, after, gone, stay } of cases(family)) {
        it(`${family}: ${name}`, async (t) => {
          make(family, [...gone, ...stay]);
          const affected = affectedFlows(ends(family, before), ends(family, after), await live(family));
          assert.equal(affected.cut.flows.length, gone.length);
          const started = performance.now();
          assert.deepEqual(await netfilter.cut(family, affected.cut), []);
          const seconds = (performance.now() - started) / 1000;
          t.diagnostic(
            `measured: ${gone.length} cut by ${affected.cut.filters.length} deletions in ${seconds.toFixed(1)} s`,
          );
          const left = await live(family);
          // What is left of those that went is the host's own end, which is where the rules send them now.
          const kept = left.filter(({ replySource, port }) => replySource !== ips[family].main || port === 1000);
          const expected = stay.map(
            ({ protocol, port, end, client: n }) =>
              `${protocol} ${client(family, n)} ${port} ${end ?? ips[family].main}`,
          );
          assert.deepEqual(kept.map(show).sort(), expected.sort());
        });
      }
    }
  });
}
