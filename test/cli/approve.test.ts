// A branch that somebody rewrote is followed again only after a person said so.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { stateWith } from '../fakes/reference.ts';
import { type CliWorld, openCliWorld } from './cli-world.ts';

describe('a rewritten branch', () => {
  let world: CliWorld;
  before(async () => {
    world = await openCliWorld(stateWith([80]));
    assert.equal((await world.run('apply', '--yes')).code, 0);
  });
  after(() => world.end());

  it('is refused, and the host stays as it is', async () => {
    const tables = await world.tables();
    world.commit(stateWith([80, 443]), 'Another first commit');
    world.git('update-ref', 'refs/heads/main', world.git('commit-tree', 'HEAD^{tree}', '-m', 'Rewritten'));
    const plan = await world.run('plan');
    assert.match(plan.error, /rewritten/);
    assert.match(plan.error, /natroute approve --rewrite/);
    assert.equal(await world.tables(), tables);
  });

  it('needs a person: a terminal or --yes', async () => {
    assert.match((await world.run('approve')).error, /rewritten/);
    assert.equal((await world.run('approve', '--rewrite')).code, 64);
    const no = await world.onTerminal('n', 'approve', '--rewrite');
    assert.equal(no.code, 1);
    assert.match((await world.run('plan')).error, /rewritten/);
  });

  it('is followed once approved', async () => {
    const approved = await world.run('approve', '--rewrite', '--yes');
    assert.equal(approved.code, 0, approved.error);
    assert.match(
      approved.out,
      /^the branch is at [0-9a-f]{10} "Rewritten" by Ann .*\nfollowing the branch from [0-9a-f]{10}\n$/,
    );
    assert.match((await world.run('plan')).out, /\+ main:443\/tcp/);
    assert.match((await world.run('approve', '--rewrite')).out, /it is followed already\n$/);
  });
});

describe('what is held', () => {
  let world: CliWorld;
  before(async () => {
    world = await openCliWorld(stateWith([80, 443, 25]));
    assert.equal((await world.run('apply', '--yes')).code, 0);
  });
  after(() => world.end());

  it('is shown with its reason, and applied once a person said so', async () => {
    assert.match((await world.run('approve')).out, /^nothing is held: what the branch says is in force\n$/);
    world.commit(stateWith([80]));
    const asked = await world.run('approve');
    assert.equal(asked.code, 64);
    assert.match(
      asked.out,
      /- main:443\/tcp.*\n(.*\n)*commit [0-9a-f]{10} deletes 2 of 3 forwards \(main:443\/tcp, main:25\/tcp\): /,
    );
    assert.equal((await world.onTerminal('n', 'approve')).code, 1);
    assert.match(await world.tables(), /--dport 443/);
    const approved = await world.run('approve', '--yes');
    assert.equal(approved.code, 0, approved.error);
    assert.doesNotMatch(await world.tables(), /--dport 443/);
    assert.match((await world.run('history')).out, /\(approve [0-9a-f]{7}\)/);
  });
});
