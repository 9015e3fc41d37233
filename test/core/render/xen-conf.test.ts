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
    assert.equal(editSettings(written, [bridge]), written.replace('xenbr0', 'br0'));
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

describe('xl.conf, where a statement shares its line or has several', () => {
  const cases: readonly (readonly [before: string, after: string])[] = [
    ['vif.default.bridge="xenbr0"; autoballoon="off"\n', 'vif.default.bridge="br0"; autoballoon="off"\n'],
    [
      'autoballoon="off" ;vif.default.bridge ="x"; b=1 # c\n',
      'autoballoon="off" ;vif.default.bridge ="br0"; b=1 # c\n',
    ],
    ['  vif.default.bridge = "x"   # ticket 4711\n', '  vif.default.bridge = "br0"   # ticket 4711\n'],
    ['vif.default.bridge="a;b#c" # d\n', 'vif.default.bridge="br0" # d\n'],
    [`a='vif.default.bridge="x"; '\n`, `a='vif.default.bridge="x"; '\nvif.default.bridge="br0"\n`],
    ['vif.default.bridge="br0"; vif.default.bridge="x"\n', 'vif.default.bridge="br0"; vif.default.bridge="br0"\n'],
    ['#vif.default.bridge="x"; a=1\na=2\n', '#vif.default.bridge="x"; a=1\nvif.default.bridge="br0"\na=2\n'],
    // An example inside of a list is no place for a statement.
    [
      'a=[ "x",\n#vif.default.bridge="x"\n"y" ]\n',
      'a=[ "x",\n#vif.default.bridge="x"\n"y" ]\nvif.default.bridge="br0"\n',
    ],
    ['a=1 # x\n#vif.default.bridge="x"', 'a=1 # x\n#vif.default.bridge="x"\nvif.default.bridge="br0"\n'],
    [
      'vif.default.bridge="x"\nvif.default.bridge+="y"; a=1\nb=2\n',
      'vif.default.bridge="x"\nvif.default.bridge+="y"; a=1\nvif.default.bridge="br0"\nb=2\n',
    ],
    ["vif.default.bridge='br0'; a=1\n", "vif.default.bridge='br0'; a=1\n"],
    ['vif.default.bridge_of="x"\n', 'vif.default.bridge_of="x"\nvif.default.bridge="br0"\n'],
  ];
  for (const [before, after] of cases)
    it(JSON.stringify(before), () => {
      assert.equal(editSettings(before, [bridge]), after);
      assert.equal(editSettings(after, [bridge]), after);
    });
});

describe('xend-config.sxp', () => {
  it('leaves in force what shares a line with what is silenced', () => {
    const silent = (text: string): string => editXend(`(vif-script c)\n${text}`, 'c').replace('(vif-script c)\n', '');
    assert.equal(silent('(network-script a) (b 1) # c\n(d 2)\n'), '#(network-script a)\n (b 1) # c\n(d 2)\n');
    assert.equal(silent('(b 1) (network-script a)  # c\n'), '(b 1) #(network-script a)  # c\n');
    assert.equal(silent('(network-script\n a)(b 1)\r\n'), '#(network-script\n# a)\r\n(b 1)\r\n');
    assert.equal(silent('(network-script a) (network-script b)\n'), '#(network-script a) #(network-script b)\n');
    assert.equal(
      editXend('(network-script a) (vif-script b) (d 2)\n', 'c'),
      '#(network-script a)\n (vif-script c) (d 2)\n',
    );
  });

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
