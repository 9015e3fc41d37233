// Promise: every way by which rules change also ends the connections that those rules no longer let in: a push, a
// crash in the middle of one, a date that passes, and unload; and a connection that is to stay, stays.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { Fault } from '../../src/model/fault.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { planUnload, unload } from '../../src/engine/unload.ts';
import type { Flow } from '../../src/model/flow.ts';
import { hostFile } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

function files(forwards: string): Readonly<Record<string, string>> {
  const web = `interfaces:\n  - {network: lan, ip: 192.168.1.1}\nforwards: ${forwards}\n`;
  return { 'host.yaml': hostFile, 'guests/web.yaml': web };
}

async function worldWith(forwards: string): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(files(forwards));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  return world;
}

function flow(port: number, sourcePort = 40000): Flow {
  const source = '198.18.0.1';
  const reply = { replySource: '192.168.1.1', replyPort: port, replyDestination: source };
  return {
    protocol: 'tcp',
    source,
    sourcePort,
    destination: '203.0.113.10',
    port,
    ...reply,
    replyDestinationPort: sourcePort,
    secondsLeft: 100,
  };
}

const livePorts = (world: FakeWorld): number[] => world.netfilter.live.map(({ port }) => port);

function turnTo(world: FakeWorld, time: string): void {
  world.clock.advance((Date.parse(time) - world.clock.now().getTime()) / 1000);
}

describe('connections', () => {
  it('end with the forward that a push takes away, and the report counts them', async () => {
    const world = await worldWith('[{port: 80}, {port: 443}]');
    world.netfilter.live = [flow(80), flow(80, 40001), flow(443), flow(8080)];
    world.mirror.push(files('[{port: 443}]'));
    assert.match((await reconcile(world, daemonPass)).text, /; cut 2 connections$/);
    assert.deepEqual(livePorts(world), [443, 8080]);
  });

  it('end also where the process died between the rules and the connections', async () => {
    const world = await worldWith('[{port: 80}, {port: 443}]');
    world.netfilter.live = [flow(80), flow(443)];
    world.mirror.push(files('[{port: 443}]'));
    world.netfilter.after = () => {
      throw new Error('crash');
    };
    world.netfilter.flows = () => Promise.reject(new Error('crash'));
    await assert.rejects(reconcile(world, daemonPass));
    const next = world.restart();
    next.netfilter.after = null;
    next.netfilter.flows = (_family, ips) =>
      Promise.resolve(next.netfilter.live.filter(({ destination }) => ips.includes(destination)));
    await reconcile(next, daemonPass);
    assert.deepEqual(livePorts(next), [443]);
  });

  it('end once when the date of their forward has passed', async () => {
    const world = await worldWith('[{port: 80}, {port: 8443, to: 443, until: 2027-01-31}]');
    const dated = { ...flow(8443), replyPort: 443 };
    world.netfilter.live = [dated, flow(80)];
    turnTo(world, '2027-01-31T23:59:59Z');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.deepEqual(livePorts(world), [8443, 80]);
    turnTo(world, '2027-02-01T00:00:00Z');
    const report = await reconcile(world, daemonPass);
    assert.equal(report.cause, 'until');
    assert.match(report.text, /main:8443\/tcp closes.*; cut 1 connection$/);
    assert.deepEqual(livePorts(world), [80]);
    assert.deepEqual(
      world.ledger.records.at(-1)?.impact.map(({ effect }) => effect),
      ['closes'],
    );
    const records = world.ledger.records.length;
    world.netfilter.live = [dated, flow(80)];
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    assert.equal(world.ledger.records.length, records);
  });

  it('end with unload', async () => {
    const world = await worldWith('[{port: 80}]');
    world.netfilter.live = [flow(80), flow(8080)];
    await unload(world, await planUnload(world));
    assert.deepEqual(livePorts(world), [8080]);
  });

  it('that could not be ended do not undo the rules, and the report says why', async () => {
    const world = await worldWith('[{port: 80}]');
    world.netfilter.flows = () =>
      Promise.reject(new Fault('command-missing', 'conntrack is not installed on this host.'));
    world.mirror.push(files('[{port: 443}]'));
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'applied');
    assert.match(report.text, /could not be looked at or cut: conntrack is not installed/);
  });
});
