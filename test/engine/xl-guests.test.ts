// Promise: xl's guests are made, changed and ended in steps that each end in time; one that does not end when asked is asked
// again while it does not hear, and destroyed only where policy says so; what did not come about is never taken for done.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { guestPlanLines } from '../../src/core/views/guests-plan.ts';
import { planMarkdown } from '../../src/core/views/markdown.ts';
import { planText } from '../../src/core/views/plan.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { planGuests } from '../../src/engine/guests-plan.ts';
import { createXlToolstack } from '../../src/engine/xl-guests.ts';
import type { Guest } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import type { GuestsPlan } from '../../src/model/guest-status.ts';
import { limits } from '../../src/model/limits.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import type { Target } from '../../src/model/target.ts';
import type { Clock, HostFiles, Toolstack } from '../../src/ports.ts';
import { testToolstack, type Bench } from '../contract/toolstack-suite.ts';
import { createFakeFiles } from '../fakes/files.ts';
import { createFakeHostFiles } from '../fakes/host-files.ts';
import { createFakeXl, type FakeXl } from '../fakes/xl.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });
const domu = (guest: Guest): Guest => ({ ...guest, type: 'pv', boot: { kernel: '/boot/vmlinuz' } });
const [mail, siteclient, web] = guests.map(domu) as [Guest, Guest, Guest];
const wide: Guest = { ...web, options: { maxvcpus: 4 } };
const stopped = { ...web, state: 'stopped' } as const;

/** Each sleep passes at once. */
function quickClock(): Clock {
  let time = 1_000_000;
  return {
    now: () => new Date(time * 1000),
    uptime: () => time,
    sleep: (seconds) => {
      time += seconds;
      return Promise.resolve();
    },
  };
}

function open(
  xl: FakeXl,
  stuckGuests: 'leave' | 'destroy' = 'leave',
  files = createFakeFiles(),
  hostFiles: Pick<HostFiles, 'realPath'> = createFakeHostFiles(),
): Toolstack {
  return createXlToolstack({
    xl,
    hostFiles,
    clock: quickClock(),
    records: createGuestRecords(files, pathsUnder('')),
    config: {
      policy: { commits: 'apply', drift: 'heal', deletions: 'apply', stuckGuests, mostDeletions: 1 },
      windows: { restart: [] },
    },
  });
}

async function faultOf(run: Promise<unknown>): Promise<Fault> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
}

function inMemory(): Promise<Bench> {
  const xl = createFakeXl();
  const files = createFakeFiles();
  return Promise.resolve({
    host,
    guests: [mail, siteclient, web],
    otherWeb: { ...web, memory: (web.memory ?? 0) - 64 },
    open: () => open(xl, 'leave', files),
    existing: () => Promise.resolve(xl.names()),
    close: () => Promise.resolve(),
  });
}

testToolstack('an xl in memory', inMemory, { foreign: false });

describe('a guest that shall end', () => {
  it('is left as it is where it does not end in time, or destroyed where policy says so', async () => {
    const xl = createFakeXl();
    xl.stubborn.add('web');
    await open(xl).converge(host, web);
    const fault = await faultOf(open(xl).converge(host, stopped));
    assert.deepEqual(
      [fault.code, fault.message],
      ['command-timeout', `it did not shut down within ${limits.guestShutdownSeconds} s; it was left as it is`],
    );
    assert.equal(
      xl.calls.filter((call) => call.startsWith('shutdown')).length,
      1,
      'it heard, so it is not asked again',
    );
    assert.deepEqual(xl.names(), ['web']);
    assert.deepEqual(await open(xl, 'destroy').converge(host, stopped), [
      `it did not shut down within ${limits.guestShutdownSeconds} s and was destroyed`,
      'shut down web; destroyed if it does not end in time',
    ]);
    assert.deepEqual(xl.names(), []);
  });

  it('is asked until it hears', async () => {
    const xl = createFakeXl();
    xl.deaf.add('web');
    await open(xl).converge(host, web);
    let asked = 0;
    xl.before = ([command]) => {
      // It was still booting.
      if (command === 'shutdown' && ++asked === 3) xl.deaf.delete('web');
    };
    assert.deepEqual(await open(xl).converge(host, stopped), ['shut down web']);
    assert.equal(asked, 3);
  });

  it('is given up in time where it never hears', async () => {
    const xl = createFakeXl();
    xl.deaf.add('web');
    await open(xl).converge(host, web);
    const fault = await faultOf(open(xl).converge(host, stopped));
    assert.match(fault.message, /^it did not shut down within/);
    assert.deepEqual(xl.names(), ['web']);
  });

  it('may have ended by itself just before', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, web);
    xl.before = ([command]) => {
      if (command === 'shutdown') xl.domains.clear();
    };
    assert.deepEqual(await open(xl).converge(host, stopped), ['shut down web']);
  });

  it('is waited for until its name is free for the next start', async () => {
    const xl = createFakeXl();
    xl.stubborn.add('web');
    await open(xl).converge(host, web);
    let looks = 0;
    xl.before = ([command]) => {
      const ending = xl.domains.get(1);
      if (ending === undefined || !xl.calls.some((call) => call.startsWith('shutdown'))) return;
      ending.flags = looks < 3 ? '---s--' : '-----d';
      if (command === 'list' && ++looks === 6) xl.domains.delete(1);
    };
    const anew: Guest = { ...web, restart: 'allowed', boot: { kernel: '/boot/new' } };
    assert.deepEqual((await open(xl).converge(host, anew)).length, 2);
    assert.deepEqual([looks, xl.names()], [6, ['web']]);
  });

  it('is left running where what its next start needs is not there', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, web);
    const gone = new Set(['/boot/new', '/sys/class/net/br0']);
    const hostFiles = { realPath: (path: string) => Promise.resolve(gone.has(path) ? null : path) };
    const tools = open(xl, 'leave', createFakeFiles(), hostFiles);
    const anew: Guest = { ...web, restart: 'allowed', boot: { kernel: '/boot/new' } };
    for (const what of ['the kernel /boot/new', 'the interface /sys/class/net/br0']) {
      const [seen] = await tools.observe(host, [anew]);
      assert.deepEqual(
        [seen?.differs, seen?.held],
        ['', `${what} is not there: it would not come up again, so that it is not shut down`],
      );
      assert.equal((await faultOf(tools.converge(host, anew))).code, 'guarded');
      gone.delete(what.replace(/^the \w+ /, ''));
    }
    assert.ok(!xl.calls.some((call) => call.startsWith('shutdown')), xl.calls.join());
    assert.equal((await tools.converge(host, anew)).length, 2);
  });

  it('says what else xl says to that', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, web);
    xl.before = ([command]) => {
      if (command === 'shutdown') throw new Fault('command-failed', 'no', { output: 'shutdown failed (rc=-1)' });
    };
    assert.equal((await faultOf(open(xl).converge(host, stopped))).message, 'no');
  });
});

describe('a guest that does not start as it is wanted now', () => {
  const anew: Guest = { ...web, restart: 'allowed', boot: { kernel: '/boot/new' } };
  const broken = (xl: FakeXl, kernels: readonly string[]): void => {
    xl.before = (args) => {
      const text = args[0] === 'create' ? (xl.configs.get(args[1] ?? '') ?? '') : '';
      const kernel = kernels.find((one) => text.includes(`kernel = "${one}"`));
      if (kernel !== undefined) throw new Fault('command-failed', `no ELF image: ${kernel}`);
    };
  };
  const kernelOf = (xl: FakeXl): unknown => [...xl.domains.values()].map(({ config }) => config.b_info['kernel']);

  it('runs again as it was before, and is not shut down for that once more', async () => {
    const [xl, files] = [createFakeXl(), createFakeFiles()];
    await open(xl, 'leave', files).converge(host, web);
    broken(xl, ['/boot/new']);
    const fault = await faultOf(open(xl, 'leave', files).converge(host, anew));
    assert.equal(
      fault.message,
      'no ELF image: /boot/new; it runs again as it was before (done before that: shut down web)',
    );
    assert.deepEqual(kernelOf(xl), ['/boot/vmlinuz']);
    const [seen] = await open(xl, 'leave', files).observe(host, [anew]);
    assert.deepEqual(
      [seen?.differs, seen?.pending, seen?.held],
      [
        '',
        ['kernel /boot/vmlinuz -> /boot/new'],
        'it did not start like that (no ELF image: /boot/new) and is not shut down for it again; a commit that changes it is tried, and `xl shutdown web` tries this one once more',
      ],
    );
    assert.equal((await faultOf(open(xl, 'leave', files).converge(host, anew))).code, 'guarded');
    assert.equal(xl.calls.filter((call) => call.startsWith('shutdown')).length, 1);
  });

  it('is tried with another config, and with this one where a person shut it down', async () => {
    const [xl, files] = [createFakeXl(), createFakeFiles()];
    await open(xl, 'leave', files).converge(host, web);
    broken(xl, ['/boot/new']);
    await faultOf(open(xl, 'leave', files).converge(host, anew));
    const better: Guest = { ...anew, boot: { kernel: '/boot/better' } };
    assert.equal((await open(xl, 'leave', files).converge(host, better)).length, 2);
    assert.deepEqual(kernelOf(xl), ['/boot/better']);
    await faultOf(open(xl, 'leave', files).converge(host, anew));
    assert.deepEqual(kernelOf(xl), ['/boot/better']);
    await xl.run(['shutdown', [...xl.domains.keys()].join('')], 1);
    xl.before = null;
    assert.deepEqual(await open(xl, 'leave', files).converge(host, anew), ['start web']);
    assert.deepEqual(kernelOf(xl), ['/boot/new']);
    assert.equal((await open(xl, 'leave', files).observe(host, [anew]))[0]?.held, undefined);
  });

  it('is left to somebody who was quicker with its name', async () => {
    const [xl, files] = [createFakeXl(), createFakeFiles()];
    await open(xl, 'leave', files).converge(host, web);
    xl.before = ([command]) => {
      if (command === 'create' && xl.names().length === 0) xl.make('name = "web"\nmemory = 16\n');
    };
    const fault = await faultOf(open(xl, 'leave', files).converge(host, anew));
    assert.match(fault.message, /Domain with name "web" already exists/);
    assert.doesNotMatch(fault.message, /as it was before/);
  });

  it('says where it cannot run as before either', async () => {
    const disks: Guest['disks'] = [{ path: '/dev/vg0/lv1', as: 'xvda', mode: 'w', at: web.at }];
    for (const [kernels, disk, why] of [
      [['/boot/new', '/boot/vmlinuz'], false, 'does not start either: no ELF image: /boot/vmlinuz'],
      [['/boot/new'], true, 'cannot run either: the disk /dev/vg0/lv1 is in use by thief (2)'],
    ] as const) {
      const [xl, files] = [createFakeXl(), createFakeFiles()];
      await open(xl, 'leave', files).converge(host, { ...web, disks });
      broken(xl, kernels);
      const before = xl.before!;
      xl.before = (args) => {
        if (disk && args[0] === 'create' && !xl.names().includes('thief'))
          xl.make('name = "thief"\nmemory = 16\ndisk = ["format=raw,vdev=xvda,access=rw,target=/dev/vg0/lv1"]\n');
        before(args);
      };
      const fault = await faultOf(open(xl, 'leave', files).converge(host, { ...anew, disks }));
      assert.equal(
        fault.message,
        `no ELF image: /boot/new; as it was before it ${why} (done before that: shut down web)`,
      );
      assert.deepEqual(xl.names(), disk ? ['thief'] : []);
    }
  });
});

describe('a plan of guests', () => {
  const target = (...wanted: Guest[]): Target => ({
    host: { ...host, toolstack: 'xl' },
    guests: wanted,
    nat: { v4: { chains: [], jumps: [] }, v6: { chains: [], jumps: [] } },
    files: [],
    sysctls: [],
  });
  const lines = (plan: GuestsPlan): readonly string[] => guestPlanLines(plan).map(([, line]) => line);

  it('says of each thing what it costs, and of those that are right nothing', async () => {
    const xl = createFakeXl();
    for (const guest of [mail, siteclient, wide]) await open(xl).converge(host, guest);
    const plan = await planGuests(
      { toolstack: () => open(xl) },
      target(
        mail,
        { ...siteclient, state: 'absent' },
        { ...wide, vcpus: 2, boot: { kernel: '/boot/new' } },
        { ...web, name: 'big', memory: 9000 },
      ),
    );
    assert.deepEqual(lines(plan), [
      'siteclient: destroy: shut down siteclient',
      'web: live: vcpus 1 -> 2',
      'web: restart, which it waits for: kernel /boot/vmlinuz -> /boot/new',
      '! big: needs 9000 MiB, and the host has 1536 MiB free; all guests that shall run need 10024 of its 4096 MiB',
    ]);
    const allowed = { ...wide, restart: 'allowed', boot: { kernel: '/boot/new' } } as const;
    assert.deepEqual(lines(await planGuests({ toolstack: () => open(xl) }, target(mail, siteclient, allowed))), [
      'web: restart: shut down web',
      'web: restart: start web with kernel /boot/vmlinuz -> /boot/new',
    ]);
    assert.deepEqual(xl.names(), ['mail', 'siteclient', 'web'], 'nothing was done');
  });

  it('says why nobody could look, and is silent where guests are nobody’s', async () => {
    const xl = createFakeXl();
    xl.before = () => {
      throw new Fault('command-timeout', 'xl did not end within 45 s and was killed.');
    };
    assert.deepEqual(lines(await planGuests({ toolstack: () => open(xl) }, target(web))), [
      '! they could not be looked at: xl did not end within 45 s and was killed.',
    ]);
    const refused = (): never => {
      throw new Fault('guarded', 'not here');
    };
    assert.deepEqual(lines(await planGuests({ toolstack: refused }, target(web))), []);
  });

  it('shows the guests beside the rules, and is no plan without changes then', () => {
    const none = { changes: [], restore: null, plannedOn: '' };
    const plan = { nat: { v4: none, v6: none }, changes: [], impact: [], findings: [] };
    const guests = { guests: [{ name: 'web', steps: [], pending: ['kernel a -> b'], held: null }], problem: null };
    const heading = { host: 'dedibox', from: null, to: { folder: '.' }, guests };
    const said = 'web: restart, which it waits for: kernel a -> b';
    for (const text of [
      planText(plan, heading, (_, line) => line),
      planMarkdown(plan, heading).replaceAll('\\', '').replaceAll('&gt;', '>'),
    ]) {
      assert.ok(text.includes(said), text);
      assert.doesNotMatch(text, /No changes/);
    }
  });
});

describe('a guest that is there already under another name', () => {
  it('is not made a second time, and nobody else gets its disk', async () => {
    const [xl, files] = [createFakeXl(), createFakeFiles()];
    const disks: Guest['disks'] = [{ path: '/dev/vg0/lv1', as: 'xvda', mode: 'w', at: web.at }];
    await open(xl, 'leave', files).converge(host, { ...web, disks });
    const domain = xl.domains.get(1)!;
    domain.config.c_info['name'] = 'w';
    xl.domains.set(1, { ...domain, name: 'w' });
    const again = await faultOf(open(xl, 'leave', files).converge(host, { ...web, disks }));
    assert.match(again.message, /^it runs under the name w; `xl rename 1 web`/);
    const other = await faultOf(open(xl, 'leave', files).converge(host, { ...mail, disks }));
    assert.equal(other.message, 'the disk /dev/vg0/lv1 is in use by w (1)');
    assert.deepEqual(xl.names(), ['w']);
  });
});

describe('what xl refuses', () => {
  it('is said with xl’s reason, also where somebody was quicker', async () => {
    const xl = createFakeXl();
    xl.before = (args) => {
      if (args[0] !== 'create') return;
      xl.before = null;
      xl.make('name = "web"\nmemory = 16\n');
    };
    const fault = await faultOf(open(xl).converge(host, web));
    assert.match(fault.message, /Domain with name "web" already exists/);
    assert.deepEqual(xl.names(), ['web']);
  });

  it('leaves what was done before it, and says that', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, wide);
    xl.before = ([command]) => {
      if (command === 'vcpu-set') throw new Fault('command-failed', 'no such thing');
    };
    const fault = await faultOf(open(xl).converge(host, { ...wide, memory: 256, vcpus: 2 }));
    assert.equal(fault.message, 'no such thing (done before that: memory 512 -> 256 MiB)');
  });

  it('leaves no device that only seems to be there', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, { ...web, interfaces: [] });
    xl.brokenBridges.add('br0');
    const fault = await faultOf(open(xl).converge(host, web));
    assert.match(fault.message, /vif-bridge online \[510\] exited with error status 1$/);
    assert.equal(xl.domains.get(1)?.config.nics.length, 0);
    xl.brokenBridges.clear();
    assert.deepEqual((await open(xl).converge(host, web)).length, 1, 'it is tried again');
    assert.equal(xl.domains.get(1)?.config.nics.length, 1);
  });

  it('is never taken for done', async () => {
    const xl = createFakeXl();
    await open(xl).converge(host, wide);
    const set = xl.domains.get(1)!;
    xl.before = ([command]) => {
      if (command === 'list') set.config.b_info['avail_vcpus'] = [0];
    };
    const fault = await faultOf(open(xl).converge(host, { ...wide, vcpus: 2 }));
    assert.equal(fault.code, 'verify-failed');
  });
});
