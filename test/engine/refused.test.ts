// Promise: a kernel that takes neither a commit's rules nor those before it keeps out no later commit that it does take, and
// what it takes again is put back; files go back all the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { Fault } from '../../src/model/fault.ts';
import { hostFile, webFile } from '../fakes/reference.ts';
import { withoutOurs } from '../sim/parts.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const allow = '{sysctls: ["net.*"]}';
const [setting, old, wanted] = ['net.ipv4.ip_default_ttl', '60', '61'] as const;
const stateOf = (ports: readonly number[], ttl: string): Readonly<Record<string, string>> => ({
  'host.yaml': `${hostFile}sysctl: {${setting}: ${ttl}}\n`,
  'guests/web.yaml': webFile(ports),
});
const isOpen = (world: FakeWorld, port: number): boolean => world.netfilter.text('v4').includes(`--dport ${port} `);

/** A kernel that has no rules of ours after its boot and takes none for port 80; generation 1 is in force. */
async function booted(more = ''): Promise<FakeWorld> {
  const before = createFakeWorld({ allow, more });
  before.mirror.push(stateOf([80], old));
  await reconcile(before, { ...daemonPass, approved: (await propose(before, daemonPass)).digest });
  const world = { ...before.restart(), bootId: 'boot-2' };
  world.netfilter.byHand('v4', withoutOurs(world.netfilter.table('v4')));
  world.netfilter.before = (_, text) => {
    if (text.includes('--dport 80 ')) throw new Fault('rules-refused', 'the kernel has no such match');
  };
  return world;
}

const refused = /the kernel has no such match/;

describe('a kernel that takes the rules in force no more', () => {
  it('takes the second try of a commit that does without them', async () => {
    const world = await booted();
    const first = world.mirror.push(stateOf([80, 443], wanted));
    await assert.rejects(reconcile(world, daemonPass), /Going back to generation 1 failed too/);
    await assert.rejects(reconcile(world, daemonPass), refused);
    assert.equal(world.files.text(world.paths.intent), null);
    assert.equal((await world.memory.read()).quarantined?.commit.commit, first);
    assert.equal(world.sysctls.values.get(setting), old);
    const entries = world.ledger.records.length;
    await assert.rejects(reconcile(world, daemonPass), refused);
    assert.ok(world.ledger.records.length <= entries + 1, 'it is not written down with each pass');

    world.mirror.push(stateOf([443], wanted));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.ok(isOpen(world, 443));
    assert.equal(world.sysctls.values.get(setting), wanted);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('gets them back as soon as it takes them, also where drift is only reported', async () => {
    const world = await booted('policy: {drift: report}\n');
    world.mirror.push(stateOf([80, 443], wanted));
    for (let n = 0; n < 3; n++) await assert.rejects(reconcile(world, daemonPass), refused);
    world.netfilter.before = null;
    await reconcile(world, daemonPass);
    assert.ok(isOpen(world, 80) && !isOpen(world, 443));
    assert.equal((await world.memory.read()).bootId, 'boot-2');
  });
});
