// Promise: what the findings say of others in the packet filter is what the kernel does with real packets: who sees them
// first, and who drops them. Both backends, both families.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createRuleset } from '../../src/adapters/netfilter/ruleset.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat } from '../../src/core/nat/diff.ts';
import { parseSave } from '../../src/core/nat/save.ts';
import { createLookout } from '../../src/engine/surroundings.ts';
import type { Finding } from '../../src/model/change.ts';
import { families, type Family } from '../../src/model/family.ts';
import { createFakeClock } from '../fakes/clock.ts';
import { address, desired, guest, host, network } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { openNetfilter, run } from './nat-table.ts';
import { ips, startStage, type Stage } from './places.ts';

const target = compileNat(
  desired(
    host(
      [address('main', { v4: ips.v4.main, v6: ips.v6.main })],
      [network('lan', 'br0', [ips.v4.subnet, ips.v6.subnet])],
    ),
    [guest('web', { v4: ips.v4.web, v6: ips.v6.web }, [{ port: 80 }])],
  ),
);

const netfilter = openNetfilter();

async function apply(): Promise<void> {
  for (const family of families) {
    const observed = parseSave(await netfilter.save(family));
    const { restore, plannedOn } = diffNat(target[family], observed, { family, previous: null });
    if (restore !== null) await netfilter.restore(family, { text: restore, plannedOn });
  }
}

async function findings(family: Family): Promise<readonly Finding[]> {
  const nat = { v4: parseSave(await netfilter.save('v4')), v6: parseSave(await netfilter.save('v6')) };
  const lookout = createLookout(netfilter, createRuleset(), createFakeClock());
  return (await lookout.find({ target, nat })).filter((finding) => finding.family === family);
}

function must(file: string, ...args: readonly string[]): void {
  const { code, err } = run(file, args);
  assert.equal(code, 0, `${file} ${args.join(' ')}: ${err}`);
}

let stage: Stage;
const other = inside === 'nft' ? 'legacy' : 'nft';

function suite(family: Family): void {
  const at = ips[family];
  const programs = family === 'v4' ? 'iptables' : 'ip6tables';
  const withPort = (ip: string, port: number): string => (family === 'v4' ? `${ip}:${port}` : `[${ip}]:${port}`);
  const codes = async (): Promise<readonly string[]> => (await findings(family)).map(({ code }) => code);
  const reached = (): Promise<unknown> => stage.outside.open('a', 'tcp', at.main, { port: 80 });
  const toOld = ['-p', 'tcp', '--dport', '80', '-j', 'DNAT', '--to-destination', withPort(at.old, 80)];

  it('nobody else: nothing to find, and the forward works', async () => {
    await apply();
    assert.deepEqual(await codes(), []);
    assert.equal(await reached(), 'web');
  });

  it('a FORWARD policy that drops is found where it drops, and no more once the forward is let through', async () => {
    await apply();
    must(programs, '-P', 'FORWARD', 'DROP');
    assert.equal(await reached(), 'silence');
    const [found, ...more] = await findings(family);
    assert.deepEqual(more, []);
    assert.equal(found?.code, 'forward-policy');
    assert.match(found.text, /filter table drops what is forwarded by its policy; nothing passes/);
    must(programs, '-A', 'FORWARD', '-m', 'conntrack', '--ctstate', 'DNAT', '-j', 'ACCEPT');
    assert.equal(await reached(), 'web');
    assert.deepEqual(await codes(), []);
  });

  it('a rule of nft’s own that drops is found, as what accepts before it is', async () => {
    await apply();
    const base = 'type filter hook forward priority 10; policy drop;';
    must('nft', `add table inet theirs; add chain inet theirs f { ${base} }`);
    assert.equal(await reached(), 'silence');
    assert.deepEqual(await codes(), ['forward-policy']);
    must('nft', 'add rule inet theirs f ct status dnat accept');
    assert.equal(await reached(), 'web');
    assert.deepEqual(await codes(), []);
  });

  it('a chain of the other backend drops as well', async () => {
    await apply();
    must(`${programs}-${other}`, '-P', 'FORWARD', 'DROP');
    assert.equal(await reached(), 'silence');
    const [found, ...more] = await findings(family);
    assert.deepEqual([found?.code, more], ['forward-policy', []]);
    assert.match(found?.text ?? '', new RegExp(`of the ${other} backend`));
  });

  it('a chain at -110 that iptables does not show takes the packets first', async () => {
    await apply();
    const nft = family === 'v4' ? 'ip' : 'ip6';
    must('nft', `add table ${nft} theirs; add chain ${nft} theirs pre { type nat hook prerouting priority -110; }`);
    assert.deepEqual(await codes(), [], 'an empty one does nothing');
    must('nft', `add rule ${nft} theirs pre tcp dport 80 dnat to ${withPort(at.old, 80)}`);
    assert.equal(await reached(), 'old');
    const [found, ...more] = await findings(family);
    assert.deepEqual([found?.code, found?.chain, more], ['hidden-nft-chain', `${nft} theirs pre`, []]);
    assert.match(found?.text ?? '', /BEFORE natroute's rules \(priority -110, ours -100\).*: it has 1 dnat/);
  });

  it('one at -90 takes nothing of ours', async () => {
    await apply();
    const nft = family === 'v4' ? 'ip' : 'ip6';
    must('nft', `add table ${nft} theirs; add chain ${nft} theirs pre { type nat hook prerouting priority -90; }`);
    must('nft', `add rule ${nft} theirs pre tcp dport 80 dnat to ${withPort(at.old, 80)}`);
    assert.equal(await reached(), 'web');
    assert.deepEqual(await codes(), ['nft-chain-beside']);
  });

  it('of one priority, what was made last takes the packets first', async () => {
    await apply();
    const nft = family === 'v4' ? 'ip' : 'ip6';
    must('nft', `add table ${nft} theirs; add chain ${nft} theirs pre { type nat hook prerouting priority -100; }`);
    must('nft', `add rule ${nft} theirs pre tcp dport 80 dnat to ${withPort(at.old, 80)}`);
    assert.equal(await reached(), 'old');
    assert.match((await findings(family))[0]?.text ?? '', /whichever was made last is asked first/);
  });

  it('rules of the other backend take the packets, and are found', async () => {
    await apply();
    must(`${programs}-${other}`, '-t', 'nat', '-A', 'PREROUTING', ...toOld);
    // A table that was there before keeps its place: only one made just now comes first.
    const now = await reached();
    assert.ok(now === 'old' || now === 'web', String(now));
    const [found, ...more] = await findings(family);
    assert.deepEqual([found?.code, more], ['other-backend', []]);
    assert.match(found?.text ?? '', new RegExp(`nat table of the ${other} backend holds 1 rule as well`));
  });
}

if (inside === null) {
  describe('others in the packet filter', () => runInside(import.meta.url, 120));
} else {
  describe('others in the packet filter', () => {
    before(async () => {
      stage = await startStage();
      for (const place of [stage.web, stage.old]) await place.ask({ do: 'serve', protocol: 'tcp', ports: [80] });
    });
    afterEach(() => {
      run('nft', ['flush', 'ruleset']);
      for (const program of ['iptables-legacy', 'ip6tables-legacy']) {
        run(program, ['-P', 'FORWARD', 'ACCEPT']);
        for (const table of ['nat', 'filter']) {
          run(program, ['-t', table, '-F']);
          run(program, ['-t', table, '-X']);
        }
      }
      run('conntrack', ['-F']);
    });
    after(() => stage.stop());
    for (const family of families) describe(family, () => suite(family));
  });
}
