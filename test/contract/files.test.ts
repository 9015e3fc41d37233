// The Files port on a real disk: whole files or none, plain sentences for what disks do.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFiles, sweepTemporaries } from '../../src/adapters/files.ts';
import { Fault } from '../../src/model/fault.ts';

const files = createFiles();
let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-files-'));
});
after(() => rmSync(top, { recursive: true, force: true }));

const diskFaultSaying = (words: RegExp) => (error: unknown) =>
  error instanceof Fault && error.code === 'disk' && words.test(error.message);

describe('files', () => {
  it('fills a new folder with all that it is given, and with nothing that is there already', async () => {
    const folder = join(top, 'filled');
    const wanted = new Map(Array.from({ length: 40 }, (_, i) => [`guests/g${i % 7}/f${i}`, `${i} é\n`] as const));
    await files.fill(folder, wanted, 0o600);
    for (const [path, content] of wanted) assert.equal(readFileSync(join(folder, path), 'utf8'), content);
    assert.equal(statSync(join(folder, 'guests/g0/f0')).mode & 0o777, 0o600);
    assert.deepEqual(await files.list(folder), ['guests']);
    await assert.rejects(
      files.fill(folder, new Map([['guests/g0/f0', 'other']]), 0o600),
      diskFaultSaying(/Cannot write into .*: something else is in its place/),
    );
    assert.equal(readFileSync(join(folder, 'guests/g0/f0'), 'utf8'), '0 é\n');
    await files.fill(join(top, 'empty'), new Map(), 0o600);
    assert.deepEqual(await files.list(join(top, 'empty')), []);
  });

  it('writes text and bytes with the mode asked for, whatever the umask', async () => {
    const umask = process.umask(0o077);
    try {
      await files.write(join(top, 'a'), 'é\n', 0o644);
      await files.write(join(top, 'b'), Uint8Array.of(0, 255, 10), 0o600);
    } finally {
      process.umask(umask);
    }
    assert.equal(readFileSync(join(top, 'a'), 'utf8'), 'é\n');
    assert.deepEqual(await files.read(join(top, 'b')), Buffer.from([0, 255, 10]));
    assert.equal(statSync(join(top, 'a')).mode & 0o777, 0o644);
    assert.equal(statSync(join(top, 'b')).mode & 0o777, 0o600);
  });

  it('replaces by rename: a reader of the old file keeps the old file', async () => {
    const path = join(top, 'replaced');
    await files.write(path, 'old', 0o644);
    const inode = statSync(path).ino;
    await files.write(path, 'new', 0o644);
    assert.notEqual(statSync(path).ino, inode);
    assert.equal(readFileSync(path, 'utf8'), 'new');
  });

  it('replaces a symbolic link itself, never what it points to', async () => {
    writeFileSync(join(top, 'precious'), 'precious');
    symlinkSync('precious', join(top, 'trap'));
    await files.write(join(top, 'trap'), 'mine', 0o644);
    assert.equal(readFileSync(join(top, 'precious'), 'utf8'), 'precious');
  });

  it('many writes at once leave one whole file and no leftovers', async () => {
    const path = join(top, 'busy');
    const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(5000));
    await Promise.all(texts.map((text) => files.write(path, text, 0o644)));
    assert.ok(texts.includes(readFileSync(path, 'utf8')));
    assert.deepEqual(
      readdirSync(top).filter((name) => name.includes('busy')),
      ['busy'],
    );
  });

  it('fsyncs the file before the rename and the folder after it', (t) => {
    const script = `import { createFiles, sweepTemporaries } from '${join(import.meta.dirname, '../../src/adapters/files.ts')}';
      await createFiles().write(process.argv[2], 'x', 0o644);`;
    const path = join(top, 'traced');
    const program = join(top, 'trace.mts');
    writeFileSync(program, script.replace('process.argv[2]', JSON.stringify(path)));
    const traced = spawnSync(
      'strace',
      ['-f', '-y', '-e', 'trace=fsync,rename,renameat2', process.execPath, '--import', 'tsx', program],
      {
        encoding: 'utf8',
        cwd: join(import.meta.dirname, '../..'),
      },
    );
    if (traced.error) return t.skip('no strace here');
    const calls = traced.stderr.split('\n').filter((line) => line.includes(top));
    const fileSync = calls.findIndex((line) => line.includes('fsync') && line.includes('natroute-tmp'));
    const renamed = calls.findIndex((line) => line.includes('rename'));
    const folderSync = calls.findLastIndex((line) => line.includes('fsync') && line.includes(`<${top}>`));
    assert.ok(fileSync >= 0 && fileSync < renamed && renamed < folderSync, calls.join('\n'));
  });

  it('reads null and lists nothing where there is nothing; removing nothing is no error', async () => {
    assert.equal(await files.read(join(top, 'absent')), null);
    assert.equal(await files.readLink(join(top, 'absent')), null);
    assert.deepEqual(await files.list(join(top, 'absent')), []);
    await files.remove(join(top, 'absent'));
    await files.removeFolder(join(top, 'absent'));
  });

  it('makes a folder by a name of one letter where it stands', { timeout: 10_000 }, async () => {
    const before = process.cwd();
    process.chdir(top);
    try {
      await files.makeFolder('s');
    } finally {
      process.chdir(before);
    }
    assert.deepEqual(await files.list(join(top, 's')), []);
  });

  it('lists sorted, without what a crash left of a write', async () => {
    const folder = join(top, 'listed', 'deep');
    await files.makeFolder(folder);
    for (const name of ['b', 'a', '.a.1.1.natroute-tmp']) writeFileSync(join(folder, name), '');
    assert.deepEqual(await files.list(folder), ['a', 'b']);
    await files.removeFolder(join(top, 'listed'));
    assert.deepEqual(await files.list(folder), []);
  });

  it('what dead processes left of their writes is swept, what is being written is not', async () => {
    const folder = join(top, 'sweep');
    await files.makeFolder(folder);
    const gone = spawnSync('true').pid;
    for (const name of [`.a.${gone}.1.natroute-tmp`, `.b.${process.pid}.2.natroute-tmp`, 'c', `.d.${gone}.1.other`])
      writeFileSync(join(folder, name), 'half');
    await sweepTemporaries(folder);
    await sweepTemporaries(join(top, 'nowhere'));
    assert.deepEqual(
      readdirSync(folder).sort(),
      [`.b.${process.pid}.2.natroute-tmp`, `.d.${gone}.1.other`, 'c'].sort(),
    );
  });

  it('swaps a link in one step', async () => {
    const path = join(top, 'current');
    await files.link(path, 'generations/1');
    await files.link(path, 'generations/2');
    assert.equal(await files.readLink(path), 'generations/2');
  });

  it('moves a file between folders', async () => {
    await files.makeFolder(join(top, 'x'));
    await files.makeFolder(join(top, 'y'));
    await files.makeFolder(join(top, 'y'));
    await files.write(join(top, 'x/1'), '1', 0o644);
    await files.rename(join(top, 'x/1'), join(top, 'y/1'));
    assert.equal(await files.read(join(top, 'x/1')), null);
    assert.equal(readFileSync(join(top, 'y/1'), 'utf8'), '1');
  });

  it('says plainly what is wrong with a path', async () => {
    writeFileSync(join(top, 'file'), '');
    mkdirSync(join(top, 'folder'));
    await assert.rejects(files.write(join(top, 'nowhere/a'), '', 0o644), diskFaultSaying(/does not exist/));
    await assert.rejects(files.write(join(top, 'file/a'), '', 0o644), diskFaultSaying(/is a file, not a folder/));
    await assert.rejects(files.write(join(top, 'folder'), '', 0o644), diskFaultSaying(/Cannot write/));
    await assert.rejects(files.makeFolder(join(top, 'file')), diskFaultSaying(/Cannot make the folder/));
    await assert.rejects(files.read(join(top, 'folder')), diskFaultSaying(/not a regular file/));
    assert.equal(readdirSync(top).filter((name) => name.endsWith('natroute-tmp')).length, 0);
  });

  it('does not hang on a FIFO', async () => {
    execFileSync('mkfifo', [join(top, 'fifo')]);
    await assert.rejects(files.read(join(top, 'fifo')), diskFaultSaying(/not a regular file/));
  });

  it('keeps the old file on a full and on a read-only disk, and says so', { skip: process.getuid?.() !== 0 }, () => {
    const program = join(top, 'full.mts');
    const mount = join(top, 'mount');
    mkdirSync(mount);
    writeFileSync(
      program,
      `import { createFiles, sweepTemporaries } from '${join(import.meta.dirname, '../../src/adapters/files.ts')}';
       import { execFileSync } from 'node:child_process';
       import { readFileSync, readdirSync } from 'node:fs';
       const files = createFiles();
       const said = (e) => e.code + ' ' + e.message;
       execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', '${mount}']);
       await files.write('${mount}/a', 'old', 0o644);
       console.log(await files.write('${mount}/a', 'x'.repeat(1_000_000), 0o644).catch(said));
       console.log(readFileSync('${mount}/a', 'utf8'), readdirSync('${mount}').join());
       execFileSync('mount', ['-o', 'remount,ro', '${mount}']);
       console.log(await files.write('${mount}/a', 'new', 0o644).catch(said));
       execFileSync('mount', ['-o', 'remount,rw', '${mount}']);
       execFileSync('chmod', ['0555', '${mount}']);
       process.setgroups([]); process.setgid(65534); process.setuid(65534);
       console.log(await files.write('${mount}/a', 'new', 0o644).catch(said));`,
    );
    execFileSync('chmod', ['0755', top]);
    const run = spawnSync('unshare', ['-m', process.execPath, '--import', 'tsx', program], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../..'),
    });
    assert.deepEqual(
      run.stdout.trim().split('\n'),
      [
        `disk Cannot write ${mount}/a: the disk is full.`,
        'old a',
        `disk Cannot write ${mount}/a: the file system is mounted read-only.`,
        `disk Cannot write ${mount}/a: permission denied.`,
      ],
      run.stderr,
    );
  });
});
