// Promise: with `forwarding: accept` what natroute forwards passes a FORWARD chain that drops, its answers too, and nothing
// of anybody else's; without the key nothing of that is left, and strangers' rules and counters are as they were.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat } from '../../src/core/nat/diff.ts';
import { parseNatTarget, renderNat } from '../../src/core/nat/render.ts';
import { parseTables } from '../../src/core/nat/save.ts';
import { Fault } from '../../src/model/fault.ts';
import { families, type Family } from '../../src/model/family.ts';
import type { NatTarget } from '../../src/model/target.ts';
import { address, desired, guest, host, network } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { must, openNetfilter, run } from './nat-table.ts';
import { ips, startStage, type Stage } from './places.ts';

function targetOf(accept: boolean): Readonly<Record<Family, NatTarget>> {
  const networks = [network('lan', 'br0', [ips.v4.subnet, ips.v6.subnet])];
  const addresses = [address('main', { v4: ips.v4.main, v6: ips.v6.main })];
  return compileNat(
    desired(host(addresses, networks, accept ? { forwarding: 'accept' } : {}), [
      guest('web', { v4: ips.v4.web, v6: ips.v6.web }, [{ port: 80 }]),
    ]),
  );
}

const netfilter = openNetfilter();
const [accepted, plain] = [targetOf(true), targetOf(false)];
let stage: Stage;

async function become(target: NatTarget, previous: NatTarget | null, family: Family): Promise<void> {
  const observed = parseTables(await netfilter.save(family, true));
  const { restore, plannedOn } = diffNat(target, observed, { family, previous });
  assert.notEqual(restore, null);
  await netfilter.restore(family, { text: restore ?? '', plannedOn });
  const left = diffNat(target, parseTables(await netfilter.save(family, true)), { family, previous: target });
  assert.deepEqual([left.restore, left.changes], [null, []]);
}

function suite(family: Family): void {
  const at = ips[family];
  const program = family === 'v4' ? 'iptables' : 'ip6tables';
  const filter = (...args: readonly string[]): void => {
    const { code, err } = run(program, ['-w', '5', ...args]);
    assert.equal(code, 0, err);
  };
  // Legacy starts the counter of a policy anew at each change of its chain, whoever makes it.
  const saved = (): string =>
    run(`${program}-save`, ['-c', '-t', 'filter'])
      .out.replace(/^#.*\n/gm, '')
      .replace(/^(:.*)\[.*\]$/gm, '$1');
  const reached = (port: number): Promise<unknown> => stage.outside.open('a', 'tcp', at.main, { port });

  it('is spelled as the kernel spells it', async () => {
    const text = renderNat(accepted[family]);
    assert.match(text, /^\*filter$/m);
    assert.equal(renderNat(parseNatTarget(await netfilter.canonicalise(family, text))), text);
    const refused = text.replace(/-j ACCEPT\nCOMMIT\n$/, '-j NOPE\nCOMMIT\n');
    await assert.rejects(
      netfilter.canonicalise(family, refused),
      (error) => error instanceof Fault && /NOPE/.test(error.detail.output ?? ''),
    );
  });

  it('lets our forward through a chain that drops, and no other program’s', async () => {
    filter('-A', 'FORWARD', '-p', 'tcp', '--dport', '80');
    filter('-A', 'FORWARD', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
    filter('-P', 'FORWARD', 'DROP');
    const old = family === 'v4' ? `${at.old}:80` : `[${at.old}]:80`;
    must(family, '-A', 'PREROUTING', '-p', 'tcp', '--dport', '8080', '-j', 'DNAT', '--to-destination', old);
    await become(plain[family], null, family);
    assert.equal(await reached(80), 'silence');
    await become(accepted[family], plain[family], family);
    assert.equal(await reached(80), 'web');
    assert.equal(await stage.outside.say('a'), 'there?', 'and its answers');
    assert.equal(await reached(8080), 'silence', 'to our address, but somebody else’s');
  });

  it('is not written over somebody’s change of the filter table', async () => {
    const observed = parseTables(await netfilter.save(family, true));
    const { restore, plannedOn } = diffNat(plain[family], observed, { family, previous: accepted[family] });
    filter('-R', 'FORWARD', '3', '-p', 'tcp', '--dport', '10', '-j', 'ACCEPT');
    await assert.rejects(
      netfilter.restore(family, { text: restore ?? '', plannedOn }),
      (error) => error instanceof Fault && error.code === 'stale-table',
    );
    filter('-R', 'FORWARD', '3', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
  });

  it('goes without a trace: strangers’ rules and counters are as they were', async () => {
    const strangers = saved()
      .split('\n')
      .filter((line) => !/NR-FWD/.test(line));
    assert.match(strangers.join('\n'), /^\[[1-9]\d*:\d+\] -A FORWARD -p tcp -m tcp --dport 80$/m);
    await become(plain[family], accepted[family], family);
    const left = saved().split('\n');
    assert.deepEqual(left.map(withoutCounters), strangers.map(withoutCounters));
    // A packet that was still on its way may be counted meanwhile; nothing that was counted may be forgotten.
    strangers.forEach((line, i) => assert.ok(packetsOf(left[i] ?? '') >= packetsOf(line), `${line} became ${left[i]}`));
    assert.equal(await reached(80), 'silence');
  });
}

const counters = /^\[(\d+):\d+\] /;
const withoutCounters = (line: string): string => line.replace(counters, '');
const packetsOf = (line: string): number => Number(counters.exec(line)?.[1] ?? 0);

if (inside === null) {
  describe('forwarding', () => runInside(import.meta.url, 120));
} else {
  describe('forwarding', () => {
    it('makes no filter table by looking', async () => {
      const names = (): string => {
        const file = '/proc/net/ip_tables_names';
        return (existsSync(file) ? readFileSync(file, 'utf8') : '') + run('nft', ['list', 'tables']).out;
      };
      for (const family of families) await netfilter.save(family, true);
      assert.doesNotMatch(names(), /filter/);
      for (const family of families) await become(plain[family], null, family);
      assert.doesNotMatch(names(), /filter/);
    });
    describe('on packets', () => {
      before(async () => {
        stage = await startStage();
        for (const place of [stage.web, stage.old]) await place.ask({ do: 'serve', protocol: 'tcp', ports: [80] });
        await become({ chains: [], jumps: [] }, plain.v4, 'v4');
        await become({ chains: [], jumps: [] }, plain.v6, 'v6');
      });
      after(() => stage.stop());
      for (const family of families) describe(family, () => suite(family));
    });
  });
}
