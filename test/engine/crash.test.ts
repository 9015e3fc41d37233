import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPassTelling, tellPass } from '../../src/engine/alerts.ts';
import { sendOnce } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest, Told } from '../../src/engine/request.ts';
import type { Message } from '../../src/model/alert.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
class Crash extends Error {}

/** Crashes at the nth changing call of any port, before or after its effect; false when the pass needed fewer calls. */
function crashAt(world: FakeWorld, nth: number, when: 'before' | 'after'): () => boolean {
  let calls = 0;
  let crashed = false;
  const strike = (): void => {
    // A dead process does nothing more, not even clean up.
    crashed ||= ++calls === nth;
    if (crashed) throw new Crash();
  };
  world.files.trouble = strike;
  world.ledger.trouble = strike;
  if (when === 'before') world.netfilter.before = strike;
  else {
    world.netfilter.before = () => {
      if (crashed) throw new Crash();
    };
    world.netfilter.after = strike;
  }
  return () => {
    world.files.trouble = world.ledger.trouble = world.netfilter.before = world.netfilter.after = null;
    return crashed;
  };
}

describe('a crash at every changing call of a pass', () => {
  for (const when of ['before', 'after'] as const) {
    it(`leaves old or new, and the next start ends in new (crash ${when} a restore's effect)`, async () => {
      let points = 0;
      for (let nth = 1; ; nth++) {
        const world = createFakeWorld();
        world.netfilter.byHand('v4', [':DOCKER - [0:0]', '-A PREROUTING -j DOCKER', '-A DOCKER -p tcp -j RETURN']);
        world.mirror.push(stateWith([80, 25]));
        const { digest } = await propose(world, daemonPass);
        await reconcile(world, { ...daemonPass, approved: digest });
        const old = world.netfilter.text('v4');
        world.mirror.push(stateWith([80, 443]));
        const end = crashAt(world, nth, when);
        const failure: unknown = await reconcile(world, daemonPass).then(
          () => null,
          (error: unknown) => error,
        );
        if (!end()) {
          assert.equal(failure, null);
          break;
        }
        points += 1;
        const between = world.netfilter.text('v4');
        const fresh = createFakeWorld();
        fresh.netfilter.byHand('v4', [':DOCKER - [0:0]', '-A PREROUTING -j DOCKER', '-A DOCKER -p tcp -j RETURN']);
        fresh.mirror.push(stateWith([80, 443]));
        const approved = (await propose(fresh, daemonPass)).digest;
        await reconcile(fresh, { ...daemonPass, approved });
        const wanted = fresh.netfilter.text('v4');
        assert.ok(between === old || between === wanted, `crash ${nth}: a mixture`);
        const next = world.restart();
        await reconcile(next, daemonPass);
        assert.equal((await reconcile(next, daemonPass)).outcome, 'unchanged', `crash ${nth}`);
        assert.equal(world.netfilter.text('v4'), wanted, `crash ${nth}`);
        assert.equal(world.files.text('/var/lib/natroute/intent.json'), null, `crash ${nth}`);
        assert.equal(world.ledger.records.at(-1)!.nat.v4.includes('--dport 443'), true, `crash ${nth}`);
      }
      assert.ok(points >= 8, `only ${points} points`);
    });
  }
});

describe('a heal or a push that is killed at any call', () => {
  const told = (world: FakeWorld): readonly string[] =>
    world.notifier.got.flatMap((envelope) =>
      (JSON.parse(envelope.kind === 'http' ? envelope.body : envelope.input) as Message).alerts.map(
        ({ event, title }) => `${event}: ${title}`,
      ),
    );
  const afterCrash = /after a crash (.*) is in force/;
  const scenes: Readonly<Record<string, (world: FakeWorld) => void>> = {
    'drift: 2 rules deleted by hand, put back': (world) => world.netfilter.byHand('v4', ['-F NR-A-main']),
    'applied: applied "Change 2"': (world) => world.mirror.push(stateWith([80, 443])),
  };
  for (const [title, happen] of Object.entries(scenes))
    it(`is told by the next start (${title})`, async () => {
      let twice = 0;
      for (let nth = 1; ; nth++) {
        const world = createFakeWorld({ notify: '[{type: webhook, urlFile: /u}]' });
        world.mirror.push(stateWith([80, 25]));
        const { digest } = await propose(world, daemonPass);
        await tellPass(world, await reconcile(world, { ...daemonPass, approved: digest }));
        await world.memory.update({ told: world.clock.now().toISOString() });
        await sendOnce(world, () => undefined);
        world.notifier.got.length = 0;
        const early = createPassTelling(world);
        await early.pass(await reconcile(world, daemonPass));
        world.clock.advance(60);
        happen(world);
        const end = crashAt(world, nth, 'before');
        // Where the pass comes to its end, it is killed before it can tell.
        const onHealed = async (healed: Told): Promise<void> => {
          await early.healed(healed);
          await early.kept();
        };
        await reconcile(world, { ...daemonPass, onHealed }).catch(() => null);
        const crashed = end();
        world.clock.advance(60);
        const next = world.restart();
        const tellOf = createPassTelling(next);
        for (let n = 0; n < 2; n++) {
          world.clock.advance(1);
          await tellOf.pass(await reconcile(next, daemonPass));
        }
        await sendOnce(next, () => undefined);
        const recovered = world.ledger.records.some(
          ({ outcome, cause }) => outcome === 'recovered' && cause === 'push',
        );
        const words = told(next).map((text) => (recovered ? text.replace(afterCrash, 'applied $1') : text));
        // A queued alert and the note of it are two files: whoever dies between them tells it twice.
        if (words.length > 1) twice += 1;
        assert.deepEqual([...new Set(words)], [title], `crash ${nth}`);
        if (!crashed) break;
      }
      assert.ok(twice <= 1, `told twice after ${twice} crashes`);
    });
});

describe('a pass whose end was written down before its process died', () => {
  it('is not finished once more, whatever guests did until the next start', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
    world.mirror.push(stateWith([80, 443]));
    world.files.trouble = () => {
      if (world.ledger.records.length === 2) throw new Crash();
    };
    await assert.rejects(reconcile(world, daemonPass), Crash);
    world.files.trouble = null;
    const [, applied] = world.ledger.records;
    assert.ok(applied !== undefined);
    await world.ledger.append({ ...applied, cause: 'drift', outcome: 'reported', about: 'guests' });
    await reconcile(world.restart(), daemonPass);
    assert.equal(world.files.text(world.paths.intent), null);
    assert.deepEqual(
      world.ledger.records.map(({ outcome }) => outcome),
      ['applied', 'applied', 'reported'],
    );
  });
});
