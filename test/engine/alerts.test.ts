// Promise: what happens is told, once, to everybody who wants to know it, however often the way there fails; and no
// receiver can make a pass wait or fail.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock } from '../../src/adapters/clock.ts';
import { createPassTelling, tellFailure, tellHealedGuests, tellPass, tellTopics } from '../../src/engine/alerts.ts';
import { createNotifyLanes, sendOnce, sendTest } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest, Told } from '../../src/engine/request.ts';
import { createRemembering, createTelling } from '../../src/engine/telling.ts';
import type { Alert, Message } from '../../src/model/alert.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { createFakeWorld, type FakeWorld, type FakeWorldOptions } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const silent = (): void => undefined;
const down = (): never => {
  throw new Fault('alert-failed', 'the receiver is down');
};

/** Ports 80 and 443 are open, and that was told. */
async function openWorld(options: FakeWorldOptions = {}): Promise<FakeWorld> {
  const world = createFakeWorld({ notify: '[{type: webhook, urlFile: /u}]', ...options });
  world.mirror.push(stateWith([80, 443]));
  const { digest } = await propose(world, daemonPass);
  await tellPass(world, await reconcile(world, { ...daemonPass, approved: digest }));
  await sendOnce(world, silent);
  world.notifier.got.length = 0;
  return world;
}

async function pass(world: FakeWorld): Promise<void> {
  await tellPass(world, await reconcile(world, daemonPass));
}

const messages = (world: Pick<FakeWorld, 'notifier'>): readonly Message[] =>
  world.notifier.got.map(
    (envelope) => JSON.parse(envelope.kind === 'http' ? envelope.body : envelope.input) as Message,
  );
const alerts = (world: FakeWorld): readonly Alert[] => messages(world).flatMap((message) => message.alerts);
const words = (world: FakeWorld): readonly string[] =>
  alerts(world).map(({ event, state, title }) => `${event} ${state}: ${title}`);
const waiting = (world: Pick<FakeWorld, 'files'>): readonly string[] =>
  world.files.paths().filter((path) => /\/alerts\/webhook-[0-9a-f]+\/./.test(path));

describe('what a pass tells', () => {
  it('a push: what opens, by whom; and then nothing', async () => {
    const world = await openWorld();
    world.mirror.push(stateWith([80, 443, 25]));
    await pass(world);
    await pass(world);
    await sendOnce(world, silent);
    const [alert] = alerts(world);
    assert.equal(alerts(world).length, 1);
    assert.equal(alert?.event, 'applied');
    assert.match(alert.what.join(), /main:25\/tcp/);
    assert.match(alert.done, /as generation 2/);
    assert.deepEqual(waiting(world), []);
  });

  it('a hand-made change: what, what it means outside, and that it was healed', async () => {
    const world = await openWorld();
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await pass(world);
    await pass(world);
    await sendOnce(world, silent);
    assert.deepEqual(words(world), ['drift news: 2 rules deleted by hand, put back']);
    const [alert] = alerts(world);
    assert.match(alert?.what.join('\n') ?? '', /main:80\/tcp.*\n.*main:443\/tcp.*\n- web main:80\/tcp\n- web main:443/);
  });

  it('a guest that was put right: what was done, once', async () => {
    const world = await openWorld();
    const heals = [{ name: 'web', text: 'start web' }];
    for (let look = 0; look < 2; look++) await tellHealedGuests(world, { healed: () => heals.splice(0) });
    await sendOnce(world, silent);
    assert.deepEqual(words(world), ['drift news: 1 guest changed by hand or ended, put back']);
    assert.deepEqual(alerts(world)[0]?.what, ['web: start web']);
  });

  it('a heal as soon as the rules are right, before that is written down; and once', async () => {
    const world = await openWorld();
    const telling = createPassTelling(world);
    await telling.pass(await reconcile(world, daemonPass));
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const outcomes: (string | undefined)[] = [];
    const onHealed = async (healed: Told): Promise<void> => {
      outcomes.push(world.ledger.records.at(-1)?.outcome);
      assert.match(world.netfilter.text('v4'), /--dport 443/);
      await telling.healed(healed);
      await sendOnce(world, silent);
      assert.deepEqual(words(world), ['drift news: 2 rules deleted by hand, put back']);
    };
    await telling.pass(await reconcile(world, { ...daemonPass, onHealed }));
    await sendOnce(world, silent);
    assert.deepEqual(outcomes, ['reported']);
    assert.equal(world.ledger.records.at(-1)?.outcome, 'healed');
    assert.equal(alerts(world).length, 1);
  });

  it('drift that is only reported: at its beginning, when it changes, and at its end', async () => {
    const world = await openWorld({ policy: '{drift: report}' });
    const rules = world.netfilter
      .table('v4')
      .chains.find((c) => c.name === 'NR-A-main')!
      .rules.map((r) => r.text);
    world.netfilter.byHand('v4', [`-D NR-A-main ${rules[0]}`]);
    for (let i = 0; i < 3; i++) await pass(world);
    world.netfilter.byHand('v4', [`-D NR-A-main ${rules[1]}`]);
    for (let i = 0; i < 3; i++) await pass(world.restart());
    world.netfilter.byHand(
      'v4',
      rules.map((rule) => `-A NR-A-main ${rule}`),
    );
    for (let i = 0; i < 3; i++) await pass(world);
    await sendOnce(world, silent);
    assert.deepEqual(words(world), [
      'drift trouble: 1 rule deleted by hand',
      'drift trouble: 2 rules deleted by hand',
      'drift resolved: resolved: 2 rules deleted by hand',
    ]);
  });

  it('a commit that is refused or held, until one is applied', async () => {
    const world = await openWorld();
    world.mirror.push({ ...stateWith([80]), 'guests/bad.yaml': 'memory: [\n' });
    for (let i = 0; i < 3; i++) await pass(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await pass(world);
    world.mirror.push(stateWith([80]));
    await pass(world);
    await sendOnce(world, silent);
    assert.deepEqual(
      words(world).map((line) => line.replace(/".*"/, '"..."')),
      [
        'rejected trouble: rejected: "..."',
        'drift news: 2 rules deleted by hand, put back',
        'applied news: applied "..."',
        'rejected resolved: resolved: rejected: "..."',
      ],
    );
    const held = await openWorld({ policy: '{commits: hold}' });
    held.mirror.push(stateWith([80]));
    for (let i = 0; i < 3; i++) await pass(held);
    await sendOnce(held, silent);
    assert.match(words(held).join(), /^held trouble: held: "[^,]*"$/);
  });

  it('a lane that fails, in whatever changing words, and that it works again', async () => {
    const world = await openWorld();
    for (let i = 0; i < 5; i++)
      await tellFailure(world, 'network', new Fault('verify-failed', `rule ${i} still differs`));
    await tellTopics(world, { fetch: null });
    await pass(world);
    await sendOnce(world, silent);
    assert.deepEqual(
      alerts(world).map(({ state, topic, what }) => [state, topic, what[0]]),
      [
        ['trouble', 'network', 'rule 0 still differs'],
        ['resolved', 'network', 'rule 0 still differs'],
      ],
    );
  });

  it('only what each receiver wants; a test alert to all', async () => {
    const world = await openWorld({
      notify: '[{type: slack, urlFile: /a, events: [failed]}, {type: webhook, urlFile: /u, events: [drift]}]',
    });
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await pass(world);
    await tellFailure(world, 'fetch', new Error('no'));
    await sendOnce(world, silent);
    assert.deepEqual(
      world.notifier.got.map((e) => (e.kind === 'http' ? e.urlFile : '')),
      ['/a', '/u'],
    );
    world.notifier.got.length = 0;
    const deliveries = await sendTest(world);
    assert.deepEqual(
      deliveries.map(({ problem }) => problem),
      [null, null],
    );
    assert.equal(world.notifier.got.length, 2);
  });

  it('nobody, where nobody is named: nothing is written', async () => {
    const world = createFakeWorld();
    await tellFailure(world, 'fetch', new Error('no'));
    assert.deepEqual(world.files.paths(), []);
  });
});

describe('a receiver that is not there', () => {
  it('gets the same message until it arrives, and all that came meanwhile in the next one', async () => {
    const world = await openWorld();
    world.notifier.before = down;
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await pass(world);
    const ids = new Set<string>();
    world.notifier.before = (envelope) => {
      ids.add(envelope.kind === 'http' ? envelope.body : '');
      down();
    };
    for (let i = 0; i < 3; i++) {
      const [delivery] = await sendOnce(world, silent);
      assert.equal(delivery?.problem, 'the receiver is down');
      world.netfilter.byHand('v4', ['-F NR-A-main']);
      await pass(world);
    }
    assert.equal(ids.size, 1);
    world.notifier.before = null;
    await sendOnce(world.restart(), silent);
    const [first, second] = messages(world);
    assert.equal(messages(world).length, 2);
    assert.ok(ids.has(JSON.stringify({ ...first }) + '\n'));
    assert.deepEqual([first?.alerts.length, second?.alerts.length], [1, 3]);
    assert.notEqual(first?.id, second?.id);
  });

  it('whose answer was lost gets the same id again', async () => {
    const world = await openWorld();
    await tellFailure(world, 'fetch', new Error('no'));
    world.notifier.after = down;
    await sendOnce(world, silent);
    world.notifier.after = null;
    await sendOnce(world.restart(), silent);
    await sendOnce(world, silent);
    assert.deepEqual(
      messages(world).map(({ id }) => id),
      [messages(world)[0]?.id, messages(world)[0]?.id],
    );
  });

  it('keeps a bounded queue, which drops the oldest and says how many', async () => {
    const world = await openWorld();
    world.notifier.before = down;
    await tellFailure(world, 'fetch', new Error('the first'));
    await sendOnce(world, silent);
    for (let i = 0; i < limits.alertsKept + 30; i++) {
      await tellFailure(world, 'fetch', new Error(`${'x'.repeat(i)} is wrong`));
      assert.ok(waiting(world).length <= limits.alertsKept + 1, String(waiting(world).length));
    }
    world.notifier.before = null;
    await sendOnce(world, silent);
    const [first, second] = messages(world);
    assert.deepEqual([first?.alerts.length, first?.dropped], [1, 0]);
    // Nothing is lost without being counted.
    assert.equal((second?.alerts.length ?? 0) + (second?.dropped ?? 0), limits.alertsKept + 30);
    assert.ok((second?.dropped ?? 0) >= 30);
    assert.equal(second?.alerts.at(-1)?.what[0]?.startsWith('xxx'), true);
    assert.deepEqual(waiting(world), []);
  });

  it('that refuses a message is not asked for ever, and the next one says so', async () => {
    const world = await openWorld();
    await tellFailure(world, 'fetch', new Error('no'));
    world.notifier.before = () => {
      throw new Fault('alert-refused', 'it does not take this');
    };
    const said: string[] = [];
    for (let i = 0; i < limits.alertRefusals + 2; i++) await sendOnce(world, (line) => said.push(line));
    assert.deepEqual(said, ['alert by webhook dropped: it does not take this']);
    world.notifier.before = null;
    await tellTopics(world, { fetch: null });
    await sendOnce(world, silent);
    assert.deepEqual([messages(world).length, messages(world)[0]?.dropped], [1, 1]);
  });

  it('loses and doubles nothing when we crash at any write', async () => {
    for (let crashAt = 0; ; crashAt++) {
      const world = await openWorld();
      await tellFailure(world, 'fetch', new Error('one'));
      await tellFailure(world, 'guests', new Error('two'));
      let calls = 0;
      world.files.trouble = () => {
        if (calls++ === crashAt) throw new Error('crash');
      };
      const crashed = await sendOnce(world, silent).then(
        () => false,
        () => true,
      );
      world.files.trouble = null;
      await sendOnce(world.restart(), silent);
      const byId = new Map(messages(world).map((message) => [message.id, message]));
      assert.deepEqual(
        [...byId.values()].flatMap(({ alerts }) => alerts.map(({ what }) => what[0])),
        ['one', 'two'],
      );
      assert.deepEqual(waiting(world), []);
      if (!crashed) break;
      assert.ok(crashAt < 50);
    }
  });
});

describe('a disk that takes nothing', () => {
  const full = (): never => {
    throw new Fault('disk', 'Cannot write: the disk is full.');
  };

  it('holds back no alert, and doubles none when it takes writes again', async () => {
    const world = await openWorld({ policy: '{drift: report}' });
    await tellFailure(world, 'fetch', new Error('from before'));
    const report = await reconcile(world, daemonPass);
    world.files.trouble = full;
    for (let i = 0; i < 3; i++) await tellFailure(world, 'guests', new Error('while it is full'));
    await sendOnce(world, silent);
    assert.deepEqual(
      alerts(world).map(({ what }) => what[0]),
      ['from before', 'while it is full'],
    );
    world.notifier.before = down;
    await tellFailure(world, 'network', new Error('to nobody'));
    await sendOnce(world, silent);
    assert.notEqual(await world.alertFiles.settle(), null);
    world.files.trouble = null;
    world.notifier.before = null;
    assert.equal(await world.alertFiles.settle(), null);
    // What was not sent is on the disk now: another process has it, and what was sent is over.
    const next = world.restart();
    for (let i = 0; i < 2; i++) {
      await tellFailure(next, 'guests', new Error('while it is full'));
      await tellFailure(next, 'network', new Error('to nobody'));
      await sendOnce(next, silent);
    }
    await tellPass(next, report);
    await sendOnce(next, silent);
    assert.deepEqual(
      alerts(world).map(({ state, what }) => `${state} ${what[0]}`),
      ['trouble from before', 'trouble while it is full', 'trouble to nobody', 'resolved to nobody'],
    );
    assert.equal(new Set(messages(world).map(({ id }) => id)).size, messages(world).length);
    assert.deepEqual(waiting(world), []);
  });

  it('leaves what only memory has to the next process, which tells it from the ledger', async () => {
    for (const dies of [true, false]) {
      const world = await openWorld();
      const daemon = (of: FakeWorld): ((said: string[]) => Promise<void>) => {
        const tellOf = createPassTelling(of);
        const remember = createRemembering(of);
        return async (said) => {
          const { telling, notify } = createTelling(of, (line) => said.push(line));
          const report = await reconcile(of, daemonPass);
          of.files.trouble = said.includes('full') ? full : null;
          const told = await telling(() => tellOf.pass(report));
          of.files.trouble = null;
          await remember(report, told);
          await notify.stop();
        };
      };
      const run = daemon(world);
      await run([]);
      const { told } = await world.memory.read();
      world.clock.advance(60);
      world.notifier.before = down;
      world.netfilter.byHand('v4', ['-F NR-A-main']);
      const said = ['full'];
      await run(said);
      assert.match(
        said.join('\n'),
        /alerts are only in memory until they can be kept: Cannot write: the disk is full\./,
      );
      assert.equal((await world.memory.read()).told, told);
      if (!dies) await run([]);
      world.clock.advance(60);
      world.notifier.before = null;
      await daemon(world.restart())([]);
      await sendOnce(world.restart(), silent);
      assert.deepEqual(words(world), ['drift news: 2 rules deleted by hand, put back'], `dies: ${dies}`);
    }
  });
});

describe('the notify lanes', () => {
  it('send at once past a receiver that hangs, gather while one had enough, and stop', async () => {
    const world = {
      ...(await openWorld({ notify: '[{type: slack, urlFile: /hangs}, {type: webhook, urlFile: /u}]' })),
      clock: createClock(),
    };
    let release = silent;
    world.notifier.before = (envelope) =>
      envelope.kind === 'http' && envelope.urlFile === '/hangs'
        ? new Promise<void>((resolve) => (release = resolve))
        : undefined;
    const lanes = createNotifyLanes(world, (line) => assert.fail(line));
    const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    for (let i = 0; i < limits.alertsAtOnce + 4; i++) {
      await tellFailure(world, 'fetch', new Error(`${'y'.repeat(i + 1)} is wrong`));
      lanes.wake();
      await settle();
    }
    assert.equal(messages(world).length, limits.alertsAtOnce);
    assert.equal(waiting(world).length, 4);
    const stopped = lanes.stop();
    world.notifier.before = null;
    release();
    await stopped;
    // The next daemon sends what is left, in one message.
    world.notifier.got.length = 0;
    await sendOnce(world, silent);
    assert.deepEqual(
      messages(world)
        .filter((m) => 'alerts' in m)
        .map(({ alerts }) => alerts.length),
      [4],
    );
  });
});
