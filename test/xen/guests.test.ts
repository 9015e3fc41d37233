// Promise: on a real Xen a guest's changes happen live where Xen can, wait where it cannot, and one guest that xl refuses
// holds up no other. The domU is a real Linux that answers HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { createGuestsLane, type GuestsLane } from '../../src/engine/guests.ts';
import type { Guest, Host } from '../../src/model/desired.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import type { Target } from '../../src/model/target.ts';
import type { Toolstack, Xl } from '../../src/ports.ts';
import { createFakeFiles } from '../fakes/files.ts';
import { createHastyClock, remoteToolstack, remoteXl, tooBusy } from './remote.ts';
import { openRig, rigProblem, type Rig } from './rig.ts';

const reference = referenceDesired({ reached: 'arp', ipv6: false });
const [lan] = reference.host.networks;
const host: Host = {
  ...reference.host,
  toolstack: 'xl',
  networks: [...reference.host.networks, { ...lan!, name: 'nowhere', bridge: 'nobr' }],
};
const at = { file: 'guests/x.yaml', line: 1, column: 1 };
const none = { chains: [], jumps: [] };
const disk = (path: string, as: string): Guest['disks'][number] => ({ path, as, mode: 'w', at });
const vif = (mac: string, ip: string, network = 'lan'): Guest['interfaces'][number] => ({
  kind: 'nat',
  network,
  ips: { v4: ip },
  mac,
  snat: null,
  at,
});

const web: Guest = {
  ...reference.guests[0]!,
  name: 'web',
  state: 'running',
  type: 'pv',
  memory: 128,
  vcpus: 1,
  boot: {
    kernel: '/boot/vmlinux',
    ramdisk: '/boot/domu.initrd',
    extra: 'console=hvc0 quiet rig_name=web rig_ip=192.168.1.2/24 rig_gw=192.168.1.254',
  },
  disks: [disk('/dev/loop0', 'xvda')],
  options: { maxmem: 192, maxvcpus: 2 },
  interfaces: [vif('00:16:3e:11:11:00', '192.168.1.2')],
  forwards: [],
};
const tiny = (name: string, more: Partial<Guest> = {}): Guest => ({
  ...web,
  name,
  memory: 16,
  boot: { kernel: '/boot/tiny.bin' },
  // Its boot prompt asks without a pause: uncapped it starves dom0.
  options: { cap: 1 },
  disks: [],
  interfaces: [],
  ...more,
});

const target = (guests: readonly Guest[]): Target => ({
  host,
  guests,
  nat: { v4: none, v6: none },
  files: [],
  sysctls: [],
});

describe('guests on a real Xen', { skip: rigProblem() ?? false }, () => {
  let rig: Rig;
  let tools: Toolstack;
  let lane: GuestsLane;
  /** What somebody else does just before a call of xl. */
  let quicker: ((args: readonly string[]) => Promise<void>) | null = null;
  const clock = createHastyClock();
  before(async () => {
    rig = await openRig();
    await rig.must('for n in 0 1; do truncate -s 8M /root/disk$n.img && losetup /dev/loop$n /root/disk$n.img; done');
    const files = createFakeFiles();
    const xl = remoteXl(rig);
    const run: Xl['run'] = async (args, seconds) => {
      await quicker?.(args);
      return xl.run(args, seconds);
    };
    tools = remoteToolstack(rig, { files, clock, xl: { ...xl, run } });
    lane = createGuestsLane({
      toolstack: () => tools,
      // A guest's turn never ends before its work.
      clock: { ...clock, sleep: () => new Promise(() => undefined) },
      bootId: 'boot-1',
      records: createGuestRecords(files, pathsUnder('')),
      config: { policy: { drift: 'heal' } },
    });
  });
  after(() => rig.close());

  const domid = async (name: string): Promise<string> => (await rig.must(`xl domid ${name}`)).trim();
  const answers = async (): Promise<boolean> =>
    (await rig.exec('curl -sS -m 20 http://192.168.1.2/', { seconds: 120 })).out === 'hello from web\n';
  const row = (name: string) => lane.states().find((one) => one.name === name);
  /** Passes until none is told that the machine was too busy; all that was said, line by line. */
  const pass = async (...guests: Guest[]): Promise<string> => {
    const said: string[] = [];
    for (let tries = 0; tries < 8; tries++) {
      const lines = await lane.convergeAll(target(guests));
      said.push(...lines);
      if (!lines.some((line) => tooBusy.test(line))) break;
      await new Promise((resolve) => setTimeout(resolve, 25_000));
    }
    return said.join('\n');
  };
  const calm = async (...guests: Guest[]): Promise<void> => assert.equal(await pass(...guests), '', 'nothing to do');

  it('starts one that answers, and reports those that xl refuses with xl’s own reason', async () => {
    const said = await pass(
      tiny('baddisk', { disks: [disk('/dev/nosuch', 'xvda')] }),
      tiny('badkernel', { boot: { kernel: '/boot/nosuch' } }),
      tiny('badbridge', { interfaces: [vif('00:16:3e:11:11:09', '192.168.1.9', 'nowhere')] }),
      tiny('big', { memory: 100_000 }),
      web,
    );
    assert.match(said, /^baddisk failed: Disk vdev=xvda failed to stat: \/dev\/nosuch: No such file or directory;/m);
    assert.match(said, /^badkernel failed: .*failed to open file '\/boot\/nosuch': No such file or directory/m);
    assert.match(said, /^badbridge failed: .*vif-bridge online .*; script: Could not find bridge device nobr;/m);
    assert.match(said, /^big: held; needs 100000 MiB, and the host has \d+ MiB free; all guests/m);
    assert.match(said, /^web: start web$/m);
    await rig.until('web to answer', answers);
  });

  it('gives and takes memory, processors, a disk and a network interface while it runs', async () => {
    const before = await domid('web');
    const more: Guest = {
      ...web,
      memory: 160,
      vcpus: 2,
      disks: [...web.disks, disk('/dev/loop1', 'xvdb')],
      interfaces: [...web.interfaces, vif('00:16:3e:11:11:01', '192.168.1.3')],
    };
    const moreSaid = await pass(more);
    for (const text of [
      'memory 128 -> 160 MiB',
      'vcpus 1 -> 2',
      'give it the vif 00:16:3e:11:11:01',
      'give it the disk xvdb',
    ])
      assert.ok(moreSaid.includes(text), moreSaid);
    assert.match(await rig.must('xl network-list web'), /00:16:3e:11:11:00[^]*00:16:3e:11:11:01/);
    // 51728 is xvdb, and 4 is connected: the guest has it.
    await rig.until('web to take the disk', async () =>
      /^51728( +\S+){2} +4 /m.test(await rig.must('xl block-list web')),
    );
    await calm(more);
    assert.deepEqual([row('web')?.state, row('web')?.memory], ['converged', 160]);
    await rig.until('web to switch its processor on', async () => / 2 +[-rb]{6} /.test(await rig.must('xl list web')));
    const lessSaid = await pass(web);
    for (const text of [
      'take away the vif 00:16:3e:11:11:01',
      'take away the disk xvdb',
      'memory 160 -> 128 MiB',
      'vcpus 2 -> 1',
    ])
      assert.ok(lessSaid.includes(text), lessSaid);
    assert.doesNotMatch(await rig.must('xl network-list web'), /00:16:3e:11:11:01/);
    assert.doesNotMatch(await rig.must('xl block-list web'), /^51728/m);
    await calm(web);
    assert.equal(await domid('web'), before, 'it was never restarted');
    assert.ok(await answers());
  });

  it('lets another kernel command line wait for a restart, restarts where that is allowed, and goes back where it fails', async () => {
    const before = await domid('web');
    const changed: Guest = { ...web, boot: { ...web.boot, extra: `${String(web.boot?.['extra'])} again=1` } };
    assert.match(await pass(changed), /^web: pending; cmdline console=.* -> .* again=1$/);
    assert.equal(row('web')?.state, 'pending');
    assert.equal(await domid('web'), before);
    const lacking = { ...changed, restart: 'allowed', boot: { ...changed.boot, kernel: '/boot/nosuch' } } as const;
    assert.match(
      await pass(lacking),
      /^web: held; the kernel \/boot\/nosuch is not there: it would not come up again/m,
    );
    assert.equal(await domid('web'), before);
    await rig.must('echo this is no kernel > /boot/broken');
    const broken = { ...lacking, boot: { ...changed.boot, kernel: '/boot/broken' } };
    assert.match(
      await pass(broken),
      /^web failed: .*; it runs again as it was before \(done before that: shut down web\)/m,
    );
    await rig.until('web to answer as before', answers);
    assert.match(await pass(broken), /^web: held; it did not start like that/m);
    assert.match(await pass({ ...changed, restart: 'allowed' }), /^web: shut down web\nweb: start web with cmdline/m);
    assert.notEqual(await domid('web'), before);
    await rig.until('web to answer again', answers);
    await calm(changed);
    assert.deepEqual([row('web')?.state, row('web')?.pending], ['converged', []]);
  });

  it('brings one back that was killed by hand, and leaves one that no file names', async () => {
    const changed: Guest = { ...web, boot: { ...web.boot, extra: `${String(web.boot?.['extra'])} again=1` } };
    await rig.must('xl destroy web');
    await rig.must(
      `printf 'name = "stranger"\\ntype = "pv"\\nkernel = "/boot/tiny.bin"\\nmemory = 16\\ncap = 1\\n' > /root/s.cfg && xl create /root/s.cfg`,
    );
    assert.match(
      await pass(changed),
      /^web: somebody changed it, or it ended by itself; to do: start web\nweb: start web$/m,
    );
    await calm(changed);
    assert.deepEqual([row('stranger')?.desired, row('stranger')?.state], [null, 'unmanaged']);
    assert.ok(await domid('stranger'));
    await rig.until('web to answer once more', answers);
  });

  it('says that somebody was quicker with a name', async () => {
    const twin = tiny('twin');
    quicker = async (args) => {
      if (args[0] !== 'create') return;
      quicker = null;
      await rig.must('sed s/stranger/twin/ /root/s.cfg > /root/t.cfg && xl create /root/t.cfg');
    };
    assert.match(await pass(twin), /^twin failed: .*Domain with name "twin" already exists/m);
    await rig.must('xl destroy twin');
  });

  it('shuts down gracefully what shall be stopped, and leaves what is deaf to that', async () => {
    assert.match(await pass({ ...web, state: 'stopped' }), /^web: shut down web$/m);
    await rig.until('web to be gone', async () => (await rig.exec('xl domid web')).code !== 0);
    await calm({ ...web, state: 'absent' });
    // Xl itself waits a minute for its answer.
    clock.haste = 12;
    const said = await pass(tiny('stranger', { state: 'stopped' }));
    clock.haste = 1;
    assert.match(said, /^stranger failed: it did not shut down within 180 s; it was left as it is/m);
    assert.ok(await domid('stranger'));
  });
});
