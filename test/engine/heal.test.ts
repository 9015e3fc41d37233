// Promise: what is in force stays enforced part by part: a setting that the kernel refuses, or a file that cannot be written
// or read, keeps neither the rules nor the other files and settings from being put right, also after a boot and a crash; each
// failure is said, told once and tried again, and nothing is called healed that is not. A push stays all or nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPassTelling, tellFailure } from '../../src/engine/alerts.ts';
import { sendOnce } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest, Told } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { readStatus } from '../../src/engine/status.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import type { Message } from '../../src/model/alert.ts';
import { Fault } from '../../src/model/fault.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const allow =
  '{disks: [], bootloaders: [pygrub], scripts: [vif-bridge, vif-route], bridges: [br0], options: [], kernels: [], sysctls: ["net.*"]}';
const bbr = 'net.ipv4.tcp_congestion_control';
const host = `uplink: {interface: eth0}\naddresses: {main: 203.0.113.10/24}\nnetworks: {lan: {bridge: br0, subnet: 192.168.1.0/24}}\nsysctl: {${bbr}: bbr, net.ipv4.tcp_syncookies: 2}\n`;
const guest = (end: number, memory: number, ports = '80'): string =>
  `memory: ${memory}\nvcpus: 1\ndisks: []\ninterfaces: [{network: lan, ip: 192.168.1.${end}}]\nforwards: [${ports
    .split(' ')
    .map((port) => `{port: ${port}}`)
    .join(', ')}]\n`;
const state = (ports = '80', memory = 64): Readonly<Record<string, string>> => ({
  'host.yaml': host,
  'guests/web.yaml': guest(1, memory, ports),
  'guests/mail.yaml': guest(2, memory, '25'),
});

const web = '/etc/xen/web.cfg';
const mail = '/etc/xen/mail.cfg';
const refused = `the kernel does not take ${bbr} = bbr`;

async function byPerson(world: FakeWorld): Promise<PassReport> {
  return reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
}

async function applied(options: Parameters<typeof createFakeWorld>[0] = {}): Promise<FakeWorld> {
  const world = createFakeWorld({ allow, ...options });
  world.mirror.push(state());
  assert.equal((await byPerson(world)).outcome, 'applied');
  return world;
}

/** The module of that setting is gone. */
function refuse(world: FakeWorld): void {
  world.sysctls.values.set(bbr, 'cubic');
  world.sysctls.trouble = (key) => {
    if (key === bbr) throw new Fault('command-failed', refused, { help: 'Load it.' });
  };
}

/** One file that cannot be written. */
function stuck(world: FakeWorld, path: string): void {
  world.hostFiles.trouble = (when, at) => {
    if (when === 'before' && at === path) throw new Fault('disk', `Cannot write ${path}: the disk is full.`);
  };
}

const watch = (world: FakeWorld): ReturnType<typeof watchConfirmation> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);

async function faultOf(pass: Promise<PassReport>): Promise<Fault> {
  const error: unknown = await pass.then(
    ({ outcome, text }) => `${outcome}: ${text}`,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
}

const scribble = (world: FakeWorld, path: string): void =>
  world.hostFiles.put(path, `${world.hostFiles.text(path) ?? ''}# bob\n`);

describe('a heal beside what cannot be put right', () => {
  it('puts rules, files and other settings right, says what it could not, and writes that down once', async () => {
    const world = await applied();
    const [good, config] = [world.netfilter.text('v4'), world.hostFiles.text(web)];
    const entries = world.ledger.records.length;
    refuse(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    scribble(world, web);
    world.sysctls.values.set('net.ipv4.tcp_syncookies', '0');
    const fault = await faultOf(reconcile(world, daemonPass));
    assert.deepEqual(
      [fault.code, fault.message, fault.detail.help],
      [
        'command-failed',
        `${refused}. The rules of generation 1 are in force; the next pass tries the rest again.`,
        'Load it.',
      ],
    );
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal(world.hostFiles.text(web), config);
    assert.equal(world.sysctls.values.get('net.ipv4.tcp_syncookies'), '2');
    const [drift, healed, ...more] = world.ledger.records.slice(entries);
    assert.deepEqual([drift?.cause, healed?.cause, healed?.outcome, more.length], ['drift', 'heal', 'healed', 0]);
    assert.ok(drift?.changes.some(({ key }) => key === bbr));
    assert.ok(!healed?.changes.some(({ key }) => key === bbr));
    assert.match(healed?.reason ?? '', new RegExp(refused));

    for (let n = 0; n < 3; n++) {
      world.clock.advance(60);
      assert.equal((await faultOf(reconcile(world.restart(), daemonPass))).message, fault.message);
    }
    assert.equal(world.ledger.records.length, entries + 2);
    const status = await readStatus(world, null);
    assert.deepEqual(
      status.drift?.items.map(({ change, done }) => [change.key, done]),
      [[bbr, 'found']],
    );
    assert.equal(world.files.text(world.paths.intent), null);

    world.sysctls.trouble = null;
    const end = await reconcile(world, daemonPass);
    assert.deepEqual([end.outcome, world.sysctls.values.get(bbr)], ['healed', 'bbr']);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('goes on past a file that cannot be written, whichever fails first, and names each', async () => {
    const world = await applied();
    const config = world.hostFiles.text(web);
    refuse(world);
    stuck(world, mail);
    for (const path of [mail, web]) scribble(world, path);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const { message } = await faultOf(reconcile(world, daemonPass));
    assert.match(
      message,
      new RegExp(`^Cannot write ${mail}: the disk is full\\. ${refused}\\. The rules of generation 1 are in force;`),
    );
    assert.equal(world.hostFiles.text(web), config);
    assert.match(world.netfilter.text('v4'), /--dport 80 /);
  });

  it('after a boot, which is written down once', async () => {
    const world = await applied();
    const good = world.netfilter.text('v4');
    const entries = world.ledger.records.length;
    for (const chain of ['PREROUTING', 'OUTPUT', 'POSTROUTING']) world.netfilter.byHand('v4', [`-F ${chain}`]);
    refuse(world);
    const booted = { ...world.restart(), bootId: 'boot-2' };
    for (let n = 0; n < 3; n++) assert.match((await faultOf(reconcile(booted, daemonPass))).message, /does not take/);
    assert.equal(world.netfilter.text('v4'), good);
    assert.deepEqual(
      world.ledger.records.slice(entries).map(({ cause, outcome }) => `${cause} ${outcome}`),
      ['boot applied'],
    );
    // The rules came back by another: only the setting is missing.
    const again = { ...world.restart(), bootId: 'boot-3' };
    for (let n = 0; n < 3; n++) assert.match((await faultOf(reconcile(again, daemonPass))).message, /does not take/);
    assert.equal(world.ledger.records.length, entries + 2);
    assert.equal((await world.memory.read()).bootId, 'boot-3');
  });

  it('after a crash in the middle of a heal', async () => {
    const world = await applied();
    const good = world.netfilter.text('v4');
    refuse(world);
    stuck(world, mail);
    scribble(world, mail);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    let dead = false;
    world.netfilter.before = () => {
      dead = true;
      throw new Error('killed');
    };
    world.files.trouble = () => {
      if (dead) throw new Error('killed');
    };
    await assert.rejects(reconcile(world, daemonPass), /killed/);
    world.files.trouble = world.netfilter.before = null;
    assert.ok(world.files.text(world.paths.intent) !== null);
    const next = world.restart();
    assert.match((await faultOf(reconcile(next, daemonPass))).message, /^Cannot write .* does not take/);
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal(world.files.text(world.paths.intent), null);
    world.hostFiles.trouble = world.sysctls.trouble = null;
    await reconcile(next, daemonPass);
    assert.equal((await reconcile(next, daemonPass)).outcome, 'unchanged');
    assert.doesNotMatch(world.hostFiles.text(mail) ?? '', /bob/);
  });

  it('also where it is the rules that cannot be put right', async () => {
    const world = await applied();
    const config = world.hostFiles.text(web);
    scribble(world, web);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    world.netfilter.before = () => {
      throw new Fault('command-failed', 'the kernel ran out of memory');
    };
    const { message } = await faultOf(reconcile(world, daemonPass));
    assert.match(message, /^the kernel ran out of memory\. Not all rules are as they shall be yet/);
    assert.equal(world.hostFiles.text(web), config);
    const last = world.ledger.records.at(-1);
    assert.deepEqual([last?.outcome, last?.changes.map(({ key }) => key)], ['healed', [web]]);
    world.netfilter.before = null;
    await reconcile(world, daemonPass);
    assert.ok(!world.ledger.records.some(({ reason }) => reason === 'somebody else put it back'));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('is told once, and never as put back', async () => {
    const world = await applied({ notify: '[{type: webhook, urlFile: /u}]' });
    const telling = createPassTelling(world);
    await telling.pass(await reconcile(world, daemonPass));
    const onHealed = (one: Told): Promise<void> => telling.healed(one);
    world.notifier.got.length = 0;
    refuse(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    for (let n = 0; n < 3; n++)
      await tellFailure(world, 'network', await faultOf(reconcile(world, { ...daemonPass, onHealed })));
    world.sysctls.trouble = null;
    await telling.pass(await reconcile(world, { ...daemonPass, onHealed }));
    await sendOnce(world, () => undefined);
    const alerts = world.notifier.got.flatMap((one) =>
      one.kind === 'http' ? (JSON.parse(one.body) as Message).alerts : [],
    );
    assert.deepEqual(
      alerts.map(({ event, state: at, title }) => `${event} ${at}: ${title}`),
      [
        'drift news: 2 rules deleted by hand, put back',
        alerts[1] === undefined ? '' : `failed trouble: ${alerts[1].title}`,
        'drift news: 1 sysctl changed by hand, put back',
        alerts[3] === undefined ? '' : `failed resolved: ${alerts[3].title}`,
      ],
    );
    assert.match(JSON.stringify(alerts[1]), /does not take net\.ipv4\.tcp_congestion_control/);
  });

  it('says what waits beside it, and lets a commit without it be applied', async () => {
    const world = await applied({ policy: '{commits: hold}' });
    refuse(world);
    world.mirror.push({ ...state('80 443'), 'host.yaml': host.replace(`${bbr}: bbr, `, '') });
    assert.match(
      (await faultOf(reconcile(world, daemonPass))).message,
      /again\. Beside that commit .* is held by policy/,
    );
    assert.equal((await byPerson(world)).outcome, 'applied');
    assert.match(world.netfilter.text('v4'), /--dport 443 /);
  });
});

describe('a path that cannot be looked at', () => {
  const bad = {
    kind: 'other',
    what: 'it cannot be looked at: the disk reports an input/output error',
    unreadable: true,
  } as const;
  const sentence = `${web}: it cannot be looked at: the disk reports an input/output error; natroute does not touch it until it can be`;

  it('is reported, told once and not touched; the rest is healed', async () => {
    const world = await applied({ notify: '[{type: webhook, urlFile: /u}]' });
    const telling = createPassTelling(world);
    await telling.pass(await reconcile(world, daemonPass));
    world.notifier.got.length = 0;
    const [good, config] = [world.netfilter.text('v4'), world.hostFiles.text(mail)];
    const own = world.hostFiles.there.get(web);
    world.hostFiles.there.set(web, bad);
    scribble(world, mail);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const healed = await reconcile(world, daemonPass);
    assert.equal(healed.outcome, 'healed');
    await telling.pass(healed);
    assert.deepEqual([world.netfilter.text('v4'), world.hostFiles.text(mail)], [good, config]);
    assert.equal(world.hostFiles.there.get(web), bad);
    const told = await reconcile(world, daemonPass);
    assert.deepEqual([told.outcome, told.text], ['reported', `left: ${sentence}`]);
    for (let n = 0; n < 2; n++) await telling.pass(await reconcile(world, daemonPass));
    await sendOnce(world, () => undefined);
    const alerts = world.notifier.got.flatMap((one) =>
      one.kind === 'http' ? (JSON.parse(one.body) as Message).alerts : [],
    );
    assert.deepEqual(
      alerts.map(({ title, state: at }) => `${at}: ${title}`),
      ['news: 1 file changed, 2 rules deleted by hand, put back', 'trouble: 1 file changed by hand'],
    );
    assert.ok(alerts[1]?.what.some((line) => line.includes('the disk reports an input/output error')));
    if (own !== undefined) world.hostFiles.there.set(web, own);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('stops a push that needs it, in one sentence, and what is in force is healed', async () => {
    const world = await applied();
    world.hostFiles.there.set(web, bad);
    world.mirror.push(state('80 443', 128));
    const refusal = await reconcile(world, daemonPass);
    assert.equal(refusal.outcome, 'rejected');
    assert.match(refusal.text, new RegExp(`^commit .* cannot be applied: ${sentence}$`));
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.match(world.netfilter.text('v4'), /--dport 80 /);
    // Also where it would only go.
    world.mirror.push({ ...state(), 'guests/web.yaml': 'state: absent\n' });
    assert.match((await reconcile(world, daemonPass)).text, new RegExp(`cannot be applied: ${sentence}`));
  });
});

describe('a push', () => {
  it('stays all or nothing where the kernel refuses one of its settings', async () => {
    const world = await applied();
    const before = [world.netfilter.text('v4'), world.hostFiles.text(web), world.hostFiles.text(mail)];
    refuse(world);
    world.mirror.push(state('80 443', 128));
    const { message } = await faultOf(reconcile(world, daemonPass));
    assert.match(message, new RegExp(`^${refused}\\. The rules are still those of generation 1\\.`));
    assert.deepEqual([world.netfilter.text('v4'), world.hostFiles.text(web), world.hostFiles.text(mail)], before);
    assert.equal((await world.generations.current())?.number, 1);
  });
});

describe('a way back', () => {
  it('ends where the kernel does not take a setting back, and says so', async () => {
    const world = await applied({ more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
    await vouch(world, { connection: null });
    await watch(world);
    world.mirror.push({ ...state('80 443'), 'host.yaml': host.replace('syncookies: 2', 'syncookies: 1') });
    await reconcile(world, daemonPass);
    const cookies = 'net.ipv4.tcp_syncookies';
    world.sysctls.trouble = (key) => {
      if (key === cookies) throw new Fault('command-failed', 'not any more');
    };
    const settled = await watch(world);
    assert.deepEqual([settled?.outcome, (await world.generations.current())?.number], ['rolled-back', 1]);
    assert.match(
      world.ledger.records.at(-1)?.reason ?? '',
      /; net\.ipv4\.tcp_syncookies stays 1 and is not 2 again: not any more$/,
    );
    assert.doesNotMatch(world.netfilter.text('v4'), /--dport 443/);
    assert.match((await faultOf(reconcile(world, daemonPass))).message, /The rules of generation 1 are in force/);
  });
});
