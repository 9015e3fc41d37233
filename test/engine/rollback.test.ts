// Promise: a rollback brings back the network of a generation that was in force, makes a new generation of it, opens nothing
// whose date is past, leaves the guests alone, holds new commits until resumed, and keeps what may still be gone back to.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { chooseEarlier } from '../../src/engine/rollback.ts';
import { vouch } from '../../src/engine/settle.ts';
import { resume } from '../../src/engine/suspend.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import type { PassReport, PassRequest, Source } from '../../src/engine/request.ts';
import { Fault } from '../../src/model/fault.ts';
import { hostFile, stateWith, webFile } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function byPerson(world: FakeWorld, source: Source): Promise<PassReport> {
  const request = { ...daemonPass, source };
  const { digest } = await propose(world, request);
  return reconcile(world, { ...request, approved: digest });
}

/** One generation for each list of ports. */
async function worldWith(...pushes: readonly (readonly number[])[]): Promise<FakeWorld> {
  const world = createFakeWorld();
  for (const ports of pushes) {
    world.mirror.push(stateWith(ports));
    await byPerson(world, { kind: 'trusted' });
  }
  return world;
}

async function rollback(world: FakeWorld, asked: number | null = null): Promise<PassReport> {
  return byPerson(world, { kind: 'generation', number: await chooseEarlier(world, asked) });
}

const watch = (world: FakeWorld): ReturnType<typeof watchConfirmation> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);

const opened = (world: FakeWorld): readonly string[] =>
  [...world.netfilter.text('v4').matchAll(/-A NR-A-main .*--dport (\d+)/g)].map(([, port]) => port ?? '');

describe('a rollback', () => {
  it('that nobody confirms is taken back, and blames no commit', async () => {
    const world = createFakeWorld({ more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
    for (const ports of [[80], [80, 443]]) {
      world.mirror.push(stateWith(ports));
      await byPerson(world, { kind: 'trusted' });
      await vouch(world, { connection: null });
      assert.equal((await watch(world))?.outcome, 'confirmed');
    }
    await rollback(world);
    assert.deepEqual(opened(world), ['80']);
    assert.equal((await watch(world))?.outcome, 'rolled-back');
    assert.deepEqual(opened(world), ['80', '443']);
    assert.equal((await world.memory.read()).quarantined ?? null, null);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('goes to the generation before, then to the one before that, and each is a generation of its own', async () => {
    const world = await worldWith([80], [80, 443], [80, 443, 25]);
    const back = await rollback(world);
    assert.deepEqual([back.cause, back.outcome, back.generation], ['rollback', 'applied', 4]);
    assert.deepEqual(opened(world), ['80', '443']);
    assert.equal((await world.generations.current())?.restores, 2);
    assert.equal((await rollback(world.restart())).generation, 5);
    assert.deepEqual(opened(world), ['80']);
    await assert.rejects(rollback(world), /there is no generation before 1/);
    assert.deepEqual(
      world.ledger.records.slice(-2).map(({ cause, outcome, generation }) => [cause, outcome, generation]),
      [
        ['rollback', 'applied', 4],
        ['rollback', 'applied', 5],
      ],
    );
  });

  it('goes to the one that is named, and only to one that was in force', async () => {
    const world = await worldWith([80], [80, 443]);
    world.mirror.push(stateWith([80, 25]));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('command-failed', 'the kernel ran out of memory');
    };
    await assert.rejects(reconcile(world, daemonPass), /out of memory/);
    await assert.rejects(chooseEarlier(world, 3), /generation 3 was never in force/);
    await assert.rejects(chooseEarlier(world, 2), /generation 2 is in force already/);
    await assert.rejects(chooseEarlier(world, 9), /there is no generation 9 any more, or not yet/);
    assert.equal(await chooseEarlier(world, null), 1);
    await rollback(world, 1);
    assert.deepEqual(opened(world), ['80']);
  });

  it('lets new commits wait until resumed, and is healed meanwhile', async () => {
    const world = await worldWith([80], [80, 443]);
    await rollback(world);
    assert.match((await world.memory.read()).held?.reason ?? '', /^rolled back to generation 1; `natroute resume`/);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'held');
    world.mirror.push(stateWith([80, 25]));
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.deepEqual(opened(world), ['80']);
    await resume(world, null);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.deepEqual(opened(world), ['25', '80']);
  });

  it('that waits for its confirmation holds nothing afterwards where a person resumed meanwhile', async () => {
    for (const resumed of [false, true]) {
      const world = createFakeWorld({ more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
      for (const ports of [[80], [80, 443]]) {
        world.mirror.push(stateWith(ports));
        await byPerson(world, { kind: 'trusted' });
        await vouch(world, { connection: null });
        await watch(world);
      }
      await rollback(world);
      if (resumed) assert.match((await resume(world, null)).held?.reason ?? '', /^rolled back to generation 1; /);
      await vouch(world, { connection: null });
      assert.equal((await watch(world))?.outcome, 'confirmed');
      assert.equal((await reconcile(world, daemonPass)).outcome, resumed ? 'applied' : 'held');
    }
  });

  it('that fails quarantines no commit, and what was quarantined stays so', async () => {
    const world = await worldWith([80], [80, 443]);
    const at = world.clock.now().toISOString();
    const bad = { ...(await world.mirror.resolve(world.mirror.push(stateWith([22])))), subject: 'bad' };
    await world.memory.update({ quarantined: { commit: bad, at, reason: 'not confirmed' } });
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('verify-failed', 'another program puts it back');
    };
    await assert.rejects(rollback(world), /another program puts it back\. The rules of generation 2 were put back\./);
    assert.equal((await world.memory.read()).quarantined?.commit.subject, 'bad');
  });

  it('opens nothing whose date is past', async () => {
    const world = createFakeWorld();
    const forwards = `${webFile([80])}  - {port: 8443, to: 443, until: "2026-11-23"}\n`;
    world.mirror.push({ 'host.yaml': hostFile, 'guests/web.yaml': forwards });
    await byPerson(world, { kind: 'trusted' });
    world.mirror.push(stateWith([80, 25]));
    await reconcile(world, daemonPass);
    world.clock.advance(3 * 86_400);
    await rollback(world);
    assert.deepEqual(opened(world), ['80']);
  });

  it('leaves the guests as they are', async () => {
    const world = await worldWith([80]);
    const lone = { 'host.yaml': hostFile, 'guests/mail.yaml': 'interfaces: [{network: lan, ip: 192.168.1.2}]\n' };
    world.mirror.push(lone);
    await byPerson(world, { kind: 'trusted' });
    await rollback(world);
    assert.deepEqual(
      (await world.generations.current())?.target.guests.map(({ name }) => name),
      ['mail'],
    );
    assert.deepEqual(opened(world), ['80']);
  });
});

describe('generations that are kept', () => {
  it('are the newest, none too old, and always the one in force and the last good one before', async () => {
    const world = createFakeWorld({ more: 'generations: {keep: 3, days: 30}\n' });
    const push = async (port: number): Promise<void> => {
      world.mirror.push(stateWith([80, port]));
      await byPerson(world, { kind: 'trusted' });
    };
    for (const port of [1, 2, 3, 4, 5]) await push(port);
    assert.deepEqual(await world.generations.numbers(), [3, 4, 5]);
    world.clock.advance(31 * 86_400);
    await push(6);
    assert.deepEqual(await world.generations.numbers(), [5, 6]);
    world.clock.advance(31 * 86_400);
    await rollback(world);
    assert.deepEqual(await world.generations.numbers(), [6, 7]);
  });

  it('are whole wherever a crash came while an old one went', async () => {
    let points = 0;
    for (let at = 0, died = true; died; at++) {
      died = false;
      const world = createFakeWorld({ more: 'generations: {keep: 2}\n' });
      for (const port of [1, 2]) {
        world.mirror.push(stateWith([80, port]));
        await byPerson(world, { kind: 'trusted' });
      }
      let left = at;
      world.files.order = (entries) => [...entries].reverse();
      world.files.trouble = (call, path) => {
        if (!path.includes('/generations/') || call === 'write' || died) return;
        if (left-- > 0) return;
        died = true;
        throw new Error('crash');
      };
      world.mirror.push(stateWith([80, 3]));
      await byPerson(world, { kind: 'trusted' }).catch(() => undefined);
      world.files.trouble = null;
      points += 1;
      const next = world.restart();
      for (const number of await next.generations.good()) await next.generations.read(number);
      await reconcile(next, { source: { kind: 'trusted' }, take: false, approved: null });
      next.mirror.push(stateWith([80, 4]));
      await byPerson(next, { kind: 'trusted' });
      assert.deepEqual((await next.generations.numbers()).length, 2);
      assert.ok(!next.files.paths().some((path) => path.includes('.dropped')));
    }
    assert.ok(points > 10, String(points));
  });

  it('are not thrown away for a date that cannot be read', async () => {
    const world = createFakeWorld({ more: 'generations: {days: 1}\n' });
    for (const port of [1, 2, 3]) {
      world.mirror.push(stateWith([port]));
      await byPerson(world, { kind: 'trusted' });
    }
    await world.files.write('/var/lib/natroute/generations/1/generation.json', 'x', 0o600);
    world.clock.advance(3 * 86_400);
    world.mirror.push(stateWith([4]));
    await byPerson(world, { kind: 'trusted' });
    assert.deepEqual(await world.generations.numbers(), [1, 3, 4]);
  });
});
