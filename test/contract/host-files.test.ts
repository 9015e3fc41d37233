// The HostFiles port on a real disk and on its fake: nothing is followed, nothing of others is lost, mode and owner stay.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createHostFiles } from '../../src/adapters/host-files.ts';
import type { FoundFile, WantedFile } from '../../src/model/file.ts';
import { Fault } from '../../src/model/fault.ts';
import type { HostFiles } from '../../src/ports.ts';
import { createFakeHostFiles } from '../fakes/host-files.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'natroute-host-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const real = (): HostFiles => createHostFiles({ root, commandText: (words) => words.join(' ') });
const file = (content: string): WantedFile => ({ kind: 'file', content });
const absent: FoundFile = { kind: 'absent' };
const path = '/etc/xen/web.cfg';
const one = async (files: HostFiles, at = path): Promise<FoundFile> => (await files.look([at])).get(at) ?? absent;
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  return error instanceof Fault ? `${error.code}: ${error.message}` : String(error);
};

for (const [name, make] of [
  ['the real one', real],
  ['the fake', createFakeHostFiles],
] as const)
  describe(`host files: ${name}`, () => {
    it('makes, changes, links and removes, and reads it all back', async () => {
      const files = make();
      assert.deepEqual(await one(files), absent);
      await files.swap([
        { path, found: absent, wanted: file('a\n') },
        { path: '/etc/xen/auto/web.cfg', found: absent, wanted: { kind: 'link', to: '../web.cfg' } },
      ]);
      const made = await one(files);
      assert.deepEqual(
        [made.kind, made.kind === 'file' && [made.content, made.mode, made.owner]],
        ['file', ['a\n', 0o644, 'root']],
      );
      assert.deepEqual(await one(files, '/etc/xen/auto/web.cfg'), { kind: 'link', to: '../web.cfg' });
      const before = await files.signature([path]);
      assert.equal(await files.signature([path]), before);
      await files.swap([{ path, found: made, wanted: file('b\n') }]);
      assert.notEqual(await files.signature([path]), before);
      await files.swap([{ path, found: await one(files), wanted: { kind: 'absent' } }]);
      assert.deepEqual(await one(files), absent);
    });

    it('leaves what is not as it was found, and what comes behind it', async () => {
      const files = make();
      await files.swap([{ path, found: absent, wanted: file('a\n') }]);
      const other = '/etc/xen/x.cfg';
      const fault = await codeOf(
        files.swap([
          { path, found: absent, wanted: file('b\n') },
          { path: other, found: absent, wanted: file('c\n') },
        ]),
      );
      assert.match(fault, /^stale-file: another program changed \/etc\/xen\/web\.cfg/);
      const there = await one(files);
      assert.equal(there.kind === 'file' && there.content, 'a\n');
      assert.deepEqual(await one(files, other), absent);
    });
  });

describe('host files on a disk', () => {
  it('keep mode and owner, and leave no other name behind', async () => {
    mkdirSync(join(root, '/etc/xen'), { recursive: true });
    writeFileSync(root + path, 'old\n');
    chmodSync(root + path, 0o640);
    chownSync(root + path, 12, 34);
    // Of a write that a crash cut short.
    writeFileSync(join(root, '/etc/xen/.web.cfg.natroute-12-1'), 'half');
    const files = real();
    await files.swap([{ path, found: await one(files), wanted: file('new\n') }]);
    const { mode, uid, gid } = statSync(root + path);
    assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 12, 34]);
    assert.deepEqual(readdirSync(join(root, '/etc/xen')), ['web.cfg']);
    // What comes back after it was removed is as it was.
    const found = await one(files);
    await files.swap([{ path, found, wanted: { kind: 'absent' } }]);
    assert.ok(found.kind === 'file');
    await files.swap([{ path, found: absent, wanted: { ...found, kind: 'file', like: found } }]);
    assert.deepEqual([statSync(root + path).mode & 0o7777, statSync(root + path).gid], [0o640, 34]);
  });

  it('stay closed to those whom somebody shut out meanwhile', async () => {
    mkdirSync(join(root, '/etc/xen'), { recursive: true });
    writeFileSync(root + path, 'old\n', { mode: 0o644 });
    const files = real();
    const found = await one(files);
    chmodSync(root + path, 0o600);
    assert.match(await codeOf(files.swap([{ path, found, wanted: file('new\n') }])), /^stale-file/);
    assert.deepEqual([readFileSync(root + path, 'utf8'), statSync(root + path).mode & 0o7777], ['old\n', 0o600]);
  });

  it('follow no link: not at the path, not on the way', async () => {
    mkdirSync(join(root, '/etc/xen'), { recursive: true });
    writeFileSync(join(root, 'secret'), 'secret\n');
    symlinkSync(join(root, 'secret'), root + path);
    const files = real();
    const found = await one(files);
    assert.deepEqual(found, { kind: 'link', to: join(root, 'secret') });
    assert.match(await codeOf(files.swap([{ path, found: absent, wanted: file('x') }])), /^stale-file/);
    await files.swap([{ path, found, wanted: file('x') }]);
    assert.equal(readFileSync(join(root, 'secret'), 'utf8'), 'secret\n');
    assert.equal(lstatSync(root + path).isFile(), true);

    mkdirSync(join(root, 'elsewhere'));
    symlinkSync('../elsewhere', join(root, '/etc/sysctl.d'));
    const astray = '/etc/sysctl.d/99-natroute.conf';
    assert.deepEqual(await one(files, astray), {
      kind: 'other',
      what: '/etc/sysctl.d is a symbolic link, which natroute does not follow',
    });
    assert.match(
      await codeOf(files.swap([{ path: astray, found: absent, wanted: file('x') }])),
      /^guarded: .*symbolic link/,
    );
    assert.deepEqual(readdirSync(join(root, 'elsewhere')), []);
  });

  it('call a folder, a pipe, a large file and what is no text what they are', async () => {
    mkdirSync(root + path, { recursive: true });
    const files = real();
    assert.match(JSON.stringify(await one(files)), /there is a folder where a file should be/);
    spawnSync('mkfifo', [join(root, 'etc/pipe')]);
    assert.match(JSON.stringify(await one(files, '/etc/pipe')), /no regular file/);
    writeFileSync(join(root, 'etc/large'), 'x'.repeat(1_048_577));
    assert.match(JSON.stringify(await one(files, '/etc/large')), /larger than 1048576 bytes/);
    writeFileSync(join(root, 'etc/binary'), Buffer.from([0xff, 0xfe]));
    assert.match(JSON.stringify(await one(files, '/etc/binary')), /not UTF-8/);
    writeFileSync(join(root, 'etc/file'), '');
    assert.match(JSON.stringify(await one(files, '/etc/file/x')), /\/etc\/file is no folder/);
  });

  it('stage all before the first is put in place: a disk that is full changes nothing', async (t) => {
    mkdirSync(join(root, 'etc'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'natroute-test', join(root, 'etc')]).status !== 0)
      return t.skip('no file system may be mounted here');
    try {
      const files = real();
      const fault = await codeOf(
        files.swap([
          { path: '/etc/a', found: absent, wanted: file('small\n') },
          { path: '/etc/b', found: absent, wanted: file('x'.repeat(200_000)) },
        ]),
      );
      assert.match(fault, /^disk: .*\/etc\/b.*disk is full/);
      assert.deepEqual(readdirSync(join(root, 'etc')), []);
    } finally {
      spawnSync('umount', [join(root, 'etc')]);
    }
  });

  it('name who has a file open', async () => {
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/open'), '');
    const reader = spawn('tail', ['-f', join(root, 'etc/open')], { stdio: ['ignore', 'ignore', 'ignore'] });
    try {
      const files = real();
      let holder = null;
      for (let tries = 0; holder === null && tries < 100; tries++) {
        holder = await files.holder('/etc/open');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.deepEqual([holder?.process, holder?.pid], ['tail', reader.pid]);
      assert.equal(await files.holder('/etc/nobody'), null);
    } finally {
      reader.kill();
    }
  });

  it('resolve links below the root', async () => {
    mkdirSync(join(root, 'boot'));
    writeFileSync(join(root, 'boot/real'), '');
    symlinkSync('real', join(root, 'boot/link'));
    assert.equal(await real().realPath('/boot/link'), '/boot/real');
    assert.equal(await real().realPath('/boot/none'), null);
    assert.equal(readlinkSync(join(root, 'boot/link')), 'real');
    assert.equal(existsSync(join(root, 'boot/none')), false);
  });
});

describe('a path that cannot be looked at', () => {
  it('is told with the reason, and hides no other one', async () => {
    const files = real();
    // The one error of its kind that root meets on every disk.
    const long = `/etc/xen/${'x'.repeat(300)}.cfg`;
    await files.swap([{ path, found: absent, wanted: file('a\n') }]);
    const found = await files.look([long, path]);
    assert.deepEqual(found.get(long), {
      kind: 'other',
      what: 'it cannot be looked at: the name is too long',
      unreadable: true,
    });
    assert.equal(found.get(path)?.kind, 'file');
    const swap = files.swap([{ path: long, found: found.get(long) ?? absent, wanted: file('b\n') }]);
    assert.match(await codeOf(swap), /^disk: Cannot write .*: the name is too long\.$/);
  });
});
