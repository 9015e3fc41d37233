/** What somebody with the right to push can put into a state repository: each is one clear diagnostic, soon. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { isLongRun } from '../dice.ts';
import { fc } from '../property.ts';
import { showDiagnostics } from '../../src/core/diagnostics.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import type { Parsed } from '../../src/core/parse/parse.ts';
import type { DiagnosticCode } from '../../src/model/diagnostic.ts';
import { hasErrors } from '../../src/model/diagnostic.ts';
import { limits } from '../../src/model/limits.ts';
import type { StateFile } from '../../src/model/state.ts';
import { stateOf } from './state-files.ts';

const host = `uplink: { interface: eth0, gateway: 203.0.113.1 }
addresses: { main: 203.0.113.10/24 }
networks: { lan: { bridge: br0, subnet: 192.168.1.0/24, gateway: 192.168.1.254 } }
toolstack: netns
`;
const guest = 'interfaces: [{ network: lan, ip: 192.168.1.1 }]\nforwards: [{ port: 80 }]\n';
const now = new Date('2026-06-01T00:00:00Z');
const parse = (files: readonly StateFile[]): Parsed => parseState(files, { host: 'dedibox', now });
const codes = (parsed: Parsed): readonly DiagnosticCode[] => parsed.diagnostics.map((d) => d.code);
const million = limits.stateFileBytes;
const fill = (text: string): string => text.repeat(Math.floor(million / text.length));

/** The text of guests/web.yaml, and the one code that it must give. */
const texts: Readonly<Record<string, readonly [DiagnosticCode, string | Uint8Array]>> = {
  'a file of 10 MB': ['file-too-large', '#'.repeat(10 * 1_048_576)],
  'one byte more than allowed': ['file-too-large', '#'.repeat(million + 1)],
  'no UTF-8': ['encoding', Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0xfe])],
  'an overlong slash': ['encoding', Uint8Array.from([0x61, 0x3a, 0x20, 0xc0, 0xaf])],
  'UTF-16': ['encoding', Uint8Array.from([0xff, 0xfe, 0x61, 0x00])],
  'a byte order mark': ['encoding', '\ufeffdescription: x\n'],
  'a NUL': ['encoding', 'description: a\0b\n'],
  'an escape sequence for terminals': ['encoding', 'description: \u001b[2J\n'],
  'text that runs backwards': ['encoding', '# \u202e nimda\n'],
  'an escaped escape sequence': ['wrong-value', 'description: "\\u001b[2J"\n'],
  'a key with a line end': ['unknown-key', '"a\\nb": 1\n'],
  'a prototype as a key': ['unknown-key', '__proto__: { memory: 512 }\n'],
  'a constructor as a key': ['unknown-key', 'constructor: { prototype: 1 }\n'],
  'a device path with a second option': ['wrong-value', 'disks: [{ path: "/dev/vg0/a,script=/bin/sh", as: xvda }]\n'],
  'brackets without end': ['yaml-too-deep', fill('[')],
  'maps without end': ['yaml-too-deep', fill('{a: ')],
  'dashes without end': ['yaml-too-deep', fill('- ')],
  'steps without end': ['yaml-too-deep', Array.from({ length: 1400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  'commas without end': ['yaml-too-many-nodes', `[${fill(',').slice(1)}`],
  'quotes without end': ['yaml-syntax', fill('"')],
  'bad escapes without end': ['yaml-syntax', `"${fill('\\x').slice(2)}"`],
  'documents without end': ['yaml-too-many-nodes', fill('---\n')],
  'anchors without end': ['yaml-too-many-nodes', fill('&a ')],
  'line ends without end': ['yaml-too-many-nodes', fill('\n')],
  'one key of a megabyte': ['yaml-syntax', `${'a'.repeat(million - 10)}: 1`],
  'one text of a megabyte': ['too-long', `description: ${'x'.repeat(million - 20)}`],
  'billions of laughs': [
    'yaml-alias',
    Array.from(
      { length: 20 },
      (_, i) =>
        `k${i}: &k${i} [${Array(9)
          .fill(i === 0 ? 'lol' : `*k${i - 1}`)
          .join(', ')}]`,
    ).join('\n'),
  ],
  'an alias to itself': ['yaml-alias', 'interfaces: &a [*a]\n'],
  'a JavaScript function': ['yaml-tag', 'description: !!js/function "function () {}"\n'],
};

describe('hostile texts', () => {
  it('takes the harmless one', () => {
    assert.deepEqual(codes(parse(stateOf({ 'host.yaml': host, 'guests/web.yaml': guest }))), []);
  });
  for (const [name, [code, text]] of Object.entries(texts))
    it(name, () => {
      const started = process.cpuUsage();
      const files = stateOf({ 'host.yaml': host, 'guests/web.yaml': text }).map((f) =>
        f.bytes > limits.stateFileBytes ? { ...f, content: null } : f,
      );
      const parsed = parse(files);
      const seconds = process.cpuUsage(started).user / 1e6;
      assert.deepEqual(codes(parsed), [code]);
      assert.equal(parsed.desired, null);
      assert.equal(parsed.diagnostics[0]?.at?.file, 'guests/web.yaml');
      // Nothing that a terminal would obey, and nothing long, comes out again.
      const said = showDiagnostics(parsed.diagnostics);
      assert.doesNotMatch(said, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      assert.ok(said.length < 2000, `${said.length} characters`);
      assert.ok(seconds < 10, `${seconds} s`);
    });

  it('tells a hundred of twenty thousand problems', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n');
    const { diagnostics } = parse(stateOf({ 'host.yaml': host, 'guests/web.yaml': keys }));
    assert.equal(diagnostics.length, limits.diagnosticsShown + 1);
    assert.equal(diagnostics.at(-1)?.code, 'more');
  });

  it('finds one key twice among twenty thousand without comparing each with each', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n');
    const started = process.cpuUsage();
    parse(stateOf({ 'host.yaml': host, 'guests/web.yaml': `${keys}\nk7: 2\n` }));
    assert.ok(process.cpuUsage(started).user / 1e6 < 10);
  });
});

describe('hostile trees', () => {
  const good = { 'host.yaml': host, 'guests/web.yaml': guest };
  const odd = (path: string, kind: StateFile['kind']): StateFile => ({ path, kind, bytes: 0, content: null });
  const trees: readonly (readonly [string, DiagnosticCode, readonly StateFile[]])[] = [
    ['a link for a guest', 'symlink', [...stateOf(good), odd('guests/mail.yaml', 'symlink')]],
    ['a link for host.yaml', 'symlink', [odd('host.yaml', 'symlink')]],
    ['a link for the folder of the guests', 'symlink', [...stateOf({ 'host.yaml': host }), odd('guests', 'symlink')]],
    ['a link beside the state', 'symlink', [...stateOf(good), odd('docs/passwd', 'symlink')]],
    ['a submodule', 'submodule', [...stateOf(good), odd('guests', 'submodule')]],
    ['a device', 'unexpected-file', [...stateOf(good), odd('guests/null.yaml', 'other')]],
    ['nothing at all', 'empty-repository', []],
    [
      'too many files',
      'too-many-files',
      stateOf(Object.fromEntries(Array.from({ length: 5001 }, (_, i) => [`guests/g${i}.yaml`, '{}']))),
    ],
    ['a guest with a line end in its name', 'name', stateOf({ ...good, 'guests/a\nb.yaml': '{}' })],
    ['a guest with a shell in its name', 'name', stateOf({ ...good, 'guests/$(id).yaml': '{}' })],
    ['a guest with a quote in its name', 'name', stateOf({ ...good, 'guests/a"-j ACCEPT.yaml': '{}' })],
    ['a guest with an escape in its name', 'name', stateOf({ ...good, 'guests/\u001b[31m.yaml': '{}' })],
  ];
  for (const [name, code, files] of trees)
    it(name, () => {
      const parsed = parse(files);
      assert.equal(parsed.desired, null);
      assert.ok(codes(parsed).includes(code), codes(parsed).join());
      assert.ok(parsed.diagnostics.some((d) => d.code === code && d.severity === 'error'));
      assert.doesNotMatch(showDiagnostics(parsed.diagnostics), /[\u0000-\u0009\u000b-\u001f]/);
    });

  it('never reads the folder of another host', () => {
    const { desired, diagnostics } = parse(
      stateOf({
        'hosts/dedibox/host.yaml': host,
        'hosts/other/host.yaml': 'broken: [',
        'hosts/dedibox2/host.yaml': '[',
      }),
    );
    assert.deepEqual(diagnostics, []);
    assert.equal(desired?.host.name, 'dedibox');
  });

  it('takes a host name for no path', () => {
    const files = stateOf({ 'hosts/a/host.yaml': host });
    for (const name of ['../hosts/a', 'a/../a', '', '.', 'a/'])
      assert.deepEqual(codes(parseState(files, { host: name, now })), ['host-not-found'], name);
  });
});

// The everyday run is short; `npm run long` takes its time.
const runs = isLongRun ? 20_000 : 400;

describe('any text', () => {
  const pieces = [
    'port',
    ': ',
    '80',
    '- ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '"',
    "'",
    '#',
    'interfaces',
    'forwards',
    'from',
    'to',
    '&a ',
    '*a',
    '!!x ',
    '<<',
    '|',
    '>',
    '? ',
    '---\n',
    'until',
    '2026-02-30',
    'null',
    '~',
    '0x1',
    '192.168.1.1',
    'network',
    'lan',
    'ip',
    '\t',
    '\r\n',
    'é',
    '%',
    '@',
    'address',
    'main',
    'description',
    'admins',
  ];
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((p) => p.join(''));

  it('never throws, and gives a state exactly where there are no errors', () => {
    fc.assert(
      fc.property(text, text, text, (web, groups, checks) => {
        const parsed = parse(
          stateOf({ 'host.yaml': host, 'guests/web.yaml': web, 'groups.yaml': groups, 'checks.yaml': checks }),
        );
        assert.equal(parsed.desired === null, hasErrors(parsed.diagnostics));
        for (const d of parsed.diagnostics) {
          assert.ok(d.message.length > 0 && d.help.length > 0);
          if (d.at !== undefined && d.excerpt !== undefined)
            assert.ok(d.at.line >= 1 && d.at.column >= 1 && d.excerpt.length >= 1);
        }
      }),
      { numRuns: runs },
    );
  });

  it('survives one damaged character in a good file', () => {
    fc.assert(
      fc.property(fc.nat(guest.length - 1), fc.constantFrom(...Array.from('{}[],:#&*!|>"\'%@`-? \n\tx0')), (at, c) => {
        const parsed = parse(
          stateOf({ 'host.yaml': host, 'guests/web.yaml': guest.slice(0, at) + c + guest.slice(at + 1) }),
        );
        assert.equal(parsed.desired === null, hasErrors(parsed.diagnostics));
      }),
      { numRuns: runs },
    );
  });
});
