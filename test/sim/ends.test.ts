// Promise: whatever fails, or dies, while a change that must be confirmed comes to its end, between any two files of its
// clean-up too and in whatever order they go, what nobody confirmed never stays, and what was decided is decided once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { families } from '../../src/model/family.ts';
import { confirmLine, createSimHost, type SimHost } from './host.ts';
import type { Trouble } from './storm.ts';

interface Scene {
  readonly name: string;
  /** What leads to it, in calm. */
  readonly before: (host: SimHost) => Promise<unknown>;
  /** Whether it may stay. */
  readonly proven?: true;
  /** Its end, in the storm. */
  readonly end: (host: SimHost) => Promise<unknown>;
}

async function push(host: SimHost): Promise<void> {
  host.push([80, 443]);
  await host.pass();
}

const scenes: readonly Scene[] = [
  {
    name: 'nobody came in time',
    before: push,
    end: (host) => host.watch(),
  },
  {
    name: 'the fuse acted',
    async before(host) {
      await push(host);
      host.world().clock.advance(200);
      await host.burn();
    },
    end: (host) => host.pass(),
  },
  {
    name: 'a person took it back',
    before: push,
    end: (host) => host.person.giveUp(),
  },
  {
    name: 'it had just begun',
    before: (host) => Promise.resolve(host.push([80, 443])),
    end: (host) => host.pass(),
  },
  {
    name: 'somebody came in',
    proven: true,
    async before(host) {
      await push(host);
      await host.comeIn();
    },
    end: (host) => host.watch(),
  },
];

const troubles: readonly Trouble[] = ['fails', 'crashes'];
/** Where what is on the disk changes; a process that died between two of them left the same. */
const leavesTraces = /^(?:files\.(?:write|remove|removeFolder|unlink|rename|link)|ledger\.append)$/;

describe('the end of a change that must be confirmed', () => {
  for (const { name, before, end, proven = false } of scenes)
    for (const trouble of troubles)
      it(`${name}: a call ${trouble}`, async (t) => {
        let points = 0;
        for (let nth = 0, reached = true; reached; nth++) {
          const host = await createSimHost([80, 25], confirmLine);
          // The marks are the youngest.
          host.world().calmFiles.order = (entries) => entries.toReversed();
          const good = { proven, commit: await host.world().mirror.trusted(), tables: host.tables() };
          await before(host);
          host.storm.calm();
          let n = -1;
          host.storm.choose = (_, call) => (leavesTraces.test(call) && ++n === nth ? trouble : null);
          await end(host);
          const at = host.storm.calm().filter((call) => leavesTraces.test(call))[nth];
          reached = at !== undefined;
          try {
            await assertDecidedOnce(host, good);
          } catch (error) {
            throw new Error(`call ${nth} (${at ?? '-'}) ${trouble}: ${String(error)}`, { cause: error });
          }
          points += 1;
        }
        t.diagnostic(`${points} calls`);
        assert.ok(points > 10, `only ${points} calls`);
      });
});

interface Good {
  readonly proven: boolean;
  readonly commit: string | null;
  readonly tables: ReturnType<SimHost['tables']>;
}

async function assertDecidedOnce(host: SimHost, good: Good): Promise<void> {
  const pushed = await host.world().mirror.trusted();
  for (let n = 0; n < 3; n++) {
    host.restart();
    await host.pass();
    await host.watch();
  }
  const world = host.world();
  assert.equal(await readConfirmation(world), null, 'it still waits');
  assert.deepEqual(await world.files.list(world.paths.confirm), []);
  assert.equal(world.files.text(world.paths.intent), null, 'an intent is open');
  const ends = world.ledger.records
    .filter(({ desired, outcome }) => desired?.commit === pushed && ['confirmed', 'rolled-back'].includes(outcome))
    .map(({ outcome }) => outcome);
  const inForce = (await world.generations.current())?.commit?.commit;
  const { quarantined } = await world.memory.read();
  if (!ends.includes('confirmed')) {
    assert.equal(inForce, good.commit);
    assert.equal(quarantined?.commit.commit, pushed, 'it is not quarantined');
    for (const family of families) assert.equal(host.tables()[family], good.tables[family]);
  } else {
    assert.ok(good.proven, 'nobody came in, and it is confirmed');
    assert.deepEqual([...new Set(ends)], ['confirmed']);
    assert.equal(inForce, pushed);
    assert.equal(quarantined, null);
  }
}
