// What the ledger means for a pass, and whether its rules are what its commits compile to.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { readForward } from '../../src/core/drift/suspension.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { suspend } from '../../src/engine/suspend.ts';
import { verify } from '../../src/engine/verify.ts';
import { Fault } from '../../src/model/fault.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const quiet = (): void => undefined;

/** A first apply, a push, a drift and its heal. */
async function livedIn(): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(stateWith([80]));
  const { digest } = await propose(world, daemonPass);
  await reconcile(world, { ...daemonPass, approved: digest });
  world.mirror.push(stateWith([80, 443]));
  await reconcile(world, daemonPass);
  return world;
}

it('a damaged ledger stops a push before anything is changed, and once it is mended the push goes on', async () => {
  const world = await livedIn();
  const [rules, restores] = [world.netfilter.text('v4'), world.netfilter.restores];
  world.mirror.push(stateWith([80, 8080]));
  world.ledger.trouble = () => {
    throw new Fault('ledger-damaged', 'The ledger is damaged.');
  };
  await assert.rejects(
    reconcile(world, daemonPass),
    (error) => error instanceof Fault && error.code === 'ledger-damaged',
  );
  assert.deepEqual([world.netfilter.text('v4'), world.netfilter.restores], [rules, restores]);
  world.ledger.trouble = null;
  assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
  assert.match(world.netfilter.text('v4'), /--dport 8080 /);
});

it('what was recorded is what its commits compile to', async () => {
  const world = await livedIn();
  const found = await verify(world, quiet);
  assert.deepEqual([found.entries, found.same, found.differing, found.skipped], [2, 2, [], []]);
});

it('other rules than the commit asks for are told with the first line that differs', async () => {
  const world = await livedIn();
  const record = world.ledger.records[1]!;
  const forged = { ...record, nat: { ...record.nat, v4: record.nat.v4.replace(/(--dport 443 .*):443/, '$1:4444') } };
  world.ledger.records[1] = forged;
  const found = await verify(world, quiet);
  assert.equal(found.same, 1);
  assert.deepEqual(
    found.differing.map(({ id, recorded, compiled }) => [id, recorded?.slice(-5), compiled?.slice(-5)]),
    [['1', ':4444', '1:443']],
  );
});

it('what was left as somebody made it is not held against the commit, and that is said', async () => {
  const world = await livedIn();
  await suspend(world, { reason: 'x', seconds: 3600, only: readForward('main:443/tcp') });
  world.mirror.push(stateWith([80, 25]));
  assert.equal((await reconcile(world, daemonPass)).outcome, 'applied');
  assert.match(world.netfilter.text('v4'), /--dport 443 /);
  const found = await verify(world, quiet);
  assert.deepEqual([found.same, found.differing], [2, []]);
  assert.equal(found.skipped.find(({ first }) => first === '3')?.why, 'something was left as somebody had made it');
  assert.equal(world.ledger.records[3]?.left, 'main:443/tcp');
  // What is left alone and as the commit has it is compared all the same.
  world.mirror.push(stateWith([80, 25, 443]));
  await reconcile(world, daemonPass);
  assert.equal((await verify(world, quiet)).same, 3);
});

it('what another natroute, iptables or local config made is not compared, and that is said', async () => {
  const world = await livedIn();
  const last = world.ledger.records[1]!;
  const reasons = async (part: Partial<typeof last>): Promise<readonly string[]> => {
    world.ledger.records[1] = { ...last, ...part };
    const { same, differing, skipped } = await verify(world, quiet);
    assert.deepEqual([same, differing], [1, []]);
    return skipped.map(({ why, entries, first }) => `${entries} ${first} ${why}`);
  };
  const { versions } = last;
  const { natroute, iptables, backend } = versions;
  const unnoted = { natroute, iptables, backend };
  assert.match((await reasons({ versions: { ...versions, natroute: '9.9' } })).join(), /^1 1 natroute 9\.9 wrote them/);
  assert.match((await reasons({ versions: { ...versions, iptables: '1.2' } })).join(), /^1 1 iptables 1\.2/);
  assert.match((await reasons({ versions: { ...versions, config: 'other' } })).join(), /another local config/);
  assert.match((await reasons({ versions: unnoted })).join(), /local config was not noted/);
  assert.match((await reasons({ desired: null })).join(), /a folder was applied by hand/);
  assert.match((await reasons({ outcome: 'failed' })).join(), /no commit asked for those rules/);
  assert.match((await reasons({ about: 'guests' })).join(), /they tell of guests, with the rules of the entry before/);
  // A ledger of years is not read for what is not compared.
  const asked: string[] = [];
  const tables = world.ledger.tables.bind(world.ledger);
  Object.assign(world.ledger, { tables: (ids: readonly string[]) => (asked.push(...ids), tables(ids)) });
  await reasons({ outcome: 'failed' });
  assert.deepEqual(asked, ['0']);
  const gone = { ...last.desired!, commit: 'f'.repeat(40) };
  assert.match((await reasons({ desired: gone })).join(), /not in the copy of the state repository/);
});
