// The ledger at a remote of its own, on a real git: pushed, refused, out of reach.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { createLedger } from '../../src/adapters/git/ledger.ts';
import { ledgerText } from '../../src/core/ledger/text.ts';
import type { Ledger } from '../../src/ports.ts';
import { faultSaying } from './git-world.ts';
import { record } from './ledger-records.ts';

let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-push-'));
  execFileSync('git', ['init', '--quiet', '--bare', join(top, 'fleet.git')]);
});
after(() => rmSync(top, { recursive: true, force: true }));

const open = (name: string, host: string): Ledger =>
  createLedger({
    ...{ path: join(top, name), host, home: join(top, 'home'), signingKey: null, text: ledgerText },
    remote: { url: join(top, 'fleet.git'), key: null, knownHosts: null },
  });
const remoteHead = (host: string): string =>
  execFileSync('git', ['--git-dir', join(top, 'fleet.git'), 'rev-parse', `refs/heads/natroute/${host}`], {
    encoding: 'utf8',
  }).trim();

it('each host has a branch of its own, which follows its entries', async () => {
  await open('none.git', 'none').push();
  for (const host of ['one', 'two']) {
    const ledger = open(`${host}.git`, host);
    for (let n = 1; n <= 2; n += 1) {
      const id = await ledger.append(record(n));
      await ledger.push();
      assert.equal(remoteHead(host), id);
    }
    await ledger.push();
  }
});

it('what the remote has and this ledger has not is never overwritten', async () => {
  const other = open('other.git', 'one');
  const before = remoteHead('one');
  await other.append(record(9));
  await assert.rejects(
    other.push(),
    faultSaying('history-rewritten', /does not take the ledger on its branch natroute\/one/),
  );
  assert.equal(remoteHead('one'), before);
});

it('a remote out of reach is said, and the push made up for later', async () => {
  const ledger = open('two.git', 'two');
  const id = await ledger.append(record(3));
  renameSync(join(top, 'fleet.git'), join(top, 'away.git'));
  await assert.rejects(ledger.push(), faultSaying('git-unreachable', /^The ledger's remote .* cannot be reached/));
  renameSync(join(top, 'away.git'), join(top, 'fleet.git'));
  await ledger.push();
  assert.equal(remoteHead('two'), id);
});
