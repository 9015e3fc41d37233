// Promise: a kernel that takes neither a commit's rules nor those before it keeps out no later commit that it does take, and
// what it takes again is put back; files go back all the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
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

async function inForce(more = ''): Promise<FakeWorld> {
  const world = createFakeWorld({ allow, more });
  world.mirror.push(stateOf([80], old));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  return world;
}

/** The host starts again, without rules of ours. */
function booted(before: FakeWorld): FakeWorld {
  const world = { ...before.restart(), bootId: 'boot-2' };
  world.netfilter.byHand('v4', withoutOurs(world.netfilter.table('v4')));
  return refusing(world);
}

/** The kernel takes no rule for port 80 any more. */
function refusing(world: FakeWorld): FakeWorld {
  world.netfilter.before = (_, text) => {
    if (text.includes('--dport 80 ')) throw new Fault('rules-refused', 'the kernel has no such match');
  };
  return world;
}

const refused = /the kernel has no such match/;

describe('a kernel that takes the rules in force no more', () => {
  it('takes the second try of a commit that does without them', async () => {
    const world = booted(await inForce());
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
    const world = booted(await inForce('policy: {drift: report}\n'));
    world.mirror.push(stateOf([80, 443], wanted));
    for (let n = 0; n < 3; n++) await assert.rejects(reconcile(world, daemonPass), refused);
    world.netfilter.before = null;
    await reconcile(world, daemonPass);
    assert.ok(isOpen(world, 80) && !isOpen(world, 443));
    assert.equal((await world.memory.read()).bootId, 'boot-2');
  });

  /** Generation 2 opens 443, touches the way in, and waits for its confirmation. */
  async function waiting(): Promise<FakeWorld> {
    const world = await inForce();
    const { 'host.yaml': host = '', ...rest } = stateOf([80, 443], old);
    world.mirror.push({ 'host.yaml': host.replace('[22/tcp]', '[2222/tcp]'), ...rest });
    await reconcile(world, daemonPass);
    assert.equal((await readConfirmation(world))?.generation, 2);
    return world;
  }

  it('holds up no commit after one that a boot took before it was confirmed', async () => {
    const world = booted(await waiting());
    await assert.rejects(reconcile(world, daemonPass), refused);
    assert.equal(await readConfirmation(world), null);
    const { settlement } = await world.memory.read();
    assert.match(settlement?.text ?? '', /generation 1 is in force again; its rules are not all there: the kernel has/);
    world.mirror.push(stateOf([443], wanted));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
    assert.ok(isOpen(world, 443));
  });

  it('keeps an unconfirmed change from staying, as long as anything of it is there', async () => {
    const world = refusing(await waiting());
    world.netfilter.byHand('v4', withoutPort80(world));
    world.clock.advance(3600);
    world.mirror.push(stateOf([443], wanted));
    for (let n = 0; n < 2; n++) await assert.rejects(reconcile(world, daemonPass), refused);
    assert.equal((await readConfirmation(world))?.generation, 2);
    world.netfilter.before = null;
    await reconcile(world, daemonPass);
    assert.deepEqual(
      world.ledger.records.slice(-2).map(({ outcome, generation }) => [outcome, generation]),
      [
        ['rolled-back', 1],
        ['applied', 3],
      ],
    );
  });
});

function withoutPort80({ netfilter }: FakeWorld): readonly string[] {
  const lines = netfilter.text('v4').split('\n');
  return lines.flatMap((line) => (/^-A NR-\S+ .*--dport 80 /.test(line) ? [line.replace(/^-A/, '-D')] : []));
}
