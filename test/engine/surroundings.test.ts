// Promise: who else lives in the packet filter is told with a plan, kept for the status, and looked at every few minutes:
// a pass in between asks nothing, and what cannot be read stops no pass.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { readStatus } from '../../src/engine/status.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function appliedWorld(): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(stateWith([80]));
  const { digest } = await propose(world, daemonPass);
  assert.equal((await reconcile(world, { ...daemonPass, approved: digest })).outcome, 'applied');
  return world;
}

const dropping = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const codes = (world: FakeWorld, request = daemonPass): Promise<readonly string[]> =>
  propose(world, request).then(({ plan }) => plan.findings.map(({ code }) => code));

describe('the look at what else is in the packet filter', () => {
  it('is taken once for a commit, and not again by the apply that follows the plan', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    const { digest } = await propose(world, daemonPass);
    const { asked } = world.ruleset;
    assert.ok(asked > 0);
    await reconcile(world, { ...daemonPass, approved: digest });
    assert.equal(world.ruleset.asked, asked);
    world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    assert.equal(world.ruleset.asked, asked, 'a push does not wait for it');
  });

  it('asks nothing in passes without news, and looks again after some minutes', async () => {
    const world = await appliedWorld();
    const { asked } = world.ruleset;
    world.ruleset.filters.v4 = dropping;
    for (let i = 0; i < 5; i++) assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.equal(world.ruleset.asked, asked);
    assert.deepEqual((await world.memory.read()).foreign, { count: 0, first: [] });
    world.clock.advance(limits.lookoutSeconds + 1);
    await reconcile(world, daemonPass);
    assert.ok(world.ruleset.asked > asked);
    assert.deepEqual(
      (await readStatus(world, null)).foreign?.first.map(({ code, chain }) => `${code} ${chain}`),
      ['forward-policy FORWARD'],
    );
  });

  it('is not taken for a commit that waits, at every pass', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'waiting');
    const { asked } = world.ruleset;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'waiting');
    assert.equal(world.ruleset.asked, asked);
  });

  it('is not taken where only drift is asked for', async () => {
    const world = await appliedWorld();
    const restarted = world.restart();
    const { asked } = world.ruleset;
    await propose(restarted, { source: { kind: 'applied' }, take: false, approved: null });
    assert.equal(world.ruleset.asked, asked);
  });

  it('says what it could not read, and the pass goes on', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    world.ruleset.chains = () => Promise.reject(new Fault('command-missing', 'nft is not installed.'));
    world.ruleset.filter = () => Promise.reject(new Fault('table-unreadable', 'The filter table cannot be shown.'));
    world.ruleset.others.v4 = null;
    assert.deepEqual(await codes(world), ['not-looked-at', 'not-looked-at', 'not-looked-at']);
    const { digest } = await propose(world, daemonPass);
    assert.equal((await reconcile(world, { ...daemonPass, approved: digest })).outcome, 'applied');
  });

  it('sees the tables that the plan leads to', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    world.netfilter.byHand('v4', ['-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80']);
    assert.ok((await codes(world)).includes('foreign-owner'));
    assert.ok(!(await codes(world, { ...daemonPass, take: true })).includes('foreign-owner'), 'it goes with --take');
  });
});
