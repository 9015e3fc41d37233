// Promise: a rollback takes rules, network files and settings of the earlier generation and leaves what guests start from and
// run as; where a guest has no place in that network it is refused in one sentence before anything is done; what is taken
// back because nobody confirmed it goes back as a whole; one guest that cannot be thought through holds up no other.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examineBoot } from '../../src/core/boot/boot.ts';
import { renderDomu } from '../../src/core/render/domu.ts';
import { bootFacts } from '../../src/engine/doctor.ts';
import { createGuestsLane, type GuestsLane } from '../../src/engine/guests.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest, Source } from '../../src/engine/request.ts';
import { readStatus } from '../../src/engine/status.ts';
import { resume } from '../../src/engine/suspend.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import { createXlToolstack } from '../../src/engine/xl-guests.ts';
import type { BootFiles } from '../../src/model/boot.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Target } from '../../src/model/target.ts';
import type { Clock } from '../../src/ports.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { createFakeXl, type FakeXl } from '../fakes/xl.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const allow =
  '{disks: ["/dev/vg0/*"], bootloaders: [pygrub], scripts: [vif-bridge, vif-route], bridges: [br0, br1], options: [], kernels: [], sysctls: ["net.*"]}';

const host = (networks = '', more = ''): string =>
  `uplink: {interface: eth0}\naddresses:\n  main: 203.0.113.10/24\n  failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: arp}\nnetworks:\n  lan: {bridge: br0, subnet: 192.168.1.0/24}\n${networks}${more}`;
const guest = (at: string, memory: number, more = ''): string =>
  `memory: ${memory}\nvcpus: 1\nautostart: true\ndisks: []\ninterfaces: [{${at}}]\n${more}`;
const lan = (end: number): string => `network: lan, ip: 192.168.1.${end}`;

const web = '/etc/xen/web.cfg';
const mail = '/etc/xen/mail.cfg';
const sysctlFile = '/etc/sysctl.d/99-natroute.conf';

async function byPerson(world: FakeWorld, source: Source = { kind: 'trusted' }, take = false): Promise<PassReport> {
  const request = { ...daemonPass, source, take };
  return reconcile(world, { ...request, approved: (await propose(world, request)).digest });
}

async function pushed(world: FakeWorld, files: Readonly<Record<string, string>>, take = false): Promise<void> {
  world.mirror.push(files);
  assert.equal((await byPerson(world, { kind: 'trusted' }, take)).outcome, 'applied');
}

const rollback = (world: FakeWorld, number = 1): Promise<PassReport> => byPerson(world, { kind: 'generation', number });

const targetOf = async (world: FakeWorld): Promise<Target> => {
  const current = await world.generations.current();
  assert.ok(current !== null);
  return current.target;
};

const xenFiles = (world: FakeWorld): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    [...world.hostFiles.there.keys()]
      .filter((path) => path.startsWith('/etc/xen/'))
      .sort()
      .map((path) => [path, world.hostFiles.text(path)]),
  );

/** What a boot would find amiss: [] where it gives the same. */
async function bootRisks(world: FakeWorld): Promise<readonly string[]> {
  const auto = '/etc/xen/auto/';
  const files: BootFiles = {
    enabledUnits: ['natroute-boot.service', 'natroute-guests.service'],
    missingPrograms: [],
    saved: { v4: null, v6: null },
    scripts: [],
    sysctls: [{ path: sysctlFile, text: world.hostFiles.text(sysctlFile) ?? '' }],
    interfaces: [],
    autostart: [...world.hostFiles.there.keys()].flatMap((path) =>
      path.startsWith(auto) ? [path.slice(auto.length)] : [],
    ),
    savedGuests: [],
  };
  const surveyor = { ...world.surveyor, boot: () => Promise.resolve(files) };
  const remarks = examineBoot(await bootFacts({ ...world, surveyor }));
  return remarks.flatMap(({ severity, text }) => (severity === 'fine' ? [] : [text]));
}

/** The lane of guests on a Xen in memory; no turn of a guest is ever over. */
function xenOf(world: FakeWorld): { readonly lane: GuestsLane; readonly xl: FakeXl } {
  const xl = createFakeXl();
  const tools = createXlToolstack({ ...world, xl });
  const sleep: Clock['sleep'] = (_seconds, signal) =>
    new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
  return { xl, lane: createGuestsLane({ ...world, clock: { ...world.clock, sleep }, toolstack: () => tools }) };
}

async function refusal(pass: Promise<unknown>): Promise<Fault> {
  const error: unknown = await pass.catch((caught: unknown) => caught);
  assert.ok(error instanceof Fault, String(error));
  return error;
}

describe('a rollback beside its guests', () => {
  it('takes rules, settings and network files from then, and leaves every domU config, link and key of xl.conf', async () => {
    const world = createFakeWorld({ allow });
    await pushed(world, {
      'host.yaml': host('', 'sysctl: {net.ipv4.tcp_syncookies: 1}\n'),
      'guests/web.yaml': guest(lan(1), 512, 'forwards: [{port: 80}]\n'),
    });
    await pushed(world, {
      'host.yaml': host('', 'sysctl: {net.ipv4.tcp_syncookies: 2}\n'),
      'guests/web.yaml': guest(lan(1), 1024, 'forwards: [{port: 80}, {port: 443}]\n'),
      'guests/mail.yaml': guest(lan(2), 64, 'forwards: [{port: 25}]\n'),
    });
    const before = xenFiles(world);
    assert.match(before[mail] ?? '', /memory = 64/);
    const { proposal } = await rollback(world);
    assert.deepEqual(
      proposal.plan.changes.filter(({ kind }) => kind === 'file' || kind === 'sysctl').map(({ key }) => key),
      [sysctlFile, 'net.ipv4.tcp_syncookies'],
    );
    assert.deepEqual(xenFiles(world), before);
    assert.match(world.hostFiles.text(sysctlFile) ?? '', /generation 3\.\n[^]*tcp_syncookies = 1/);
    assert.equal(world.sysctls.values.get('net.ipv4.tcp_syncookies'), '1');
    assert.doesNotMatch(world.netfilter.text('v4'), /--dport (25|443) /);

    const target = await targetOf(world);
    assert.deepEqual(
      target.guests.map(({ name, memory }) => [name, memory]),
      [
        ['mail', 64],
        ['web', 1024],
      ],
    );
    for (const one of target.guests)
      assert.ok(world.hostFiles.text(`/etc/xen/${one.name}.cfg`)?.endsWith(renderDomu(target.host, one, 'xl')));
    // A status names no forward that is closed.
    assert.deepEqual(
      (await readStatus(world, null)).guests.map(({ name, forwards }) => [name, forwards]),
      [
        ['mail', []],
        ['web', ['main:80/tcp']],
      ],
    );
    assert.deepEqual(await bootRisks(world), []);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'held');
    assert.deepEqual((await propose(world, { ...daemonPass, source: { kind: 'applied' } })).drift.changes, []);
  });

  it('leaves a config that natroute took over since then', async () => {
    const world = createFakeWorld({ allow });
    world.hostFiles.put(web, 'name = "web"  # by hand\n');
    await pushed(world, {
      'host.yaml': host(),
      'guests/web.yaml': guest(lan(1), 64, 'state: unmanaged\nforwards: [{port: 80}]\n'),
    });
    await pushed(
      world,
      { 'host.yaml': host(), 'guests/web.yaml': guest(lan(1), 64, 'forwards: [{port: 80}, {port: 25}]\n') },
      true,
    );
    const before = xenFiles(world);
    assert.match(before[web] ?? '', /^# Made by natroute/);
    await rollback(world);
    assert.deepEqual(xenFiles(world), before);
    assert.deepEqual(await bootRisks(world), []);
  });

  it('is over with `resume`, also where the branch is at the very commit whose network came back', async () => {
    const world = createFakeWorld({ allow });
    const first = { 'host.yaml': host(), 'guests/web.yaml': guest(lan(1), 512, 'forwards: [{port: 80}]\n') };
    await pushed(world, first);
    const head = await world.mirror.trusted();
    const folder = Object.entries({ ...first, 'guests/web.yaml': guest(lan(1), 1024) });
    const applying: FakeWorld = {
      ...world,
      readFolder: () =>
        Promise.resolve(
          folder.map(([path, text]) => ({ path, kind: 'file', bytes: text.length, content: Buffer.from(text) })),
        ),
    };
    assert.equal((await byPerson(applying, { kind: 'folder', folder: '/state' })).outcome, 'applied');
    await rollback(world);
    assert.match(world.hostFiles.text(web) ?? '', /memory = 1024/);
    assert.equal((await world.generations.current())?.commit?.commit, head);
    await resume(world, null);
    assert.equal((await reconcile(world, daemonPass)).cause, 'push');
    assert.match(world.hostFiles.text(web) ?? '', /memory = 512/);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });
});

describe('a rollback in whose network a guest has no place', () => {
  const first = { 'host.yaml': host(), 'guests/web.yaml': guest(lan(1), 64, 'forwards: [{port: 80}]\n') };
  const dmz = '  dmz: {bridge: br1, subnet: 192.168.2.0/24}\n';
  const cases: readonly (readonly [what: string, then: Record<string, string>, RegExp])[] = [
    [
      'a network is missing',
      {
        ...first,
        'host.yaml': host(dmz),
        'guests/db.yaml': guest('network: dmz, ip: 192.168.2.1', 64, 'forwards: [{port: 5432}]\n'),
      },
      /: the guest db is in the network dmz, which generation 1 does not have$/,
    ],
    [
      'an address is missing',
      {
        ...first,
        'host.yaml': host().replace('networks:', '  second: 198.51.100.29\nnetworks:'),
        'guests/site.yaml': guest('routed: second', 64),
      },
      /: the guest site carries the address second, which generation 1 does not have$/,
    ],
    [
      'an address was not carried',
      { ...first, 'guests/site.yaml': guest('routed: failover', 64) },
      /: the guest site carries the address failover, which in generation 1 is the host's own$/,
    ],
    [
      'a network was on another bridge',
      { ...first, 'host.yaml': host().replace('br0', 'br1') },
      /: the guest web is in the network lan, which in generation 1 is on the bridge br0 instead of br1$/,
    ],
    [
      'a network was smaller',
      {
        'host.yaml': host().replace('192.168.1.0/24', '[192.168.1.0/24, 192.168.2.0/24]'),
        'guests/web.yaml': guest('network: lan, ip: 192.168.2.7', 64, 'forwards: [{port: 80}]\n'),
      },
      /: the guest web has 192\.168\.2\.7 in the network lan, which in generation 1 has only 192\.168\.1\.0\/24$/,
    ],
  ];
  for (const [what, then, sentence] of cases)
    it(`is refused where ${what}, and nothing was done`, async () => {
      const world = createFakeWorld({ allow });
      await pushed(world, first);
      await pushed(world, then);
      const before = [world.netfilter.text('v4'), xenFiles(world), world.files.paths(), world.ledger.records.length];
      const fault = await refusal(rollback(world));
      assert.equal(fault.code, 'guarded');
      assert.match(fault.message, /^cannot go back to the network of generation 1: /);
      assert.match(fault.message, sentence);
      assert.match(fault.detail.help ?? '', /^Nothing was changed: .*`natroute apply --commit 0\+?\d*` goes back with/);
      assert.deepEqual(
        [world.netfilter.text('v4'), xenFiles(world), world.files.paths(), world.ledger.records.length],
        before,
      );
    });

  it('is not refused for a guest that shall be absent', async () => {
    const world = createFakeWorld({ allow });
    await pushed(world, first);
    await pushed(world, {
      'host.yaml': host(dmz),
      'guests/web.yaml': guest(lan(1), 64, 'forwards: [{port: 80}, {port: 25}]\n'),
      'guests/db.yaml': guest('network: dmz, ip: 192.168.2.1', 64, 'state: absent\n'),
    });
    assert.equal((await rollback(world)).outcome, 'applied');
    const { lane } = xenOf(world);
    assert.deepEqual(await lane.convergeAll(await targetOf(world)), ['web: start web']);
  });
});

describe('a change that nobody confirmed', () => {
  it('goes back as a whole: rules, domU configs, links, settings; and no guest heard of it', async () => {
    const world = createFakeWorld({ allow, more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
    const watch = (): Promise<unknown> => watchConfirmation(world, new AbortController().signal, () => undefined);
    const ends = { source: '198.51.100.99', sourcePort: 1, destination: '203.0.113.10', port: 22 };
    await pushed(world, { 'host.yaml': host(), 'guests/web.yaml': guest(lan(1), 512, 'forwards: [{port: 80}]\n') });
    world.netfilter.came = [{ protocol: 'tcp', ...ends, replySource: '203.0.113.10', answered: true }];
    await watch();
    const before = [world.netfilter.text('v4'), xenFiles(world), world.hostFiles.text(sysctlFile)];
    const settings = new Map(world.sysctls.values);
    const target = await targetOf(world.restart());

    await pushed(world, {
      'host.yaml': host(
        '  dmz: {bridge: br1, subnet: 192.168.2.0/24}\n',
        'sysctl: {net.ipv4.tcp_syncookies: 2, net.ipv4.ip_forward: 1}\n',
      ),
      'guests/web.yaml': guest('network: dmz, ip: 192.168.2.1', 1024, 'forwards: [{port: 443}]\n'),
      'guests/site.yaml': guest('routed: failover', 64),
    });
    // Guests go by what is in force for good.
    assert.deepEqual((await targetOf(world.restart())).guests, target.guests);
    assert.match(world.hostFiles.text(web) ?? '', /memory = 1024/);
    await watch();
    assert.deepEqual([world.netfilter.text('v4'), xenFiles(world), world.hostFiles.text(sysctlFile)], before);
    for (const [key, value] of world.sysctls.values) assert.equal(value, settings.get(key) ?? '0', key);
    assert.equal((await world.generations.current())?.number, 1);
    assert.deepEqual((await targetOf(world.restart())).guests, target.guests);
    assert.deepEqual(await bootRisks(world), []);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'quarantined');
  });
});

describe('one guest that no config can be written for', () => {
  it('fails alone, is told once, and the others converge', async () => {
    const world = createFakeWorld({ allow });
    await pushed(world, {
      'host.yaml': host('  dmz: {bridge: br1, subnet: 192.168.2.0/24}\n'),
      'guests/db.yaml': guest('network: dmz, ip: 192.168.2.1', 64),
      'guests/web.yaml': guest(lan(1), 64),
    });
    const target = await targetOf(world);
    // As an older natroute's rollback left it.
    const torn = { ...target, host: { ...target.host, networks: target.host.networks.slice(0, 1) } };
    const { lane, xl } = xenOf(world);
    const lines = await lane.convergeAll(torn);
    assert.deepEqual(lines, ['db: failed; Error: invariant: there is no network dmz', 'web: start web']);
    assert.deepEqual(xl.names(), ['web']);
    assert.deepEqual(
      lane.states().map(({ name, state }) => [name, state]),
      [
        ['db', 'failed'],
        ['web', 'converged'],
      ],
    );
    assert.deepEqual(await lane.convergeAll(torn), []);
    assert.deepEqual(await lane.convergeAll(target), ['db: start db']);
  });
});
