// The Ledger port on a real git: appended, read back, shared, damaged; and git itself as its viewer.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLedger } from '../../src/adapters/git/ledger.ts';
import { ledgerText } from '../../src/core/ledger/text.ts';
import { limits } from '../../src/model/limits.ts';
import type { Ledger } from '../../src/ports.ts';
import { faultSaying, processesNaming } from './git-world.ts';
import { record, summary } from './ledger-records.ts';

let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-ledger-'));
});
after(() => {
  const left = processesNaming(top);
  rmSync(top, { recursive: true, force: true });
  assert.deepEqual(left, []);
});

const at = (name: string): string => join(top, name);
const open = (name: string): Ledger =>
  createLedger({ path: at(name), host: 'dedibox', home: at('home'), signingKey: null, remote: null, text: ledgerText });

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', folder, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: top, GIT_CONFIG_GLOBAL: '/dev/null', TZ: 'UTC' },
  }).trim();

describe('ledger', () => {
  it('is empty before its first entry, and reading makes nothing', async () => {
    const ledger = open('none.git');
    assert.deepEqual(await ledger.entries({ most: 5, since: null, author: null }), []);
    assert.equal(await ledger.entry('abcd'), null);
    assert.deepEqual(readdirSync(top), []);
  });

  it('begins anew where it was taken away under a process that goes on, and knows its end', async () => {
    const ledger = open('taken.git');
    assert.equal(await ledger.end(), null);
    const first = await ledger.append(record(1));
    const second = await ledger.append(record(2));
    assert.deepEqual([await ledger.end(), await open('taken.git').end()], [second, second]);
    assert.deepEqual(
      [await ledger.has(first), await ledger.has(second), await ledger.has('f'.repeat(40))],
      [true, true, false],
    );
    git(at('taken.git'), 'pack-refs', '--all');
    assert.equal(await ledger.end(), second);
    rmSync(at('taken.git'), { recursive: true });
    assert.deepEqual([await ledger.end(), await ledger.has(first)], [null, false]);
    const anew = await ledger.append(record(3));
    assert.deepEqual([await ledger.end(), await ledger.has(first)], [anew, false]);
    rmSync(at('taken.git'), { recursive: true });
    // Without a look in between.
    await ledger.append(record(4));
    assert.equal((await ledger.entries({ most: 5, since: null, author: null })).length, 1);
    rmSync(at('taken.git'), { recursive: true });
  });

  it('gives back what was appended, newest first, by id and by beginning', async () => {
    const ledger = open('kept.git');
    const ids: string[] = [];
    for (let n = 1; n <= 5; n += 1) ids.push(await ledger.append(record(n)));
    const entries = await ledger.entries({ most: 3, since: null, author: null });
    assert.deepEqual(
      entries.map((entry) => entry.id),
      ids.slice(2).reverse(),
    );
    assert.deepEqual(entries[0]?.record, summary(record(5)));
    assert.deepEqual(await ledger.entry(ids[1]?.slice(0, 12) ?? ''), {
      id: ids[1],
      record: summary(record(2)),
    });
    assert.equal(await ledger.rules(ids[2] ?? '', 'v4'), '# rules 3\n');
    assert.equal(await ledger.rules(ids[2] ?? '', 'v6'), '# six 3\n');
    assert.equal(await ledger.rules(ids[3] ?? '', 'v6'), '');
    for (const id of ['', 'zz', 'deadbeef', 'main', '-h', 'HEAD', `${ids[0] ?? ''}0`])
      assert.equal(await ledger.entry(id), null, id);
    await assert.rejects(ledger.rules('deadbeef', 'v4'), faultSaying('usage', /no entry "deadbeef"/));
    const since = await ledger.entries({ most: 9, since: record(4).at, author: null });
    assert.deepEqual(
      since.map((entry) => entry.id),
      [ids[4], ids[3]],
    );
    const by = await ledger.entries({ most: 9, since: null, author: 'A2@' });
    assert.deepEqual(
      by.map((entry) => entry.id),
      [ids[1]],
    );
    const again = await open('kept.git').entries({ most: 100, since: null, author: null });
    assert.equal(again.length, 5);
  });

  it('is a repository that git alone can read: log, trailers, blame, fsck', async () => {
    const path = at('viewed.git');
    const ledger = open('viewed.git');
    for (let n = 1; n <= 3; n += 1) await ledger.append(record(n));
    assert.equal(
      git(path, 'log', '--format=%an <%ae> %ad %s', '--date=iso', '-1', 'main'),
      'natroute <natroute@dedibox> 2026-09-21 14:13:23 +0000 Apply: 1 rule created (push aaaaaaa)',
    );
    assert.equal(git(path, 'log', '-1', '--format=%(trailers:key=Natroute-Cause,valueonly)', 'main'), 'push');
    assert.equal(git(path, 'log', '--format=%h', 'main', '--', 'nat.v4').split('\n').length, 3);
    assert.equal(git(path, 'fsck', '--strict', '--full'), '');
    assert.equal(git(path, 'ls-tree', '--name-only', 'main'), 'changes.json\nnat.v4\nnat.v6');
  });

  it('two writers at once both get their entries into one chain', async () => {
    await open('shared.git').append(record(0));
    const program = at('writer.mts');
    const source = (name: string): string => JSON.stringify(join(import.meta.dirname, `../../src/${name}`));
    writeFileSync(
      program,
      `import { createLedger } from ${source('adapters/git/ledger.ts')};
       import { ledgerText } from ${source('core/ledger/text.ts')};
       const ledger = createLedger({ path: ${JSON.stringify(at('shared.git'))}, host: 'h', home: ${JSON.stringify(at('home'))}, signingKey: null, remote: null, text: ledgerText });
       const record = JSON.parse(process.argv[2]);
       for (let n = 0; n < 8; n += 1) await ledger.append({ ...record, reason: process.pid + ' ' + n });`,
    );
    const writer = (): Promise<number | null> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(record(1))], {
          cwd: join(import.meta.dirname, '../..'),
          stdio: ['ignore', 'inherit', 'inherit'],
        });
        child.on('close', resolve);
      });
    assert.deepEqual(await Promise.all([writer(), writer()]), [0, 0]);
    assert.equal((await open('shared.git').entries({ most: 100, since: null, author: null })).length, 17);
    assert.equal(git(at('shared.git'), 'rev-list', '--count', '--first-parent', 'main'), '17');
    assert.equal(git(at('shared.git'), 'fsck', '--strict', '--no-dangling'), '');
  });

  it('many appends at once in one process lose none', async () => {
    const ledger = open('burst.git');
    const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => ledger.append(record(n))));
    assert.equal(new Set(ids).size, 6);
    assert.equal((await ledger.entries({ most: 100, since: null, author: null })).length, 6);
  });

  it('an append that is killed at any moment leaves the chain whole', async () => {
    const path = at('killed.git');
    const ledger = open('killed.git');
    await ledger.append(record(0, { nat: { v4: 'x'.repeat(3_000_000), v6: '' } }));
    const program = at('killed.mts');
    const source = (name: string): string => JSON.stringify(join(import.meta.dirname, `../../src/${name}`));
    writeFileSync(
      program,
      `import { createLedger } from ${source('adapters/git/ledger.ts')};
       import { ledgerText } from ${source('core/ledger/text.ts')};
       const ledger = createLedger({ path: ${JSON.stringify(path)}, host: 'h', home: ${JSON.stringify(at('home'))}, signingKey: null, remote: null, text: ledgerText });
       const record = JSON.parse(process.argv[2]);
       console.log('ready');
       for (let n = 0; n < 100; n += 1) await ledger.append({ ...record, nat: { v4: Math.random() + 'y'.repeat(300_000), v6: '' } });`,
    );
    for (const delay of [30, 90, 170]) {
      const child = spawn('setsid', [process.execPath, '--import', 'tsx', program, JSON.stringify(record(1))], {
        cwd: join(import.meta.dirname, '../..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, delay));
      const gone = new Promise((resolve) => child.once('close', resolve));
      // All of them at the same moment, as a power cut would.
      for (const line of processesNaming(at('killed.'))) spawnSync('kill', ['-KILL', line.split(' ')[0] ?? '']);
      await gone;
      for (const name of ['refs/heads/main.lock', 'HEAD.lock']) {
        const lock = join(path, name);
        if (readdirSync(join(lock, '..')).includes(name.split('/').at(-1) ?? '')) utimesSync(lock, 1000, 1000);
      }
      const before = (await open('killed.git').entries({ most: 1000, since: null, author: null })).length;
      assert.ok(before >= 1);
      assert.doesNotMatch(git(path, 'fsck', '--strict', '--full'), /missing|broken|corrupt/);
      await open('killed.git').append(record(2));
      assert.equal((await open('killed.git').entries({ most: 1000, since: null, author: null })).length, before + 1);
    }
  });

  it('a damaged ledger is said, by every door, and never reset', async () => {
    const whole = at('whole.git');
    const ledger = open('whole.git');
    const ids = [];
    for (let n = 1; n <= 3; n += 1) ids.push(await ledger.append(record(n)));
    const packs = (path: string): readonly string[] =>
      readdirSync(join(path, 'objects/pack'))
        .filter((name) => name.endsWith('.pack'))
        .map((name) => join(path, 'objects/pack', name));
    cpSync(whole, at('packs.git'), { recursive: true });
    // Loose, so that single objects can be taken away.
    for (const pack of packs(whole)) {
      const input = readFileSync(pack);
      for (const suffix of ['pack', 'idx', 'keep']) rmSync(pack.replace(/pack$/, suffix), { force: true });
      execFileSync('git', ['--git-dir', whole, 'unpack-objects', '-q'], { input });
    }
    const objectPath = (path: string, name: string): string => {
      const id = git(whole, 'rev-parse', name);
      return join(path, 'objects', id.slice(0, 2), id.slice(2));
    };
    const damages: Readonly<Record<string, (path: string) => void>> = {
      'its branch gone': (path) => rmSync(join(path, 'refs/heads/main')),
      'its branch empty': (path) => truncateSync(join(path, 'refs/heads/main'), 0),
      'its branch nonsense': (path) => writeFileSync(join(path, 'refs/heads/main'), 'nonsense\n'),
      'its branch points to nothing': (path) => writeFileSync(join(path, 'refs/heads/main'), `${'1'.repeat(40)}\n`),
      'the newest commit gone': (path) => rmSync(objectPath(path, 'main')),
      'the newest commit empty': (path) => {
        rmSync(objectPath(path, 'main'));
        writeFileSync(objectPath(path, 'main'), '');
      },
      'HEAD gone': (path) => rmSync(join(path, 'HEAD')),
      'objects gone': (path) => rmSync(join(path, 'objects'), { recursive: true }),
      'refs gone': (path) => rmSync(join(path, 'refs'), { recursive: true }),
      'something else': (path) => {
        rmSync(path, { recursive: true });
        mkdirSync(path);
        writeFileSync(join(path, 'precious'), '');
      },
    };
    for (const [name, damage] of Object.entries(damages)) {
      const path = at(`${name}.git`);
      cpSync(whole, path, { recursive: true });
      damage(path);
      const said = faultSaying('ledger-damaged', /never resets it/);
      await assert.rejects(open(`${name}.git`).append(record(4)), said, name);
      await assert.rejects(open(`${name}.git`).entries({ most: 5, since: null, author: null }), said, name);
      await assert.rejects(open(`${name}.git`).entry(ids[0] ?? ''), said, name);
      assert.ok(!readdirSync(path).some((file) => file.startsWith('fast_import_crash')), name);
    }
    for (const [name, damage] of Object.entries({
      'every pack gone': (pack: string) => rmSync(pack),
      'every pack cut short': (pack: string) => truncateSync(pack, 40),
    })) {
      const path = at(`${name}.git`);
      cpSync(at('packs.git'), path, { recursive: true });
      for (const pack of packs(path)) damage(pack);
      await assert.rejects(open(`${name}.git`).append(record(4)), faultSaying('ledger-damaged', /./), name);
      const question = { most: 5, since: null, author: null };
      await assert.rejects(open(`${name}.git`).entries(question), faultSaying('ledger-damaged', /./), name);
    }
    const readOnlyDamages: Readonly<Record<string, (path: string) => void>> = {
      'an old commit gone': (path) => rmSync(objectPath(path, 'main~1')),
      'an old changes.json gone': (path) => rmSync(objectPath(path, 'main~1:changes.json')),
    };
    for (const [name, damage] of Object.entries(readOnlyDamages)) {
      const path = at(`${name}.git`);
      cpSync(whole, path, { recursive: true });
      damage(path);
      await assert.rejects(
        open(`${name}.git`).entries({ most: 5, since: null, author: null }),
        faultSaying('ledger-damaged', /./),
        name,
      );
    }
  });

  it("a stranger's commit in the branch is damage, not an entry", async () => {
    const path = at('stranger.git');
    await open('stranger.git').append(record(1));
    const env = ['-c', 'user.name=x', '-c', 'user.email=x'];
    const commit = git(path, ...env, 'commit-tree', '-p', 'main', '-m', 'A note by hand', 'main^{tree}');
    git(path, 'update-ref', 'refs/heads/main', commit);
    await assert.rejects(
      open('stranger.git').entries({ most: 5, since: null, author: null }),
      faultSaying('ledger-damaged', /is no trailer of natroute/),
    );
  });

  it('a commit beside the branch is no entry', async () => {
    const path = at('beside.git');
    const ledger = open('beside.git');
    const first = await ledger.append(record(1));
    const second = await ledger.append(record(2));
    git(path, 'update-ref', 'refs/heads/main', first);
    assert.equal(await ledger.entry(second), null);
    assert.notEqual(await ledger.entry(first), null);
  });

  it('a full disk is a full disk, and the chain goes on afterwards', { skip: process.getuid?.() !== 0 }, () => {
    const mount = at('mount');
    mkdirSync(mount);
    const program = at('full.mts');
    const source = (name: string): string => JSON.stringify(join(import.meta.dirname, `../../src/${name}`));
    writeFileSync(
      program,
      `import { execFileSync } from 'node:child_process';
       import { createLedger } from ${source('adapters/git/ledger.ts')};
       import { ledgerText } from ${source('core/ledger/text.ts')};
       execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', ${JSON.stringify(mount)}]);
       const ledger = createLedger({ path: ${JSON.stringify(join(mount, 'l.git'))}, host: 'h', home: ${JSON.stringify(join(mount, 'home'))}, signingKey: null, remote: null, text: ledgerText });
       const record = JSON.parse(process.argv[2]);
       const noise = (n) => Array.from({ length: n }, () => Math.random().toString(36)).join('\\n');
       const said = (e) => e.code + ': ' + e.message;
       await ledger.append(record);
       console.log(await ledger.append({ ...record, nat: { v4: noise(400000), v6: '' } }).catch(said));
       await ledger.append(record);
       execFileSync('mount', ['-o', 'remount,ro', ${JSON.stringify(mount)}]);
       console.log(await ledger.append(record).catch(said));
       console.log((await ledger.entries({ most: 9, since: null, author: null })).length);`,
    );
    const run = spawnSync('unshare', ['-m', process.execPath, '--import', 'tsx', program, JSON.stringify(record(1))], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../..'),
    });
    assert.deepEqual(
      run.stdout.trim().split('\n'),
      [
        `disk: The ledger in ${mount}/l.git cannot be written: the disk is full.`,
        `disk: The ledger in ${mount}/l.git cannot be written: the file system is mounted read-only.`,
        '2',
      ],
      run.stderr,
    );
  });

  it('every object, the branch and its folder are fsynced before append returns', async (t) => {
    const path = at('synced.git');
    await open('synced.git').append(record(1));
    const program = at('synced.mts');
    const source = (name: string): string => JSON.stringify(join(import.meta.dirname, `../../src/${name}`));
    writeFileSync(
      program,
      `import { createLedger } from ${source('adapters/git/ledger.ts')};
       import { ledgerText } from ${source('core/ledger/text.ts')};
       await createLedger({ path: ${JSON.stringify(path)}, host: 'h', home: ${JSON.stringify(at('home'))}, signingKey: null, remote: null, text: ledgerText }).append(JSON.parse(process.argv[2]));`,
    );
    const traced = spawnSync(
      'strace',
      [
        '-f',
        '-y',
        '-e',
        'trace=fsync,rename,link,renameat2',
        process.execPath,
        '--import',
        'tsx',
        program,
        JSON.stringify(record(2)),
      ],
      { encoding: 'utf8', cwd: join(import.meta.dirname, '../..') },
    );
    if (traced.error) return t.skip('no strace here');
    const calls = traced.stderr.split('\n').filter((line) => line.includes(path));
    const order = [
      /fsync\(.*objects\/pack\/tmp_pack/,
      /fsync\(.*objects\/pack\/tmp_idx/,
      /fsync\(.*refs\/heads\/main\.lock/,
      /rename.*refs\/heads\/main"/,
      /fsync\(.*objects\/pack>/,
      /fsync\(.*refs\/heads>/,
    ].map((words) => calls.findIndex((line) => words.test(line)));
    assert.ok(!order.includes(-1), calls.join('\n'));
    assert.deepEqual(
      order,
      order.toSorted((x, y) => x - y),
      calls.join('\n'),
    );
  });

  it('joins the packs of many entries, now and then', async () => {
    const path = at('packed.git');
    const ledger = open('packed.git');
    const packs = (): number => readdirSync(join(path, 'objects/pack')).filter((name) => name.endsWith('.pack')).length;
    for (let n = 1; n < limits.gitPacks; n += 1) await ledger.append(record(n));
    assert.equal(packs(), limits.gitPacks - 1);
    await ledger.tidy();
    assert.equal(packs(), limits.gitPacks - 1);
    await ledger.append(record(50));
    await ledger.tidy();
    assert.equal(packs(), 1);
    // Where nobody tidies.
    for (let n = 1; n < 2 * limits.gitPacks - 1; n += 1) await ledger.append(record(50 + n));
    assert.equal(packs(), 2 * limits.gitPacks - 1);
    await ledger.append(record(500));
    assert.ok(packs() < limits.gitPacks);
    assert.equal((await ledger.entries({ most: 500, since: null, author: null })).length, 3 * limits.gitPacks - 1);
    assert.equal(git(path, 'fsck', '--strict'), '');
  });
});
