// Promise: domain configs of both formats are read as xl and Python read them; what is no data is listed with its place, never guessed, and no input makes the reading hang or throw.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readDisk } from '../../../src/core/import/disk.ts';
import type { DomuConfig } from '../../../src/core/import/domu.ts';
import { draftGuest } from '../../../src/core/import/guest.ts';
import { readVif } from '../../../src/core/import/vif.ts';
import { parseXl } from '../../../src/core/import/xl.ts';
import { parseXm } from '../../../src/core/import/xm.ts';
import { domus, showLeft } from '../domus.ts';

/** Key -> value, lists as lists. */
function plain({ values }: DomuConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...values].map(([key, { value }]) => [
      key,
      JSON.parse(JSON.stringify(value), (_, one: unknown) =>
        typeof one === 'object' && one !== null && 'text' in one ? one.text : one,
      ) as unknown,
    ]),
  );
}

const place = ({ left: [first] }: DomuConfig): string => `${first?.at?.line ?? 0}:${first?.at?.column ?? 0}`;

describe('domain configs', () => {
  it('are told of what natroute has no word for, line by line', () => {
    const told = [...domus('xl'), ...domus('xm')].flatMap(({ left }) => left.map(showLeft));
    const golden = readFileSync(join(import.meta.dirname, '..', '..', 'xen', 'domus', 'left.txt'), 'utf8');
    assert.equal(`${told.join('\n')}\n`, golden);
  });
});

describe('the format of xl', () => {
  it('is read as its grammar says', () => {
    const text = `a = 1; b = "x" # one\n\nc=['p',\n# two\n 'q',]\nc += ["r"]\nd = 'it\\'s "so"' ;; e = 0x1f\na="last"`;
    const config = parseXl('f', text);
    assert.deepEqual(plain(config), { a: 'last', b: 'x', c: ['p', 'q', 'r'], d: 'it\'s "so"', e: '0x1f' });
    assert.deepEqual(config.values.get('c')?.at, { file: 'f', line: 6, column: 1 });
  });

  for (const [text, at, why] of [
    ['a = 1\nB = 2\n', '2:1', /character "B"/],
    ['a = 1\r\n', '1:6', /Windows/],
    ['a = 1 b = 2\n', '1:7', /end of the line/],
    ['a = "x\n', '1:5', /no closing quote/],
    ['a = 1 # end', '1:7', /end of line/],
    ['a = ["x" "y"]\n', '1:10', /, or \]/],
    ['a = [,]\n', '1:6', /a number/],
    ['a = ["x",\n', '2:1', /a number/],
    ['a = "\\x41"\n', '1:5', /escape/],
    ['a = "x" + "y"\n', '1:9', /Python/],
    ['import os\n', '1:8', /=/],
    ['a\n', '1:2', /=/],
    ['= 1\n', '1:1', /a key/],
    ['a = ["x"]\na += "y"\n', '2:3', /add/],
    [`a = ${'['.repeat(50)}\n`, '1:22', /too many lists/],
  ] as const)
    it(`stops where xl does: ${JSON.stringify(text).slice(0, 40)}`, () => {
      const config = parseXl('f', text);
      assert.equal(config.readable, false);
      assert.equal(config.values.size, 0);
      assert.equal(place(config), at);
      assert.match(config.left[0]?.why ?? '', why);
    });
});

describe('the format of xm', () => {
  it('is read as Python 2 says, as far as it is data', () => {
    const text = `a = 'x' "y"\nb = [1, -2, 010, 0x10L,\n  (3,), ('in')] ; c = True\nd = e = """two\nlines"""\nf = r'\\n' '\\n' # end\n'a text'\n`;
    assert.deepEqual(plain(parseXm('f', text)), {
      a: 'xy',
      b: ['1', '-2', '8', '16', ['3'], 'in'],
      c: '1',
      d: 'two\nlines',
      e: 'two\nlines',
      f: '\\n\n',
    });
  });

  for (const program of [
    'a = "x" + "y"',
    'a = "%s" % b',
    'a = b',
    'a = 1.5',
    'a = {}',
    'a = None',
    'a, b = 1, 2',
    'a = 1 if b else 2',
    'a = [x for x in "ab"]',
    'a = f()',
    'a[0] = 1',
    'a = "x".lower()',
    'a = u"\\u00e9"',
    'a = "\\377"',
    'a = `1`',
    'a = 1 == 1',
    'a = ["x"',
    'a = "x',
    'a = )',
    ' a = 1',
    'a = \u00e9',
  ])
    it(`does not guess ${program}`, () => {
      const config = parseXm('f', `z = 1\n${program}\n`);
      assert.equal(config.values.has('a'), false);
      assert.equal(config.left.length, 1);
      assert.equal(config.left[0]?.at?.line, 2);
      assert.ok(config.left.every(({ why }) => why !== ''));
    });

  for (const program of [
    'if x:\n  a = 2',
    'if x: a = 2',
    'for a in x: pass',
    'a += 1',
    'del a',
    'import a',
    'def f():\n  global a\n  a = 2\nf()',
    'exec x',
    'execfile("x")',
    'from x import *',
    'globals()["a"] = 2',
    'b = a = g()',
    'with x as a: pass',
  ])
    it(`does not believe a key after ${program.replaceAll('\n', '; ')}`, () => {
      assert.equal(plain(parseXm('f', `a = 1\n${program}\n`))['a'], undefined);
      assert.equal(plain(parseXm('f', `a = 1\n${program}\na = 3\n`))['a'], '3');
    });

  it('does not believe a list that a program mentions, and believes a text', () => {
    const config = parseXm('f', `l = ['x']\nt = 'y'\nprint l, t\n`);
    assert.deepEqual(plain(config), { t: 'y' });
  });

  it('does not believe what functions may change that came out of other code', () => {
    assert.deepEqual(plain(parseXm('f', 'execfile("x")\na = 1\nb = f()\nc = 2\n')), { c: '2' });
  });
});

describe('disks', () => {
  for (const [text, disk] of [
    ['/dev/vg/a,raw,xvda,rw', '/dev/vg/a xvda w'],
    ['phy:/dev/vg/a,xvda1,w', '/dev/vg/a xvda1 w'],
    ['tap:aio:/srv/a,sda,r', '/srv/a sda r'],
    ['vdev=hda,format=raw,access=ro,target=/srv/a', '/srv/a hda r'],
    ['/srv/a, , xvda', '/srv/a xvda w'],
  ] as const)
    it(`xl: ${text}`, () => {
      const read = readDisk(text, 'xl');
      assert.ok(typeof read === 'object');
      assert.equal(`${read.path} ${read.as} ${read.mode}`, disk);
    });

  for (const text of [
    '',
    'a',
    '/srv/a,qcow2,xvda,w',
    '/srv/a,xvda,w',
    '/srv/a,raw,xvda,w,x,y',
    'drbd:r0,xvda,w',
    'vg/a,raw,xvda,w',
    '/srv/a,raw,xvda,w!',
    'target=/srv/a b',
    '/srv/../a,raw,xvda,w',
    '/srv/a,raw,xvda,script=block-x',
    'target=/a,target=/b',
    '/srv/a,raw,xvda,backend=dom1',
  ])
    it(`xl: not ${text}`, () => assert.equal(typeof readDisk(text, 'xl'), 'string'));

  for (const text of [
    '',
    '/dev/a,xvda,w',
    'tap:aio:/srv/a,xvda,w',
    'phy:/srv/a,xvda,w',
    'file:/dev/a,xvda,w',
    'phy:/dev/a,ioemu:hda,w',
    'phy:/dev/a,xvda,w,dom1',
    'phy:/dev/a,hda:cdrom,r',
  ])
    it(`xm: not ${text}`, () => assert.equal(typeof readDisk(text, 'xm'), 'string'));
});

describe('vifs', () => {
  const read = (text: string): string => {
    const { vif, left } = readVif(text, { format: 'xl', defaultScript: null, uplink: 'eth0' });
    return `${vif === null ? 'none' : `${vif.kind} ${vif.bridge ?? '-'} ${vif.mac ?? '-'} ${vif.ip ?? '-'}`}; ${left.map(([what]) => what).join('; ')}`;
  };
  it('are read in any order, with what is not said', () => {
    const mac = '00:16:3e:00:00:01';
    assert.equal(read(`mac=${mac}, bridge=br0`), `bridge br0 ${mac} -; `);
    assert.equal(read(`bridge=br0,mac=${mac},script=/etc/xen/scripts/vif-bridge`), `bridge br0 ${mac} -; `);
    assert.equal(read(`script=vif-route,ip=192.0.2.9,mac=${mac}`), `routed - ${mac} 192.0.2.9; `);
    assert.equal(read(`script=vif-route,mac=${mac}`), `none; script=vif-route,mac=${mac}`);
    assert.equal(
      read(`script=vif-route netdev=eth1,ip=192.0.2.9,mac=${mac}`),
      `routed - ${mac} 192.0.2.9; the interface eth1`,
    );
    assert.equal(read(`script=vif-nat,mac=${mac}`), `none; script=vif-nat,mac=${mac}`);
    assert.equal(read(`mac=01:00:00:00:00:01,bridge=br0`), 'bridge br0 - -; mac=01:00:00:00:00:01');
    assert.equal(read(`bridge=br0 ,mac=${mac}`), `bridge br0  ${mac} -; `);
    assert.equal(read(''), 'bridge - - -; no mac');
  });
});

describe('hostile configs', () => {
  const pieces = [
    'a',
    'name',
    'vif',
    'disk',
    '=',
    '+=',
    '[',
    ']',
    '(',
    ')',
    ',',
    ';',
    '\n',
    ' ',
    '\t',
    '#',
    '"',
    "'",
    '"""',
    '\\',
    '1',
    '0x',
    '0',
    ':',
    '%',
    '+',
    'if',
    'def',
    'r',
    'u',
    'é',
    '\0',
    '{',
    '}',
    '\r',
    'mac=',
    'phy:/x,xvda,w',
    'exec',
    '/srv/',
  ] as const;
  const words = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(''));

  it('end, in a guest or with a place in the file', () => {
    fc.assert(
      fc.property(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        for (const config of [parseXl('f', text), parseXm('f', text)]) {
          const { left } = draftGuest(config, { defaultScript: null, uplink: 'eth0' });
          if (!config.readable) assert.ok(left[0]?.at !== null && left[0] !== undefined);
          const lines = text.split(/\r\n?|\n/).length;
          for (const { at, why } of left) {
            assert.ok(why !== '');
            if (at !== null) assert.ok(at.line >= 1 && at.line <= lines + 1 && at.column >= 1, JSON.stringify(at));
          }
        }
      }),
      { numRuns: 1000, seed: 7 },
    );
  });

  for (const text of [
    '['.repeat(60_000),
    '('.repeat(60_000),
    'a = ['.repeat(12_000),
    'a="'.repeat(20_000),
    `a = ${'"x" '.repeat(16_000)}`,
    ';'.repeat(65_000),
    'a=1\n'.repeat(16_000),
    `a = [${'1,'.repeat(30_000)}`,
    'x'.repeat(1_000_000),
    'a = 0x'.padEnd(60_000, 'f'),
    "'''".padEnd(65_000, 'x\\'),
  ])
    it(`take no time: ${text.slice(0, 12).trim()}... of ${text.length}`, () => {
      const before = performance.now();
      for (const config of [parseXl('f', text), parseXm('f', text)])
        draftGuest(config, { defaultScript: null, uplink: 'eth0' });
      assert.ok(performance.now() - before < 3000, `${performance.now() - before} ms`);
    });
});
