import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { suspend } from '../../src/engine/suspend.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { limits } from '../../src/model/limits.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith, webFile } from '../fakes/reference.ts';

const one = (port: number): { readonly first: number; readonly last: number } => ({ first: port, last: port });
const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

/** A watched host on which one pass found nothing to do, and a count of the locks that later ones take. */
async function quietWorld(): Promise<{ readonly world: FakeWorld; readonly passes: () => number }> {
  const world = createFakeWorld();
  world.witness.changes = 0;
  world.mirror.push(stateWith([80]));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  await reconcile(world, daemonPass);
  let locks = 0;
  const acquire = world.locks.acquire.bind(world.locks);
  world.locks.acquire = (name, seconds) => {
    locks += 1;
    return acquire(name, seconds);
  };
  return { world, passes: () => locks };
}

describe('a host on which nothing happens', () => {
  it('is not looked at again and again', async () => {
    const { world, passes } = await quietWorld();
    const first = await reconcile(world, daemonPass);
    const second = await reconcile(world, daemonPass);
    assert.deepEqual([first.outcome, second.outcome], ['unchanged', 'unchanged']);
    assert.ok(second.at > first.at);
    assert.equal(passes(), 0);
  });

  const news: readonly (readonly [string, (world: FakeWorld) => unknown])[] = [
    ['a new commit', (world) => world.mirror.push(stateWith([80, 443]))],
    ['somebody at the firewall', (world) => (world.witness.changes = 1)],
    ['nobody who watches any more', (world) => (world.witness.changes = null)],
    ['a look that grew old', (world) => world.clock.advance(limits.fullLookSeconds)],
    ['a hold by a person', (world) => world.memory.update({ held: { since: '2026-11-22', reason: 'a test' } })],
    ['an intent that a crash left', (world) => world.files.write(world.paths.intent, '{}', 0o600)],
    ['another generation in force', (world) => world.generations.release()],
  ];
  for (const [what, happen] of news)
    it(`is looked at after ${what}`, async () => {
      const { world, passes } = await quietWorld();
      await happen(world);
      await reconcile(world, daemonPass).catch(() => undefined);
      assert.equal(passes(), 1);
    });

  it('is looked at when a forward ends', async () => {
    const { world, passes } = await quietWorld();
    const dated = webFile([80]).replace('port: 80', 'port: 80, until: "2026-11-22T12:00:30Z"');
    assert.notEqual(dated, webFile([80]));
    world.mirror.push({ ...stateWith([80]), 'guests/web.yaml': dated });
    await reconcile(world, daemonPass);
    await reconcile(world, daemonPass);
    const before = passes();
    await reconcile(world, daemonPass);
    assert.equal(passes(), before);
    world.clock.advance(31);
    await reconcile(world, daemonPass);
    assert.equal(passes(), before + 1);
    assert.equal(world.ledger.records.at(-1)?.cause, 'until');
  });

  it('is looked at after what came during the last pass', async () => {
    const { world, passes } = await quietWorld();
    world.clock.advance(limits.fullLookSeconds);
    const save = world.netfilter.save.bind(world.netfilter);
    world.netfilter.save = async (family) => {
      const text = await save(family);
      world.mirror.push(stateWith([80, 443]));
      return text;
    };
    await reconcile(world, daemonPass);
    world.netfilter.save = save;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.equal(passes(), 2);
  });

  it('is looked at when a suspension ends', async () => {
    const { world, passes } = await quietWorld();
    await suspend(world, {
      reason: 'a test',
      seconds: 30,
      only: { address: 'main', ports: one(443), protocol: 'tcp' },
    });
    await reconcile(world, daemonPass);
    const before = passes();
    await reconcile(world, daemonPass);
    assert.equal(passes(), before);
    world.clock.advance(31);
    await reconcile(world, daemonPass);
    assert.equal(passes(), before + 1);
    assert.deepEqual((await world.memory.read()).suspensions, []);
  });

  it('is looked at whenever a person asks', async () => {
    const { world, passes } = await quietWorld();
    await reconcile(world, { ...daemonPass, source: { kind: 'applied' } });
    assert.equal(passes(), 1);
  });
});
