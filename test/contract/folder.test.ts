// A state repository in a plain folder: the same files as its commit would give, and nothing that only looks like one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readFolder } from '../../src/adapters/folder.ts';
import { faultSaying, type GitWorld, openGitWorld } from './git-world.ts';

let world: GitWorld;
before(() => {
  world = openGitWorld();
});
after(() => world.end());

describe('folder', () => {
  it('reads what a commit of it gives, for one host and for many', async () => {
    const layouts = {
      one: {
        'host.yaml': 'a\n',
        'guests/b.yaml': 'b\n',
        'guests/a.yaml': '',
        'README.md': 'x',
        'docs/x/y.md': 'x',
        '.hidden/z.yaml': 'z',
      },
      many: {
        'hosts/a/host.yaml': 'a',
        'hosts/a/guests/x.yaml': 'x',
        'hosts/b/host.yaml': 'b',
        'common/groups.yaml': 'g',
        'host.yaml': 'h',
      },
    };
    for (const [name, files] of Object.entries(layouts)) {
      const folder = world.repository(name);
      const commit = world.commit(folder, files);
      const mirror = world.mirror(folder);
      await mirror.fetch();
      for (const host of ['a', 'z', '..', '../one']) {
        const plain = await readFolder(folder, host);
        const committed = await mirror.read(commit, host);
        const shown = (list: typeof plain): unknown =>
          list.map((f) => ({ ...f, content: Buffer.from(f.content ?? []).toString() }));
        assert.deepEqual(shown(plain), shown(committed), `${name} ${host}`);
        assert.ok(plain.length > 0);
      }
    }
  });

  it('neither waits for a FIFO nor follows a link, not even inside a folder that is one', async () => {
    const folder = join(world.top, 'odd');
    mkdirSync(join(folder, 'guests'), { recursive: true });
    execFileSync('mkfifo', [join(folder, 'host.yaml')]);
    symlinkSync('/etc/passwd', join(folder, 'guests/x.yaml'));
    symlinkSync('/etc', join(folder, 'more'));
    writeFileSync(join(folder, 'groups.yaml'), 'g');
    const files = await readFolder(folder, 'h');
    assert.deepEqual(
      files.map(({ path, kind, content }) => [path, kind, content === null]),
      [
        ['groups.yaml', 'file', false],
        ['guests/x.yaml', 'symlink', true],
        ['host.yaml', 'other', true],
        ['more', 'symlink', true],
      ],
    );
    symlinkSync('odd', join(world.top, 'to-odd'));
    assert.equal(
      (await readFolder(join(world.top, 'to-odd'), 'h')).length,
      4,
      'the folder that was named may be a link',
    );
  });

  it('says that there is no such folder', async () => {
    writeFileSync(join(world.top, 'file'), '');
    for (const path of ['absent', 'file']) {
      await assert.rejects(readFolder(join(world.top, path), 'h'), faultSaying('usage', /There is no folder/));
    }
  });
});
