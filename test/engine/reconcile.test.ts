import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { renderNat } from '../../src/core/nat/render.ts';
import { Fault } from '../../src/model/fault.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

/** What `natroute apply --yes` does. */
async function applyByPerson(world: FakeWorld, request: PassRequest = daemonPass): Promise<PassReport> {
  const { digest } = await propose(world, request);
  return reconcile(world, { ...request, approved: digest });
}

async function appliedWorld(ports: readonly number[], policy?: string): Promise<FakeWorld> {
  const world = createFakeWorld(policy === undefined ? {} : { policy });
  world.mirror.push(stateWith(ports));
  assert.equal((await applyByPerson(world)).outcome, 'applied');
  return world;
}

const outcomes = (world: FakeWorld): string[] => world.ledger.records.map((r) => `${r.cause} ${r.outcome}`);

describe('a pass of the network lane', () => {
  it('only shows the plan on a first run, and applies once a person approved it', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    const waiting = await reconcile(world, daemonPass);
    assert.equal(waiting.outcome, 'waiting');
    assert.equal(world.netfilter.restores, 0);
    assert.deepEqual(outcomes(world), []);
    const applied = await applyByPerson(world);
    assert.equal(applied.outcome, 'applied');
    assert.equal(applied.generation, 1);
    assert.match(world.netfilter.text('v4'), /--dport 80 .*--to-destination 192\.168\.1\.1:80/);
  });

  it('refuses an approval for another plan than the one that was shown', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    const { digest } = await propose(world, daemonPass);
    world.mirror.push(stateWith([80, 443]));
    await assert.rejects(
      reconcile(world, { ...daemonPass, approved: digest }),
      (error) => error instanceof Fault && error.code === 'stale-table',
    );
    assert.equal(world.netfilter.restores, 0);
  });

  it('applies a push, then has nothing to do', async () => {
    const world = await appliedWorld([80]);
    world.mirror.push(stateWith([80, 443]));
    const pushed = await reconcile(world, daemonPass);
    assert.equal(pushed.outcome, 'applied');
    assert.equal(pushed.cause, 'push');
    assert.deepEqual(
      pushed.proposal.plan.impact.map((i) => `${i.effect} ${i.address}:${i.ports.first}`),
      ['opens main:443'],
    );
    const restores = world.netfilter.restores;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.equal(world.netfilter.restores, restores);
    assert.deepEqual(outcomes(world), ['push applied', 'push applied']);
  });

  it('writes a hand-made change down as found, and then heals it', async () => {
    const world = await appliedWorld([80, 443]);
    const good = world.netfilter.text('v4');
    const rule = world.netfilter.table('v4').chains.find((c) => c.name === 'NR-A-main')?.rules[0]?.text ?? '';
    world.netfilter.byHand('v4', [`-D NR-A-main ${rule}`]);
    const healed = await reconcile(world, daemonPass);
    assert.equal(healed.outcome, 'healed');
    assert.equal(world.netfilter.text('v4'), good);
    assert.deepEqual(outcomes(world), ['push applied', 'drift reported', 'heal healed']);
    assert.ok(!world.ledger.records[1]!.nat.v4.includes(rule));
    assert.ok(world.ledger.records[2]!.nat.v4.includes(rule));
    assert.deepEqual(
      world.ledger.records[1]!.changes.map((c) => c.action),
      ['delete'],
    );
  });

  it('with drift: report tells once and leaves it', async () => {
    const world = await appliedWorld([80], '{drift: report}');
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const restores = world.netfilter.restores;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'reported');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'reported');
    assert.equal(world.netfilter.restores, restores);
    assert.deepEqual(outcomes(world), ['push applied', 'drift reported']);
  });

  it('tells when somebody else put a drift back', async () => {
    const world = await appliedWorld([80], '{drift: report}');
    const rule = world.netfilter.table('v4').chains.find((c) => c.name === 'NR-A-main')?.rules[0]?.text ?? '';
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await reconcile(world, daemonPass);
    world.netfilter.byHand('v4', [`-A NR-A-main ${rule}`]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.deepEqual(outcomes(world), ['push applied', 'drift reported', 'drift healed']);
    assert.deepEqual((await world.memory.read()).drift, []);
  });

  it('does not let a broken commit touch the host, but goes on healing', async () => {
    const world = await appliedWorld([80]);
    const good = world.netfilter.text('v4');
    world.mirror.push({ ...stateWith([80]), 'guests/bad.yaml': 'memory: [\n' });
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'healed');
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'rejected');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'rejected');
    assert.deepEqual(outcomes(world), ['push applied', 'drift reported', 'push failed', 'heal healed']);
    assert.notEqual((await world.memory.read()).rejected, null);
  });

  it('plans anew when somebody comes between the look and the write, and keeps what they did', async () => {
    const world = await appliedWorld([80]);
    world.mirror.push(stateWith([80, 443]));
    let times = 0;
    world.netfilter.before = () => {
      if (times++ === 0) world.netfilter.byHand('v4', ['-I PREROUTING 1 -p tcp -j ACCEPT']);
    };
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    const prerouting = world.netfilter
      .table('v4')
      .chains.find((c) => c.name === 'PREROUTING')!
      .rules.map((r) => r.text);
    assert.deepEqual(prerouting, ['-m comment --comment natroute -j NR-DST', '-p tcp -j ACCEPT']);
  });

  it('writes down what somebody undid while it read back', async () => {
    const world = await appliedWorld([80]);
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      world.netfilter.byHand('v4', ['-F NR-A-main']);
    };
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /--dport 80 .*\n.*--dport 443 /);
    assert.deepEqual(outcomes(world), ['push applied', 'push applied', 'drift healed']);
    assert.equal(world.ledger.records.at(-1)!.changes.length, 2);
  });

  it('gives up against an endless second writer, goes back, and says so', async () => {
    const world = await appliedWorld([80]);
    world.mirror.push(stateWith([80, 443]));
    let n = 0;
    world.netfilter.before = () => world.netfilter.byHand('v4', [`-A OUTPUT -p tcp --dport ${++n} -j ACCEPT`]);
    await assert.rejects(reconcile(world, daemonPass), (e) => e instanceof Fault);
    world.netfilter.before = null;
    assert.equal((await reconcile(world.restart(), daemonPass)).outcome, 'quarantined');
    // The generation that failed is never used again: the commit gets a new one.
    assert.equal((await applyByPerson(world.restart())).generation, 3);
  });

  it('goes back to the last good generation when the kernel refuses half of a change', async () => {
    const world = await appliedWorld([80]);
    const good = world.netfilter.text('v4');
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('command-failed', 'the kernel ran out of memory');
    };
    await assert.rejects(reconcile(world, daemonPass), /out of memory/);
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal((await world.generations.current())?.number, 1);
    assert.equal(outcomes(world).at(-1), 'push rolled-back');
    assert.equal(world.files.text('/var/lib/natroute/intent.json'), null);
  });

  it('holds new commits by policy, and deletions by policy', async () => {
    const hold = await appliedWorld([80], '{commits: hold}');
    hold.mirror.push(stateWith([80, 443]));
    assert.equal((await reconcile(hold, daemonPass)).outcome, 'held');
    assert.equal((await applyByPerson(hold)).outcome, 'applied');

    const deletions = await appliedWorld([80, 443], '{deletions: hold}');
    deletions.mirror.push(stateWith([80]));
    assert.equal((await reconcile(deletions, daemonPass)).outcome, 'held');
    deletions.mirror.push(stateWith([80, 443, 25]));
    assert.equal((await reconcile(deletions, daemonPass)).outcome, 'applied');
  });

  it('holds a commit that takes away much until a person approved it', async () => {
    const world = await appliedWorld([80, 443, 25]);
    world.mirror.push({ 'host.yaml': stateWith([])['host.yaml'] ?? '' });
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'held');
    assert.match(report.text, /deletes all 3 forwards .* and deletes the running guest web: .*`natroute approve`$/);
    assert.match(world.netfilter.text('v4'), /--dport 443/);
    assert.equal((await applyByPerson(world, { ...daemonPass, approves: true })).cause, 'approve');
    assert.doesNotMatch(world.netfilter.text('v4'), /--dport 443/);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('keeps what a person applied from another commit until resumed', async () => {
    const world = await appliedWorld([80]);
    const first = (await world.generations.current())!.commit!.commit;
    world.mirror.push(stateWith([80, 443]));
    await reconcile(world, daemonPass);
    await applyByPerson(world, { ...daemonPass, source: { kind: 'commit', revision: first } });
    assert.equal((await reconcile(world, daemonPass)).outcome, 'held');
    assert.doesNotMatch(world.netfilter.text('v4'), /443/);
    await world.memory.update({ held: null });
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /443/);
  });

  it('leaves no difference to a fresh table, however the host got there', async () => {
    const world = await appliedWorld([80, 443, 25], '{mostDeletions: 100%}');
    for (const ports of [[80], [], [8080, 80, 25]]) {
      world.mirror.push(stateWith(ports));
      await reconcile(world, daemonPass);
    }
    const fresh = await appliedWorld([8080, 80, 25]);
    assert.equal(world.netfilter.text('v4'), fresh.netfilter.text('v4'));
    const target = (await world.generations.current())!.target;
    assert.equal(world.ledger.records.at(-1)!.nat.v4, renderNat(target.nat.v4));
  });
});
