// Promise: after a change of the rules exactly the flows that end elsewhere now are cut, whoever of the two speaks next;
// TCP that moves goes on; and nobody else's flow is touched. Real packets, both backends, both families.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat } from '../../src/core/nat/diff.ts';
import { parseSave } from '../../src/core/nat/save.ts';
import { cutAffected, rulesOfTables, rulesOfTarget, type CutReport } from '../../src/engine/cut.ts';
import type { Desired } from '../../src/model/desired.ts';
import { families, type Family } from '../../src/model/family.ts';
import { address, desired, guest, host, network, type ShortForward } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { clear, must, openNetfilter, run } from './nat-table.ts';
import { ips, startStage, type Stage } from './places.ts';

interface Wish {
  readonly web?: readonly ShortForward[];
  readonly old?: readonly ShortForward[];
}

const addresses = [address('main', { v4: ips.v4.main, v6: ips.v6.main })];
// In IPv6 a guest's packets are only translated where that was asked for, and only then can they bring a flow back.
const networks = [
  network('lan', 'br0', [ips.v4.subnet, ips.v6.subnet], { snat: { kind: 'address', address: 'main', written: true } }),
];

function stateOf({ web = [], old = [] }: Wish): Desired {
  return desired(host(addresses, networks), [
    guest('old', { v4: ips.v4.old, v6: ips.v6.old }, old),
    guest('web', { v4: ips.v4.web, v6: ips.v6.web }, web),
  ]);
}

const netfilter = openNetfilter();

/** The rules become those, and the flows that they end elsewhere are cut, unless `cut` is false. */
async function become(wish: Wish, { cut = true, now = new Date() } = {}): Promise<CutReport> {
  const state = stateOf(wish);
  const nat = compileNat(state);
  const observed = { v4: parseSave(await netfilter.save('v4')), v6: parseSave(await netfilter.save('v6')) };
  for (const family of families) {
    const plan = diffNat(nat[family], observed[family], { family, previous: null });
    if (plan.restore !== null) await netfilter.restore(family, { text: plan.restore, plannedOn: plan.plannedOn });
  }
  if (!cut) return { cut: [], draining: [], alive: [], trouble: null };
  const clock = { now: () => now, uptime: () => 0, sleep: () => Promise.reject(new Error('not here')) };
  const target = { host: state.host, nat };
  return cutAffected({ netfilter, clock }, rulesOfTables(observed, state.host), rulesOfTarget(target));
}

/** Every entry by what makes it that one, without timers and counters. */
function entries(family: Family): readonly string[] {
  const { out } = run('conntrack', ['-L', '-f', family === 'v4' ? 'ipv4' : 'ipv6']);
  return out
    .split('\n')
    .filter((line) => line !== '' && !/ 224\.0\.0\.| ff02:/.test(line))
    .map(
      (line) => `${line.split(' ')[0] ?? ''} ${[...line.matchAll(/\b(?:src|dst|sport|dport|id|zone)=\S+/g)].join(' ')}`,
    )
    .sort();
}

function conntrack(...words: readonly (string | number)[]): void {
  const { code, err } = run('conntrack', words.map(String));
  assert.equal(code, 0, err);
}

let stage: Stage;

function suite(family: Family): void {
  const at = ips[family];
  const { client, other, main } = at;

  const dns = { port: 53, protocol: 'udp' } as const;

  it('UDP would be stuck on the old guest, and moves', async () => {
    await become({ old: [dns] });
    assert.equal(await stage.outside.open('a', 'udp', main, { port: 53 }), 'old');
    await become({ web: [dns] }, { cut: false });
    assert.equal(await stage.outside.say('a'), 'old', 'without a cut it goes on to the old guest');
    await become({ old: [dns] }, { cut: false });
    const report = await become({ web: [dns] });
    assert.deepEqual([report.cut.length, report.draining.length, report.trouble], [1, 0, null]);
    assert.equal(await stage.outside.say('a'), 'web');
  });

  it('UDP moves, also where the old guest keeps talking', async () => {
    await become({ old: [dns] });
    const flows = ['a', 'b', 'c', 'd', 'e'];
    for (const id of flows) {
      assert.equal(await stage.outside.open(id, 'udp', main, { port: 53 }), 'old');
      await stage.outside.say(id, 'talk 5');
    }
    const report = await become({ web: [dns] });
    assert.deepEqual([report.cut.length, report.alive.length, report.trouble], [5, 0, null]);
    await sleep(100);
    for (const id of flows) {
      assert.equal(await stage.outside.say(id), 'web');
      await stage.outside.hear(id, 50);
      assert.equal(await stage.outside.say(id), 'web', 'the old guest is not heard again');
      await stage.outside.ask({ do: 'close', id });
    }
  });

  it('UDP that reached the host finds the guest when its forward comes', async () => {
    await become({});
    assert.equal(await stage.outside.open('a', 'udp', main, { port: 54 }), 'host');
    const report = await become({ web: [{ port: 54, to: 53, protocol: 'udp' }] });
    assert.equal(report.cut.length, 1);
    assert.equal(await stage.outside.say('a'), 'web');
  });

  it('TCP is cut when its port closes, whoever speaks next', async () => {
    await become({ web: [{ port: 80 }, { port: 81, to: 80 }] });
    const open = (id: string, port: number): Promise<unknown> => stage.outside.open(id, 'tcp', main, { port });
    for (const [id, port] of [
      ['client', 80],
      ['guest', 80],
      ['flood', 80],
      ['later', 80],
      ['shifted', 81],
    ] as const)
      assert.equal(await open(id, port), 'web');
    await stage.outside.say('guest', 'talk 5');
    await stage.outside.say('later', 'talk 700');
    await stage.outside.say('flood', 'flood');
    assert.ok((await stage.outside.hear('guest', 300)) > 50, 'the guest talks');
    assert.ok((await stage.outside.hear('flood', 300)) > 100_000, 'the guest floods');
    const report = await become({});
    assert.deepEqual([report.cut.length, report.alive.length, report.trouble], [5, 0, null]);
    assert.equal(await stage.outside.say('client'), 'over');
    assert.equal(await stage.outside.say('shifted'), 'over');
    for (const id of ['guest', 'flood'])
      assert.equal(await stage.outside.hear(id, 200), 0, 'nothing that the guest says arrives');
    // A guest that spoke first only after the cut would otherwise have brought its connection back.
    assert.equal(await stage.outside.hear('later', 900), 0);
    assert.equal(await stage.outside.say('later'), 'over');
    assert.equal(await open('new', 80), 'ECONNREFUSED');
  });

  it('TCP is cut for those whom a narrowed forward leaves out, and for nobody else', async () => {
    await become({ web: [{ port: 80 }] });
    for (const [id, from] of [
      ['in', client],
      ['out', other],
    ] as const)
      assert.equal(await stage.outside.open(id, 'tcp', main, { from }), 'web');
    const length = family === 'v4' ? 32 : 128;
    const report = await become({ web: [{ port: 80, from: [`${client}/${length}`] }] });
    assert.deepEqual(
      report.cut.map((flow) => flow.source),
      [other],
    );
    assert.equal(await stage.outside.say('out'), 'over');
    assert.equal(await stage.outside.say('in'), 'there?');
  });

  it('TCP that moves goes on to the old guest, new connections go to the new one, and closing ends both', async () => {
    await become({ old: [{ port: 80 }] });
    assert.equal(await stage.outside.open('before', 'tcp', main), 'old');
    const report = await become({ web: [{ port: 80 }] });
    assert.deepEqual([report.cut.length, report.draining.length], [0, 1]);
    assert.equal(await stage.outside.say('before'), 'there?');
    assert.equal(await stage.outside.open('after', 'tcp', main), 'web');
    assert.deepEqual((await become({ web: [{ port: 80 }, { port: 81 }] })).cut, []);
    assert.equal(await stage.outside.say('before'), 'there?', 'another change leaves it alone');
    assert.equal((await become({})).cut.length, 2);
    assert.equal(await stage.outside.say('before'), 'over');
    assert.equal(await stage.outside.say('after'), 'over');
  });

  it('a range moves with its shift, and only the ports that changed', async () => {
    await become({
      old: [
        { port: [6000, 6001], to: 5000, protocol: 'udp' },
        { port: 5002, protocol: 'udp' },
      ],
    });
    for (const port of [6000, 6001, 5002])
      assert.equal(await stage.outside.open(String(port), 'udp', main, { port }), 'old');
    const report = await become({
      old: [
        { port: 6000, to: 5000, protocol: 'udp' },
        { port: 5002, protocol: 'udp' },
      ],
      web: [{ port: 6001, to: 5001, protocol: 'udp' }],
    });
    assert.deepEqual(
      report.cut.map((flow) => flow.port),
      [6001],
    );
    const now = await Promise.all(['6000', '6001', '5002'].map((id) => stage.outside.say(id)));
    assert.deepEqual(now, ['old', 'web', 'old']);
  });

  it('flows of a guest to its neighbour and of the host itself are cut like others', async () => {
    await become({ web: [{ port: 80 }, dns] });
    for (const place of [stage.old, stage.host]) {
      assert.equal(await place.open('tcp', 'tcp', main), 'web');
      assert.equal(await place.open('udp', 'udp', main, { port: 53 }), 'web');
    }
    const report = await become({ old: [dns] });
    assert.deepEqual([report.cut.length, report.alive.length, report.trouble], [4, 0, null]);
    assert.equal(await stage.host.say('tcp'), 'over');
    assert.equal(await stage.old.say('tcp'), 'over');
    assert.equal(await stage.host.say('udp'), 'old');
  });

  it('what came in by a forward that ended by itself is cut with it', async () => {
    const until = new Date(Date.now() + 1500);
    const wish = { web: [{ port: 80, until: until.toISOString().slice(0, 19) }] };
    await become(wish);
    assert.equal(await stage.outside.open('a', 'tcp', main), 'web');
    assert.deepEqual((await become(wish)).cut, []);
    await sleep(Math.max(0, until.getTime() + 1000 - Date.now()));
    assert.equal(await stage.outside.say('a'), 'there?', 'the kernel ends the rule, not the connection');
    assert.equal(await stage.outside.open('b', 'tcp', main), 'ECONNREFUSED');
    assert.equal((await become(wish)).cut.length, 1);
    assert.equal(await stage.outside.say('a'), 'over');
  });

  it('only what is ours is deleted', async () => {
    // Docker's chain behind ours, with its own port.
    const docker = family === 'v4' ? `${at.old}:8080` : `[${at.old}]:8080`;
    must(family, '-N', 'DOCKER');
    must(family, '-A', 'DOCKER', '-p', 'tcp', '--dport', '8080', '-j', 'DNAT', '--to-destination', docker);
    must(family, '-A', 'PREROUTING', '-j', 'DOCKER');
    await become({ web: [{ port: 80 }, dns, { port: 81 }] });
    const flow = (id: string, port: number, from: string = client): Promise<unknown> =>
      stage.outside.open(id, 'tcp', main, { port, from });
    assert.equal(await flow('ours', 80), 'web');
    assert.equal(await flow('ours2', 80, other), 'web');
    assert.equal(await stage.outside.open('udp', 'udp', main, { port: 53 }), 'web');
    assert.equal(await flow('stays', 81), 'web');
    assert.equal(await flow('docker', 8080), 'old');
    assert.equal(await flow('host', 54), 'host');
    assert.equal(await stage.host.open('direct', 'tcp', at.web), 'web');
    // A guest's own connections, one of them from the very port that it serves; pings; an equal flow in another zone.
    assert.equal(await stage.web.open('out', 'tcp', client, { port: 5353 }), 'outside');
    conntrack('-I', '-p', 'udp', '-s', at.web, '--sport', 53, '-d', other, '--dport', 5353, '-t', 300);
    conntrack('-I', '-p', 'udp', '-s', client, '--sport', 9, '-d', main, '--dport', 53, '-t', 300, '-w', 7);
    run('ping', ['-c', '1', '-W', '1', at.web]);
    run('ping', ['-c', '1', '-W', '1', at.router]);

    const all = entries(family);
    const report = await become({ web: [{ port: 81 }] });
    assert.deepEqual([report.cut.length, report.alive.length, report.trouble], [3, 0, null]);
    const left = entries(family);
    const gone = all.filter((entry) => !left.includes(entry));
    const come = left.filter((entry) => !all.includes(entry));
    assert.deepEqual(gone.map((entry) => / dport=(\d+)/.exec(entry)?.[1]).sort(), ['53', '80', '80']);
    assert.ok(
      gone.every((entry) => entry.includes(`dst=${main}`) && entry.includes(`src=${at.web}`)),
      gone.join('\n'),
    );
    // What stands in their place says what the rules say.
    assert.deepEqual(
      come.map((entry) => entry.includes(at.web)),
      [false, false, false],
    );
    for (const id of ['stays', 'docker', 'host']) assert.equal(await stage.outside.say(id), 'there?', id);
    assert.equal(await stage.host.say('direct'), 'there?');
    assert.equal(await stage.web.say('out'), 'there?');
    for (const id of ['ours', 'ours2']) assert.equal(await stage.outside.say(id), 'over');
  });
}

if (inside === null) {
  describe('live connections', () => runInside(import.meta.url, 120));
} else {
  describe('live connections', () => {
    before(async () => {
      stage = await startStage();
      const ports = [53, 80, 81, 5000, 5001, 5002, 8080];
      for (const place of [stage.web, stage.old, stage.host])
        for (const protocol of ['tcp', 'udp'] as const)
          await place.ask({ do: 'serve', protocol, ports: place === stage.host ? [54] : ports });
      for (const protocol of ['tcp', 'udp'] as const) await stage.outside.ask({ do: 'serve', protocol, ports: [5353] });
    });
    afterEach(() => {
      for (const family of families) clear(family);
      run('conntrack', ['-F']);
    });
    after(() => stage.stop());
    for (const family of families) describe(family, () => suite(family));
  });
}
