// Promise: a wall clock that is set back or forth stops nothing: what waits for a time does not wait for a year.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { hostFile, stateWith, webFile } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const yearSeconds = 31_536_000;

const byPerson = async (world: FakeWorld): Promise<unknown> =>
  reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });

async function applied(): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(stateWith([80, 25]));
  await byPerson(world);
  return world;
}

/** A stranger's rule in our chain that comes back until it is not taken out at once any more. */
async function untilItWaits(world: FakeWorld): Promise<void> {
  for (let n = 0; n < 30; n++) {
    world.netfilter.byHand('v4', ['-A NR-A-main -p tcp -m tcp --dport 9 -j DNAT --to-destination 192.168.1.9:9']);
    await reconcile(world, daemonPass);
    if (world.netfilter.text('v4').includes('192.168.1.9')) return;
  }
  assert.fail('it never waits');
}

const firstOf = (world: FakeWorld): string =>
  world.netfilter
    .text('v4')
    .split('\n')
    .find((line) => line.startsWith('-A PREROUTING')) ?? '';

/** Somebody puts their jump first until ours is left where it stands. */
async function untilItIsLeft(world: FakeWorld): Promise<void> {
  for (let n = 0; n <= limits.jumpMoves; n++) {
    world.netfilter.byHand('v4', ['-I PREROUTING 1 -s 198.51.100.9/32 -j RETURN']);
    await reconcile(world, daemonPass);
  }
  assert.match(firstOf(world), /-s 198/);
}

describe('a clock that is set back by a year', () => {
  it('does not let drift wait for a year', async () => {
    const world = await applied();
    await untilItWaits(world);
    world.clock.set(-yearSeconds);
    await reconcile(world, daemonPass);
    assert.doesNotMatch(world.netfilter.text('v4'), /192\.168\.1\.9/);
  });

  it('nor our jump stand behind for a year', async () => {
    const world = await applied();
    await untilItIsLeft(world);
    assert.notEqual((await reconcile(world, daemonPass)).outcome, 'healed');
    world.clock.set(-yearSeconds);
    await reconcile(world, daemonPass);
    assert.match(firstOf(world), /-j NR-DST$/);
  });
});

describe('a clock that is set forth by ten years', () => {
  it('loses neither the generation in force nor the one before it', async () => {
    const world = await applied();
    world.mirror.push(stateWith([80, 25, 443]));
    await reconcile(world, daemonPass);
    world.clock.set(10 * yearSeconds);
    world.mirror.push(stateWith([80, 25, 443, 993]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.deepEqual(await world.generations.good(), [2, 3]);
  });
});

describe('a clock that is wrong for a while', () => {
  it('ends the connections of a forward on its date, though it was later than that once', async () => {
    const world = createFakeWorld();
    const forwards = `${webFile([80])}  - {port: 8443, to: 443, until: "2026-11-25"}\n`;
    world.mirror.push({ 'host.yaml': hostFile, 'guests/web.yaml': forwards });
    await byPerson(world);
    const ends = (): number => world.ledger.records.filter(({ cause }) => cause === 'until').length;
    world.clock.set(yearSeconds);
    await reconcile(world, daemonPass);
    world.clock.set(-yearSeconds);
    await reconcile(world, daemonPass);
    const before = ends();
    world.clock.advance(5 * 86_400);
    await reconcile(world, daemonPass);
    await reconcile(world, daemonPass);
    assert.equal(ends(), before + 1);
  });

  it('takes nothing that was written before for the end of what a crash interrupted', async () => {
    const world = createFakeWorld({
      more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n',
      policy: '{drift: report}',
    });
    const isOpen = (): boolean => world.netfilter.text('v4').includes('--dport 443 ');
    world.mirror.push(stateWith([80]));
    await byPerson(world);
    await vouch(world, { connection: null });
    await watchConfirmation(world, new AbortController().signal, () => undefined);
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('command-failed', 'out of memory');
    };
    await assert.rejects(reconcile(world, daemonPass), /out of memory/);
    world.clock.set(-3600);
    // Guests do something too.
    const last = world.ledger.records.at(-1);
    assert.ok(last !== undefined);
    await world.ledger.append({ ...last, cause: 'heal', outcome: 'healed', about: 'guests' });
    let dead = false;
    const strike = (): void => {
      dead ||= isOpen();
      if (dead) throw new Error('killed');
    };
    world.netfilter.before = world.netfilter.after = world.ledger.trouble = world.files.trouble = strike;
    await assert.rejects(reconcile(world, daemonPass), /killed/);
    world.netfilter.before = world.netfilter.after = world.ledger.trouble = world.files.trouble = null;
    assert.ok(isOpen());
    const next = world.restart();
    await reconcile(next, daemonPass);
    const end = await watchConfirmation(next, new AbortController().signal, () => undefined);
    assert.equal(end?.outcome, 'rolled-back');
    assert.ok(!isOpen());
    assert.ok(!world.ledger.records.some(({ cause }) => cause === 'drift'));
  });
});
