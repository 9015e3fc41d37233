// Promise: guests converge one by one; one that fails or hangs never holds up the rest, each has its state, a failing one
// its growing pauses, drift goes as the drift policy says, and a guest that no file names is shown and never touched.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { createGuestsLane, type GuestsLane } from '../../src/engine/guests.ts';
import type { Guest } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import type { Target } from '../../src/model/target.ts';
import type { Clock } from '../../src/ports.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import { createFakeFiles, type FakeFiles } from '../fakes/files.ts';
import { createFakeToolstack, type FakeToolstack } from '../fakes/toolstack.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });
const none = { chains: [], jumps: [] };
const target = (wanted: readonly Guest[] = guests): Target => ({
  host,
  guests: wanted,
  nat: { v4: none, v6: none },
  files: [],
  sysctls: [],
});

/** A clock whose sleeps end when the test says so, or when they are called off. */
function handClock(): Clock & { advance(seconds: number): void } {
  let time = Date.parse('2026-11-22T12:00:00Z');
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => new Date(time),
    uptime: () => time / 1000,
    sleep: (seconds, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: time + seconds * 1000, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
    advance(seconds) {
      time += seconds * 1000;
      for (const sleeper of sleepers) if (sleeper.until <= time) sleeper.wake();
    },
  };
}

interface BenchOptions {
  readonly drift?: 'heal' | 'report';
  readonly bootId?: string;
  readonly tools?: FakeToolstack;
  readonly files?: FakeFiles;
}

function bench({ drift = 'heal', bootId = 'boot-1', ...kept }: BenchOptions = {}) {
  const tools = kept.tools ?? createFakeToolstack();
  const files = kept.files ?? createFakeFiles();
  const clock = handClock();
  const records = createGuestRecords(files, pathsUnder(''));
  const lane = createGuestsLane({ toolstack: () => tools, clock, bootId, records, config: { policy: { drift } } });
  return { tools, clock, files, lane };
}

const stateOf = (lane: GuestsLane, name: string): string | undefined =>
  lane.states().find((status) => status.name === name)?.state;

describe('the guests lane', () => {
  it('makes what is missing, in order, then says nothing', async () => {
    const { tools, lane } = bench();
    assert.deepEqual(await lane.convergeAll(target()), [
      'mail: make mail',
      'siteclient: make siteclient',
      'web: make web',
    ]);
    assert.deepEqual(tools.existing(), ['mail', 'siteclient', 'web']);
    assert.deepEqual(await lane.convergeAll(target()), []);
    assert.deepEqual(
      lane.states(),
      ['mail', 'siteclient', 'web'].map((name) => ({
        name,
        desired: 'running',
        state: 'converged',
        detail: null,
        pending: [],
        uptimeSeconds: null,
        memory: null,
        vcpus: null,
      })),
    );
  });

  it('goes on past a guest that fails, and leaves that one alone for a growing pause', async () => {
    const { tools, clock, lane } = bench();
    let tries = 0;
    tools.trouble = (name) => {
      if (name !== 'mail') return;
      tries++;
      throw new Fault('command-failed', 'no disk', { help: 'Find it.' });
    };
    const lines = await lane.convergeAll(target());
    assert.deepEqual(lines, [
      'mail failed: no disk Find it.; not tried again for 1 s',
      'siteclient: make siteclient',
      'web: make web',
    ]);
    assert.equal(stateOf(lane, 'mail'), 'failed');
    assert.deepEqual(await lane.convergeAll(target()), []);
    assert.equal(tries, 1);
    for (const pause of [1, 2, 4, 8]) {
      clock.advance(pause - 0.5);
      assert.deepEqual(await lane.convergeAll(target()), []);
      clock.advance(0.5);
      assert.deepEqual(await lane.convergeAll(target()), [
        `mail failed: no disk Find it.; not tried again for ${pause * 2} s`,
      ]);
    }
    assert.equal(tries, 5);
    tools.trouble = null;
    clock.advance(limits.retryMostSeconds);
    assert.deepEqual(await lane.convergeAll(target()), ['mail: make mail']);
    assert.equal(stateOf(lane, 'mail'), 'converged');
  });

  it('tries a changed wish at once, whatever failed before', async () => {
    const { tools, lane } = bench();
    tools.trouble = (name) => {
      if (name === 'web') throw new Fault('command-failed', 'no');
    };
    await lane.convergeAll(target());
    tools.trouble = null;
    assert.deepEqual(await lane.convergeAll(target()), []);
    const changed = guests.map((guest) => (guest.name === 'web' ? { ...guest, memory: 1024 } : guest));
    assert.deepEqual(await lane.convergeAll(target(changed)), ['web: make web']);
  });

  it('lets a guest that hangs go on by itself, gives the others their turn, and never starts it twice', async () => {
    const { tools, clock, lane } = bench();
    let release = (): void => undefined;
    let begun = 0;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    tools.trouble = (name) => {
      if (name !== 'mail') return;
      begun++;
      return hanging;
    };
    const first = lane.convergeAll(target());
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(tools.existing(), [], 'the others wait for their turn');
    assert.equal(stateOf(lane, 'mail'), 'working');
    clock.advance(limits.guestTurnSeconds);
    assert.deepEqual(await first, [
      `mail: not done after ${limits.guestTurnSeconds} s; the others go on`,
      'siteclient: make siteclient',
      'web: make web',
    ]);
    assert.deepEqual(await lane.convergeAll(target()), []);
    assert.equal(begun, 1);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await lane.convergeAll(target()), ['mail: make mail'], 'what it did is told in the end');
    assert.equal(stateOf(lane, 'mail'), 'converged');
  });

  it('has no more under way at once than a slow host can bear', async () => {
    const { tools, clock, lane } = bench();
    const ends: (() => void)[] = [];
    tools.trouble = () => new Promise((resolve) => ends.push(resolve));
    const settle = () => new Promise((resolve) => setImmediate(resolve));
    let over = false;
    const pass = lane.convergeAll(target()).finally(() => (over = true));
    for (let turn = 0; turn < guests.length; turn++) {
      await settle();
      clock.advance(limits.guestTurnSeconds);
      await settle();
    }
    assert.deepEqual([ends.length, over], [limits.guestsAtOnce, false]);
    ends[0]?.();
    await settle();
    assert.equal(ends.length, limits.guestsAtOnce + 1, 'one ends, the next begins');
    for (const end of ends) end();
    await pass;
    await lane.rest();
    assert.deepEqual(tools.existing(), ['mail', 'siteclient', 'web']);
  });

  it('shows guests that no file names any more, and leaves them alone', async () => {
    const { tools, lane } = bench();
    await lane.convergeAll(target());
    const fewer = target(guests.filter((guest) => guest.name !== 'mail'));
    assert.deepEqual(await lane.convergeAll(fewer), []);
    assert.deepEqual(tools.existing(), ['mail', 'siteclient', 'web']);
    const mail = lane.states().find(({ name }) => name === 'mail');
    assert.deepEqual([mail?.desired, mail?.state, mail?.detail], [null, 'unmanaged', 'no file names it']);
  });

  it('puts right what somebody changed, and says that it was changed', async () => {
    const { tools, lane, clock } = bench();
    await lane.convergeAll(target());
    assert.deepEqual(lane.healed(), [], 'what a commit asks for is no drift');
    tools.vanish('web');
    assert.deepEqual(await lane.convergeAll(target()), [
      'web: somebody changed it, or it ended by itself; to do: make web',
      'web: make web',
    ]);
    assert.deepEqual(lane.healed(), [{ name: 'web', text: 'make web' }], 'for those who want to be told');
    assert.deepEqual(await lane.convergeAll(target()), []);
    assert.deepEqual(lane.healed(), []);
    for (let heals = 1; heals < limits.driftHealsAtOnce; heals++) {
      tools.vanish('web');
      assert.equal((await lane.convergeAll(target())).length, 2);
    }
    tools.vanish('web');
    await lane.convergeAll(target());
    tools.vanish('web');
    assert.deepEqual(await lane.convergeAll(target()), [], 'what goes away again and again waits longer');
    clock.advance(limits.driftPauseFirstSeconds);
    assert.equal((await lane.convergeAll(target())).length, 2);
  });

  it('only reports drift where the policy says so, but does what a commit or a boot asks for', async () => {
    const first = bench({ drift: 'report' });
    const { tools, files } = first;
    assert.equal((await first.lane.convergeAll(target())).length, 3);
    await first.lane.convergeAll(target());
    tools.vanish('web');
    const { lane } = bench({ drift: 'report', tools, files });
    assert.deepEqual(await lane.convergeAll(target()), [
      'web: drift; left as it is: policy.drift is report; to do: make web',
    ]);
    assert.deepEqual(await lane.convergeAll(target()), [], 'said once');
    assert.equal(stateOf(lane, 'web'), 'drift');
    const changed = guests.map((guest) => (guest.name === 'web' ? { ...guest, memory: 1024 } : guest));
    assert.deepEqual(await lane.convergeAll(target(changed)), ['web: make web']);
    tools.vanish('web');
    const rebooted = bench({ drift: 'report', tools, files, bootId: 'boot-2' });
    assert.deepEqual(await rebooted.lane.convergeAll(target(changed)), ['web: make web']);
  });

  it('tells once what waits for a restart, and why a guest is held', async () => {
    const { tools, lane } = bench();
    await lane.convergeAll(target());
    tools.standing.set('web', { pending: ['kernel a -> b'] });
    tools.standing.set('mail', { held: 'it is paused' });
    assert.deepEqual(await lane.convergeAll(target()), ['mail: held; it is paused', 'web: pending; kernel a -> b']);
    assert.deepEqual(await lane.convergeAll(target()), []);
    assert.deepEqual(
      lane.states().map(({ state }) => state),
      ['held', 'converged', 'pending'],
    );
  });

  it('lets those go first whose address or disk another one may take over', async () => {
    const { tools, lane } = bench();
    await lane.convergeAll(target());
    const order: string[] = [];
    tools.trouble = (name) => void order.push(name);
    const states = { siteclient: 'absent', web: 'stopped', mail: 'running' } as const;
    const changed = guests.map((guest): Guest => {
      const interfaces = guest.name === 'mail' ? [] : guest.interfaces;
      return { ...guest, interfaces, state: states[guest.name as keyof typeof states] };
    });
    await lane.convergeAll(target(changed));
    assert.deepEqual(order, ['siteclient', 'web', 'mail']);
  });

  it('never touches an unmanaged guest', async () => {
    const { tools, lane } = bench();
    const unmanaged = guests.map((guest) => ({ ...guest, state: 'unmanaged' as const }));
    assert.deepEqual(await lane.convergeAll(target(unmanaged)), []);
    assert.deepEqual(tools.existing(), []);
    assert.equal(stateOf(lane, 'web'), 'unmanaged');
  });

  it('fails as a whole only where nothing can be observed', async () => {
    const broken = {
      ...createFakeToolstack(),
      observe: () => Promise.reject(new Fault('command-missing', 'ip is not installed')),
    };
    const { lane } = bench({ tools: broken });
    await assert.rejects(
      lane.convergeAll(target()),
      (error) => error instanceof Fault && error.code === 'command-missing',
    );
  });
});
