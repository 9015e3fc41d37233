// The Mirror port against repositories that mean harm: nothing in them is run, followed, or read past its limit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readFolder } from '../../src/adapters/folder.ts';
import { limits } from '../../src/model/limits.ts';
import { faultSaying, type GitWorld, openGitWorld, processesNaming } from './git-world.ts';

let world: GitWorld;
before(() => {
  world = openGitWorld();
});
after(() => {
  const left = processesNaming(world.top);
  world.end();
  assert.deepEqual(left, []);
});

describe('hostile repositories', () => {
  it('links and submodules come by name and kind, without content', async () => {
    const folder = world.repository('links');
    symlinkSync('/etc/passwd', join(folder, 'groups.yaml'));
    symlinkSync('/etc', join(folder, 'guests'));
    world.commit(folder, { 'host.yaml': '' });
    world.git(folder, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},checks.yaml`);
    world.git(folder, 'commit', '--quiet', '-m', 'submodule');
    const mirror = world.mirror(folder);
    const files = await mirror.read(await mirror.fetch(), 'dedibox');
    assert.deepEqual(
      files.map(({ path, kind, content }) => ({ path, kind, read: content !== null })),
      [
        { path: 'checks.yaml', kind: 'submodule', read: false },
        { path: 'groups.yaml', kind: 'symlink', read: false },
        { path: 'guests', kind: 'symlink', read: false },
        { path: 'host.yaml', kind: 'file', read: true },
      ],
    );
  });

  it('a link in the place of hosts, of the own host or of common leads nowhere', async () => {
    const folder = world.repository('host-link');
    world.commit(folder, { 'hosts/b/host.yaml': 'b\n' });
    symlinkSync('b', join(folder, 'hosts/a'));
    symlinkSync('/etc', join(folder, 'common'));
    const commit = world.commit(folder, {});
    const mirror = world.mirror(folder);
    await mirror.fetch();
    const expected = [
      { path: 'common', kind: 'symlink' },
      { path: 'hosts/a', kind: 'symlink' },
    ];
    const shown = (files: Awaited<ReturnType<typeof readFolder>>): unknown =>
      files.map(({ path, kind }) => ({ path, kind }));
    assert.deepEqual(shown(await mirror.read(commit, 'a')), expected);
    assert.deepEqual(shown(await readFolder(folder, 'a')), expected);
    const other = world.repository('hosts-link');
    symlinkSync('/etc', join(other, 'hosts'));
    const single = world.commit(other, { 'host.yaml': '' });
    const second = world.mirror(other);
    await second.fetch();
    const root = [
      { path: 'host.yaml', kind: 'file' },
      { path: 'hosts', kind: 'symlink' },
    ];
    assert.deepEqual(shown(await second.read(single, 'passwd')), root);
    assert.deepEqual(shown(await readFolder(other, 'passwd')), root);
  });

  it('file names with newlines, quotes, dashes, tabs and bytes that are no text stay what they are', async () => {
    const folder = world.repository('names');
    const names = [
      'guests/a\nb.yaml',
      'guests/"q".yaml',
      "guests/'; rm -rf x;'.yaml",
      '--output=x.yaml',
      '-x',
      'guests/t\tab.yaml',
      'guests/ü.yaml',
      'guests/$(id).yaml',
      'guests/a b.yaml',
      ':(glob)x.yaml',
    ];
    const commit = world.commit(folder, Object.fromEntries(names.map((name) => [name, name])));
    const mirror = world.mirror(folder);
    await mirror.fetch();
    const files = await mirror.read(commit, 'dedibox');
    assert.deepEqual(files.map((file) => file.path).sort(), [...names].sort());
    for (const file of files) assert.equal(Buffer.from(file.content ?? []).toString(), file.path);
    const plain = await readFolder(folder, 'dedibox');
    assert.deepEqual(plain.map((file) => file.path).sort(), [...names].sort());
  });

  it('a name that is no UTF-8 is read as something that no real file is called', async () => {
    const folder = world.repository('bytes');
    writeFileSync(Buffer.from(`${folder}/\xff\xfe.yaml`, 'latin1'), 'x');
    const commit = world.commit(folder, {});
    const mirror = world.mirror(folder);
    await mirror.fetch();
    assert.deepEqual(
      (await mirror.read(commit, 'h')).map((file) => file.path),
      ['\ufffd\ufffd.yaml'],
    );
  });

  it('a huge file is listed with its size and not read; many are read up to the total', async () => {
    const folder = world.repository('huge');
    const big = 'x'.repeat(limits.stateFileBytes);
    const count = limits.stateTotalBytes / limits.stateFileBytes + 2;
    const bigs = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`guests/g${n}.yaml`, `${n}`.padEnd(3) + big.slice(3)]),
    );
    const commit = world.commit(folder, {
      'host.yaml': 'y'.repeat(limits.stateFileBytes + 1),
      'checks.yaml': 'c',
      ...bigs,
    });
    const mirror = world.mirror(folder);
    await mirror.fetch();
    for (const files of [await mirror.read(commit, 'h'), await readFolder(folder, 'h')]) {
      const host = files.find((file) => file.path === 'host.yaml');
      assert.deepEqual([host?.bytes, host?.content], [limits.stateFileBytes + 1, null]);
      const read = files.filter((file) => file.content !== null);
      assert.ok(read.reduce((sum, file) => sum + (file.content?.length ?? 0), 0) <= limits.stateTotalBytes);
      assert.equal(read.length, count - 2, 'checks.yaml takes the room of one');
      assert.equal(files.length, count + 2);
    }
  });

  it('too many files come one over the limit, and no more', async () => {
    const folder = world.repository('crowd');
    const count = limits.stateFiles + 50;
    world.commit(folder, { empty: '' });
    const blob = world.git(folder, 'rev-parse', 'HEAD:empty');
    const mktree = (input: string): string =>
      execFileSync('git', ['-C', folder, 'mktree'], { input, encoding: 'utf8' }).trim();
    const guests = mktree(Array.from({ length: count }, (_, n) => `100644 blob ${blob}\tg${n}.yaml\n`).join(''));
    const tree = mktree(`040000 tree ${guests}\tguests\n`);
    const commit = world.git(folder, 'commit-tree', '-m', 'crowd', tree);
    world.git(folder, 'update-ref', 'refs/heads/main', commit);
    const mirror = world.mirror(folder);
    await mirror.fetch();
    assert.equal((await mirror.read(commit, 'h')).length, limits.stateFiles + 1);
    mkdirSync(join(folder, 'guests'));
    for (let n = 0; n < count; n += 1) linkSync(join(folder, 'empty'), join(folder, `guests/g${n}.yaml`));
    assert.equal((await readFolder(folder, 'h')).length, limits.stateFiles + 1);
  });

  it('hooks, filters, helpers and configuration run nothing, on either side', async () => {
    const folder = world.repository('armed');
    const trap = join(world.top, 'trap');
    const sprung = join(world.top, 'sprung');
    writeFileSync(trap, `#!/bin/sh\necho "$0 $*" >> ${sprung}\n`);
    chmodSync(trap, 0o755);
    world.commit(folder, {
      'host.yaml': '$Id$\n',
      '.gitattributes': '* filter=evil diff=evil ident export-subst\n',
      '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = https://example.org/x\n\tupdate = none\n',
    });
    const arm = (gitDir: string): void => {
      mkdirSync(join(gitDir, 'hooks'), { recursive: true });
      for (const hook of [
        'post-checkout',
        'reference-transaction',
        'post-merge',
        'pre-auto-gc',
        'post-update',
        'update',
        'pre-receive',
        'fsmonitor-watchman',
      ]) {
        execFileSync('cp', [trap, join(gitDir, 'hooks', hook)]);
      }
      const settings: Record<string, string> = {
        'filter.evil.smudge': trap,
        'filter.evil.process': trap,
        'diff.evil.textconv': trap,
        'core.fsmonitor': trap,
        'core.pager': trap,
        'uploadpack.packObjectsHook': trap,
        'credential.helper': trap,
      };
      for (const [key, value] of Object.entries(settings))
        execFileSync('git', ['config', '--file', join(gitDir, 'config'), key, value]);
    };
    const path = join(world.top, 'armed.git');
    const mirror = world.mirror(folder, { path });
    const first = await mirror.fetch();
    await mirror.trust(first, null);
    arm(join(folder, '.git'));
    arm(path);
    execFileSync('git', ['config', '--file', join(path, 'config'), 'core.hooksPath', join(path, 'hooks')]);
    execFileSync('git', ['config', '--file', join(path, 'config'), 'core.sshCommand', trap]);
    rmSync(sprung, { force: true });
    const second = execFileSync(
      'git',
      [
        '-C',
        folder,
        '-c',
        'core.hooksPath=/dev/null',
        '-c',
        'core.fsmonitor=false',
        '-c',
        'user.name=a',
        '-c',
        'user.email=a',
        'commit-tree',
        '-p',
        first,
        '-m',
        'x',
        `${first}^{tree}`,
      ],
      { encoding: 'utf8' },
    ).trim();
    execFileSync('git', ['-C', folder, '-c', 'core.hooksPath=/dev/null', 'update-ref', 'refs/heads/main', second]);
    assert.equal(await mirror.remoteHead(), second);
    assert.equal(await mirror.fetch(), second);
    await mirror.trust(second, first);
    await mirror.resolve('main');
    const files = await mirror.read(second, 'h');
    assert.equal(Buffer.from(files.find((file) => file.path === 'host.yaml')?.content ?? []).toString(), '$Id$\n');
    assert.ok(!existsSync(sprung));
    // The traps do work: a git without our guards steps into them.
    world.git(path, 'update-ref', 'refs/heads/control', second);
    assert.ok(existsSync(sprung));
  });

  it('environment and configuration of whoever starts natroute change nothing', async () => {
    const folder = world.repository('ambient');
    const commit = world.commit(folder, { 'host.yaml': 'mine' });
    const sprung = join(world.top, 'ambient-sprung');
    const old = { ...process.env };
    Object.assign(process.env, {
      GIT_DIR: '/nowhere',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: world.top,
      GIT_SSH_COMMAND: `touch ${sprung}`,
      GIT_EXTERNAL_DIFF: `touch ${sprung}`,
      GIT_PAGER: `touch ${sprung}`,
      EDITOR: 'false',
      GIT_OBJECT_DIRECTORY: '/nowhere',
      GIT_ALLOW_PROTOCOL: 'ext',
      LC_ALL: 'de_DE.UTF-8',
    });
    try {
      const mirror = world.mirror(folder);
      assert.equal(await mirror.fetch(), commit);
      assert.equal((await mirror.resolve(commit)).commit, commit);
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in old)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, old);
    }
    assert.ok(!existsSync(sprung));
  });

  it('forged objects do not pass', async () => {
    const folder = world.repository('forged');
    world.commit(folder, { 'host.yaml': '' });
    const blob = world.git(folder, 'rev-parse', 'HEAD:host.yaml');
    const raw = Buffer.concat([Buffer.from('100644 .git\0'), Buffer.from(blob, 'hex')]);
    const tree = execFileSync('git', ['-C', folder, 'hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], {
      input: raw,
      encoding: 'utf8',
    }).trim();
    const commit = world.git(folder, 'commit-tree', '-p', 'HEAD', '-m', 'forged', tree);
    world.git(folder, 'update-ref', 'refs/heads/main', commit);
    const mirror = world.mirror(folder);
    await assert.rejects(mirror.fetch(), faultSaying('git-refused', /did not pass git's own check/));
    await assert.rejects(mirror.resolve(commit), faultSaying('no-such-revision', /./));
  });

  it('an author with newlines and control characters is one plain line', async () => {
    const folder = world.repository('author');
    const tree = (world.commit(folder, {}), world.git(folder, 'rev-parse', 'HEAD^{tree}'));
    const raw = `tree ${tree}\nauthor Eve\u001b[2J\u202e <eve@x> 1700000000 +0000\ncommitter Eve <eve@x> 1700000000 +0000\n\nsub\u0007ject\n\nNatroute-Cause: push\n`;
    const commit = execFileSync('git', ['-C', folder, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: raw,
      encoding: 'utf8',
    }).trim();
    world.git(folder, 'update-ref', 'refs/heads/main', commit);
    const mirror = world.mirror(folder);
    await mirror.fetch();
    const facts = await mirror.resolve(commit);
    assert.deepEqual([facts.author, facts.subject], ['Eve [2J <eve@x>', 'sub ject']);
  });
});
