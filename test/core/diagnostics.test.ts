/** Diagnostics on paper: place, sentence, the line with its marker, and help. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { showDiagnostic, showDiagnostics } from '../../src/core/diagnostics.ts';
import { nearest } from '../../src/core/parse/nearest.ts';
import { atMost, inFileOrder } from '../../src/core/parse/order.ts';
import { createSource, excerptOf, offsetOf, positionAt, tokenAt } from '../../src/core/parse/source.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';

const at = { file: 'guests/web.yaml', line: 9, column: 13 };
const port: Diagnostic = {
  code: 'port',
  severity: 'error',
  message: '0 is not a port',
  help: 'ports go from 1 to 65535',
  at,
  excerpt: { line: '  - { port: 0 }', column: 13, length: 1 },
};

describe('a diagnostic', () => {
  it('shows where, what and what to do', () => {
    assert.equal(
      showDiagnostic(port),
      `guests/web.yaml:9:13: error[port]: 0 is not a port
  9 |   - { port: 0 }
    |             ^
  help: ports go from 1 to 65535
`,
    );
  });

  it('is coloured where the caller wants it', () => {
    const painted = showDiagnostic(port, (style, text) => `<${style}>${text}</${style}>`);
    assert.match(painted, /<error>error\[port\]<\/error>/);
    assert.match(painted, /<error> *\^<\/error>/);
  });

  it('counts errors and warnings, and not the line that counts the rest', () => {
    const warning: Diagnostic = { ...port, severity: 'warning' };
    const more: Diagnostic = { code: 'more', severity: 'error', message: 'more', help: 'look again' };
    assert.match(showDiagnostics([port, port, warning, more]), /\n2 errors, 1 warning\n$/);
    assert.match(showDiagnostics([port]), /\n1 error\n$/);
    assert.equal(showDiagnostics([]), '');
  });

  it('cannot move the cursor, whatever a file or its name holds', () => {
    const evil = 'a\u001b[2Jb\rc\n\u202ed';
    const shown = showDiagnostic({
      ...port,
      message: evil,
      help: evil,
      at: { ...at, file: evil },
      excerpt: { line: evil, column: 1, length: 3 },
    });
    assert.doesNotMatch(shown, /[\u001b\r\u202e]/);
    assert.equal(shown.split('\n').length, 5);
  });
});

describe('an excerpt', () => {
  const marked = (text: string, part: string): readonly [string, string] => {
    const source = createSource('a.yaml', text);
    const start = text.indexOf(part);
    const shown = showDiagnostic({
      ...port,
      at: positionAt(source, start),
      excerpt: excerptOf(source, [start, start + part.length]),
    });
    const [, line = '', marker = ''] = shown.split('\n');
    return [line.slice(6), marker.slice(6)];
  };

  it('marks what is meant', () => assert.deepEqual(marked('a: 1\nport: 80\n', '80'), ['port: 80', '      ^^']));
  it('marks what is on the first line', () => assert.deepEqual(marked('a: |\n  x\n  y\n', '|\n  x'), ['a: |', '   ^']));
  it('stays in place behind tabs, wide and combining characters', () => {
    assert.deepEqual(marked('\ta: 1', '1'), ['␉a: 1', '    ^']);
    assert.deepEqual(marked('日本: 1', '1'), ['日本: 1', '      ^']);
    assert.deepEqual(marked('e\u0301: 1', '1'), ['e\u0301: 1', '   ^']);
  });
  it('leaves the line ends of other systems out', () =>
    assert.deepEqual(marked('a: 1\r\nb: 2\r\n', '1'), ['a: 1', '   ^']));
  it('is cut around the marker in a long line', () => {
    const [line, marker] = marked(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`, 'HERE');
    assert.equal(line.slice(marker.indexOf('^'), marker.length), 'HERE');
    assert.ok(line.startsWith('...x') && line.endsWith('y...') && line.length < 120);
    const [end, endMarker] = marked(`${'x'.repeat(500)}HERE`, 'HERE');
    assert.equal(end.slice(endMarker.indexOf('^'), endMarker.length), 'HERE');
  });
});

describe('a position', () => {
  it('goes to an offset and back', () => {
    const source = createSource('a.yaml', 'one\n\nthree\n');
    for (let offset = 0; offset <= source.text.length; offset++)
      assert.equal(offsetOf(source, positionAt(source, offset)), offset);
    assert.deepEqual(positionAt(source, 5), { file: 'a.yaml', line: 3, column: 1 });
  });

  it('finds the value that begins there', () => {
    const token = (text: string, start: string): string => {
      const source = createSource('a.yaml', text);
      return text.slice(...tokenAt(source, text.indexOf(start)));
    };
    assert.equal(token('  - { port: 80, to: 8080 }', '80'), '80');
    assert.equal(token('  - { port: 80, to: [1, 2] }', '{'), '{ port: 80, to: [1, 2] }');
    assert.equal(token('  - { port: 80, to: [1, 2] }', '['), '[1, 2]');
    assert.equal(token('mac: "00:16" # x', '"'), '"00:16"');
    assert.equal(token('until: 2026-12-31 # x', '2026'), '2026-12-31');
    assert.equal(token('  main: 203.0.113.10/24', 'main'), 'main');
    assert.equal(token('x: [a', '['), '[a');
  });
});

describe('a list of diagnostics', () => {
  const many = Array.from({ length: 10 }, (_, i): Diagnostic => ({
    ...port,
    severity: i < 4 ? 'warning' : 'error',
    at: { file: i % 2 === 0 ? 'b' : 'a', line: i, column: 1 },
  }));

  it('is in file order', () => {
    const places = inFileOrder(many).map((d) => `${d.at?.file ?? ''}${d.at?.line ?? 0}`);
    assert.deepEqual(places, ['a1', 'a3', 'a5', 'a7', 'a9', 'b0', 'b2', 'b4', 'b6', 'b8']);
  });

  it('keeps errors rather than warnings when it is cut, and counts the rest', () => {
    const cut = atMost(inFileOrder(many), 7);
    assert.equal(cut.filter((d) => d.severity === 'error').length, 6);
    assert.deepEqual(cut.at(-1), {
      code: 'more',
      severity: 'warning',
      message: '3 more problems are not shown, 0 of them errors',
      help: 'put right what is shown, then look again',
    });
    const hidden = atMost(inFileOrder(many), 2);
    assert.deepEqual([hidden.length, hidden.at(-1)?.severity], [3, 'error']);
    assert.equal(atMost(many, 10), many);
  });
});

describe('the nearest known word', () => {
  const words = ['port', 'protocol', 'address', 'from', 'until', 'description', 'to'];
  const cases: readonly (readonly [string, string | null])[] = [
    ['prot', 'port'],
    ['Port', 'port'],
    ['adress', 'address'],
    ['protcol', 'protocol'],
    ['descripton', 'description'],
    ['form', 'from'],
    ['TO', 'to'],
    ['ti', null],
    ['target', null],
    ['', null],
    ['x'.repeat(100), null],
  ];
  for (const [word, known] of cases)
    it(`${word.slice(0, 20)} -> ${known ?? 'none'}`, () => assert.equal(nearest(word, words), known));
});
