// Promise: a wall clock that is set back or forth stops nothing: what waits for a time does not wait for a year.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { limits } from '../../src/model/limits.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const yearSeconds = 31_536_000;

async function applied(): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(stateWith([80, 25]));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
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
