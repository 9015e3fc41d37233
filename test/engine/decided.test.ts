// Promise: only a mark says yes. Where a process died in the middle of clearing up, of this version's or an older one's, what was
// taken back stays taken back, what was confirmed stays confirmed, and what nobody knows does not stay.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation, writeConfirmation } from '../../src/engine/confirmation.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import { giveUp, watchConfirmation } from '../../src/engine/watch.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Confirmation } from '../../src/model/confirmation.ts';
import { burnFuse } from '../fakes/fuse.ts';
import { createFakeLocks } from '../fakes/locks.ts';
import { hostFile, webFile } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const folder = '/var/lib/natroute/confirm';
const isOpen = (world: FakeWorld): boolean => world.netfilter.text('v4').includes('--dport 443');
const watch = (world: FakeWorld): ReturnType<typeof watchConfirmation> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);

/** Generation 2 opens 443, touches the way in, and waits. `trouble`: the ledger's, while it begins. */
async function waiting(
  trouble: ((world: FakeWorld) => void) | null = null,
): Promise<{ world: FakeWorld; commit: string; confirmation: Confirmation }> {
  const world = createFakeWorld();
  world.mirror.push({ 'host.yaml': hostFile, 'guests/web.yaml': webFile([80]) });
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  const commit = world.mirror.push({
    'host.yaml': hostFile.replace('[22/tcp]', '[2222/tcp]'),
    'guests/web.yaml': webFile([80, 443]),
  });
  if (trouble === null) await reconcile(world, daemonPass);
  else {
    world.ledger.trouble = () => trouble(world);
    await assert.rejects(reconcile(world, daemonPass));
    world.ledger.trouble = null;
  }
  const confirmation = await readConfirmation(world);
  assert.ok(confirmation?.generation === 2 && isOpen(world));
  return { world, commit, confirmation };
}

async function assertTakenBack(world: FakeWorld, commit: string): Promise<void> {
  assert.equal(isOpen(world), false);
  assert.equal((await world.generations.current())?.number, 1);
  assert.equal((await world.memory.read()).quarantined?.commit.commit, commit);
  assert.ok(!world.ledger.records.some(({ outcome }) => outcome === 'confirmed'));
  assert.deepEqual(await world.files.list(folder), []);
}

describe('a clean-up that was killed', () => {
  const orders: readonly ((entries: readonly string[]) => readonly string[])[] = [
    (entries) => entries,
    (entries) => entries.toReversed(),
  ];
  for (const [n, order] of orders.entries())
    it(`leaves what was taken back taken back, whichever file went last (${n + 1})`, async () => {
      for (let most = 0, died = true; died; most++) {
        const { world, commit } = await waiting();
        world.calmFiles.order = order;
        let gone = 0;
        died = false;
        world.calmFiles.trouble = (call, path) => {
          const removes = call === 'unlink' || (call === 'remove' && path.startsWith(`${folder}/`));
          if (!removes || gone++ < most) return;
          died = true;
          throw new Error('killed');
        };
        await watch(world).catch(() => undefined);
        world.calmFiles.trouble = null;
        const next = world.restart();
        await reconcile(next, daemonPass);
        await assertTakenBack(next, commit);
      }
    });

  it('by an older version, of what was taken back: its record without any mark is no yes', async () => {
    const { world, commit, confirmation } = await waiting();
    await watch(world);
    await world.files.write(`${folder}/fuse.sh`, '', 0o600);
    await writeConfirmation(world, confirmation);
    const next = world.restart();
    await reconcile(next, daemonPass);
    await assertTakenBack(next, commit);
    assert.equal(next.ledger.records.filter(({ outcome }) => outcome === 'rolled-back').length, 1, 'told once');
  });

  it('by an older version, of what was in force for good already: that stays', async () => {
    const { world, confirmation } = await waiting();
    await world.files.remove(`${folder}/armed-2`);
    await world.generations.enforce(2);
    assert.deepEqual(await readConfirmation(world), confirmation);
    const next = world.restart();
    await reconcile(next, daemonPass);
    assert.equal((await next.generations.current())?.number, 2);
    assert.ok(isOpen(next));
    assert.equal(next.ledger.records.at(-1)?.outcome, 'confirmed');
    assert.deepEqual(await next.files.list(folder), []);
  });
});

describe('a change that was taken back and whose end could not be written down', () => {
  const ends = [
    ['by a person', giveUp, /^generation 2 was taken back by a person before it was confirmed$/],
    [
      'in time',
      watch,
      /^generation 2 was not confirmed within 120 s \(not seen: a new connection .*listens loses 22\/tcp/,
    ],
  ] as const;
  for (const [how, end, said] of ends)
    it(`is told as what it was: ${how}`, async () => {
      const { world, commit } = await waiting();
      world.ledger.trouble = () => {
        throw new Fault('disk', 'the disk is full');
      };
      await assert.rejects(
        end(world),
        /^Fault: the disk is full\. All the same generation 2 was .*: generation 1 is in force/,
      );
      world.ledger.trouble = null;
      const next = world.restart();
      await reconcile(next, daemonPass);
      await assertTakenBack(next, commit);
      const reason = next.ledger.records.at(-1)?.reason ?? '';
      assert.match(reason, said);
      assert.doesNotMatch(reason, /fuse/);
    });
});

describe('a fuse that a crash left in the middle of clearing up', () => {
  it('brings no rule back that is unloaded', async () => {
    const { world } = await waiting();
    await world.files.remove(`${folder}/confirmation.json`);
    await unload(world, await planUnload(world));
    assert.equal(await burnFuse(world, 2), false);
    assert.doesNotMatch(world.netfilter.text('v4'), /NR-/);
  });
});

describe('a change whose time is over', () => {
  it('is taken back also where nobody can see who came', async () => {
    const { world, commit } = await waiting();
    world.netfilter.connections = () => Promise.reject(new Fault('command-missing', 'there is no conntrack'));
    await assert.rejects(watch(world), /no conntrack/);
    world.clock.advance(120);
    assert.equal((await watch(world))?.outcome, 'rolled-back');
    await assertTakenBack(world, commit);
  });
});

describe('a person who confirms', () => {
  it('does not come between, where the daemon sees their connection at the same moment', async () => {
    const { world } = await waiting();
    const ends = { source: '198.51.100.99', sourcePort: 7, destination: '203.0.113.10', port: 2222 };
    const locks = createFakeLocks();
    const daemon = { ...world.restart(), locks };
    let deciding: ReturnType<typeof watch> = Promise.resolve(null);
    const waysBack: FakeWorld['prober']['waysBack'] = async (to) => {
      world.netfilter.came = [{ protocol: 'tcp', ...ends, replySource: ends.destination, answered: true }];
      deciding = watch(daemon);
      // Whoever does not wait for the lock is done by then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return to.map(() => 'eth0');
    };
    const command = { ...world.restart(), locks, prober: { ...world.prober, waysBack } };
    await vouch(command, { connection: ends });
    assert.equal((await deciding)?.outcome, 'confirmed');
    assert.deepEqual(await world.files.list(folder), []);
    await assert.rejects(
      vouch(command, { connection: ends }),
      (error) => error instanceof Fault && /: generation 2 is confirmed: by /.test(error.detail.help ?? ''),
    );
  });
});

describe('a way back that a person asks for', () => {
  const anew = (world: FakeWorld): string =>
    world.mirror.push({ 'host.yaml': hostFile.replace('[22/tcp]', '[2022/tcp]'), 'guests/web.yaml': webFile([443]) });

  it('goes no further where the time of what they saw was over before', async () => {
    const { world, confirmation } = await waiting();
    await watch(world);
    const end = await giveUp(world, confirmation);
    assert.deepEqual([end?.outcome, end?.generation], ['rolled-back', 2]);
    assert.equal((await world.generations.current())?.number, 1);
    anew(world);
    await reconcile(world, daemonPass);
    assert.equal((await giveUp(world, confirmation))?.generation, 2);
    assert.equal((await readConfirmation(world))?.generation, 3, 'another one is not what they saw');
  });

  it('tells of no older change where this one died before it began', async () => {
    const { world } = await waiting();
    await watch(world);
    anew(world);
    world.calmFiles.trouble = (_, path) => {
      if (path === world.paths.intent) throw new Error('killed');
    };
    await assert.rejects(reconcile(world, daemonPass), /killed/);
    world.calmFiles.trouble = null;
    assert.equal((await readConfirmation(world))?.generation, 3);
    assert.equal(await giveUp(world.restart()), null);
  });
});

describe('a change that must be confirmed', () => {
  it('stays once it is confirmed, also where its first entry is missing and the kernel takes its rules no more', async () => {
    const { world, commit } = await waiting((next) => {
      if (isOpen(next)) throw new Fault('disk', 'the disk is full');
    });
    // Somebody took its rules out, and they cannot come back now.
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const restore = world.netfilter.restore.bind(world.netfilter);
    world.netfilter.restore = (family, how) =>
      how.text.includes('--dport 443')
        ? Promise.reject(new Fault('rules-refused', 'no such module'))
        : restore(family, how);
    await vouch(world, { connection: null });
    assert.equal((await watch(world))?.outcome, 'confirmed');
    assert.equal((await world.generations.current())?.commit?.commit, commit);
    assert.deepEqual(
      world.ledger.records.slice(-2).map(({ outcome, generation }) => [outcome, generation]),
      [
        ['recovered', 2],
        ['confirmed', 2],
      ],
    );
    await assert.rejects(reconcile(world, daemonPass), /no such module/);
    world.netfilter.restore = restore;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.ok(isOpen(world));
  });

  it('stays once it is confirmed, also where its first entry is missing and the rules cannot be read once', async () => {
    const { world, commit } = await waiting((next) => {
      if (isOpen(next)) throw new Fault('disk', 'the disk is full');
    });
    await vouch(world, { connection: null });
    const save = world.netfilter.save.bind(world.netfilter);
    world.netfilter.save = () => {
      world.netfilter.save = save;
      return Promise.reject(new Fault('command-failed', 'iptables-save was killed'));
    };
    const next = world.restart();
    await assert.rejects(watch(next), /was killed/);
    assert.equal((await watch(next))?.outcome, 'confirmed');
    assert.equal((await next.generations.current())?.commit?.commit, commit);
    assert.ok(isOpen(next));
  });

  it('is not in force where its mark is gone and nobody knows how', async () => {
    const { world, commit } = await waiting();
    await world.files.remove(`${folder}/armed-2`);
    const next = world.restart();
    await reconcile(next, daemonPass);
    await assertTakenBack(next, commit);
    assert.match(
      next.ledger.records.at(-1)?.reason ?? '',
      /it is not known any more whether generation 2 was confirmed/,
    );
  });

  it('is undone, not finished, where a crash left its intent and no fuse', async () => {
    const world = createFakeWorld();
    world.mirror.push({ 'host.yaml': hostFile, 'guests/web.yaml': webFile([80]) });
    await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
    world.mirror.push({
      'host.yaml': hostFile.replace('[22/tcp]', '[2222/tcp]'),
      'guests/web.yaml': webFile([80, 443]),
    });
    world.ledger.trouble = () => {
      if (isOpen(world)) throw new Error('killed');
    };
    await assert.rejects(reconcile(world, daemonPass), /killed/);
    world.ledger.trouble = null;
    assert.ok(isOpen(world));
    // As an undoing leaves it that dies after it put the fuse out.
    await world.files.remove(`${folder}/confirmation.json`);
    const next = world.restart();
    await reconcile(next, daemonPass);
    assert.equal((await next.generations.current())?.number, 1);
    const { generation } = (await readConfirmation(next)) ?? {};
    assert.equal(generation, 3, 'it is tried again, with a fuse');
    assert.equal((await watch(next))?.outcome, 'rolled-back');
    assert.equal(isOpen(next), false);
  });
});
