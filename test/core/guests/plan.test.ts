// Promise: what is done to a guest follows from what is wanted, what runs and what local policy says: what can change live
// does, what needs a restart waits for one, nothing is destroyed unasked, and a guest that is right is left alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { referenceDesired } from '../../../deploy/sandbox/reference-host.ts';
import { memoryAsked, planGuest, type GuestFacts, type GuestPlan } from '../../../src/core/guests/plan.ts';
import { inWindow } from '../../../src/core/guests/window.ts';
import type { Guest } from '../../../src/model/desired.ts';
import type { Domain, DomainState, XlConfig } from '../../../src/model/domain.ts';
import { golden } from '../state-files.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });
const web = guests.find(({ name }) => name === 'web')!;
const at = { file: 'x', line: 1, column: 1 };

type Info = Readonly<Record<string, unknown>>;
interface Config {
  readonly c_info: Info;
  readonly b_info: Info;
  readonly nics: readonly Info[];
  readonly disks?: readonly Info[];
}

/** A dry run and the domain that came of it, as recorded. */
const dryRun = JSON.parse(
  /--- stdout\n([^]*?)--- stderr/.exec(readFileSync(join(golden, 'xl', 'dry-run.txt'), 'utf8'))?.[1] ?? '',
) as Config & XlConfig;
const [, recorded] = JSON.parse(readFileSync(join(golden, 'xl', 'list-l.json'), 'utf8')) as readonly {
  readonly config: Config & XlConfig;
}[];
const live = recorded!.config;

const guest: Guest = {
  ...web,
  name: 'wwwinfo16',
  memory: 128,
  vcpus: 1,
  type: 'pv',
  disks: [
    { path: '/dev/vg0/a', as: 'xvda', mode: 'w', at },
    { path: '/dev/vg0/b', as: 'xvdb', mode: 'r', at },
  ],
  interfaces: [
    { kind: 'nat', network: 'lan', ips: { v4: '192.168.1.2' }, mac: '00:16:3e:11:11:00', snat: null, at },
    { kind: 'nat', network: 'lan', ips: { v4: '192.168.1.3' }, mac: '00:16:3e:11:11:01', snat: null, at },
  ],
};

const domain = (changes: Partial<Domain> = {}): Domain => ({
  domid: 7,
  name: guest.name,
  state: 'running',
  config: live,
  uptimeSeconds: 60,
  memory: 128,
  vcpus: 1,
  ...changes,
});

const facts = (changes: Partial<GuestFacts> = {}): GuestFacts => ({
  host,
  guest,
  wanted: dryRun,
  domains: [domain()],
  others: [],
  startedUuid: null,
  started: null,
  policy: { restartNow: true, destroyStuck: false },
  machine: { memory: 3071, freeMemory: 1024, cpus: 2, fixedDom0: true },
  asked: 256,
  missing: null,
  refused: null,
  ...changes,
});

const brief = ({ steps, pending, held }: GuestPlan): readonly string[] => [
  ...steps.map(({ step, cost }) => `${cost} ${step.kind === 'xl' ? step.args.join(' ') : step.kind}`),
  ...pending.map((text) => `pending ${text}`),
  ...(held === null ? [] : [`held ${held}`]),
];
const planned = (changes: Partial<GuestFacts> = {}): readonly string[] => brief(planGuest(facts(changes)));

const withInfo = (config: Config, info: Info): XlConfig => ({ ...config, b_info: { ...config.b_info, ...info } });
const nic = (mac: string, more: Info = {}): Info => ({ devid: 0, mac, bridge: 'br0', ...more });
const disk = (vdev: string, path: string, readwrite = 1): Info => ({ pdev_path: path, vdev, format: 'raw', readwrite });

describe('a guest that shall run', () => {
  it('is left alone where it is as its config says, whatever Xen filled in', () => assert.deepEqual(planned(), []));

  it('is started where it is not there, and where the host has room', () => {
    assert.deepEqual(planned({ domains: [] }), ['live create']);
    const machine = { memory: 3071, freeMemory: 100, cpus: 2, fixedDom0: true };
    assert.deepEqual(planned({ domains: [], machine, asked: 4000 }), [
      'held needs 128 MiB, and the host has 100 MiB free; all guests that shall run need 4000 of its 3071 MiB',
    ]);
    // A Domain-0 that gives of its own memory is no reason to refuse.
    assert.deepEqual(planned({ domains: [], machine: { ...machine, fixedDom0: false } }), ['live create']);
    assert.deepEqual(
      planned({
        domains: [],
        machine: { ...machine, fixedDom0: false },
        others: [domain({ name: 'a', memory: 2000 }), domain({ name: null, memory: 1000 })],
        asked: 4000,
      }),
      [
        'held needs 128 MiB, and the host has 71 MiB beside its other guests; all guests that shall run need 4000 of its 3071 MiB',
      ],
    );
    assert.deepEqual(planned({ domains: [], guest: { ...guest, vcpus: 3 } }), [
      'held wants 3 vcpus, and the host has 2 processors',
    ]);
    assert.match(planned({ domains: [domain({ state: 'dying' })] }).join(), /^held domain 7 .* taken apart$/);
  });

  const cases: readonly (readonly [string, Partial<GuestFacts>, readonly string[]])[] = [
    ['more memory', { wanted: withInfo(dryRun, { target_memkb: 160 * 1024 }) }, ['live mem-set 7 160m']],
    ['less memory', { wanted: withInfo(dryRun, { target_memkb: 64 * 1024 }) }, ['live mem-set 7 64m']],
    [
      'more memory than the host has',
      {
        wanted: withInfo(dryRun, { target_memkb: 160 * 1024 }),
        machine: { memory: 1, freeMemory: 31, cpus: 2, fixedDom0: true },
      },
      ['held needs 32 MiB more, and the host has 31 MiB free'],
    ],
    [
      'memory above what it may have until it starts anew',
      { wanted: withInfo(dryRun, { target_memkb: 400 * 1024, max_memkb: 400 * 1024 }) },
      ['pending maxmem 192 MiB -> 400 MiB', 'pending memory 128 -> 400 MiB'],
    ],
    [
      'less than it may have, which nobody said',
      { wanted: withInfo(dryRun, { target_memkb: 64 * 1024, max_memkb: 64 * 1024, max_vcpus: 1 }) },
      ['live mem-set 7 64m'],
    ],
    [
      'a bound that somebody lowered',
      { wanted: withInfo(dryRun, { max_memkb: 160 * 1024 }) },
      ['pending maxmem 192 MiB -> 160 MiB'],
    ],
    ['a guest that is yet to switch off a processor', { domains: [domain({ vcpus: 2 })] }, []],
    ['another processor', { wanted: withInfo(dryRun, { avail_vcpus: [0, 1] }) }, ['live vcpu-set 7 2']],
    [
      'more processors than it may have',
      { wanted: withInfo(dryRun, { max_vcpus: 4, avail_vcpus: [0, 1, 2, 3] }) },
      ['pending maxvcpus 2 -> 4', 'pending vcpus 1 -> 4'],
    ],
    [
      'another kernel',
      { wanted: withInfo(dryRun, { kernel: '/boot/new' }) },
      ['pending kernel /boot/vmlinux -> /boot/new'],
    ],
    [
      'an option that natroute gave it once',
      {
        started: withInfo(dryRun, { device_model_args: ['x'] }),
        domains: [domain({ config: withInfo(live, { device_model_args: ['x'] }) })],
      },
      ['pending device_model_args ["x"] -> unset'],
    ],
    [
      'another vif',
      { wanted: { ...dryRun, nics: [...dryRun.nics, nic('00:16:3E:11:11:01')] } },
      ['live network-attach 7 mac=00:16:3e:11:11:01 bridge=br0'],
    ],
    ['one vif less', { wanted: { ...dryRun, nics: [] } }, ['live network-detach 7 00:16:3e:11:11:00']],
    [
      'a vif on another bridge',
      { domains: [domain({ config: { ...live, nics: [nic('00:16:3e:11:11:00', { bridge: 'br1' })] } })] },
      ['live network-detach 7 00:16:3e:11:11:00', 'live network-attach 7 mac=00:16:3e:11:11:00 bridge=br0'],
    ],
    [
      'an address with and without its length',
      {
        wanted: { ...dryRun, nics: [nic('00:16:3e:11:11:00', { script: 'vif-route', ip: '88.190.1.2' })] },
        domains: [
          domain({
            config: { ...live, nics: [nic('00:16:3e:11:11:00', { script: 'vif-route', ip: '88.190.1.2/32' })] },
          }),
        ],
      },
      [],
    ],
    [
      'a vif whose script is named or the default',
      {
        domains: [
          domain({ config: { ...live, nics: [nic('00:16:3e:11:11:00', { script: '/etc/xen/scripts/vif-bridge' })] } }),
        ],
      },
      [],
    ],
    [
      'another disk',
      { wanted: { ...dryRun, disks: [disk('xvdb', '/dev/vg0/b', 0)] } },
      ['live block-attach 7 format=raw,vdev=xvdb,access=ro,target=/dev/vg0/b'],
    ],
    [
      'a disk less, which is not the first',
      {
        wanted: { ...dryRun, disks: [disk('xvda', '/dev/vg0/a')] },
        domains: [domain({ config: { ...live, disks: [disk('xvda', '/dev/vg0/a'), disk('xvdb', '/dev/vg0/b')] } })],
      },
      ['live block-detach 7 xvdb'],
    ],
    [
      'the disk that it runs from, gone or another',
      {
        wanted: { ...dryRun, disks: [disk('xvdb', '/dev/vg0/c')] },
        domains: [domain({ config: { ...live, disks: [disk('xvda', '/dev/vg0/a'), disk('xvdb', '/dev/vg0/b')] } })],
      },
      ['pending disk xvdb /dev/vg0/b w -> /dev/vg0/c w', 'pending disk xvda /dev/vg0/a w -> none'],
    ],
  ];
  for (const [title, changes, steps] of cases) it(title, () => assert.deepEqual(planned(changes), steps));

  it('is restarted for a change only where its file allows it and a window is open', () => {
    const wanted = withInfo(dryRun, { kernel: '/boot/new' });
    const allowed = { ...guest, restart: 'allowed' as const };
    const policy = { restartNow: false, destroyStuck: false };
    assert.deepEqual(planned({ wanted, guest: allowed }), ['restart shutdown', 'restart create']);
    assert.deepEqual(planned({ wanted, guest: allowed, policy }), ['pending kernel /boot/vmlinux -> /boot/new']);
  });

  it('is not shut down for a restart that the host has no room for', () => {
    const allowed = { ...guest, restart: 'allowed' as const, memory: 1200 };
    const wanted = withInfo(dryRun, { target_memkb: 1200 * 1024, max_memkb: 1200 * 1024 });
    const pending = ['pending maxmem 192 MiB -> 1200 MiB', 'pending memory 128 -> 1200 MiB'];
    assert.deepEqual(planned({ wanted, guest: allowed }), [
      ...pending,
      'held needs 1200 MiB, and the host has 1024 MiB free; all guests that shall run need 256 of its 3071 MiB',
    ]);
    assert.deepEqual(
      planned({ wanted, guest: allowed, domains: [domain({ memory: 176 })] }),
      ['restart shutdown', 'restart create'],
      'what it has itself comes back',
    );
    const many = withInfo(dryRun, { max_vcpus: 3, avail_vcpus: [0, 1, 2] });
    assert.deepEqual(planned({ wanted: many, guest: { ...allowed, memory: 128, vcpus: 3 } }), [
      'pending maxvcpus 2 -> 3',
      'pending vcpus 1 -> 3',
      'held wants 3 vcpus, and the host has 2 processors',
    ]);
  });

  it('gets no disk that another one has in use, if one of the two writes', () => {
    const [a, b] = [disk('xvda', '/dev/vg0/a'), disk('xvdb', '/dev/vg0/b', 0)];
    const wanted = { ...dryRun, disks: [a, b] };
    const has = (...disks: readonly Info[]): Domain => domain({ domid: 8, name: 'other', config: { ...live, disks } });
    const held = (path: string): string => `held the disk ${path} is in use by other (8)`;
    const reads = disk('xvdz', '/dev/vg0/a', 0);
    assert.deepEqual(planned({ domains: [], wanted, others: [has(reads)] }), [held('/dev/vg0/a')]);
    assert.deepEqual(planned({ domains: [], wanted, others: [has(disk('xvdz', '/dev/vg0/b', 0))] }), ['live create']);
    assert.deepEqual(planned({ domains: [], wanted, others: [has(disk('xvdz', '/dev/vg0/b'))] }), [held('/dev/vg0/b')]);
    const attached = planned({
      wanted,
      domains: [domain({ config: { ...live, disks: [a] } })],
      others: [has(disk('hda', '/dev/vg0/b'))],
    });
    assert.deepEqual(attached, [held('/dev/vg0/b')]);
    const swapped = planned({
      wanted,
      guest: { ...guest, restart: 'allowed' },
      domains: [domain({ config: { ...live, disks: [disk('xvda', '/dev/vg0/c'), b] } })],
      others: [has(a)],
    });
    assert.deepEqual(swapped, ['pending disk xvda /dev/vg0/c w -> /dev/vg0/a w', held('/dev/vg0/a')]);
  });

  it('is not made a second time where somebody renamed it', () => {
    const uuid = '6891114e-fb1d-479b-8541-d088f7ab71bd';
    const other = domain({ domid: 8, name: 'w', config: { ...live, c_info: { ...live.c_info, name: 'w', uuid } } });
    const [text] = planned({ domains: [], others: [other], startedUuid: uuid });
    assert.equal(text, 'held it runs under the name w; `xl rename 8 wwwinfo16` gives it back its own');
    assert.deepEqual(planned({ domains: [], others: [other], startedUuid: 'another' }), ['live create']);
  });

  it('is left to a person in every state that somebody brought about', () => {
    const starts: Readonly<Record<DomainState, RegExp>> = {
      running: /^$/,
      dying: /^held domain 7/,
      paused: /^held it is paused/,
      gone: /^held it has shut down/,
      crashed: /^held it has crashed/,
    };
    for (const [state, start] of Object.entries(starts))
      assert.match(planned({ domains: [domain({ state: state as DomainState })] }).join(), start, state);
    for (const state of ['running', 'paused'] as const)
      for (const wish of ['running', 'stopped'] as const)
        assert.match(
          planned({ guest: { ...guest, state: wish }, domains: [domain({ config: null, state })] }).join(),
          /^held domain 7 is being made, or its start was cut off; .*`xl destroy 7`/,
        );
  });
});

describe('a guest that shall not run', () => {
  it('is asked to shut down, and nothing else', () => {
    for (const state of ['stopped', 'absent'] as const) {
      const gone = { ...guest, state };
      assert.deepEqual(planned({ guest: gone, wanted: null }), ['destroy shutdown']);
      for (const domains of [
        [],
        [domain({ state: 'dying' })],
        [domain({ state: 'gone' })],
        [domain({ state: 'crashed' })],
      ])
        assert.deepEqual(planned({ guest: gone, wanted: null, domains }), [], state);
      assert.match(planned({ guest: gone, wanted: null, domains: [domain({ state: 'paused' })] }).join(), /^held/);
    }
  });

  it('is never touched where its file leaves it to somebody else', () =>
    assert.deepEqual(planned({ guest: { ...guest, state: 'unmanaged' } }), []));
});

describe('whatever runs and whatever is wanted', () => {
  const mac = fc.constantFrom('00:16:3e:11:11:00', '00:16:3e:11:11:01');
  const config = fc.record({
    memory: fc.integer({ min: 16, max: 192 }),
    vcpus: fc.integer({ min: 1, max: 2 }),
    kernel: fc.constantFrom('/boot/a', '/boot/b'),
    nics: fc.uniqueArray(mac),
    disks: fc.uniqueArray(fc.tuple(fc.constantFrom('xvda', 'xvdb'), fc.constantFrom('/dev/vg0/a', '/dev/vg0/b')), {
      selector: ([vdev]) => vdev,
    }),
  });
  type Drawn = typeof config extends fc.Arbitrary<infer T> ? T : never;
  const spelled = ({ memory, vcpus, kernel, nics, disks }: Drawn, base: Config): XlConfig => ({
    ...withInfo(base, {
      target_memkb: memory * 1024,
      avail_vcpus: Array.from({ length: vcpus }, (_, i) => i),
      kernel,
    }),
    nics: nics.map((one) => nic(one)),
    disks: disks.map(([vdev, path]) => disk(vdev, path)),
  });

  it('only live steps go to a guest that may not be restarted, and doing them leaves nothing live to do', () => {
    fc.assert(
      fc.property(config, config, fc.boolean(), (want, have, restartNow) => {
        const wanted = spelled(want, dryRun);
        const policy = { restartNow, destroyStuck: true };
        const domains = [domain({ config: spelled(have, live), vcpus: have.vcpus })];
        const { steps } = planGuest(facts({ wanted, domains, policy }));
        assert.ok(steps.every(({ cost, step }) => cost === 'live' && step.kind === 'xl'));
        const after = { ...have, memory: want.memory, vcpus: want.vcpus, nics: want.nics };
        // Disks as far as the guest survives it.
        const kept = have.disks.filter(([vdev], i) => i === 0 || want.disks.some(([other]) => other === vdev));
        const added = want.disks.filter(([vdev]) => !have.disks.some(([other]) => other === vdev));
        const then = spelled({ ...after, disks: [...kept, ...added] }, live);
        const again = planGuest(facts({ wanted, domains: [domain({ config: then, vcpus: want.vcpus })], policy }));
        assert.deepEqual(brief({ ...again, pending: [] }), []);
        if (want.kernel !== have.kernel) assert.ok(again.pending.length > 0);
      }),
      { numRuns: 500, seed: 6 },
    );
  });
});

describe('the memory of all guests', () => {
  it('counts those that shall run and those that no file names', () => {
    const other = domain({ name: 'other', memory: 100 });
    assert.equal(memoryAsked([guest, { ...guest, name: 'b', state: 'stopped' }], [domain(), other]), 228);
  });
});

describe('a restart window', () => {
  const weekly = [{ cron: '0 3 * * 0', forSeconds: 7_200, timezone: 'Europe/Paris' }];
  it('is open from its time on for as long as it says, in its own time zone', () => {
    for (const [time, open] of [
      ['2026-11-22T01:59:59Z', false],
      ['2026-11-22T02:00:00Z', true],
      ['2026-11-22T03:59:59Z', true],
      ['2026-11-22T04:00:00Z', false],
      ['2026-11-23T02:30:00Z', false],
    ] as const)
      assert.equal(inWindow(weekly, new Date(time)), open, time);
    assert.equal(inWindow([], new Date('2026-11-22T01:59:59Z')), true);
  });
});
