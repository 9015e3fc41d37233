import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { limits } from '../../src/model/limits.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

/** A host in force, somebody who watches it, and a count of the looks at its tables. */
async function watchedWorld(): Promise<{ readonly world: FakeWorld; readonly looks: () => number }> {
  const world = createFakeWorld();
  world.witness.changes = 0;
  let looks = 0;
  const save = world.netfilter.save.bind(world.netfilter);
  world.netfilter.save = (family) => {
    looks += 1;
    return save(family);
  };
  world.mirror.push(stateWith([80]));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  looks = 0;
  return { world, looks: () => looks };
}

const stranger = '-A NR-A-main -p tcp -m tcp --dport 2323 -j DNAT --to-destination 192.168.1.9:23';

describe('a look at tables that nobody was seen to change', () => {
  it('is not taken again', async () => {
    const { world, looks } = await watchedWorld();
    for (let i = 0; i < 3; i++) assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.equal(looks(), 0);
  });

  it('is taken again when somebody was seen, when it is old, and while nobody watches', async () => {
    const { world, looks } = await watchedWorld();
    world.witness.changes = 1;
    await reconcile(world, daemonPass);
    assert.equal(looks(), 2);
    world.clock.advance(limits.fullLookSeconds);
    await reconcile(world, daemonPass);
    assert.equal(looks(), 4);
    world.witness.changes = null;
    await reconcile(world, daemonPass);
    await reconcile(world, daemonPass);
    assert.equal(looks(), 8);
  });

  it('is taken again after somebody was seen during the look itself', async () => {
    const { world, looks } = await watchedWorld();
    world.witness.changes = 1;
    const save = world.netfilter.save.bind(world.netfilter);
    world.netfilter.save = (family) => {
      world.witness.changes = 2;
      return save(family);
    };
    await reconcile(world, daemonPass);
    assert.equal(looks(), 2);
    world.netfilter.byHand('v4', [stranger]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
  });

  it('puts right at once what iptables shows, and asks nft just after', async () => {
    const { world, looks } = await watchedWorld();
    let asked = 0;
    world.netfilter.listing = () => {
      asked += 1;
      return Promise.resolve(null);
    };
    const forgotten: Date[] = [];
    world.witness.forget = (until) => forgotten.push(until);
    world.witness.changes = 1;
    world.netfilter.byHand('v4', [stranger]);
    const healed = await reconcile(world, daemonPass);
    assert.deepEqual([healed.outcome, healed.proposal.whole, asked], ['healed', false, 0]);
    assert.deepEqual(forgotten, [], 'who did it may have done more');
    const before = looks();
    const after = await reconcile(world, daemonPass);
    assert.deepEqual([after.outcome, after.proposal.whole, asked], ['unchanged', true, 1]);
    assert.equal(looks(), before + 2);
    assert.equal(forgotten.length, 1);
    await reconcile(world, daemonPass);
    assert.equal(asked, 1, 'and then the look is kept');
  });

  it('asks nft at once where iptables shows nothing, and owes no look twice', async () => {
    const { world, looks } = await watchedWorld();
    let asked = 0;
    world.netfilter.listing = () => Promise.resolve(((asked += 1), null));
    world.witness.changes = 1;
    assert.equal((await reconcile(world, daemonPass)).proposal.whole, true);
    assert.deepEqual([looks(), asked], [2, 1]);
    world.witness.changes = 2;
    world.netfilter.byHand('v4', [stranger]);
    assert.equal((await reconcile(world, daemonPass)).proposal.whole, false);
    world.witness.changes = 3;
    world.netfilter.byHand('v4', [stranger]);
    const second = await reconcile(world, daemonPass);
    assert.deepEqual([second.outcome, second.proposal.whole], ['healed', true]);
  });

  it('finds what nobody saw at the latest with the next full look', async () => {
    const { world } = await watchedWorld();
    world.netfilter.byHand('v4', [stranger]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    world.clock.advance(limits.fullLookSeconds);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
  });

  it('counts for as long as the silence of that witness does', async () => {
    const { world, looks } = await watchedWorld();
    world.witness.silenceSeconds = () => limits.fullLookNftSeconds;
    world.clock.advance(limits.fullLookNftSeconds - 1);
    await reconcile(world, daemonPass);
    assert.equal(looks(), 0);
    world.clock.advance(1);
    await reconcile(world, daemonPass);
    assert.equal(looks(), 2);
  });

  it('never lets a plan overwrite what nobody saw, and writes down what it met', async () => {
    const { world } = await watchedWorld();
    world.netfilter.byHand('v4', [stranger, '-A POSTROUTING -o tun0 -j MASQUERADE']);
    world.mirror.push(stateWith([80, 443]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /-o tun0 -j MASQUERADE/);
    assert.doesNotMatch(world.netfilter.text('v4'), /2323/);
    const [met, applied] = world.ledger.records.slice(-2);
    assert.equal(`${met?.cause} ${met?.outcome}`, 'drift healed');
    assert.deepEqual(
      met?.changes.map(({ action, after }) => [action, after]),
      [['create', stranger.replace('-A NR-A-main ', '')]],
    );
    assert.equal(`${applied?.cause} ${applied?.outcome}`, 'push applied');
  });

  it('does not make the counters of a rule that goes older than the rule', async () => {
    const { world } = await watchedWorld();
    const save = world.netfilter.save.bind(world.netfilter);
    const restore = world.netfilter.restore.bind(world.netfilter);
    world.netfilter.save = async (family) => (await save(family)).replaceAll('-A NR-A-main', '[1:60] -A NR-A-main');
    world.clock.advance(limits.fullLookSeconds);
    await reconcile(world, daemonPass);
    world.netfilter.restore = async (family, swap) => {
      const before = await restore(family, swap);
      return before.replaceAll('-A NR-A-main', '[7:420] -A NR-A-main');
    };
    world.mirror.push(stateWith([443]));
    await reconcile(world, daemonPass);
    const gone = world.ledger.records.at(-1)?.changes.find(({ action }) => action === 'delete');
    assert.deepEqual(gone?.counters, { packets: 7, bytes: 420 });
  });
});
