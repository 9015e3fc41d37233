// Promise: a drift that only a look found still finds its actor in the audit trail, back to the newest entry and no
// further; a quiet pass does not read the trail; a trail that cannot be read costs the name and not the pass.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Touch } from '../../src/model/trail.ts';
import type { Trail } from '../../src/ports.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

interface TrailWorld {
  readonly world: FakeWorld;
  /** From when the trail was read, each time. */
  readonly asked: Date[];
}

async function worldWith(answer: () => readonly Touch[] | null): Promise<TrailWorld> {
  const plain = createFakeWorld();
  const asked: Date[] = [];
  const trail: Trail = {
    touches(since) {
      asked.push(since);
      return new Promise((resolve) => resolve(answer()));
    },
  };
  const world = { ...plain, trail };
  world.mirror.push(stateWith([80]));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  return { world, asked };
}

const bob: Touch = {
  at: new Date(),
  family: 'v4',
  pid: 77,
  parentPid: 70,
  first: false,
  actor: { process: 'iptables', pid: 77, user: 'bob', command: 'iptables -t nat -D NR-A-main 1', terminal: 'pts0' },
};

function deleteRule(world: FakeWorld): void {
  const rule = world.netfilter
    .text('v4')
    .split('\n')
    .find((line) => line.startsWith('-A NR-A-main'));
  assert.ok(rule !== undefined);
  world.netfilter.byHand('v4', [rule.replace('-A', '-D')]);
}

describe('the actor', () => {
  it('is found in the trail, since the newest entry, where nobody was seen', async () => {
    const { world, asked } = await worldWith(() => [bob]);
    deleteRule(world);
    const [first] = world.ledger.records;
    assert.ok(first !== undefined);
    // Guests are written of without a look at the tables.
    world.ledger.records.push({ ...first, at: world.clock.now().toISOString(), about: 'guests' });
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'healed');
    const drift = world.ledger.records.find(({ cause }) => cause === 'drift');
    assert.deepEqual(drift?.actor, bob.actor);
    const applied = world.ledger.records.find(({ cause }) => cause === 'push');
    assert.equal(asked[0]?.toISOString(), applied?.at);
  });

  it('is not looked for while all is well', async () => {
    const { world, asked } = await worldWith(() => [bob]);
    await reconcile(world, daemonPass);
    assert.deepEqual(asked, []);
  });

  it('stays unknown where the trail cannot be read', async () => {
    const { world } = await worldWith(() => {
      throw new Fault('no-permission', 'the log may not be read');
    });
    deleteRule(world);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.equal(world.ledger.records.find(({ cause }) => cause === 'drift')?.actor, null);
  });
});
