// Promise: what guests did gets into the ledger, each event in one entry about guests and in no entry about rules; a crash
// may write it twice, never lose it; and neither a full disk nor a ledger that takes nothing stops guests or passes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { ruleLives } from '../../src/core/ledger/lives.ts';
import { openings } from '../../src/core/ledger/openings.ts';
import { subjectOf } from '../../src/core/ledger/subject.ts';
import { recordGuestEvents } from '../../src/engine/guest-account.ts';
import { createGuestsLane, type GuestsLane } from '../../src/engine/guests.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { createLedgerWork } from '../../src/engine/tend-ledger.ts';
import { createXlToolstack } from '../../src/engine/xl-guests.ts';
import type { Guest } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import type { GuestEvent } from '../../src/model/guest-status.ts';
import { limits } from '../../src/model/limits.ts';
import type { Target } from '../../src/model/target.ts';
import type { Toolstack } from '../../src/ports.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeToolstack, type FakeToolstack } from '../fakes/toolstack.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { createFakeXl } from '../fakes/xl.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });
const none = { chains: [], jumps: [] };
const target = (wanted: readonly Guest[] = guests): Target => ({
  ...{ host, guests: wanted, nat: { v4: none, v6: none }, files: [], sysctls: [] },
});
const event: GuestEvent = {
  name: 'web',
  at: '2026-11-22T12:00:03.120Z',
  cause: 'heal',
  outcome: 'healed',
  text: 'start web',
  generation: 1,
  commit: null,
};

/** A host with forwards in force; its generation. */
async function applied(policy?: string): Promise<FakeWorld> {
  const world = createFakeWorld(policy === undefined ? {} : { policy });
  world.mirror.push(stateWith([80, 25]));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  return world;
}

interface Bench {
  readonly world: FakeWorld;
  readonly tools: FakeToolstack;
  readonly lane: GuestsLane;
  readonly converge: (wanted?: readonly Guest[]) => Promise<readonly string[]>;
}

/** A process that looks after guests. */
function looking(world: FakeWorld, tools: FakeToolstack = createFakeToolstack(), bootId = 'boot-1'): Bench {
  const lane = laneOf(world, tools, bootId);
  const converge = async (wanted = guests): Promise<readonly string[]> =>
    lane.convergeAll(target(wanted), (await world.generations.current()) ?? undefined);
  return { world, tools, lane, converge };
}

function laneOf(world: FakeWorld, tools: Toolstack, bootId = 'boot-1'): GuestsLane {
  // A turn that never ends before its work.
  const clock = { ...world.clock, sleep: () => new Promise<void>(() => undefined) };
  return createGuestsLane({ ...world, clock, bootId, toolstack: () => tools });
}

const subjects = ({ ledger }: FakeWorld): readonly string[] => ledger.records.slice(1).map(subjectOf);

const full = (): never => {
  throw new Fault('disk', 'Cannot write: the disk is full.', { help: 'Free some space.' });
};

describe('what guests did', () => {
  it('is in the ledger: a guest of xl that was made, and killed, and brought back', async () => {
    const world = await applied();
    const xl = createFakeXl();
    const tools = createXlToolstack({
      ...{ xl, clock: world.clock, records: world.records, hostFiles: world.hostFiles },
      config: { ...world.config, windows: { restart: [] } },
    });
    const lane = laneOf(world, tools);
    const [web] = guests.filter(({ name }) => name === 'web');
    assert.ok(web !== undefined);
    const whose = (await world.generations.current()) ?? undefined;
    const wanted = target([{ ...web, type: 'pv', boot: { kernel: '/boot/vmlinuz' } }]);
    await lane.convergeAll(wanted, whose);
    await lane.convergeAll(wanted, whose);
    for (const domid of xl.domains.keys()) xl.domains.delete(domid);
    await lane.convergeAll(wanted, whose);
    await lane.convergeAll(wanted, whose);
    assert.deepEqual(xl.names(), ['web']);
    const before = await world.ledger.steps();
    await recordGuestEvents(world);
    assert.deepEqual(subjects(world), [
      'Change the guest web: start web (push 0000000)',
      'Bring back the guest web: start web (heal 0000000)',
    ]);
    const [first, ...entries] = world.ledger.records;
    for (const { nat, about, actor, generation, changes } of entries) {
      assert.deepEqual([nat, about, actor, generation], [first?.nat, 'guests', null, 1]);
      assert.match(changes[0]?.note ?? '', /^noticed 2026-11-22T12:/);
    }
    assert.equal(await world.guestEvents.waits(), false);
    await recordGuestEvents(world);
    assert.equal(world.ledger.records.length, 3, 'once');
    const question = { port: null, now: world.clock.now() };
    const after = await world.ledger.steps();
    assert.deepEqual(openings(after, ruleLives(after), question), openings(before, ruleLives(before), question));
  });

  it('is one entry for each cause and outcome, and nothing for a guest that needs nothing', async () => {
    const { world, tools, converge } = looking(await applied());
    tools.trouble = (name) => {
      if (name === 'mail') throw new Fault('command-failed', 'no disk', { help: 'Find it.' });
    };
    await converge();
    await converge();
    await recordGuestEvents(world);
    assert.deepEqual(subjects(world), [
      'Fail with the guest mail: no disk; to do: make mail (push 0000000)',
      'Change 2 guests: siteclient, web (push 0000000)',
    ]);
  });

  it('is a failure once for each wish and error, also in another process, and again after it went well', async () => {
    const first = looking(await applied());
    const { world, tools } = first;
    let error = 'no disk';
    tools.trouble = (name) => {
      if (name === 'mail') throw new Fault('command-failed', error);
    };
    const failures = async (process: Bench, wanted?: readonly Guest[]): Promise<number> => {
      const before = world.ledger.records.filter(({ outcome }) => outcome === 'failed').length;
      for (let tries = 0; tries < 3; tries++) {
        await process.converge(wanted);
        world.clock.advance(limits.retryMostSeconds);
      }
      await recordGuestEvents(world);
      return world.ledger.records.filter(({ outcome }) => outcome === 'failed').length - before;
    };
    assert.equal(await failures(first), 1);
    const next = looking(world.restart(), tools);
    assert.equal(await failures(next), 0);
    error = 'no such bridge';
    assert.equal(await failures(next), 1);
    const changed = guests.map((guest) => (guest.name === 'mail' ? { ...guest, memory: 768 } : guest));
    assert.equal(await failures(next, changed), 1);
    tools.trouble = null;
    await next.converge(changed);
    tools.vanish('mail');
    tools.trouble = () => full();
    assert.equal(await failures(next, changed), 1);
    assert.equal(world.ledger.records.at(-1)?.cause, 'heal');
  });

  it('is drift that is left, what waits for a restart, and what a boot asks for, each once', async () => {
    const world = await applied('{drift: report}');
    const first = looking(world);
    await first.converge();
    await first.converge();
    await recordGuestEvents(world);
    first.tools.vanish('web');
    first.tools.standing.set('mail', { pending: ['kernel a -> b'] });
    await first.converge();
    await looking(world.restart(), first.tools).converge();
    await recordGuestEvents(world);
    assert.deepEqual(subjects(world).slice(1), [
      'Let the guest mail wait for a restart: kernel a -> b (push 0000000)',
      'Find drift of the guest web, left as it is: make web (drift 0000000)',
    ]);
    await looking(world.restart(), first.tools, 'boot-2').converge();
    await recordGuestEvents(world);
    assert.deepEqual(subjects(world).slice(3), ['Bring up the guest web after the boot: make web (boot 0000000)']);
  });

  it('is written by the ledger lane, and what is noticed meanwhile waits for the next time', async () => {
    const world = await applied();
    await world.guestEvents.add(event);
    const late: Promise<void>[] = [];
    world.ledger.trouble = () => {
      if (late.length === 0) late.push(world.restart().guestEvents.add({ ...event, name: 'mail' }));
    };
    const work = createLedgerWork(world, () => undefined);
    await work();
    await Promise.all(late);
    assert.deepEqual(subjects(world), ['Bring back the guest web: start web (heal)']);
    assert.equal(await world.guestEvents.waits(), true);
    await work();
    assert.deepEqual(subjects(world).slice(1), ['Bring back the guest mail: start web (heal)']);
    assert.equal(await world.guestEvents.waits(), false);
  });

  it('is written twice at most by a crash behind the entry, and never lost', async () => {
    const world = await applied();
    await world.guestEvents.add(event);
    await world.guestEvents.add({ ...event, name: 'mail', at: '2026-11-22T12:00:04.000Z' });
    world.files.trouble = (call, path) => {
      if (call === 'remove' && path.startsWith(world.paths.guestEvents)) throw new Error('killed');
    };
    await assert.rejects(recordGuestEvents(world), /killed/);
    world.files.trouble = null;
    const next = world.restart();
    await recordGuestEvents(next);
    await recordGuestEvents(next);
    assert.deepEqual(subjects(world), Array(2).fill('Bring back 2 guests: web, mail (heal)'));
  });

  it('waits while a crash is to be taken up, which looks at the end of the ledger', async () => {
    const world = await applied();
    await world.guestEvents.add(event);
    await world.files.write(world.paths.intent, '{}', 0o600);
    await recordGuestEvents(world);
    assert.equal(world.ledger.records.length, 1);
    await world.files.remove(world.paths.intent);
    await recordGuestEvents(world);
    assert.equal(world.ledger.records.length, 2);
  });

  it('waits for a ledger that takes nothing, and passes go on', async () => {
    const world = await applied();
    await world.guestEvents.add(event);
    world.ledger.trouble = full;
    await assert.rejects(recordGuestEvents(world), /the disk is full/);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    world.ledger.trouble = null;
    await recordGuestEvents(world.restart());
    assert.deepEqual(subjects(world), ['Bring back the guest web: start web (heal)']);
  });

  it('is kept in memory while the disk is full, and the guests are looked after all the same', async () => {
    const { world, tools, converge } = looking(await applied());
    world.files.trouble = full;
    const lines = await converge();
    assert.deepEqual(tools.existing(), ['mail', 'siteclient', 'web']);
    assert.equal(lines.filter((line) => line.includes('the disk is full')).length, 1, lines.join('\n'));
    tools.vanish('web');
    await converge();
    assert.deepEqual(tools.existing(), ['mail', 'siteclient', 'web']);
    world.files.trouble = null;
    assert.equal(await world.alertFiles.settle(), null);
    await converge();
    await recordGuestEvents(world.restart());
    assert.deepEqual(subjects(world), [
      'Change 3 guests: mail, siteclient, web (push 0000000)',
      'Bring back the guest web: make web (heal 0000000)',
    ]);
    tools.vanish('web');
    const next = looking(world.restart(), tools);
    await next.converge();
    await recordGuestEvents(world);
    assert.equal(world.ledger.records.at(-1)?.cause, 'heal', 'what was settled on a full disk is remembered');
  });

  it('has a bound, and the ledger says how much had no room', async () => {
    const world = await applied();
    const at = (i: number): string => new Date(Date.parse(event.at) + i).toISOString();
    const many = limits.guestEventsKept + 30;
    await Promise.all(
      Array.from({ length: many }, (_, i) => world.guestEvents.add({ ...event, name: `g${i}`, at: at(i) })),
    );
    assert.ok((await world.files.list(world.paths.guestEvents)).length <= limits.guestEventsKept);
    await recordGuestEvents(world);
    const [entry] = world.ledger.records.slice(1);
    const [, dropped] = /^(\d+) older events of guests had no room/.exec(entry?.reason ?? '') ?? [];
    assert.equal(Number(dropped) + (entry?.changes.length ?? 0), many);
    assert.equal(entry?.changes.at(-1)?.key, `g${many - 1}`);
    assert.deepEqual(await world.files.list(world.paths.guestEvents), []);
  });

  it('that nobody can read stops its own writing, with the file and what to do', async () => {
    const world = await applied();
    for (const [text, why] of [
      ['{', /JSON/],
      ['{"format":2}', /its format is 2; this natroute knows format 1/],
      [JSON.stringify({ format: 1, event: { ...event, cause: 'whim' } }), /its cause "whim" is unknown/],
    ] as const) {
      await world.files.write(`${world.paths.guestEvents}/2026.json`, text, 0o600);
      await assert.rejects(recordGuestEvents(world), (error) => {
        assert.ok(error instanceof Fault);
        assert.match(error.message, why);
        assert.match(error.message, /guest-events\/2026\.json/);
        return error.code === 'disk' && error.detail.help !== undefined;
      });
    }
  });
});
