// Promise: a ledger that was taken away, or put back from an older copy, stops no pass; it is written down for good before
// anything else, told once, and shown to whoever asks. A fresh host says nothing of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tellGap } from '../../src/engine/alerts.ts';
import { unwrittenGap } from '../../src/engine/ledger-end.ts';
import { sendOnce } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { suspend } from '../../src/engine/suspend.ts';
import { verify } from '../../src/engine/verify.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Message } from '../../src/model/alert.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const silent = (): void => undefined;
const gone =
  /^all that was written down before is gone \(the newest, 1, was there at 2026-11-22 12:00:\d\dZ\), although generation 2 of 2026-11-22 12:00:\d\dZ is in force$/;

/** A first apply and a push, each seen by the pass after it. */
async function livedIn(): Promise<FakeWorld> {
  const world = createFakeWorld({ notify: '[{type: webhook, urlFile: /u}]' });
  world.mirror.push(stateWith([80]));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  world.mirror.push(stateWith([80, 443]));
  await reconcile(world, daemonPass);
  await reconcile(world, daemonPass);
  return world;
}

const told = async (world: FakeWorld): Promise<readonly string[]> => {
  const lines: string[] = [];
  await tellGap(world, (line) => lines.push(line));
  return lines;
};
const entries = (world: FakeWorld): readonly string[] =>
  world.ledger.records.map(
    ({ cause, outcome, gap }) => `${cause} ${outcome}${gap === undefined ? '' : ' after a gap'}`,
  );

describe('a ledger that was taken away', () => {
  it('begins with what is gone, also where nothing else is to be done', async () => {
    const world = await livedIn();
    world.ledger.lose();
    assert.match((await unwrittenGap(world)) ?? '', gone);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.deepEqual(entries(world), ['heal recovered after a gap']);
    const [first] = world.ledger.records;
    assert.match(first?.gap ?? '', gone);
    assert.match(first?.nat.v4 ?? '', /--dport 443 /);
    assert.deepEqual(
      [first?.generation, first?.desired?.subject],
      [2, (await world.generations.current())?.commit?.subject],
    );
    for (let n = 0; n < 3; n++) await reconcile(world.restart(), daemonPass);
    assert.equal(entries(world).length, 1);
  });

  it('heals in the same pass, and blames what somebody did on them', async () => {
    const world = await livedIn();
    const good = world.netfilter.text('v4');
    world.ledger.lose();
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.equal(world.netfilter.text('v4'), good);
    assert.deepEqual(entries(world), ['heal recovered after a gap', 'drift reported', 'heal healed']);
    const steps = await world.ledger.steps();
    assert.deepEqual(
      steps.map(({ came, gone: went }) => [came.v4.length > 0, went.v4.length > 0]),
      [
        [true, false],
        [false, true],
        [true, false],
      ],
    );
  });

  it('is told once, in the journal and as an alert', async () => {
    const world = await livedIn();
    assert.deepEqual(await told(world), []);
    world.ledger.lose();
    await reconcile(world, daemonPass);
    const [line, ...more] = [...(await told(world)), ...(await told(world)), ...(await told(world.restart()))];
    assert.match(line ?? '', /^ledger: all that was written down before is gone /);
    assert.deepEqual(more, []);
    world.notifier.got.length = 0;
    await sendOnce(world, silent);
    const alerts = world.notifier.got.flatMap((e) => (JSON.parse(e.kind === 'http' ? e.body : '') as Message).alerts);
    assert.deepEqual(
      alerts.map(({ event, topic, title }) => [event, topic, title]),
      [['failed', 'ledger', 'the ledger has a gap: what was written down is gone']],
    );
  });

  it('is said by --verify, before it is written down and ever after', async () => {
    const world = await livedIn();
    assert.deepEqual((await verify(world, silent)).gaps, []);
    world.ledger.lose();
    assert.deepEqual(
      (await verify(world, silent)).gaps.map(({ id, text }) => [id, gone.test(text)]),
      [[null, true]],
    );
    for (let n = 0; n < 2; n++) await reconcile(world, daemonPass);
    world.mirror.push(stateWith([80]));
    await reconcile(world, daemonPass);
    const { gaps, differing, damage } = await verify(world, silent);
    assert.deepEqual(
      gaps.map(({ id, text }) => [id, gone.test(text)]),
      [['2', true]],
    );
    assert.deepEqual([differing, damage], [[], []]);
  });

  it('begins so also by a command, and after an upgrade that had noted nothing', async () => {
    const world = await livedIn();
    world.ledger.lose();
    await suspend(world, { reason: 'x', seconds: 60, only: null });
    assert.deepEqual(entries(world), ['heal recovered after a gap', 'suspend suspended']);
    assert.match(world.ledger.records[1]?.nat.v4 ?? '', /--dport 443 /);

    const old = await livedIn();
    const memory = JSON.parse(
      new TextDecoder().decode((await old.files.read(old.paths.memory)) ?? undefined),
    ) as object;
    await old.files.write(old.paths.memory, JSON.stringify({ ...memory, ledgerEnd: undefined }), 0o600);
    old.ledger.lose();
    await reconcile(old, daemonPass);
    assert.match(old.ledger.records[0]?.gap ?? '', /^all that was written down before is gone, although generation 2 /);
  });

  it('that cannot be begun stops no heal, and says it when it can', async () => {
    const world = await livedIn();
    const good = world.netfilter.text('v4');
    world.ledger.lose();
    world.ledger.trouble = () => {
      throw new Fault('disk', 'The ledger cannot be written: the disk is full.');
    };
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await assert.rejects(reconcile(world, daemonPass), /put right all the same/);
    assert.equal(world.netfilter.text('v4'), good);
    world.ledger.trouble = null;
    await reconcile(world, daemonPass);
    assert.deepEqual(entries(world), ['heal recovered after a gap', 'heal healed']);
  });

  it('has one such entry where only the note of it failed', async () => {
    const world = await livedIn();
    world.ledger.lose();
    const write = world.files.write.bind(world.files);
    Object.assign(world.files, { write: () => Promise.reject(new Fault('disk', 'full')) });
    for (let n = 0; n < 3; n++) await assert.rejects(reconcile(world.restart(), daemonPass));
    Object.assign(world.files, { write });
    await reconcile(world, daemonPass);
    assert.deepEqual(entries(world), ['heal recovered after a gap']);
    assert.equal((await told(world)).length, 1);
  });
});

it('an older copy of the ledger is told with the entry that it lacks', async () => {
  const world = await livedIn();
  world.ledger.lose(1);
  await reconcile(world, daemonPass);
  assert.deepEqual(entries(world), ['push applied', 'heal recovered after a gap']);
  assert.match(
    world.ledger.records[1]?.gap ?? '',
    /^entries before this one are gone \(the newest, 1, was there at .*; an older copy of the ledger stands in its place$/,
  );
  for (let n = 0; n < 2; n++) await reconcile(world, daemonPass);
  assert.equal(entries(world).length, 2);
});

it('a fresh host says nothing of a gap, whatever interrupts its first apply', async () => {
  for (let crashAt = 1; crashAt < 60; crashAt++) {
    let left = crashAt;
    const world = createFakeWorld({
      through: (_name, port) =>
        new Proxy(port, {
          get: (target, key) => {
            const value: unknown = Reflect.get(target, key);
            if (typeof value !== 'function' || !['write', 'append', 'link', 'restore', 'remove'].includes(String(key)))
              return value;
            return (...args: unknown[]): unknown => {
              if (--left === 0) throw new Fault('disk', 'crash');
              return Reflect.apply(value, target, args);
            };
          },
        }),
    });
    world.mirror.push(stateWith([80]));
    const { digest } = await propose(world, daemonPass);
    const done = await reconcile(world, { ...daemonPass, approved: digest }).catch(() => null);
    left = -1;
    const next = world.restart();
    await reconcile(next, daemonPass);
    await reconcile(next, daemonPass);
    assert.ok(!entries(next).some((one) => one.endsWith('gap')), `${crashAt}: ${entries(next).join()}`);
    if (done !== null) return;
  }
  assert.fail('the first apply never ended');
});
