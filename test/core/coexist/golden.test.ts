// Promise: whoever else lives in the packet filter is named, and of what they do only that is told which may keep a
// forward from working. The rule sets are those that the real programs make, as the kernel prints them.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findCoexistence } from '../../../src/core/coexist/findings.ts';
import { around, forwardingTarget } from './ground.ts';
import { parseSave } from '../../../src/core/nat/save.ts';

const folder = join(import.meta.dirname, '..', '..', 'golden', 'coexist');
const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

describe('who else lives in the packet filter', () => {
  for (const name of readdirSync(folder)) {
    it(name, () => {
      const [rules, nft] = [read(join(folder, name, 'rules.v4')), read(join(folder, name, 'ruleset.json'))];
      const found = findCoexistence(around({ filter: rules, nft }), {
        target: forwardingTarget,
        nat: { v4: parseSave(rules), v6: { chains: [] } },
      });
      const text = found.map((one) => `${one.code} ${one.chain}\n  ${one.text}\n`).join('');
      const path = join(folder, name, 'findings.txt');
      // A new case: look at what is written, and keep it where it is right.
      if (!existsSync(path)) writeFileSync(path, text);
      assert.equal(text, readFileSync(path, 'utf8'));
    });
  }
});
