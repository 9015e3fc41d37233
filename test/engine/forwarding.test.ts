// Promise: with `forwarding: accept` natroute's chain of the filter table is kept as its nat rules are: planned, applied,
// healed, recorded, taken back; without the key that table is not even read, and what an earlier commit left there goes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderNat } from '../../src/core/nat/render.ts';
import { isEmpty } from '../../src/core/plan/plan.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { recover } from '../../src/engine/recover.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import { Fault } from '../../src/model/fault.ts';
import { hostFile, stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const accepting = (ports: readonly number[]): Readonly<Record<string, string>> => ({
  ...stateWith(ports),
  'host.yaml': `${hostFile}forwarding: accept\n`,
});

async function applyByPerson(world: FakeWorld): Promise<PassReport> {
  const { digest } = await propose(world, daemonPass);
  return reconcile(world, { ...daemonPass, approved: digest });
}

async function acceptingWorld(): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.netfilter.byHand('v4', ['-A FORWARD -s 192.0.2.0/24 -j DROP'], 'filter');
  world.mirror.push(accepting([80]));
  assert.equal((await applyByPerson(world)).outcome, 'applied');
  return world;
}

const filterOf = (world: FakeWorld): string => /\*filter\n[^]*/.exec(world.netfilter.text('v4'))?.[0] ?? '';
const ours = `-A FORWARD -m comment --comment natroute -j NR-FWD
-A FORWARD -s 192.0.2.0/24 -j DROP
-A NR-FWD -m conntrack ! --ctstate DNAT -m comment --comment "natroute forwarding" -j RETURN
-A NR-FWD -m conntrack --ctstate DNAT --ctorigdst 203.0.113.10 --ctreplsrc 192.168.1.1 -m comment --comment "natroute web main forwarding" -j ACCEPT
COMMIT
`;

describe('forwarding: accept', () => {
  it('is planned and applied in front of strangers’ rules, kept in the generation and in the ledger', async () => {
    const world = createFakeWorld();
    world.netfilter.byHand('v4', ['-A FORWARD -s 192.0.2.0/24 -j DROP'], 'filter');
    world.mirror.push(accepting([80]));
    const { plan } = await propose(world, daemonPass);
    assert.deepEqual(
      plan.changes
        .filter(({ chain }) => chain?.startsWith('filter '))
        .map(({ chain, key }) => `${chain ?? ''}: ${key}`),
      [
        'filter FORWARD: natroute',
        'filter NR-FWD: filter NR-FWD',
        'filter NR-FWD: natroute forwarding',
        'filter NR-FWD: natroute web main forwarding',
      ],
    );
    await applyByPerson(world);
    assert.ok(filterOf(world).endsWith(ours), filterOf(world));
    const kept = (await world.restart().generations.current())?.target.nat.v4;
    assert.match(renderNat(kept ?? { chains: [], jumps: [] }), /^\*filter\n:NR-FWD - \[0:0\]\n-A FORWARD /m);
    assert.equal(world.ledger.records.at(-1)?.nat.v4, renderNat(kept ?? { chains: [], jumps: [] }));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('is healed, wherever somebody touched it', async () => {
    const world = await acceptingWorld();
    const good = world.netfilter.text('v4');
    const jump = '-m comment --comment natroute -j NR-FWD';
    for (const [deeds, of] of [
      [['-F NR-FWD'], 'filter NR-FWD'],
      [[`-D FORWARD ${jump}`], 'filter FORWARD'],
      [[`-D FORWARD ${jump}`, `-A FORWARD ${jump}`], 'filter FORWARD'],
      [['-I NR-FWD 1 -j DROP'], 'filter NR-FWD'],
    ] as const) {
      world.netfilter.byHand('v4', deeds, 'filter');
      const drift = (await propose(world, daemonPass)).drift.changes;
      assert.deepEqual([...new Set(drift.map(({ chain }) => chain))], [of]);
      assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
      assert.equal(world.netfilter.text('v4'), good);
    }
  });

  it('leaves nothing behind when the key goes, and the table is not read any more', async () => {
    const world = await acceptingWorld();
    world.mirror.push(stateWith([80]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.equal(
      filterOf(world),
      '*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\n-A FORWARD -s 192.0.2.0/24 -j DROP\nCOMMIT\n',
    );
    const { filterSaves } = world.netfilter;
    for (let i = 0; i < 3; i++) assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.equal(world.netfilter.filterSaves, filterSaves);
  });

  it('is never read where nobody asks for it', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    await applyByPerson(world);
    world.mirror.push(stateWith([80, 443]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.equal(world.netfilter.filterSaves, 0);
  });

  it('is not applied over somebody’s change of the filter table', async () => {
    const world = createFakeWorld();
    world.mirror.push(accepting([80]));
    let times = 0;
    world.netfilter.before = () => {
      if (times++ === 0) world.netfilter.byHand('v4', ['-A FORWARD -p tcp -j ACCEPT'], 'filter');
    };
    const { digest } = await propose(world, daemonPass);
    await assert.rejects(
      reconcile(world, { ...daemonPass, approved: digest }),
      (error) => error instanceof Fault && error.code === 'stale-table',
    );
    world.netfilter.before = null;
    assert.equal((await applyByPerson(world)).outcome, 'applied');
    assert.match(filterOf(world), /-j NR-FWD\n-A FORWARD -p tcp -j ACCEPT\n/);
  });

  it('goes with an unload, also where no generation is known any more', async () => {
    const world = await acceptingWorld();
    await world.generations.release();
    const plan = await planUnload(world);
    assert.ok(!isEmpty(plan));
    await unload(world, plan);
    assert.doesNotMatch(world.netfilter.text('v4'), /NR-|natroute/);
    assert.match(filterOf(world), /-A FORWARD -s 192\.0\.2\.0\/24 -j DROP\n/);
  });

  it('is finished after a crash, and taken back where it cannot be', async () => {
    const world = await acceptingWorld();
    const good = world.netfilter.text('v4');
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.before = () => {
      throw new Error('the host went down');
    };
    // Not even the way back is gone: the process is no more.
    await reconcile(world, daemonPass).catch(() => undefined);
    world.netfilter.before = null;
    const up = world.restart();
    await recover(up);
    const then = up.netfilter.text('v4');
    const closed = !then.includes('NR-FWD') && then.includes('--dport 443');
    assert.ok(closed || then === good, then);
    assert.equal((await reconcile(up, daemonPass)).outcome === 'unchanged', closed);
  });

  it('refuses a stranger’s chain of that name', async () => {
    const world = createFakeWorld();
    world.netfilter.byHand('v4', [':NR-FWD - [0:0]', '-A NR-FWD -j DROP'], 'filter');
    world.mirror.push(accepting([80]));
    await assert.rejects(propose(world, daemonPass), /The filter table already has a chain NR-FWD/);
  });
});
