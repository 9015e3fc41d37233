// Promise: a suspension takes nobody's fuse away: what must be confirmed waits while a part of it is left alone, nothing is
// suspended while a change waits for its confirmation, and a change that is taken back is taken back whole.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { resume, suspend } from '../../src/engine/suspend.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import type { ForwardKey, Suspension } from '../../src/model/drift.ts';
import { hostFile, webFile } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const ssh: ForwardKey = { address: 'main', ports: { first: 22, last: 22 }, protocol: 'tcp' };
const isHijacked = (world: FakeWorld): boolean => /--dport 22 /.test(world.netfilter.text('v4'));
const push = (world: FakeWorld, ports: readonly number[]): string =>
  world.mirror.push({
    'host.yaml': ports.includes(22) ? hostFile.replace('[22/tcp]', '[]') : hostFile,
    'guests/web.yaml': webFile(ports),
  });
const watch = (world: FakeWorld): ReturnType<typeof watchConfirmation> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);
const leave = (world: FakeWorld, only: ForwardKey | null = ssh): Promise<Suspension> =>
  suspend(world, { reason: 'looking', seconds: 7200, only });

async function byPerson(world: FakeWorld): Promise<PassReport> {
  return reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
}

async function worldWith(more = ''): Promise<FakeWorld> {
  const world = createFakeWorld({ more });
  push(world, [80]);
  await byPerson(world);
  if ((await readConfirmation(world)) !== null) {
    await vouch(world, { connection: null });
    await watch(world);
  }
  assert.equal((await world.generations.current())?.number, 1);
  return world;
}

describe('a suspension', () => {
  const cases: readonly (readonly [what: string, more: string, ports: readonly number[]])[] = [
    ['that touches the way in', '', [80, 22]],
    [
      'where the local config has every change confirmed',
      'confirm: {within: 60s, probes: [{inbound: 443/tcp}]}\n',
      [80, 443],
    ],
  ];
  for (const [what, more, ports] of cases)
    it(`of what a commit changes ${what} makes it wait, and then it has its fuse`, async () => {
      const world = await worldWith(more);
      const [, port = 0] = ports;
      const isOpen = (): boolean => world.netfilter.text('v4').includes(`--dport ${port} `);
      await leave(world, { ...ssh, ports: { first: port, last: port } });
      push(world, ports);
      const fuses = world.outside.lit.length;
      for (const report of [await reconcile(world, daemonPass), await byPerson(world)]) {
        assert.equal(report.outcome, 'held');
        assert.ok(report.text.includes(`natroute resume --only main:${port}/tcp`), report.text);
        assert.match(
          report.text,
          /must be confirmed and changes what is suspended: main:\d+\/tcp is left alone until .*: looking/,
        );
      }
      assert.equal((await world.generations.current())?.number, 1);
      world.clock.advance(7201);
      assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
      assert.ok(isOpen());
      assert.equal(world.outside.lit.length, fuses + 1);
      assert.equal((await watch(world))?.outcome, 'rolled-back');
      assert.ok(!isOpen());
    });

  it('of another forward holds up nothing', async () => {
    const world = await worldWith();
    await leave(world, { ...ssh, ports: { first: 80, last: 80 } });
    push(world, [80, 22]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.ok(isHijacked(world));
    assert.equal((await readConfirmation(world))?.generation, 2);
  });

  it('holds up no commit that needs no confirmation', async () => {
    const world = await worldWith();
    await leave(world, { ...ssh, ports: { first: 443, last: 443 } });
    push(world, [80, 443]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    await resume(world, null);
  });

  for (const only of [ssh, null])
    it(`of ${only === null ? 'everything' : 'a forward'} is refused while a change waits`, async () => {
      const world = await worldWith();
      push(world, [80, 22]);
      await reconcile(world, daemonPass);
      await assert.rejects(leave(world, only), /generation 2 must be confirmed until/);
      assert.deepEqual((await world.memory.read()).suspensions, []);
    });

  it('that came into the window of a change leaves nothing of it when it is taken back', async () => {
    const world = await worldWith();
    push(world, [80, 22]);
    await reconcile(world, daemonPass);
    const [since, until] = ['2026-11-22T12:00:00.000Z', '2026-11-23T12:00:00.000Z'];
    const web = { ...ssh, ports: { first: 80, last: 80 } };
    const one = (only: ForwardKey): Suspension => ({ since, until, reason: 'looking', only });
    // As an older version took it.
    await world.memory.update({ suspensions: [one(ssh), one(web)] });
    // What the change did not touch is left as somebody made it.
    world.netfilter.byHand('v4', ['-F NR-A-main', '-A NR-A-main -p tcp -m tcp --dport 80 -j RETURN']);
    await reconcile(world, daemonPass);
    world.netfilter.byHand('v4', ['-A NR-A-main -p tcp -m tcp --dport 22 -j DNAT --to-destination 192.168.1.1:22']);
    assert.equal((await watch(world))?.outcome, 'rolled-back');
    assert.ok(!isHijacked(world));
    assert.match(world.netfilter.text('v4'), /-A NR-A-main -p tcp -m tcp --dport 80 -j RETURN/);
  });

  it('nor when a crash made it be undone', async () => {
    const world = await worldWith();
    push(world, [80, 22]);
    world.ledger.trouble = () => {
      if (isHijacked(world)) throw new Error('killed');
    };
    await assert.rejects(reconcile(world, daemonPass), /killed/);
    world.ledger.trouble = null;
    // An undoing was interrupted; then the fuse is out, and nothing waits any more.
    await world.files.remove(`${world.paths.confirm}/confirmation.json`);
    const next = world.restart();
    await leave(next);
    await reconcile(next, daemonPass);
    assert.equal((await next.generations.current())?.number, 1);
    assert.ok(!isHijacked(next));
  });
});
