// Promise: a disk that takes nothing keeps no forward closed: the rules of the generation in force are put right all the
// same, the fault says so, and the ledger gets it once there is room. What fails again and again fills nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPassTelling } from '../../src/engine/alerts.ts';
import { sendOnce } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest, Told } from '../../src/engine/request.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import type { World } from '../../src/engine/world.ts';
import type { Message } from '../../src/model/alert.ts';
import { Fault } from '../../src/model/fault.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld, type FakeWorldOptions } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function applied(options: FakeWorldOptions = {}): Promise<FakeWorld> {
  const world = createFakeWorld(options);
  world.mirror.push(stateWith([80, 25]));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  return world;
}

function fill(world: FakeWorld): void {
  const full = (): never => {
    throw new Fault('disk', 'Cannot write /var/lib/natroute/memory.json: the disk is full.', {
      help: 'Free some space.',
    });
  };
  world.files.trouble = full;
  world.ledger.trouble = full;
}

function free(world: FakeWorld): void {
  world.files.trouble = null;
  world.ledger.trouble = null;
}

async function faultOf(world: World, onHealed?: (healed: Told) => Promise<void>): Promise<Fault> {
  const request = { ...daemonPass, ...(onHealed === undefined ? {} : { onHealed }) };
  const error: unknown = await reconcile(world, request).then(
    ({ outcome }) => outcome,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
}

describe('a disk that takes nothing', () => {
  it('keeps the rules in the kernel that are to be unloaded: that could not be written down', async () => {
    const world = await applied();
    const good = world.netfilter.text('v4');
    world.ledger.trouble = () => {
      throw new Fault('disk', 'the disk is full');
    };
    await assert.rejects(unload(world, await planUnload(world)), /disk is full/);
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal((await world.generations.current())?.number, 1);
  });

  it('does not keep rules from being put right, and gets the entry once there is room', async () => {
    const world = await applied();
    const good = world.netfilter.text('v4');
    const entries = world.ledger.records.length;
    fill(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const fault = await faultOf(world);
    assert.match(
      fault.message,
      /^Cannot write .*: the disk is full\. The rules of generation 1 were put right all the same \(2 changes\); that is written down when there is room\.$/,
    );
    assert.equal(fault.detail.help, 'Free some space.');
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal(world.ledger.records.length, entries);

    free(world);
    const { outcome } = await reconcile(world, daemonPass);
    assert.equal(outcome, 'unchanged');
    const last = world.ledger.records.at(-1);
    assert.equal(world.ledger.records.length, entries + 1);
    assert.deepEqual([last?.cause, last?.outcome, last?.generation, last?.changes.length], ['heal', 'healed', 1, 2]);
    assert.match(
      last?.reason ?? '',
      /^healed at .*, when it could not be written down: Cannot write .*: the disk is full\.$/,
    );
    await reconcile(world, daemonPass);
    assert.equal(world.ledger.records.length, entries + 1);
  });

  it('nor from being told who did it, in words and as any drift', async () => {
    const world = await applied({ notify: '[{type: webhook, urlFile: /u}]' });
    const telling = createPassTelling(world);
    await telling.pass(await reconcile(world, daemonPass));
    world.notifier.got.length = 0;
    fill(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const actor = { process: 'iptables', pid: 4393, user: 'bob', command: 'iptables -t nat -F NR-A-main' };
    const seen = { ...world, witness: { ...world.witness, seen: () => [{ at: world.clock.now(), actor }] } };
    const fault = await faultOf(seen, (healed) => telling.healed(healed));
    assert.match(
      fault.message,
      / put right all the same \(2 changes by iptables, pid 4393, user bob: iptables -t nat -F NR-A-main\); that is/,
    );
    await sendOnce(world, () => undefined);
    const [envelope, ...more] = world.notifier.got;
    assert.equal(more.length, 0);
    const { alerts } = JSON.parse(envelope?.kind === 'http' ? envelope.body : '') as Message;
    assert.deepEqual(
      alerts.map(({ event, title, who }) => [event, title, who]),
      [['drift', '2 rules deleted by hand, put back', 'iptables, pid 4393, user bob: iptables -t nat -F NR-A-main']],
    );
  });

  it('nor after a boot, nor with a commit waiting that cannot be applied', async () => {
    const world = await applied();
    const good = world.netfilter.text('v4');
    world.mirror.push(stateWith([80, 25, 443]));
    fill(world);
    for (const chain of ['PREROUTING', 'OUTPUT', 'POSTROUTING']) world.netfilter.byHand('v4', [`-F ${chain}`]);
    const rebooted = { ...world.restart(), bootId: 'boot-2' };
    await faultOf(rebooted, () => assert.fail("a boot is nobody's drift"));
    assert.equal(world.netfilter.text('v4'), good);
    free(rebooted);
    assert.equal((await reconcile(rebooted, daemonPass)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /dport 443/);
    assert.ok(world.ledger.records.some(({ cause, outcome }) => cause === 'boot' && outcome === 'healed'));
  });

  it('changes nothing where drift is only told', async () => {
    const world = await applied({ policy: '{drift: report}' });
    fill(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const found = world.netfilter.text('v4');
    assert.doesNotMatch((await faultOf(world)).message, /put right/);
    assert.equal(world.netfilter.text('v4'), found);
  });
});

describe('a commit whose files cannot be written', () => {
  it('is written down once, leaves one generation, heals the rules, and is applied when there is room', async () => {
    const world = await applied({ more: 'generations: {keep: 50}\n' });
    const good = world.netfilter.text('v4');
    const entries = world.ledger.records.length;
    world.mirror.push({ ...stateWith([80, 25]), 'guests/web.yaml': stateWith([80, 25, 443])['guests/web.yaml'] ?? '' });
    world.hostFiles.there.clear();
    world.hostFiles.trouble = (when, path) => {
      if (when === 'stage') throw new Fault('disk', `Cannot write ${path}: the disk is full.`);
    };
    for (let n = 0; n < 5; n++) {
      world.netfilter.byHand('v4', ['-F NR-A-main']);
      assert.match((await faultOf(world)).message, /the disk is full\. The rules of generation 1 were put back\.$/);
      assert.equal(world.netfilter.text('v4'), good);
    }
    const failures = world.ledger.records.slice(entries).filter(({ outcome }) => outcome === 'rolled-back');
    assert.ok(failures.length <= 2, `${failures.length} entries of the same failure`);
    assert.ok((await world.generations.numbers()).length <= 2, (await world.generations.numbers()).join());
    world.hostFiles.trouble = null;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /dport 443/);
  });
});

describe('a ledger that takes no entry at the end of a pass', () => {
  /** First it is asked whether there is room, and there is. */
  function fullAtTheEnd(world: FakeWorld): void {
    let calls = 0;
    world.ledger.trouble = () => {
      if (++calls >= 2) throw new Fault('disk', 'The disk is full.');
    };
  }

  it('does not hide that the change is there', async () => {
    const world = await applied();
    world.mirror.push(stateWith([80, 25, 443]));
    fullAtTheEnd(world);
    const { message } = await faultOf(world);
    assert.match(
      message,
      /^The disk is full\. The rules of generation 2 are in the kernel all the same; the next pass/,
    );
  });

  it('nor why it failed, and that it is gone again', async () => {
    const world = await applied();
    world.mirror.push(stateWith([80, 25, 443]));
    fullAtTheEnd(world);
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('verify-failed', 'another program puts it back');
    };
    const { message } = await faultOf(world);
    assert.match(
      message,
      /^another program puts it back\. The rules of generation 1 were put back\. .*The disk is full\.$/,
    );
  });
});
