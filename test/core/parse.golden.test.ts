/**
 * Each folder of test/golden/parse is a small state repository and the text that natroute says about it.
 * NATROUTE_BLESS=1 writes the texts anew: read every difference before it is committed.
 */
import { strict as assert } from 'node:assert';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { showDiagnostics } from '../../src/core/diagnostics.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { hasErrors } from '../../src/model/diagnostic.ts';
import { filesBelow, golden } from './state-files.ts';

const folder = join(golden, 'parse');
const now = new Date('2026-06-01T00:00:00Z');

describe('golden state repositories', () => {
  for (const name of readdirSync(folder).sort())
    it(name, () => {
      const { desired, diagnostics } = parseState(filesBelow(join(folder, name, 'in')), { host: 'dedibox', now });
      const said = showDiagnostics(diagnostics);
      const expected = join(folder, name, 'expected.txt');
      if (process.env['NATROUTE_BLESS'] === '1' || !existsSync(expected)) writeFileSync(expected, said);
      assert.equal(said, readFileSync(expected, 'utf8'));
      assert.equal(desired === null, hasErrors(diagnostics));
    });

  it('shows the code that the case is named after', () => {
    const codes = readdirSync(folder).map((name) => ({
      name,
      text: readFileSync(join(folder, name, 'expected.txt'), 'utf8'),
    }));
    const silent = codes.filter(({ name, text }) => !text.includes(`[${name}]`)).map(({ name }) => name);
    // These are named after what they are, not after a code.
    assert.deepEqual(silent, [
      'bridge-of-uplink',
      'checks',
      'cidr-overlap',
      'device-name',
      'ip-in-good-host',
      'link-local-gateway',
      'long-line',
      'many-hosts',
      'missing-key-in-good-host',
      'outside-subnet-route',
      'timezone-offset',
      'valid',
    ]);
  });
});
