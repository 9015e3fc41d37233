// The owner's own configs: the lines that must change do, every other byte stays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { editSettings, editXend, hasSettings } from '../../../src/core/render/xen-conf.ts';
import { golden } from '../state-files.ts';

const read = (name: string): string => readFileSync(join(golden, 'xen', name), 'utf8');
const bridge = { key: 'vif.default.bridge', value: '"br0"' };
const script = { key: 'vif.default.script', value: '"vif-bridge"' };

describe('xl.conf', () => {
  it('puts a line behind its example and changes nothing else', () => {
    const stock = read('xl.conf');
    const edited = editSettings(stock, [script, bridge]);
    const stocks = stock.split('\n');
    const lines = edited.split('\n');
    assert.deepEqual(
      lines.filter((line) => line.startsWith('vif.')),
      ['vif.default.script="vif-bridge"', 'vif.default.bridge="br0"'],
    );
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('vif.')),
      stocks,
    );
    assert.match(edited, /#vif\.default\.bridge="xenbr0"\nvif\.default\.bridge="br0"\n/);
    assert.equal(hasSettings(stock, [bridge]), false);
    assert.equal(editSettings(edited, [script, bridge]), edited);
  });

  it('changes the line that counts, whatever its blanks, comment and line ends', () => {
    const written = 'autoballoon="off"\r\n vif.default.bridge = "xenbr0" # mine\r\nlast=1';
    assert.equal(editSettings(written, [bridge]), 'autoballoon="off"\r\nvif.default.bridge="br0"\r\nlast=1');
    assert.equal(
      editSettings('vif.default.bridge = "br0"  # as it is\n', [bridge]),
      'vif.default.bridge = "br0"  # as it is\n',
    );
    assert.equal(editSettings('a=1', [bridge]), 'a=1\nvif.default.bridge="br0"\n');
    // A dot in a key is a dot.
    assert.equal(
      editSettings('vifxdefault.bridge="x"\n', [bridge]),
      'vifxdefault.bridge="x"\nvif.default.bridge="br0"\n',
    );
  });
});

describe('xend-config.sxp', () => {
  it('silences network-script and sets vif-script, and changes nothing else', () => {
    const edited = editXend(read('xend-config.sxp'), "'vif-bridge bridge=br0'");
    assert.equal(edited, read('xend-config.edited.sxp'));
    assert.equal(editXend(edited, "'vif-bridge bridge=br0'"), edited);
    assert.equal(editXend('', 'vif-bridge'), '(vif-script vif-bridge)\n');
  });

  it('leaves one vif-script of several', () => {
    assert.equal(editXend('(vif-script a)\n(x 1)\n(vif-script b)\n', 'c'), '#(vif-script a)\n(x 1)\n(vif-script c)\n');
  });
});
