// Promise: the uplink's gateways are part of the way in, a link-local one is asked on the uplink alone, and what an older
// natroute wrote of them is no change.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { hostFile, stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const stateBy = (gateway: string): Readonly<Record<string, string>> => ({
  ...stateWith([80]),
  'host.yaml': hostFile.replace('gateway: 203.0.113.1', `gateway: ${gateway}`),
});

async function applied(state: Readonly<Record<string, string>>, more = ''): Promise<FakeWorld> {
  const world = createFakeWorld({ more });
  world.mirror.push(state);
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  return world;
}

/** Generation 1 as it was written before an uplink could have one of each family. */
async function makeOlder({ files }: FakeWorld): Promise<void> {
  const folder = '/var/lib/natroute/generations/1';
  const [desired, manifest] = [`${folder}/desired.json`, `${folder}/generation.json`];
  const text = files.text(desired)?.replace('"gateways":{"v4":"203.0.113.1"}', '"gateway":"203.0.113.1"') ?? '';
  assert.match(text, /"gateway":/);
  await files.write(desired, text, 0o600);
  const digest = createHash('sha256').update(text).digest('hex');
  const sealed = files.text(manifest)?.replace(/("desired.json": )"[^"]*"/, `$1"${digest}"`) ?? '';
  await files.write(manifest, sealed, 0o600);
}

describe("the uplink's gateways", () => {
  it('touch the way in where one comes or goes', async () => {
    const world = await applied(stateWith([80]));
    world.mirror.push(stateBy('[203.0.113.1, "fe80::1"]'));
    const { wayIn, mustConfirm } = await propose(world, daemonPass);
    assert.deepEqual([wayIn, mustConfirm], [["the uplink's IPv6 gateway changes from none to fe80::1"], true]);
  });

  it('are the same ones where an older natroute wrote them down', async () => {
    const world = await applied(stateWith([80]));
    await makeOlder(world);
    const next = world.restart();
    next.mirror.push(stateWith([80, 443]));
    assert.deepEqual((await propose(next, daemonPass)).wayIn, []);
    next.mirror.push(stateBy('192.0.2.1'));
    assert.deepEqual((await propose(next, daemonPass)).wayIn, [
      "the uplink's gateway changes from 203.0.113.1 to 192.0.2.1",
    ]);
  });

  it('are asked by a probe on the interface of the uplink where they are link-local', async () => {
    const more = 'confirm: {within: 60s, probes: [{ping: gateway}]}\n';
    for (const [gateway, ip] of [
      ['"fe80::1"', 'fe80::1%eth0'],
      ['["fe80::1", 203.0.113.1]', '203.0.113.1'],
    ] as const) {
      const asked = (await readConfirmation(await applied(stateBy(gateway), more)))?.proofs;
      assert.deepEqual(asked, [{ kind: 'ping', name: 'gateway', ip }]);
    }
  });
});
