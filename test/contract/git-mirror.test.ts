// The Mirror port against local git repositories: heads, fetches, trust, revisions, and what a host reads of a commit.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
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

const paths = (files: readonly { readonly path: string }[]): readonly string[] => files.map((file) => file.path);

describe('mirror', () => {
  it('follows a branch: head, fetch, trust', async () => {
    const folder = world.repository('followed');
    const first = world.commit(folder, { 'host.yaml': 'a: 1\n' });
    const mirror = world.mirror(folder);
    assert.equal(await mirror.trusted(), null);
    assert.equal(await mirror.remoteHead(), first);
    assert.equal(await mirror.fetch(), first);
    assert.equal(await mirror.trusted(), null, 'a fetch trusts nothing');
    await mirror.trust(first, null);
    const second = world.commit(folder, { 'host.yaml': 'a: 2\n' });
    assert.equal(await mirror.remoteHead(), second);
    assert.equal(await mirror.fetch(), second);
    assert.equal(await mirror.trusted(), first);
    assert.ok(await mirror.isAncestor(first, second));
    assert.ok(await mirror.isAncestor(first, first));
    assert.ok(!(await mirror.isAncestor(second, first)));
    await assert.rejects(mirror.trust(second, second), faultSaying('git-refused', /another natroute moved it/));
    await assert.rejects(mirror.trust(second, null), faultSaying('git-refused', /another natroute moved it/));
    assert.equal(await mirror.trusted(), first);
    await mirror.trust(second, first);
    assert.equal(await mirror.trusted(), second);
  });

  it('asking what is trusted makes nothing', async () => {
    const path = join(world.top, 'unmade.git');
    assert.equal(await world.mirror('/nowhere', { path }).trusted(), null);
    assert.ok(!existsSync(path));
  });

  it('a second mirror on the same folder knows what the first one trusted', async () => {
    const folder = world.repository('again');
    const commit = world.commit(folder, { 'host.yaml': '' });
    const path = join(world.top, 'again.git');
    const mirror = world.mirror(folder, { path });
    await mirror.fetch();
    await mirror.trust(commit, null);
    assert.equal(await world.mirror(folder, { path }).trusted(), commit);
  });

  it('says that a repository is empty, and which branches there are', async () => {
    const folder = world.repository('empty');
    const mirror = world.mirror(folder);
    await assert.rejects(mirror.remoteHead(), faultSaying('no-such-branch', /has no commits yet/));
    await assert.rejects(mirror.fetch(), faultSaying('no-such-branch', /has no commits yet/));
    world.commit(folder, { 'host.yaml': '' });
    for (let n = 10; n < 25; n += 1) world.git(folder, 'branch', `b${n}`);
    world.git(folder, 'branch', 'x/refs/heads/production');
    const other = world.mirror(folder, { branch: 'production' });
    const words = /has no branch production\. It has b10, .*b19 and 7 more/;
    await assert.rejects(other.remoteHead(), faultSaying('no-such-branch', words));
    await assert.rejects(other.fetch(), faultSaying('no-such-branch', words));
  });

  it('says that there is no repository', async () => {
    mkdirSync(join(world.top, 'plain'));
    for (const url of [join(world.top, 'absent'), join(world.top, 'plain')]) {
      await assert.rejects(
        world.mirror(url).remoteHead(),
        faultSaying('git-unreachable', /there is no git repository there/),
      );
      await assert.rejects(
        world.mirror(url).fetch(),
        faultSaying('git-unreachable', /there is no git repository there/),
      );
    }
  });

  it('resolves what a person types, and nothing else', async () => {
    const folder = world.repository('revisions');
    const first = world.commit(folder, { 'host.yaml': 'a: 1\n' });
    const second = world.commit(folder, { 'host.yaml': 'a: 2\n' }, '--author', 'Bob <bob@example.org>', '-m', 'x');
    world.git(folder, 'tag', 'v1', first);
    const mirror = world.mirror(folder);
    await assert.rejects(mirror.resolve('main'), faultSaying('no-such-revision', /names no commit that was fetched/));
    await mirror.fetch();
    for (const name of ['main', 'origin/main', 'HEAD', second, second.slice(0, 7), second.toUpperCase()]) {
      assert.equal((await mirror.resolve(name)).commit, second, name);
    }
    for (const name of ['main~1', 'HEAD^', `${second}~1`, first])
      assert.equal((await mirror.resolve(name)).commit, first);
    const { author, subject, signature, authoredAt } = await mirror.resolve(second);
    assert.deepEqual(
      { author, subject, signature },
      { author: 'Bob <bob@example.org>', subject: 'Change', signature: 'none' },
    );
    assert.ok(!Number.isNaN(Date.parse(authoredAt)));
    const refused = [
      '',
      '-h',
      '--output=/tmp/x',
      'main:host.yaml',
      ':/Change',
      '@{-1}',
      'main^{/Change}',
      'main..HEAD',
      'v1',
      'a b',
      'main\n',
      '--end-of-options',
      'HEAD~99',
      'deadbeef',
      '0'.repeat(40),
      `main${'^'.repeat(5000)}`,
    ];
    for (const name of refused)
      await assert.rejects(mirror.resolve(name), faultSaying('no-such-revision', /names no commit/), name);
    const blob = world.git(folder, 'rev-parse', 'HEAD:host.yaml');
    await assert.rejects(mirror.resolve(blob), faultSaying('no-such-revision', /names no commit/));
  });

  it('reads the root layout: what could be state, byte for byte', async () => {
    const folder = world.repository('root');
    const bytes = Buffer.from([0, 255, 10, 13, 195, 40, 10]);
    mkdirSync(join(folder, 'guests'));
    writeFileSync(join(folder, 'guests/web.yaml'), bytes);
    const commit = world.commit(folder, {
      'host.yaml': 'a: 1\n',
      'guests/empty.yaml': '',
      'README.md': 'prose',
      'docs/manual/page.md': 'prose',
      'docs/picture.png': 'png',
      'guest/typo.yaml': 'x: 1\n',
      '.natroute/host.schema.json': '{}',
      '.github/workflows/ci.yaml': 'x: 1\n',
    });
    const mirror = world.mirror(folder);
    await mirror.fetch();
    const files = await mirror.read(commit, 'dedibox');
    assert.deepEqual(paths(files), [
      'README.md',
      'guest/typo.yaml',
      'guests/empty.yaml',
      'guests/web.yaml',
      'host.yaml',
    ]);
    const web = files.find((file) => file.path === 'guests/web.yaml');
    assert.deepEqual(
      { ...web, content: Buffer.from(web?.content ?? []) },
      { path: 'guests/web.yaml', kind: 'file', bytes: 7, content: bytes },
    );
    assert.equal(files.find((file) => file.path === 'guests/empty.yaml')?.content?.length, 0);
  });

  it('reads the own folder and common of many hosts, and else the names of the hosts', async () => {
    const folder = world.repository('many');
    const commit = world.commit(folder, {
      'README.md': '',
      'host.yaml': 'not read',
      'common/groups.yaml': 'admins: []\n',
      'hosts/a/host.yaml': 'a: 1\n',
      'hosts/a/guests/web.yaml': 'b: 1\n',
      'hosts/ab/host.yaml': 'a: 2\n',
      'hosts/ab/guests/web.yaml': 'a: 3\n',
    });
    const mirror = world.mirror(folder);
    await mirror.fetch();
    assert.deepEqual(paths(await mirror.read(commit, 'a')), [
      'common/groups.yaml',
      'hosts/a/guests/web.yaml',
      'hosts/a/host.yaml',
    ]);
    for (const host of ['c', '..', '../common', '-x', '*']) {
      const files = await mirror.read(commit, host);
      assert.deepEqual(paths(files), ['common/groups.yaml', 'hosts/a/host.yaml', 'hosts/ab/host.yaml'], host);
    }
  });

  it('cannot be told anything by its url or branch', () => {
    const urls = [
      '',
      '-x',
      '--upload-pack=touch /tmp/x',
      'ext::sh -c true',
      'fd::0',
      'http://example.org/r',
      'git://example.org/r',
      'relative/path',
      '~/repo',
      './x',
      'ssh://-oProxyCommand=x/r',
      'ssh://h/-r',
      '-oProxyCommand=x:r',
      'user@-oProxyCommand=x:r',
      '-l@h:r',
      'h:-r',
      'https://',
      'https:///r',
      'https://-x/r',
      'https://h/r\nfoo',
      '/path\0x',
      `/${'x'.repeat(3000)}`,
      'file://host/path',
      'a::b',
      'x@h::r',
      'ssh://h:port/r',
    ];
    for (const url of urls) assert.throws(() => world.mirror(url), faultSaying('git-refused', /is refused/), url);
    for (const url of [
      'https://u:p@h.example:8443/r.git',
      'git@git.example.org:ops/dom0.git',
      'h:r',
      'ssh://git@h:22/r',
      'ssh://[2001:db8::1]:22/r',
      'git@[2001:db8::1]:r',
      '/srv/git/a b.git',
      'file:///srv/git/r.git',
    ])
      world.mirror(url);
    const branches = [
      '',
      '-x',
      'a..b',
      'a b',
      'a:b',
      'a~1',
      'a^',
      'a?',
      'a*',
      'a[b',
      'a\\b',
      '/a',
      'a/',
      'a//b',
      '.a',
      'a/.b',
      'a.lock',
      'a.lock/b',
      'a@{1}',
      '@',
      'a\n',
      'x'.repeat(300),
    ];
    for (const branch of branches) {
      assert.throws(() => world.mirror('/r', { branch }), faultSaying('git-refused', /is not a branch's name/), branch);
    }
    for (const branch of ['main', 'ring/1', 'feature-x', 'v1.2', 'a@b']) world.mirror('/r', { branch });
  });

  it('never shows a password', async () => {
    const mirror = world.mirror('https://user:s3cret@127.0.0.1:1/r.git');
    await assert.rejects(mirror.remoteHead(), (error: unknown) => {
      assert.ok(faultSaying('git-unreachable', /refuses the connection/)(error));
      assert.ok(!JSON.stringify([error, (error as Error).message, (error as Error).stack]).includes('s3cret'));
      return true;
    });
  });

  it('finishes a making that was cut short, and refuses a folder that is something else', async () => {
    const folder = world.repository('source');
    const commit = world.commit(folder, { 'host.yaml': '' });
    const half = join(world.top, 'half.git');
    mkdirSync(join(half, 'refs'), { recursive: true });
    writeFileSync(join(half, 'HEAD'), 'ref: refs/heads/main\n');
    assert.equal(await world.mirror(folder, { path: half }).fetch(), commit);
    const other = join(world.top, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'precious'), '');
    const refused = faultSaying('git-refused', /is damaged: it is no whole git repository.*Move .* away/);
    await assert.rejects(world.mirror(folder, { path: other }).fetch(), refused);
    assert.deepEqual(readdirSync(other), ['precious']);
  });

  it('reads a repository of another user that the local config names', { skip: process.getuid?.() !== 0 }, async () => {
    const folder = world.repository('of another "user"');
    const commit = world.commit(folder, { 'host.yaml': '' });
    const bare = join(world.top, 'foreign.git');
    world.git(world.top, 'clone', '--quiet', '--bare', folder, bare);
    for (const each of [folder, join(folder, '.git'), bare]) chownSync(each, 65534, 65534);
    assert.equal(await world.mirror(folder).fetch(), commit);
    assert.equal(await world.mirror(`file://${bare}`).fetch(), commit);
    assert.equal(await world.mirror(join(folder, '.git')).fetch(), commit);
  });

  it('takes away the lock that a killed git left long ago, and no other', async () => {
    const folder = world.repository('locked');
    const commit = world.commit(folder, { 'host.yaml': '' });
    const path = join(world.top, 'locked.git');
    const mirror = world.mirror(folder, { path });
    await mirror.fetch();
    const lock = join(path, 'refs/natroute/fetched.lock');
    writeFileSync(lock, '');
    world.commit(folder, { 'host.yaml': 'a: 2\n' });
    await assert.rejects(mirror.fetch(), faultSaying('git-unreachable', /./));
    utimesSync(lock, 1000, 1000);
    assert.notEqual(await mirror.fetch(), commit);
  });

  it('keeps what it writes from other users', async () => {
    const folder = world.repository('modes');
    world.commit(folder, { 'host.yaml': '' });
    const home = join(world.top, 'modes-home');
    await world.mirror(folder, { home }).fetch();
    assert.equal(statSync(home).mode & 0o077, 0);
  });

  it('reads commits as git itself shows them', async () => {
    const folder = world.repository('shown');
    const dates = ['1790000000 +0000', '1790000000 -0330', '1 +1345', '4102444800 -1200'];
    const messages = ['one', '  \n\ntwo\nlines\n\nbody', 'tab\there', 'three\n \nrest', ''];
    const mirror = world.mirror(folder);
    const tree = (world.commit(folder, {}), world.git(folder, 'rev-parse', 'HEAD^{tree}'));
    const write = (author: Buffer, headers: string, message: Buffer): string => {
      const head = Buffer.from(`tree ${tree}\nauthor `);
      const rest = Buffer.from(`\ncommitter A <a@x> 1 +0000\n${headers}\n`);
      const input = Buffer.concat([head, author, rest, message]);
      const run = ['-C', folder, 'hash-object', '-t', 'commit', '-w', '--stdin'];
      const commit = execFileSync('git', run, { input, encoding: 'utf8' }).trim();
      world.git(folder, 'update-ref', 'refs/heads/main', commit);
      return commit;
    };
    const text = (message: string): Buffer => Buffer.from(message);
    const commits = [
      ...dates.map((date) => write(text(`Zoë (ops) <z@x> ${date}`), '', text('x'))),
      ...messages.map((message) => write(text('A <> 1 +0000'), '', text(message))),
      write(Buffer.from('Zo\xeb <z@x> 1 +0000', 'latin1'), 'encoding ISO-8859-1\n', Buffer.from('caf\xe9', 'latin1')),
    ];
    for (const commit of commits) {
      world.git(folder, 'update-ref', 'refs/heads/main', commit);
      await mirror.fetch();
      const { author, authoredAt, subject } = await mirror.resolve(commit);
      const shown = world
        .git(folder, 'log', '-1', '--encoding=UTF-8', '--format=%an <%ae>%x00%aI%x00%s', commit)
        .split('\0');
      assert.deepEqual(
        [author, authoredAt.replace('+00:00', 'Z'), subject],
        [shown[0], shown[1]?.replace('+00:00', 'Z'), shown[2]?.replaceAll('\t', ' ').trim()],
        commit,
      );
    }
  });

  it('joins the packs of many fetches, now and then', async () => {
    const folder = world.repository('often');
    const path = join(world.top, 'often.git');
    const mirror = world.mirror(folder, { path });
    const packs = (): number => readdirSync(join(path, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;
    const tree = (world.commit(folder, {}), world.git(folder, 'rev-parse', 'HEAD^{tree}'));
    let head = world.git(folder, 'rev-parse', 'HEAD');
    for (let n = 1; n <= limits.gitPacks; n += 1) {
      await mirror.fetch();
      assert.ok(packs() <= n, `${n} fetches, ${packs()} packs`);
      if (n === limits.gitPacks) break;
      head = world.git(folder, 'commit-tree', '-p', head, '-m', String(n), tree);
      world.git(folder, 'update-ref', 'refs/heads/main', head);
    }
    assert.equal(packs(), 1);
    assert.equal((await mirror.resolve('HEAD~49')).subject, 'Change');
  });
});
