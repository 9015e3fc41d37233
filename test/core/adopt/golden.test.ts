// test/golden/adopt/CASE: a state repository (in/), what somebody typed (typed.txt), the patch, and what is left and why.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { filesBelow, golden } from '../state-files.ts';
import { adoptAfter, typed } from './hands.ts';

const folder = join(golden, 'adopt');

describe('adopt', () => {
  for (const name of readdirSync(folder).sort()) {
    it(name, () => {
      const path = join(folder, name);
      const lines = readFileSync(join(path, 'typed.txt'), 'utf8').split('\n');
      const hands = typed(lines.filter((line) => /^(6 )?-/.test(line)));
      const { adopted, left, files, patch } = adoptAfter(filesBelow(join(path, 'in')), hands);
      const told = [
        ...adopted.map((one) => `adopted: ${one.text} (${one.files.join(', ')})\n`),
        ...left.map(({ change, why }) => `left: ${change.action} ${change.key}\n  because ${why}\n`),
      ].join('');
      if (process.env['NATROUTE_BLESS'] === '1') {
        writeFileSync(join(path, 'expected.patch'), patch);
        writeFileSync(join(path, 'expected.txt'), told);
      }
      assert.equal(told, readFileSync(join(path, 'expected.txt'), 'utf8'));
      assert.equal(patch, readFileSync(join(path, 'expected.patch'), 'utf8'));
      assert.deepEqual(afterGit(join(path, 'in'), patch), new Map(files));
    });
  }
});

/** The files that git changes with the patch, as git leaves them. */
function afterGit(from: string, patch: string): ReadonlyMap<string, string> {
  if (patch === '') return new Map();
  const copy = mkdtempSync(join(tmpdir(), 'natroute-adopt-'));
  try {
    cpSync(from, copy, { recursive: true });
    writeFileSync(join(copy, 'patch'), patch);
    execFileSync('git', ['apply', '--whitespace=nowarn', '-p1', 'patch'], { cwd: copy, stdio: 'pipe' });
    const named = [...patch.matchAll(/^\+\+\+ b\/(.*)$/gm)].map((match) => match[1] ?? '');
    return new Map(named.map((name) => [name, readFileSync(join(copy, name), 'utf8')]));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
