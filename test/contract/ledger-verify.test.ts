// Whether the ledger is still what was written, on a real git: what check and verify say of each damage.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLedger } from '../../src/adapters/git/ledger.ts';
import { ledgerText } from '../../src/core/ledger/text.ts';
import type { Ledger } from '../../src/ports.ts';
import { faultSaying } from './git-world.ts';
import { record } from './ledger-records.ts';

let top = '';
const at = (name: string): string => join(top, `${name}.git`);
const open = (name: string, signingKey: string | null = null): Ledger =>
  createLedger({
    path: at(name),
    host: 'dedibox',
    home: join(top, 'home'),
    signingKey,
    remote: null,
    text: ledgerText,
  });
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['--git-dir', folder, '-c', 'user.name=x', '-c', 'user.email=x', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: top, GIT_CONFIG_GLOBAL: '/dev/null', TZ: 'UTC' },
  }).trim();

let ids: readonly string[] = [];
before(async () => {
  top = mkdtempSync(join(tmpdir(), 'natroute-verify-'));
  const ledger = open('whole');
  const appended = [];
  for (let n = 1; n <= 4; n += 1) appended.push(await ledger.append(record(n)));
  ids = appended;
});
after(() => rmSync(top, { recursive: true, force: true }));

function damaged(name: string, damage: (path: string) => void): Ledger {
  cpSync(at('whole'), at(name), { recursive: true });
  damage(at(name));
  return open(name);
}

/** The same chain with the entry before the last one changed, as somebody with root's rights could make it. */
function rewrite(path: string): void {
  const [message, last] = ['main~1', 'main'].map((name) => git(path, 'log', '-1', '--format=%B', name));
  const forged = git(path, 'commit-tree', '-p', 'main~2', '-m', message ?? '', 'main~2^{tree}');
  git(path, 'update-ref', 'refs/heads/main', git(path, 'commit-tree', '-p', forged, '-m', last ?? '', 'main^{tree}'));
}

describe('a whole ledger', () => {
  it('is fine, also before its first entry, and each entry comes with what it did', async () => {
    await open('none').check();
    assert.deepEqual(await open('none').verify(), { steps: [], damage: [], signatures: [], letGo: null });
    await open('whole').check();
    const verdict = await open('whole').verify();
    assert.deepEqual(
      verdict.steps.map(({ id }) => id),
      ids,
    );
    assert.deepEqual([verdict.damage, verdict.signatures], [[], []]);
  });

  it('gives the rules of many entries at once', async () => {
    assert.deepEqual(await open('whole').tables([ids[0] ?? '', ids[1] ?? '']), [
      { v4: '# rules 1\n', v6: '# six 1\n' },
      { v4: '# rules 2\n', v6: '' },
    ]);
  });

  it('one that an earlier natroute began is not called rewritten', async () => {
    await damaged('older', (path) => writeFileSync(join(path, 'natroute-begun'), 'This ledger has entries.\n')).check();
  });

  it('goes on from an end that another writer has moved meanwhile', async () => {
    const ledger = damaged('behind', (path) => writeFileSync(join(path, 'natroute-begun'), `${ids[1] ?? ''}\n`));
    await ledger.check();
    assert.deepEqual((await ledger.verify()).damage, []);
  });
});

describe('a ledger that is not what was written', () => {
  it('rewritten, cut short or without its old end: nothing may follow, and verify says so', async () => {
    const damages: Readonly<Record<string, (path: string) => void>> = {
      'rewritten': rewrite,
      'cut short': (path) => git(path, 'update-ref', 'refs/heads/main', 'main~2'),
      'another one': (path) => writeFileSync(join(path, 'natroute-begun'), `${'1'.repeat(40)}\n`),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const ledger = damaged(name, damage);
      const said = faultSaying('ledger-damaged', /history was rewritten: entry/);
      await assert.rejects(ledger.check(), said, name);
      await assert.rejects(ledger.append(record(9)), said, name);
      const { damage: found } = await ledger.verify();
      assert.equal(found.length, 1, name);
      assert.match(found[0] ?? '', /which was its end, is no more in it/);
    }
  });

  it('a flipped byte in a pack is found, wherever it is', async () => {
    const ledger = damaged('flipped', (path) => {
      const folder = join(path, 'objects/pack');
      const pack = join(folder, readdirSync(folder).find((name) => name.endsWith('.pack')) ?? '');
      const bytes = readFileSync(pack);
      bytes[60] = (bytes[60] ?? 0) ^ 0xff;
      rmSync(pack);
      writeFileSync(pack, bytes);
    });
    assert.ok((await ledger.verify()).damage.some((text) => text.startsWith('git fsck: ')));
  });

  it("a stranger's commit at its end", async () => {
    const ledger = damaged('stranger', (path) => {
      git(path, 'update-ref', 'refs/heads/main', git(path, 'commit-tree', '-p', 'main', '-m', 'A note', 'main^{tree}'));
    });
    const { damage, steps } = await ledger.verify();
    assert.deepEqual(steps, []);
    assert.match(damage.join('\n'), /is no trailer of natroute/);
  });
});

describe('a signed ledger', () => {
  const keyOf = (name: string): string => {
    const key = join(top, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    return key;
  };

  it('has signatures that git itself takes for good, and goes on after unsigned entries', async () => {
    await open('signed').append(record(1));
    const key = keyOf('ledger_key');
    for (let n = 2; n <= 4; n += 1) await open('signed', key).append(record(n));
    const path = at('signed');
    const allowed = `gpg.ssh.allowedSignersFile=${join(top, 'home/ledger_signers')}`;
    for (const name of ['main', 'main~1', 'main~2']) git(path, '-c', allowed, 'verify-commit', name);
    assert.throws(() => git(path, '-c', allowed, 'verify-commit', 'main~3'));
    assert.equal(
      git(path, 'log', '-1', '--format=%an <%ae> %s', 'main'),
      'natroute <natroute@dedibox> Apply: 1 rule created (push aaaaaaa)',
    );
    assert.equal(git(path, 'for-each-ref', '--format=%(refname)'), 'refs/heads/main');
    await open('signed', key).check();
    const { damage, signatures, steps } = await open('signed').verify();
    assert.deepEqual(damage, []);
    assert.deepEqual(
      signatures.map(({ id, signature }) => [id, signature]),
      steps.slice(1).map(({ id }) => [id, 'good']),
    );
  });

  it('a key that was changed leaves the entries of the old one good', async () => {
    for (const name of ['key_one', 'key_two']) await open('two keys', keyOf(name)).append(record(1));
    const { signatures } = await open('two keys').verify();
    assert.deepEqual(
      signatures.map(({ signature }) => signature),
      ['good', 'good'],
    );
  });

  it('an entry that was changed under its signature is bad, a key that nobody knows is unknown', async () => {
    await open('forged', keyOf('forged_key')).append(record(1));
    const path = at('forged');
    const raw = execFileSync('git', ['--git-dir', path, 'cat-file', 'commit', 'main'], { encoding: 'utf8' });
    const forged = execFileSync('git', ['--git-dir', path, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: raw.replace('Natroute-Generation: 1', 'Natroute-Generation: 2'),
      encoding: 'utf8',
    }).trim();
    git(path, 'update-ref', 'refs/heads/main', forged);
    assert.deepEqual((await open('forged').verify()).signatures, [{ id: forged, signature: 'bad' }]);
    const other = createLedger({
      path: at('signed'),
      host: 'x',
      home: join(top, 'other home'),
      signingKey: null,
      remote: null,
      text: ledgerText,
    });
    assert.deepEqual([...new Set((await other.verify()).signatures.map(({ signature }) => signature))], ['unknown']);
  });

  it('without its key nothing is begun', async () => {
    const gone = open('keyless', join(top, 'no such key'));
    await assert.rejects(gone.check(), faultSaying('disk', /Cannot read .*no such key/));
  });

  it('two writers at once both get their signed entries into one chain', async () => {
    const key = keyOf('shared_key');
    await open('both', key).append(record(0));
    const [one, two] = [open('both', key), open('both', key)];
    await Promise.all([1, 2, 3].flatMap((n) => [one.append(record(n)), two.append(record(n + 10))]));
    const { steps, damage, signatures } = await open('both').verify();
    assert.deepEqual([steps.length, damage, signatures.length], [7, [], 7]);
  });
});
