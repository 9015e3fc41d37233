// Promise: nobody is blamed for what natroute itself did, left half done or was kept from, and what a commit or a window
// brings is done, however drift is treated.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { createGuestsLane, type GuestsLane } from '../../src/engine/guests.ts';
import { createXlToolstack } from '../../src/engine/xl-guests.ts';
import type { Guest, Host } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import type { Target } from '../../src/model/target.ts';
import type { Clock, Files } from '../../src/ports.ts';
import { createFakeFiles } from '../fakes/files.ts';
import { createFakeHostFiles } from '../fakes/host-files.ts';
import { createFakeXl, type FakeXl } from '../fakes/xl.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });
const domu = (guest: Guest): Guest => ({ ...guest, type: 'pv', boot: { kernel: '/boot/a' } });
const [, siteclient, web] = guests.map(domu) as [Guest, Guest, Guest];
const none = { chains: [], jumps: [] };
const target = (wanted: readonly Guest[], on: Host = host): Target => ({
  host: on,
  guests: wanted,
  nat: { v4: none, v6: none },
  files: [],
  sysctls: [],
});

/** Three in the morning, on Sundays. */
const window = { cron: '0 3 * * 0', forSeconds: 3_600, timezone: 'UTC' };
const before = Date.parse('2026-11-22T02:00:00Z');
const within = Date.parse('2026-11-22T03:10:00Z');

interface Place {
  readonly xl: FakeXl;
  readonly lane: GuestsLane;
  /** A new process over what the old one left. */
  readonly again: () => Place;
  readonly at: (time: number) => void;
}

interface Left {
  readonly xl?: FakeXl;
  readonly files?: Files;
  readonly time?: number;
}

function place(drift: 'heal' | 'report', left: Left = {}): Place {
  const { xl = createFakeXl(), files = createFakeFiles() } = left;
  let { time = before } = left;
  const clock: Clock = {
    now: () => new Date(time),
    uptime: () => time / 1000,
    sleep: (seconds, signal) => {
      // A turn that is over calls its time-out off.
      if (signal !== undefined) return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      time += seconds * 1000;
      return Promise.resolve();
    },
  };
  const records = createGuestRecords(files, pathsUnder(''));
  const config = {
    policy: { commits: 'apply', drift, deletions: 'apply', stuckGuests: 'leave', mostDeletions: 1 },
    windows: { restart: [window] },
  } as const;
  const tools = createXlToolstack({ xl, clock, records, config, hostFiles: createFakeHostFiles() });
  const lane = createGuestsLane({ toolstack: () => tools, clock, bootId: 'boot-1', records, config });
  return { xl, lane, again: () => place(drift, { xl, files, time }), at: (to) => void (time = to) };
}

for (const drift of ['heal', 'report'] as const)
  describe(`where drift is to ${drift}`, () => {
    const newKernel: Guest = { ...web, boot: { kernel: '/boot/b' }, restart: 'allowed' };

    it('restarts in its window what waited for it, as nobody’s change', async () => {
      const { xl, lane, at } = place(drift);
      await lane.convergeAll(target([web]));
      assert.deepEqual(await lane.convergeAll(target([newKernel])), ['web: pending; kernel /boot/a -> /boot/b']);
      assert.deepEqual(await lane.convergeAll(target([newKernel])), []);
      at(within);
      assert.deepEqual(await lane.convergeAll(target([newKernel])), [
        'web: shut down web',
        'web: start web with kernel /boot/a -> /boot/b',
      ]);
      assert.equal([...xl.domains.values()][0]?.config.b_info['kernel'], '/boot/b');
      assert.deepEqual(lane.healed(), []);
    });

    it('goes back to a commit that another one was to replace, as nobody’s change', async () => {
      const { xl, lane, at, again } = place(drift);
      await lane.convergeAll(target([web]));
      const bare: Guest = { ...web, memory: 256, interfaces: [] };
      xl.before = ([command]) => {
        if (command === 'mem-set') throw new Fault('command-failed', 'no such thing');
      };
      const [failed] = await lane.convergeAll(target([bare]));
      assert.match(failed ?? '', /^web failed: no such thing \(done before that: take away the vif/);
      xl.before = null;
      for (const one of [lane, again().lane]) {
        const [done] = await one.convergeAll(target([web]));
        assert.match(done ?? '', /^web: give it the vif/);
        assert.deepEqual(one.healed(), []);
        await one.convergeAll(target([bare]));
        xl.before = ([command]) => {
          if (command === 'network-attach') throw new Fault('command-failed', 'no such thing');
        };
        assert.match((await one.convergeAll(target([web])))[0] ?? '', /^web failed/);
        xl.before = null;
        at(before + 3_600_000);
      }
    });

    it('brings a guest back whose file came back, as nobody’s change', async () => {
      for (const restarted of [false, true]) {
        const { xl, lane, again } = place(drift);
        await lane.convergeAll(target([siteclient, web]));
        await lane.convergeAll(target([siteclient, web]));
        if (!restarted) await lane.convergeAll(target([siteclient]));
        for (const [domid, { name }] of xl.domains) if (name === 'web') xl.domains.delete(domid);
        const later = again().lane;
        await later.convergeAll(target([siteclient]));
        assert.deepEqual(await later.convergeAll(target([siteclient, web])), ['web: start web']);
        assert.deepEqual(later.healed(), []);
      }
    });

    it('follows an uplink that a commit moved, as nobody’s change', async () => {
      const { lane } = place(drift);
      const free = { ...siteclient, restart: 'allowed' } as const;
      await lane.convergeAll(target([free]));
      await lane.convergeAll(target([free]));
      const moved = { ...host, uplink: { ...host.uplink, interface: 'ens3' } };
      assert.deepEqual(await lane.convergeAll(target([free], moved)), [
        'siteclient: take away the vif 00:16:3e:00:00:28',
        'siteclient: give it the vif 00:16:3e:00:00:28',
      ]);
    });

    it('puts right or reports what somebody changed, also where that takes a restart', async () => {
      const { xl, lane, at } = place(drift);
      const free = { ...web, restart: 'allowed' } as const;
      await lane.convergeAll(target([free]));
      await lane.convergeAll(target([free]));
      for (const { config } of xl.domains.values()) config.b_info['kernel'] = '/boot/by-hand';
      assert.deepEqual(await lane.convergeAll(target([free])), ['web: pending; kernel /boot/by-hand -> /boot/a']);
      at(within);
      const [first, ...others] = await lane.convergeAll(target([free]));
      assert.match(first ?? '', drift === 'heal' ? /somebody changed it/ : /left as it is/);
      assert.equal(others.length, drift === 'heal' ? 2 : 0);
    });
  });

describe('a full disk', () => {
  it('is told and stops no guest', async () => {
    const files = createFakeFiles();
    const full = {
      ...files,
      write: () => Promise.reject(new Fault('disk', 'no space left on device')),
    };
    const { xl, lane } = place('heal', { files: full });
    const said = await lane.convergeAll(target([siteclient, web]));
    assert.deepEqual(xl.names(), ['siteclient', 'web']);
    assert.ok(said.some((line) => line.includes('no space left on device')));
    await lane.convergeAll(target([siteclient, web]));
    assert.deepEqual(await lane.convergeAll(target([siteclient, web])), [], 'told once');
  });
});
