import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { Fault } from '../../src/model/fault.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function apply(world: FakeWorld, ports: readonly number[]): Promise<void> {
  world.mirror.push(stateWith(ports));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
}

const rulesIn = (text: string | undefined): string[] =>
  (text ?? '').split('\n').filter((line) => line.startsWith('-A NR-'));

describe("the kernel's own spelling", () => {
  it('is what is applied and compared with, rule by rule', async () => {
    const world = createFakeWorld();
    // A kernel that prints the addresses of hosts without their mask.
    world.netfilter.spell = (text) => text.replaceAll('203.0.113.10/32', '203.0.113.10');
    await apply(world, [80, 443]);
    assert.match(world.netfilter.text('v4'), /-A NR-DST -d 203\.0\.113\.10 /);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    await apply(world, [80, 443, 25]);
    assert.match(world.netfilter.text('v4'), /-A NR-DST -d 203\.0\.113\.10 .*-j NR-A-main/);
    assert.match(world.netfilter.text('v4'), /--dport 25 /);
  });

  it('is asked for only where it is not known yet', async () => {
    const world = createFakeWorld();
    await apply(world, [80, 443]);
    world.netfilter.asked.length = 0;
    await apply(world, [80, 443, 25]);
    assert.deepEqual(
      rulesIn(world.netfilter.asked[0]).map((rule) => /--dport (\d+)/.exec(rule)?.[1]),
      ['25'],
    );
    world.netfilter.asked.length = 0;
    await apply(world, [443, 25]);
    assert.deepEqual(world.netfilter.asked, []);
  });

  it('refuses a commit that this kernel does not take, with its own words', async () => {
    const world = createFakeWorld();
    await apply(world, [80]);
    const before = world.netfilter.text('v4');
    world.netfilter.spell = () => {
      throw new Fault('command-failed', 'refused', { output: 'No chain/target/match by that name' });
    };
    world.mirror.push(stateWith([80, 443]));
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'rejected');
    assert.match(report.text, /No chain\/target\/match by that name/);
    assert.equal(world.netfilter.text('v4'), before);
  });

  it('is our own where no namespace may be made', async () => {
    const world = createFakeWorld();
    world.netfilter.spell = () => {
      throw new Fault('no-permission', 'no namespace');
    };
    await apply(world, [80]);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });
});
