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
const open = (name: string): Ledger =>
  createLedger({ path: at(name), host: 'dedibox', home: join(top, 'home'), text: ledgerText });
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
    assert.deepEqual(await open('none').verify(), { steps: [], damage: [], signatures: [] });
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
      await assert.rejects(ledger.check(), faultSaying('ledger-damaged', /history was rewritten: entry/), name);
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
