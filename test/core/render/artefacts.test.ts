// What `natroute render` writes for the reference host and for a host with everything: test/golden/render/CASE.
// NATROUTE_BLESS=1 writes the expected files anew: read every difference before it is committed.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { parseState } from '../../../src/core/parse/parse.ts';
import { renderArtefacts, type Artefacts } from '../../../src/core/render/artefacts.ts';
import { filesBelow, golden } from '../state-files.ts';

const now = new Date('2026-06-01T00:00:00Z');

function rendered(folder: string): Artefacts {
  const { desired, diagnostics } = parseState(filesBelow(folder), { host: 'dedibox', now });
  assert.ok(desired !== null, JSON.stringify(diagnostics));
  return renderArtefacts(desired, compileNat(desired), ['xl', 'xm']);
}

function texts({ files, links }: Artefacts): ReadonlyMap<string, string> {
  const all = new Map([...files, ...[...links].map(([path, to]): [string, string] => [path, `-> ${to}\n`])]);
  return new Map([...all].filter(([, text]) => text !== '').sort(([a], [b]) => (a < b ? -1 : 1)));
}

function expectSame(name: string, actual: ReadonlyMap<string, string>): void {
  const folder = join(golden, 'render', name);
  if (process.env['NATROUTE_BLESS'] === '1') {
    rmSync(folder, { recursive: true, force: true });
    for (const [path, text] of actual) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const expected = new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path): [string, string] => [relative(folder, path), readFileSync(path, 'utf8')])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  assert.deepEqual([...actual.keys()], [...expected.keys()]);
  for (const [path, text] of actual) assert.equal(text, expected.get(path), path);
}

describe('artefacts', () => {
  it('are those of the reference host', () => expectSame('reference', texts(rendered(join(golden, 'reference')))));

  it('are those of a host with everything', () => {
    const all = rendered(join(golden, 'render-in'));
    expectSame('everything', texts(all));
    assert.deepEqual(all.problems, ['modern is a pvh guest, which xm does not know']);
  });
});

describe('the picture', () => {
  const svg = rendered(join(golden, 'render-in')).files.get('graph.svg') ?? '';

  it('shows text from outside as text', () => {
    assert.match(svg, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &quot;x&quot; &amp; y/);
    assert.doesNotMatch(svg, /<script/);
  });

  it('has no box on another', () => {
    const rows = [...svg.matchAll(/<rect x="(\d+)" y="([\d.]+)" width="(\d+)" height="([\d.]+)"[^>]*fill="#ffffff"/g)]
      .map(([, x, y, w, h]) => ({ x: Number(x), y: Number(y), w: Number(w), h: Number(h) }))
      .filter(({ x }) => x > 0);
    assert.ok(rows.length > 8);
    for (const a of rows)
      for (const b of rows)
        if (a !== b && a.x === b.x) assert.ok(a.y + a.h <= b.y || b.y + b.h <= a.y, JSON.stringify([a, b]));
  });
});
