// Promise: a git that has ended leaves nothing in memory, or a daemon that asks its remote every few seconds would grow for ever.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { queryObjects } from 'node:v8';
import { createGit } from '../../src/adapters/git/factory.ts';

const calls = 60;

it('many calls of git leave no promises behind, and their output is whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-memory-'));
  try {
    execFileSync('git', ['init', '--quiet', '--bare', folder]);
    const git = createGit({ folder, home: folder, transport: null, config: [], globalConfig: null });
    const ask = async (): Promise<void> => {
      const { stdout } = await git({ args: ['rev-parse', '--is-bare-repository'] });
      assert.equal(stdout.toString('utf8'), 'true\n');
    };
    await ask();
    const promises = (): number => queryObjects(Promise, { format: 'count' });
    const before = promises();
    for (let i = 0; i < calls; i++) await ask();
    const left = promises() - before;
    assert.ok(left < calls / 2, `${left} promises are left of ${calls} calls`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
