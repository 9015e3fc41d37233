// Promise: a change that must be confirmed goes back by itself unless what proves it is seen in time; whoever crashes when, the
// host has the old rules or the new ones, somebody else's rules stay, the commit is quarantined, and the record says why.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { readAdoption } from '../../src/engine/adopt.ts';
import { readBlame } from '../../src/engine/blame.ts';
import { groundInForce } from '../../src/engine/trace.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import { plain } from '../../src/core/views/paint.ts';
import { statusText } from '../../src/core/views/status.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { vouch } from '../../src/engine/settle.ts';
import { readStatus } from '../../src/engine/status.ts';
import { giveUp, watchConfirmation } from '../../src/engine/watch.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import type { Connection, Settlement } from '../../src/model/confirmation.ts';
import { Fault } from '../../src/model/fault.ts';
import { hostFile, stateWith, webFile } from '../fakes/reference.ts';
import { burnFuse } from '../fakes/fuse.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const inbound = 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n';

async function byPerson(world: FakeWorld): Promise<PassReport> {
  const { digest } = await propose(world, daemonPass);
  return reconcile(world, { ...daemonPass, approved: digest });
}

/** Generation 1 is in force and confirmed. */
async function worldWith(more: string, ports: readonly number[] = [80]): Promise<FakeWorld> {
  const world = createFakeWorld({ more });
  world.mirror.push(stateWith(ports));
  await byPerson(world);
  if ((await readConfirmation(world)) !== null) {
    world.netfilter.came = [caller(1)];
    await watch(world);
    world.netfilter.came = [];
  }
  assert.equal((await world.generations.current())?.number, 1);
  return world;
}

function caller(sourcePort: number, more: Partial<Connection> = {}): Connection {
  const ends = { source: '198.51.100.99', sourcePort, destination: '203.0.113.10', port: 22 };
  return { protocol: 'tcp', ...ends, replySource: '203.0.113.10', answered: true, ...more };
}

const watch = (world: FakeWorld): Promise<Settlement | null> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);

const outcomes = (world: FakeWorld): string[] => world.ledger.records.map((r) => `${r.cause} ${r.outcome}`);
const foreign = ['-A PREROUTING -p tcp -m tcp --dport 3306 -j ACCEPT'];
const hasForeign = (world: FakeWorld): boolean => world.netfilter.text('v4').includes('--dport 3306 -j ACCEPT');

describe('a change that must be confirmed', () => {
  it('leaves nothing of its fuse where a crash came in the middle of clearing up', async () => {
    const world = await worldWith(inbound);
    await world.files.write(`${world.paths.confirm}/fuse.sh`, 'sleep 60\n', 0o700);
    await reconcile(world.restart(), daemonPass);
    assert.deepEqual(await world.files.list(world.paths.confirm), []);
  });

  it('stays once a new connection from outside came to the host itself', async () => {
    const world = await worldWith(inbound);
    world.netfilter.came = [caller(1)];
    world.mirror.push(stateWith([80, 443]));
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'applied');
    assert.match(
      report.text,
      /generation 2 must be confirmed until \d\d:\d\d:\d\dZ, or generation 1 comes back by itself/,
    );
    assert.match(world.netfilter.text('v4'), /--dport 443/);
    assert.equal((await world.generations.current())?.number, 1, 'not in force for good yet');
    assert.equal((await readStatus(world, null)).unconfirmed?.generation, 2);
    assert.deepEqual(world.outside.lit, Array(2).fill('/var/lib/natroute/confirm/fuse.sh'));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'waiting');
    world.netfilter.came = [caller(1), caller(2)];
    assert.equal((await watch(world))?.outcome, 'confirmed');
    assert.equal((await world.generations.current())?.number, 2);
    assert.equal((await readStatus(world, null)).unconfirmed, null);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.deepEqual(outcomes(world).slice(-2), ['push applied', 'push confirmed']);
    assert.match(world.ledger.records.at(-1)!.reason ?? '', /by a connection from 198\.51\.100\.99 to port 22/);
    assert.deepEqual(await world.files.list('/var/lib/natroute/confirm'), []);
  });

  it('is what rules while it waits, for whoever asks, and nothing is unloaded meanwhile', async () => {
    const world = await worldWith(inbound);
    const commit = world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    const status = await readStatus(world, null);
    assert.deepEqual([status.generation, status.commit?.commit, status.unconfirmed?.generation], [2, commit, 2]);
    assert.match(statusText(status, plain), /^ +generation +2, made .*, not confirmed yet$/m);
    const { rules, missing } = await readBlame(world, { question: null, progress: () => undefined });
    assert.ok(rules.some(({ text, kind }) => text.includes('--dport 443') && kind !== 'stranger'));
    assert.deepEqual(missing, []);
    const traced = await groundInForce(world);
    assert.equal(traced.kind === 'ground' ? traced.ground.generation : null, 2);
    world.netfilter.byHand('v4', ['-A NR-A-main -p tcp -m tcp --dport 9 -j DNAT --to-destination 192.168.1.1:9']);
    const adoption = await readAdoption(world, { id: null, only: null });
    assert.ok('base' in adoption);
    assert.equal(adoption.base?.commit, commit);
    assert.deepEqual(
      adoption.found?.changes.map(({ chain }) => chain),
      ['NR-A-main'],
    );
    await assert.rejects(unload(world, await planUnload(world)), /generation 2 must be confirmed until/);
  });

  const proveNothing: readonly (readonly [what: string, came: Partial<Connection>])[] = [
    ['was led to a guest', { replySource: '192.168.1.1' }],
    ['got no answer', { answered: false }],
    ['came from a guest', { source: '192.168.1.1' }],
    ['came from the host', { source: '203.0.113.10', destination: '203.0.113.10' }],
    ['came to another port', { port: 80 }],
  ];
  for (const [what, came] of proveNothing) {
    it(`goes back where the only new connection ${what}`, async () => {
      const world = await worldWith(inbound);
      const good = world.netfilter.text('v4');
      world.mirror.push(stateWith([80, 443]));
      await reconcile(world, daemonPass);
      world.netfilter.came = [caller(2, came)];
      world.netfilter.byHand('v4', foreign);
      assert.equal((await watch(world))?.outcome, 'rolled-back');
      assert.ok(hasForeign(world));
      world.netfilter.byHand(
        'v4',
        foreign.map((line) => line.replace('-A', '-D')),
      );
      assert.equal(world.netfilter.text('v4'), good);
    });
  }

  it('goes back in time, is recorded, and its commit is not tried again until a descendant comes', async () => {
    const world = await worldWith(inbound);
    const bad = world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    world.netfilter.byHand('v4', ['-F NR-A-main', ...foreign]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed', 'drift heals while it waits');
    assert.match(world.netfilter.text('v4'), /--dport 443/);
    assert.equal((await watch(world))?.outcome, 'rolled-back');
    assert.doesNotMatch(world.netfilter.text('v4'), /--dport 443/);
    assert.ok(hasForeign(world));
    const last = world.ledger.records.at(-1)!;
    assert.deepEqual(
      [last.cause, last.outcome, last.generation, last.desired?.commit],
      ['rollback', 'rolled-back', 1, bad],
    );
    assert.match(
      last.reason ?? '',
      /^generation 2 was not confirmed within 60 s \(not seen: a new connection from outside/,
    );
    const next = world.restart();
    for (let i = 0; i < 3; i++) {
      const report = await reconcile(next, daemonPass);
      assert.equal(report.outcome, 'quarantined');
      assert.match(
        report.text,
        /is not tried again until a newer one comes, or by `natroute approve`: generation 2 was not confirmed within 60 s/,
      );
    }
    assert.equal((await readStatus(world, null)).quarantined?.commit.commit, bad);
    world.mirror.push(stateWith([80, 25]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    world.netfilter.came = [caller(3)];
    assert.equal((await watch(world))?.outcome, 'confirmed');
    assert.equal((await readStatus(world, null)).quarantined, null);
  });

  it('does not count a probe that failed before already, and waits for one that did not', async () => {
    const world = await worldWith('confirm: {within: 60s, probes: [{tcp: "203.0.113.1:179"}, {ping: gateway}]}\n');
    world.outside.problems = { tcp: 'ECONNREFUSED' };
    world.mirror.push(stateWith([80, 443]));
    const report = await reconcile(world, daemonPass);
    assert.match(
      report.text,
      /tcp 203\.0\.113\.1:179 failed before the change already and does not count: ECONNREFUSED/,
    );
    assert.equal((await watch(world))?.outcome, 'confirmed');
    world.mirror.push(stateWith([80]));
    await reconcile(world, daemonPass);
    world.outside.problems = { ping: 'no answer' };
    const end = await watch(world);
    assert.match(
      end?.text ?? '',
      /generation 3 was not confirmed within 60 s \(not seen: ping gateway \(203\.0\.113\.1\)\)/,
    );
  });

  it('takes the word of a person only over a connection that was not there before', async () => {
    const world = await worldWith(inbound);
    await assert.rejects(vouch(world, { connection: null }), /nothing waits for a confirmation/);
    const old = { source: '198.51.100.99', sourcePort: 9, destination: '203.0.113.10', port: 22 };
    world.outside.sockets = [old];
    world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    await assert.rejects(
      vouch(world, { connection: old }),
      (error) => error instanceof Fault && /older than/.test(error.message),
    );
    await vouch(world, { connection: { ...old, sourcePort: 10 } });
    assert.match((await watch(world))?.text ?? '', /confirmed: by `natroute confirm` over a new connection from 198/);
  });

  it('is taken back at once by a person', async () => {
    const world = await worldWith(inbound);
    assert.equal(await giveUp(world), null);
    const good = world.netfilter.text('v4');
    world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    await assert.rejects(byPerson(world), /generation 2 must be confirmed until/);
    assert.equal((await giveUp(world))?.outcome, 'rolled-back');
    assert.equal(world.netfilter.text('v4'), good);
  });

  it('on a first run goes back to nothing of ours, and a boot ends its time', async () => {
    const world = createFakeWorld({ more: inbound });
    const before = world.netfilter.text('v4');
    world.mirror.push(stateWith([80]));
    await byPerson(world);
    const next = { ...world.restart(), bootId: 'boot-2' };
    assert.equal(
      (await watchConfirmation(next, new AbortController().signal, () => undefined))?.outcome,
      'rolled-back',
    );
    assert.equal(world.netfilter.text('v4').replace(/^:\w+ ACCEPT.*\n|^\*nat\n|^COMMIT\n/gm, ''), before);
    assert.match(world.ledger.records.at(-1)!.reason ?? '', /before the host was booted again/);
  });
});

describe('a change that touches the way in', () => {
  const way = {
    'host.yaml': hostFile.replace('listens: [22/tcp]', 'listens: []'),
    'guests/web.yaml': webFile([80, 22]),
  };

  it('must be confirmed though the local config asks for nothing', async () => {
    const world = await worldWith('');
    world.mirror.push(stateWith([80, 443]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.equal(await readConfirmation(world), null, 'an ordinary change need not');
    world.mirror.push(way);
    const { wayIn } = await propose(world, daemonPass);
    assert.deepEqual(wayIn, ['listens loses 22/tcp', 'main:22/tcp goes to web 192.168.1.1:22 instead of the host']);
    await reconcile(world, daemonPass);
    assert.match(world.netfilter.text('v4'), /--dport 22 /);
    const end = await watch(world);
    assert.match(
      end?.text ?? '',
      /generation 3 was not confirmed within 120 s .*it touched the way in: listens loses 22\/tcp/,
    );
    assert.doesNotMatch(world.netfilter.text('v4'), /--dport 22 /);
  });

  it('also where a kernel setting of its own interfaces could close it', async () => {
    const world = createFakeWorld({ allow: '{bridges: [br0], sysctls: ["net.*"]}' });
    const state = (sysctl: string): Readonly<Record<string, string>> => ({
      'host.yaml': `${hostFile}sysctl: {${sysctl}}\n`,
      'guests/web.yaml': webFile([80]),
    });
    const wayIn = async (sysctl: string): Promise<readonly string[]> => {
      world.mirror.push(state(sysctl));
      return (await propose(world, daemonPass)).wayIn;
    };
    world.mirror.push(state('net.ipv4.tcp_syncookies: 1'));
    await byPerson(world);
    if ((await readConfirmation(world)) !== null) {
      world.netfilter.came = [caller(1)];
      await watch(world);
    }
    assert.deepEqual(await wayIn('net.ipv4.tcp_syncookies: 0'), []);
    assert.deepEqual(await wayIn('net.ipv4.conf.br0.rp_filter: 1'), [], 'no way to the host');
    assert.deepEqual(await wayIn('net.ipv4.conf.eth0.rp_filter: 1'), [
      'the kernel setting net.ipv4.conf.eth0.rp_filter changes from 0 to 1',
    ]);
    world.sysctls.values.set('net.ipv4.conf.eth0.rp_filter', '1');
    assert.deepEqual(await wayIn('net.ipv4.conf.eth0.rp_filter: 1'), [], 'as it is already');
    assert.deepEqual(await wayIn('net.ipv4.ip_forward: 0'), [
      'the kernel setting net.ipv4.ip_forward changes from 1 to 0',
    ]);
  });
});

describe('a first run', () => {
  const key = 'net.ipv4.conf.eth0.arp_ignore';
  const state = (more: string): Readonly<Record<string, string>> => ({
    'host.yaml': `${hostFile}${more}`,
    'guests/web.yaml': webFile([80]),
    'guests/site.yaml': 'interfaces: [{routed: failover}]\n',
  });
  const first = (): FakeWorld => createFakeWorld({ allow: '{bridges: [br0], sysctls: ["net.*"]}' });

  it('that changes a kernel setting of the way in goes back to what was there', async () => {
    const world = first();
    world.sysctls.values.set(key, '2');
    world.mirror.push(state(`sysctl: {${key}: 8}\n`));
    assert.deepEqual((await propose(world, daemonPass)).wayIn, [`the kernel setting ${key} changes from 2 to 8`]);
    await byPerson(world);
    assert.equal(world.sysctls.values.get(key), '8');
    assert.match(
      world.files.text(`${world.paths.confirm}/fuse.sh`) ?? '',
      /setting 'net\/ipv4\/conf\/eth0\/arp_ignore' '8' '2'/,
    );
    const end = await watch(world);
    assert.match(end?.text ?? '', /natroute's rules were taken out again/);
    assert.equal(world.sysctls.values.get(key), '2');
    assert.equal(await world.generations.current(), null);
  });

  it('needs no confirmation where the host is as it shall be, nor for what a guest alone needs', async () => {
    const world = first();
    world.sysctls.values.set(key, '8');
    world.mirror.push(state(`sysctl: {${key}: 8}\n`));
    assert.deepEqual((await propose(world, daemonPass)).wayIn, []);
    await byPerson(world);
    assert.equal(world.sysctls.values.get('net.ipv4.conf.eth0.proxy_arp'), '1');
    assert.equal(await readConfirmation(world), null);
  });
});

describe('a static route', () => {
  const routes = (...list: readonly string[]): Readonly<Record<string, string>> => ({
    'host.yaml': `${hostFile}routes: [${list.map((to) => `{to: "${to}", via: 192.168.1.1}`).join(', ')}]\n`,
    'guests/web.yaml': webFile([80]),
  });
  const cases: readonly (readonly [
    name: string,
    before: readonly string[],
    after: readonly string[],
    said: string[],
  ])[] = [
    ['to a private network', [], ['10.8.0.0/16'], []],
    ['to half of the world', [], ['128.0.0.0/1'], ['the route to 128.0.0.0/1 changes from none to 192.168.1.1']],
    [
      'to more than a private network',
      [],
      ['10.0.0.0/7'],
      ['the route to 10.0.0.0/7 changes from none to 192.168.1.1'],
    ],
    ['that goes', ['192.0.2.0/24'], [], ['the route to 192.0.2.0/24 changes from 192.168.1.1 to none']],
    ['that stays', ['192.0.2.0/24'], ['192.0.2.0/24'], []],
  ];
  for (const [name, before, after, said] of cases)
    it(`${name}: ${said.length === 0 ? 'no way in' : 'the way back to people outside'}`, async () => {
      const world = await worldWith('');
      world.mirror.push(routes(...before));
      await byPerson(world);
      world.netfilter.came = [caller(5)];
      await watch(world);
      assert.equal(await readConfirmation(world), null);
      world.mirror.push(routes(...after));
      assert.deepEqual((await propose(world, daemonPass)).wayIn, said);
    });
});

class Crash extends Error {}

/** Crashes at the nth changing call, and stays dead until `end`. */
function crashAt(world: FakeWorld, nth: number): () => boolean {
  let calls = 0;
  const strike = (): void => {
    if (++calls >= nth) throw new Crash();
  };
  world.files.trouble = world.ledger.trouble = world.netfilter.before = world.netfilter.after = strike;
  return () => {
    world.files.trouble = world.ledger.trouble = world.netfilter.before = world.netfilter.after = null;
    return calls >= nth;
  };
}

describe('a crash at every changing call of a change that must be confirmed', () => {
  for (const end of ['confirmed', 'time is over', 'fuse fired'] as const) {
    it(`leaves old or new, and recovers to what was decided: ${end}`, async (context) => {
      let points = 0;
      for (let nth = 1; ; nth++) {
        const world = await worldWith(inbound);
        world.netfilter.byHand('v4', foreign);
        const old = world.netfilter.text('v4');
        world.mirror.push(stateWith([80, 443]));
        const over = crashAt(world, nth);
        const act = async (): Promise<void> => {
          await reconcile(world, daemonPass);
          if (end === 'confirmed') world.netfilter.came = [caller(nth + 10)];
          await watch(world);
        };
        const failure: unknown = await act().then(
          () => null,
          (error: unknown) => error,
        );
        if (!over()) {
          assert.equal(failure, null);
          break;
        }
        points += 1;
        const decided = !(await world.files.list('/var/lib/natroute/confirm')).includes('armed-2');
        const next = world.restart();
        if (end === 'fuse fired') await burnFuse(next, 2);
        if (end !== 'confirmed') next.clock.advance(100);
        next.netfilter.came = [];
        await reconcile(next, daemonPass);
        if (end === 'confirmed' && !decided) next.netfilter.came = [caller(nth + 5000)];
        await watch(next);
        const now = next.netfilter.text('v4');
        assert.ok(hasForeign(next), `crash ${nth}: the foreign rule`);
        assert.ok(now === old || /--dport 443/.test(now), `crash ${nth}: a mixture\n${now}`);
        const current = (await next.generations.current())?.number;
        assert.equal(now === old, current === 1, `crash ${nth}: generation ${String(current)} and\n${now}`);
        assert.equal(await readConfirmation(next), null, `crash ${nth}`);
        assert.equal(next.files.text('/var/lib/natroute/intent.json'), null, `crash ${nth}`);
      }
      context.diagnostic(`${points} points`);
      assert.ok(points >= 15, `only ${points} points`);
    });
  }
});
