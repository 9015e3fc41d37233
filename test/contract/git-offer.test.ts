// Mirror.offer on a real git: one commit with only those files changed, as a new branch, and no ref of the mirror moved.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Fault } from '../../src/model/fault.ts';
import { openGitWorld, type GitWorld } from './git-world.ts';

describe('offering a commit', () => {
  let world: GitWorld;
  before(() => {
    world = openGitWorld();
  });
  after(() => world.end());

  it('changes these files alone, keeps their modes, and moves nothing but the new branch', async () => {
    const folder = world.repository('state');
    world.commit(folder, {
      'hosts/a/guests/web.yaml': 'old\n',
      'hosts/a/host.yaml': 'x\n',
      'hosts/ä b/t\tab.yaml': 'y\n',
    });
    chmodSync(join(folder, 'hosts/a/guests/web.yaml'), 0o755);
    const onto = world.commit(folder, { 'common/groups.yaml': 'z\n' });
    const mirror = world.mirror(folder);
    assert.equal(await mirror.fetch(), onto);
    await mirror.trust(onto, null);
    const files = new Map([['hosts/a/guests/web.yaml', 'new ä\r\nno end']]);
    const offered = { onto, files, message: 'Adopt\n\nbody\n', host: 'a' };
    const id = await mirror.offer('adopt/web', offered);
    assert.equal(world.git(folder, 'rev-parse', 'adopt/web'), id);
    assert.equal(world.git(folder, 'rev-parse', 'adopt/web~1'), onto);
    assert.equal(world.git(folder, 'rev-parse', 'main'), onto);
    assert.equal(world.git(folder, 'diff', '--raw', '--abbrev=4', onto, id).split('\t')[1], 'hosts/a/guests/web.yaml');
    assert.match(world.git(folder, 'diff', '--raw', onto, id), /^:100755 100755 \w+ \w+ M\t\S+$/);
    assert.equal(world.git(folder, 'show', `${id}:hosts/a/guests/web.yaml`), 'new ä\r\nno end');
    assert.equal(world.git(folder, 'log', '-1', '--format=%an <%ae>|%s', id), 'natroute <natroute@a>|Adopt');
    assert.equal(await mirror.trusted(), onto);
    assert.equal(
      world.git(join(world.top, 'mirror-1.git'), 'for-each-ref', '--format=%(objectname)'),
      `${onto}\n${onto}`,
    );
  });

  it('writes over no branch, and refuses the one that is followed', async () => {
    const folder = world.repository('taken');
    const onto = world.commit(folder, { 'guests/web.yaml': 'old\n' });
    world.git(folder, 'branch', 'taken');
    const mirror = world.mirror(folder);
    await mirror.fetch();
    const offered = { onto, files: new Map([['guests/web.yaml', 'new\n']]), message: 'Adopt\n', host: 'a' };
    await assert.rejects(
      mirror.offer('taken', offered),
      (error) =>
        error instanceof Fault && error.code === 'git-refused' && /has a branch taken already/.test(error.message),
    );
    await assert.rejects(mirror.offer('main', offered), TypeError);
    assert.equal(world.git(folder, 'rev-parse', 'taken'), onto);
    assert.equal(world.git(folder, 'rev-parse', 'main'), onto);
  });
});
