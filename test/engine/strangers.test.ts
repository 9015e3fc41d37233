// Promise: of each stranger's rule it is remembered since when it stands there and who was seen to make it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readBlame, type Blamed } from '../../src/engine/blame.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { limits } from '../../src/model/limits.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import type { Actor } from '../../src/model/record.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const vpn = '-A POSTROUTING -o tun0 -j MASQUERADE';
const docker = '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER';
const ferm: Actor = { process: 'ferm', pid: null, user: null };

async function hostWith(lines: readonly string[]): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.netfilter.byHand('v4', lines);
  world.mirror.push(stateWith([80]));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  await reconcile(world, daemonPass);
  return world;
}

async function blamed(world: FakeWorld, line: string): Promise<Blamed | undefined> {
  const { rules } = await readBlame(world, { question: null, progress: () => undefined });
  return rules.find(({ chain, text }) => `-A ${chain} ${text}` === line);
}

it('those from before natroute are said to be that', async () => {
  const world = await hostWith([vpn]);
  const seen = (await blamed(world, vpn))?.firstSeen;
  assert.deepEqual([seen?.before, seen?.actor, seen?.id], [true, null, null]);
});

it('one that comes later has its time and who was seen, through a restart, until it goes', async () => {
  let world = await hostWith([vpn]);
  const before = world.clock.now();
  world.witness.seen = () => [{ at: world.clock.now(), actor: ferm }];
  world.netfilter.byHand('v4', [':DOCKER - [0:0]', docker]);
  await reconcile(world, daemonPass);
  world.witness.seen = () => [];
  world.clock.advance(600);
  await reconcile(world, daemonPass);
  world = world.restart();
  await reconcile(world, daemonPass);
  const seen = (await blamed(world, docker))?.firstSeen;
  assert.deepEqual([seen?.before, seen?.actor, seen?.id], [false, ferm, null]);
  const ageSeconds = (Date.parse(seen?.at ?? '') - before.getTime()) / 1000;
  assert.ok(ageSeconds >= 0 && ageSeconds < 10, String(ageSeconds));
  assert.equal((await blamed(world, vpn))?.firstSeen?.before, true);

  world.netfilter.byHand('v4', [docker.replace('-A', '-D')]);
  await reconcile(world, daemonPass);
  world.netfilter.byHand('v4', [docker]);
  await reconcile(world, daemonPass);
  const again = (await blamed(world, docker))?.firstSeen;
  assert.deepEqual([again?.actor, again?.before], [null, false], 'another life, and nobody was seen');
  assert.ok(Date.parse(again?.at ?? '') > Date.parse(seen?.at ?? ''));
});

it('nothing is written while none comes or goes, and a host with very many is bounded', async () => {
  const many = Array.from({ length: limits.strangersKept + 5 }, (_, i) => `-A POSTROUTING -o tun${i} -j MASQUERADE`);
  const world = await hostWith(many);
  let writes = 0;
  const write = world.files.write.bind(world.files);
  world.files.write = (path, ...rest) => {
    if (path === world.paths.strangers) writes += 1;
    return write(path, ...rest);
  };
  await reconcile(world, daemonPass);
  assert.equal(writes, 0);
  assert.equal((await blamed(world, many[0] ?? ''))?.firstSeen?.before, true);
  assert.equal((await blamed(world, many.at(-1) ?? ''))?.firstSeen, null);
});
