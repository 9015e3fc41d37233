// Xen's own parsers on what natroute renders: the real xl's, without a Xen; and Python's, which is how xm read its configs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { renderArtefacts } from '../../src/core/render/artefacts.ts';
import type { DomuFormat } from '../../src/core/render/domu.ts';
import { renderDomu } from '../../src/core/render/domu.ts';
import { editSettings } from '../../src/core/render/xen-conf.ts';
import type { Desired } from '../../src/model/desired.ts';
import { filesBelow, golden } from '../core/state-files.ts';

const now = new Date('2026-06-01T00:00:00Z');
// The extracted packages are kept beside the npm packages: they take seconds to fetch.
const kept = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'xl-oracle');

function desiredOf(name: string): Desired {
  const { desired } = parseState(filesBelow(join(golden, name)), { host: 'dedibox', now });
  assert.ok(desired !== null);
  return desired;
}

function configs(name: string, format: DomuFormat): ReadonlyMap<string, string> {
  const desired = desiredOf(name);
  const { files } = renderArtefacts(desired, compileNat(desired), [format]);
  const own = [...files].filter(([path]) => path.includes('/etc/xen/') && path.endsWith('.cfg'));
  return new Map(own.map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1), text]));
}

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'natroute-xen-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

interface Parsed {
  readonly c_info: Readonly<Record<string, unknown>>;
  readonly b_info: Readonly<Record<string, unknown>>;
  readonly disks?: readonly Readonly<Record<string, unknown>>[];
  readonly nics?: readonly Readonly<Record<string, unknown>>[];
}

/** Null where the oracle cannot be had on this machine; then the test is skipped. */
function xl(t: TestContext, text: string): Parsed | null {
  const file = join(folder, 'guest.cfg');
  writeFileSync(file, text);
  mkdirSync(kept, { recursive: true });
  const run = spawnSync(join(import.meta.dirname, 'xl-oracle.sh'), [kept, file], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  if (run.status === 77) {
    t.skip(`the real xl parser cannot be had here: ${run.stderr.trim().split('\n').at(-1) ?? ''}`);
    return null;
  }
  assert.equal(run.status, 0, run.stderr);
  // It says everything on stderr; whatever it did not understand too.
  assert.deepEqual(
    run.stderr
      .split('\n')
      .filter((line) => !/^(Failed to read config file: \/etc\/xen\/xl\.conf|Parsing config from|$)/.test(line)),
    [],
  );
  const parsed = JSON.parse(run.stdout) as Parsed & { readonly c_info: Record<string, unknown> };
  delete parsed.c_info['uuid'];
  return parsed;
}

describe('the real xl', () => {
  it('reads what the owner has by hand and what is rendered as the same', (t) => {
    for (const [name, text] of configs('reference', 'xl')) {
      const mine = xl(t, text);
      const owners = xl(t, readFileSync(join(golden, 'xen', name), 'utf8'));
      if (mine === null || owners === null) return;
      assert.deepEqual(mine, owners, name);
    }
  });

  it('takes every guest of a host with everything', (t) => {
    const all = configs('render-in', 'xl');
    assert.equal(all.size, 4);
    for (const [name, text] of all) {
      const parsed = xl(t, text);
      if (parsed === null) return;
      assert.equal(parsed.c_info['name'], name.replace('.cfg', ''));
      if (name !== 'odd.cfg') continue;
      assert.equal(parsed.b_info['cmdline'], 'root=/dev/xvda1 ro motto="it\'s \\ here" wörld');
      assert.deepEqual(
        parsed.disks?.map((disk) => [disk['pdev_path'], disk['vdev'], disk['readwrite'] ?? 0]),
        [
          ['/dev/vg0/odd-root', 'xvda1', 1],
          ['/srv/images/odd.img', 'xvdb', 0],
        ],
      );
      assert.equal(parsed.nics?.length, 2);
    }
  });

  it('gets every text back as it was written', (t) => {
    for (const hostile of hostiles) {
      const parsed = xl(t, withText(hostile, 'xl'));
      if (parsed === null) return;
      assert.equal(parsed.b_info['cmdline'], hostile);
      assert.deepEqual(parsed.nics?.length, 1);
    }
  });
});

describe('an edit of xl.conf, which the real xl reads as it reads a domU config', () => {
  const rest = 'memory = 64\nkernel = "/boot/x"\n';
  const texts = [
    'name = "a"; vcpus = 2\n',
    'vcpus = 2 ; name = \'a\' # "; name = "b"\n',
    '# name = "z"\nvcpus = 2\n',
    'disk = [ "phy:/dev/a,xvda,w",\n #name = "z"\n "phy:/dev/b,xvdb,w" ]; name="a;b"\nvcpus=2\n',
    'name = "a"\nname += "b"; vcpus = 2\n',
    `extra = 'it # is; "name = 1"' ; name = "a" ;vcpus = 2`,
  ];
  for (const text of texts)
    it(JSON.stringify(text), (t) => {
      const before = xl(t, `${rest}name = "first"\n${text}`);
      const after =
        before && xl(t, editSettings(`${rest}name = "first"\n${text}`, [{ key: 'name', value: '"edited"' }]));
      if (before === null || after === null) return;
      assert.equal(after.c_info['name'], 'edited');
      assert.notEqual(before.c_info['name'], 'edited');
      assert.deepEqual({ ...after, c_info: null }, { ...before, c_info: null });
    });
});

const hostiles = [
  'a"b',
  "a'b",
  'a\\',
  '\\"; kernel = "/etc/shadow"',
  '"]\\\\',
  "'''",
  '# no comment',
  '\\n\\x41\\101',
  '%s ${PATH} `id` $(id)',
  'é 漢 😀',
];

function withText(cmdline: string, format: DomuFormat): string {
  const { host, guests } = desiredOf('reference');
  const guest = guests.find(({ name }) => name === 'web');
  assert.ok(guest !== undefined);
  return renderDomu(host, { ...guest, boot: { kernel: '/boot/x', cmdline } }, format);
}

const python = `
import json, sys
scope = {}
exec(compile(open(sys.argv[1], encoding='ascii').read(), 'guest', 'exec'), {'__builtins__': {}}, scope)
print(json.dumps(scope))
`;

function xm(text: string): Readonly<Record<string, unknown>> | null {
  const file = join(folder, 'guest.py');
  writeFileSync(file, text);
  const run = spawnSync('python3', ['-c', python, file], { encoding: 'utf8' });
  if (run.error !== undefined) return null;
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as Record<string, unknown>;
}

describe('xm, which reads its configs as Python does', () => {
  it('reads what the owner has by hand and what is rendered as the same', (t) => {
    for (const [name, text] of configs('reference', 'xm')) {
      const mine = xm(text);
      if (mine === null) return t.skip('there is no python3 here');
      assert.deepEqual(mine, xm(readFileSync(join(golden, 'xen', 'xm', name), 'utf8')), name);
    }
  });

  it('gets every text back as it was written, byte for byte', (t) => {
    for (const hostile of hostiles) {
      const parsed = xm(withText(hostile, 'xm'));
      if (parsed === null) return t.skip('there is no python3 here');
      assert.equal(Buffer.from(String(parsed['extra']), 'latin1').toString('utf8'), hostile);
    }
  });
});
