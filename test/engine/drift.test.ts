// Promise: what somebody did is kept apart from what git changed; two masters are told as that; and a suspension leaves
// exactly what it names alone, says so, and ends by itself.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readForward } from '../../src/core/drift/suspension.ts';
import { itemWords } from '../../src/core/drift/words.ts';
import { tellPass, tellSuspensions } from '../../src/engine/alerts.ts';
import { sendOnce } from '../../src/engine/notify.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { readStatus } from '../../src/engine/status.ts';
import { resume, suspend } from '../../src/engine/suspend.ts';
import type { Alert, Message } from '../../src/model/alert.ts';
import type { DriftItem } from '../../src/model/drift.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import type { Actor } from '../../src/model/record.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith, webFile } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const byHand: PassRequest = { ...daemonPass, byHand: true };

async function applyByPerson(world: FakeWorld): Promise<PassReport> {
  const { digest } = await propose(world, byHand);
  return reconcile(world, { ...byHand, approved: digest });
}

async function openWorld(ports: readonly number[], policy?: string): Promise<FakeWorld> {
  const world = createFakeWorld({
    notify: '[{type: webhook, urlFile: /u}]',
    ...(policy === undefined ? {} : { policy }),
  });
  world.mirror.push(stateWith(ports));
  await tellPass(world, await applyByPerson(world));
  await sendOnce(world, () => undefined);
  world.notifier.got.length = 0;
  return world;
}

async function pass(world: FakeWorld): Promise<PassReport> {
  const report = await reconcile(world, daemonPass);
  await tellPass(world, report);
  return report;
}

async function alerts(world: FakeWorld): Promise<readonly Alert[]> {
  await sendOnce(world, () => undefined);
  return world.notifier.got.flatMap((e) => (JSON.parse(e.kind === 'http' ? e.body : e.input) as Message).alerts);
}

const rules = (world: FakeWorld): readonly string[] =>
  world.netfilter
    .table('v4')
    .chains.find((c) => c.name === 'NR-A-main')
    ?.rules.map((r) => r.text) ?? [];
const ruleOf = (world: FakeWorld, port: number): string =>
  rules(world).find((r) => r.includes(`--dport ${port} `)) ?? '';
const ports = (world: FakeWorld): readonly number[] => rules(world).map((r) => Number(/--dport (\d+)/.exec(r)?.[1]));
const drop = (world: FakeWorld, port: number): void =>
  world.netfilter.byHand('v4', [`-D NR-A-main ${ruleOf(world, port)}`]);
const entries = (world: FakeWorld): readonly string[] => world.ledger.records.map((r) => `${r.cause} ${r.outcome}`);
const items = async (world: FakeWorld): Promise<readonly DriftItem[]> => (await world.memory.read()).drift;

function seeing(world: FakeWorld, actor: Actor): FakeWorld {
  let seen = [{ at: new Date(0), actor }];
  const witness = { ...world.witness, seen: () => seen, forget: () => void (seen = []) };
  return { ...world, witness };
}

describe('drift items', () => {
  it('say who, since when, by what, and what was done, also where a commit comes in the same pass', async () => {
    const world = await openWorld([80, 443]);
    drop(world, 80);
    world.mirror.push(stateWith([80, 443, 25]));
    const bob = { process: 'iptables', pid: 4393, user: 'bob' };
    await pass(seeing(world, bob));
    assert.deepEqual(entries(world), ['push applied', 'drift reported', 'push applied']);
    const [, drift, push] = world.ledger.records;
    assert.deepEqual(
      drift?.changes.map(({ action, key }) => `${action} ${key}`),
      ['delete natroute web main:80/tcp'],
    );
    assert.deepEqual(drift.actor, bob);
    assert.equal(push?.actor, null);
    const [item] = await items(world);
    assert.deepEqual([item?.done, item?.seenBy, item?.actor, item?.count], ['healed', 'event', bob, 1]);
    const told = await alerts(world);
    assert.deepEqual(
      told.map(({ event, who }) => [event, who]),
      [
        ['drift', 'iptables, pid 4393, user bob'],
        ['applied', 'Ann <ann@example.org>'],
      ],
    );
    assert.deepEqual(
      told[0]?.what.filter((line) => line.startsWith('-')),
      ['- web main:80/tcp'],
    );
  });

  it('keep who did it when the rejected commit behind which it is healed comes first', async () => {
    const world = await openWorld([80]);
    world.mirror.push({ ...stateWith([80]), 'guests/bad.yaml': 'memory: [\n' });
    drop(world, 80);
    await pass(seeing(world, { process: 'iptables', pid: null, user: null }));
    assert.equal((await alerts(world)).find(({ event }) => event === 'drift')?.who, 'iptables');
  });

  it('of two masters: one item with a count, growing pauses, one alert, and its end', async () => {
    const world = await openWorld([80]);
    const ferm = { process: 'ferm', pid: null, user: null };
    let healed = 0;
    for (let tick = 0; tick < 200; tick++) {
      if (rules(world).length > 0) drop(world, 80);
      if ((await pass(seeing(world, ferm))).outcome === 'healed') healed += 1;
      world.clock.advance(5);
    }
    // 1,000 s at every 5 s: three at once, then 15, 30, 60, 120, 240, 480 s.
    assert.ok(healed >= 7 && healed <= 10, String(healed));
    const [item, ...more] = await items(world);
    assert.deepEqual(more, []);
    assert.ok(item!.count >= healed);
    const { drift } = await readStatus(world, null);
    assert.equal(drift?.items[0]?.done, 'waiting');
    assert.match((await pass(world)).text, /will be healed at .*: two masters fight, natroute and ferm$/);
    assert.match(
      world.ledger.records.at(-1)?.reason ?? world.ledger.records.at(-2)?.reason ?? '',
      /\d times by now: two masters fight, natroute and ferm/,
    );
    // A person heals it at once.
    assert.equal((await applyByPerson(world)).outcome, 'healed');
    world.clock.advance(limits.driftRememberedSeconds + 1);
    await pass(world);
    const told = (await alerts(world)).map(({ state, title }) => `${state}: ${title}`);
    assert.deepEqual(told, [
      'news: 1 rule deleted by hand, put back',
      'news: 1 rule deleted by hand, put back',
      'news: 1 rule deleted by hand, put back',
      'trouble: two masters fight, natroute and ferm',
      'resolved: resolved: two masters fight, natroute and ferm',
    ]);
  });

  it('heal what else drifted while one waits', async () => {
    const world = await openWorld([80, 443]);
    for (let i = 0; i < 4; i++) {
      drop(world, 80);
      await pass(world);
    }
    assert.deepEqual(ports(world), [443]);
    drop(world, 443);
    assert.equal((await pass(world)).outcome, 'healed');
    assert.deepEqual(ports(world), [443]);
    world.clock.advance(15);
    await pass(world);
    assert.deepEqual(ports(world), [80, 443]);
  });
});

describe('policy drift: report', () => {
  it('a commit changes what git changed and nothing else; what was reported stays reported', async () => {
    const world = await openWorld([80, 443], '{drift: report}');
    drop(world, 80);
    world.netfilter.byHand('v4', ['-A NR-A-main -p tcp -m tcp --dport 23 -j DNAT --to-destination 10.9.9.9:23']);
    assert.equal((await pass(world)).outcome, 'reported');
    world.mirror.push(stateWith([80, 443, 25]));
    assert.equal((await pass(world)).outcome, 'applied');
    assert.deepEqual(
      [...ports(world)].sort((a, b) => a - b),
      [23, 25, 443],
    );
    assert.equal((await pass(world)).outcome, 'reported');
    const { drift } = await readStatus(world.restart(), null);
    assert.deepEqual(
      drift?.items.map(({ done, count, change }) => [done, count, change.action]),
      [
        ['reported', 1, 'delete'],
        ['reported', 1, 'create'],
      ],
    );
    assert.deepEqual(entries(world), ['push applied', 'drift reported', 'push applied']);
    // Git says something about the very forward: that counts.
    world.mirror.push({
      ...stateWith([443, 25]),
      'guests/web.yaml': `${webFile([443, 25])}  - {port: 80, to: 8080}\n`,
    });
    await pass(world);
    assert.match(ruleOf(world, 80), /:8080$/);
    // And a person who applies heals the rest.
    await applyByPerson(world);
    assert.deepEqual(
      [...ports(world)].sort((a, b) => a - b),
      [25, 80, 443],
    );
    assert.equal((await pass(world)).outcome, 'unchanged');
  });
});

describe('a suspension of one forward', () => {
  const web = readForward('main:443/tcp')!;

  it('leaves it to the hand and holds what git says of it; all else goes on; then it ends by itself', async () => {
    const world = await openWorld([80, 443]);
    await suspend(world, { reason: 'moving web', seconds: 3600, only: web });
    await tellSuspensions(world);
    const hand = ruleOf(world, 443).replace(/192\.168\.1\.1:443$/, '192.168.1.9:443');
    drop(world, 443);
    world.netfilter.byHand('v4', [`-A NR-A-main ${hand}`]);
    drop(world, 80);
    assert.equal((await pass(world)).outcome, 'healed');
    assert.deepEqual([...ports(world)].sort(), [443, 80]);
    assert.equal(ruleOf(world, 443), hand);
    // Git moves both.
    const moved = '  - {port: 80, to: 8080}\n  - {port: 443, to: 8443}\n';
    world.mirror.push({ ...stateWith([]), 'guests/web.yaml': `${webFile([])}forwards:\n${moved}` });
    assert.equal((await pass(world.restart())).outcome, 'applied');
    assert.match(ruleOf(world, 80), /:8080$/);
    assert.equal(ruleOf(world, 443), hand);
    const reported = await pass(world);
    assert.equal(reported.outcome, 'reported');
    assert.match(reported.text, /^main:443\/tcp is left alone until .*Z: moving web$/);
    const status = await readStatus(world, null);
    assert.deepEqual(
      status.suspensions.map(({ reason, only }) => [reason, only]),
      [['moving web', web]],
    );
    assert.deepEqual(
      status.drift?.items.map(({ done }) => done),
      ['suspended'],
    );
    world.clock.advance(3600);
    assert.equal((await pass(world.restart())).outcome, 'healed');
    assert.match(ruleOf(world, 443), /192\.168\.1\.1:8443$/);
    assert.deepEqual((await world.memory.read()).suspensions, []);
    assert.deepEqual(
      entries(world).filter((entry) => entry.startsWith('suspend')),
      ['suspend suspended', 'suspend resumed'],
    );
    const told = (await alerts(world)).filter(({ event }) => event === 'suspended');
    assert.deepEqual(
      told.map(({ state, title }) => [state, title]),
      [
        ['trouble', 'suspended: main:443/tcp'],
        ['resolved', 'resolved: suspended: main:443/tcp'],
      ],
    );
  });

  it('differs since git changed it, not since the table was looked at', async () => {
    const world = await openWorld([80, 443]);
    world.witness.changes = 1;
    await pass(world);
    await suspend(world, { reason: 'x', seconds: 36_000, only: web });
    await pass(world);
    world.clock.advance(1800);
    await pass(world);
    world.clock.advance(20);
    const before = world.clock.now().toISOString();
    world.mirror.push(stateWith([80]));
    await pass(world);
    const [item] = (await world.memory.read()).drift;
    assert.deepEqual([item?.done, item?.ofCommit], ['suspended', true]);
    assert.ok(item!.since > before, `${item!.since} ${before}`);
    assert.match(itemWords(item!), /^since .*, when a commit changed it; left by a suspension$/);
    // And nobody's hand is blamed for it when it is done.
    await alerts(world);
    world.notifier.got.length = 0;
    drop(world, 80);
    world.witness.changes = 2;
    await resume(world, null);
    assert.equal((await pass(world)).outcome, 'healed');
    assert.deepEqual(
      (await alerts(world))
        .filter(({ event }) => event !== 'suspended')
        .map(({ event, title, what }) => `${event}: ${title}: ${what.at(-1)}`),
      [
        'drift: 1 rule deleted by hand, put back: - web main:80/tcp',
        'applied: applied what a suspension had held back: 1 rule deleted: - web main:443/tcp',
      ],
    );
  });

  it('is left alone also when we crash in the middle of a commit, and when we go back from one', async () => {
    const world = await openWorld([80, 443]);
    await suspend(world, { reason: 'x', seconds: 3600, only: web });
    drop(world, 443);
    await pass(world);
    world.mirror.push(stateWith([80, 443, 25]));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Error('crash');
    };
    await assert.rejects(reconcile(world, daemonPass));
    await pass(world.restart());
    assert.deepEqual(
      [...ports(world)].sort((a, b) => a - b),
      [25, 80],
    );
    await resume(world, web);
    await pass(world);
    assert.deepEqual(
      [...ports(world)].sort((a, b) => a - b),
      [25, 80, 443],
    );
  });

  it('is refused for an address that is not there', async () => {
    const world = await openWorld([80]);
    await assert.rejects(
      suspend(world, { reason: 'x', seconds: 60, only: readForward('mian:80/tcp') }),
      (error) => error instanceof Fault && error.code === 'usage' && error.detail.help === 'It has main, failover.',
    );
  });
});

describe('a boot', () => {
  it('whose rules something else brought back is written down once, and drift after it is drift', async () => {
    const world = await openWorld([80, 443]);
    drop(world, 80);
    await pass(world);
    const booted = { ...world.restart(), bootId: 'boot-2' };
    for (let n = 0; n < 2; n++) assert.equal((await pass(booted)).outcome, 'unchanged');
    const causes = (): readonly string[] => world.ledger.records.map(({ cause, outcome }) => `${cause} ${outcome}`);
    assert.deepEqual(causes().slice(-2), ['heal healed', 'boot applied']);
    assert.match(world.ledger.records.at(-1)?.nat.v4 ?? '', /--dport 80/);
    drop(world, 443);
    assert.equal((await pass(booted)).outcome, 'healed');
    assert.deepEqual(causes().slice(-2), ['drift reported', 'heal healed']);
  });
});

describe('a suspension of everything', () => {
  it('neither applies nor heals, but for a person who asks; and a reboot is no by-hand work', async () => {
    const world = await openWorld([80, 443]);
    await suspend(world, { reason: 'uplink', seconds: 600, only: null });
    drop(world, 80);
    assert.equal((await pass(world)).outcome, 'reported');
    world.mirror.push(stateWith([80, 443, 25]));
    const held = await pass(world);
    assert.deepEqual([held.outcome, ports(world)], ['reported', [443]]);
    assert.match(held.text, /everything is left alone until .*Z: uplink/);
    assert.equal((await applyByPerson(world)).outcome, 'applied');
    assert.deepEqual(ports(world).length, 3);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const booted = { ...world.restart(), bootId: 'boot-2' };
    assert.equal((await pass(booted)).outcome, 'applied');
    assert.deepEqual(ports(world).length, 3);
  });

  it('keeps a new commit out after a boot too, which brings back what was in force', async () => {
    const world = await openWorld([80, 443]);
    await suspend(world, { reason: 'uplink', seconds: 600, only: null });
    world.mirror.push(stateWith([80]));
    assert.equal((await pass(world)).outcome, 'held');
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const booted = { ...world.restart(), bootId: 'boot-2' };
    for (let n = 0; n < 2; n++) assert.match((await pass(booted)).text, /everything is left alone until/);
    assert.deepEqual([...ports(world)].sort(), [443, 80]);
  });

  it('of one forward keeps it out of a new commit after a boot too', async () => {
    const world = await openWorld([80, 443]);
    await suspend(world, { reason: 'web', seconds: 600, only: readForward('main:443/tcp') });
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    world.mirror.push(stateWith([80, 25]));
    const booted = { ...world.restart(), bootId: 'boot-2' };
    for (let n = 0; n < 2; n++) await pass(booted);
    assert.deepEqual([...ports(world)].sort(), [25, 443, 80]);
  });

  it('ends by resume, with what was held; one of several by its name', async () => {
    const world = await openWorld([80]);
    const web = readForward('main:80/tcp');
    await suspend(world, { reason: 'a', seconds: 600, only: null });
    await suspend(world, { reason: 'b', seconds: 600, only: web });
    await suspend(world, { reason: 'c', seconds: 700, only: web });
    assert.deepEqual(
      (await resume(world, web)).suspensions.map(({ reason }) => reason),
      ['c'],
    );
    await world.memory.update({ held: { since: '', reason: 'by hand' } });
    const { held, suspensions } = await resume(world, null);
    assert.deepEqual([held?.reason, suspensions.map(({ reason }) => reason)], ['by hand', ['a']]);
    assert.deepEqual((await resume(world, null)).suspensions, []);
  });
});
