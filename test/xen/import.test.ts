// Promise: what natroute imports of a domain config it writes again so that Xen's own parsers read the same: the real xl's, and Python, which is how xm read its configs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { DraftGuest } from '../../src/core/import/guest.ts';
import { renderDomu } from '../../src/core/render/domu.ts';
import type { Desired, Guest } from '../../src/model/desired.ts';
import { domus, type Domu } from '../core/domus.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';

const kept = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'xl-oracle');

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'natroute-xen-import-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const { host } = referenceDesired({ reached: 'mac', ipv6: false });
const at = { file: 'imported', line: 1, column: 1 };

/** As it stands in the state repository that import writes. */
function guestOf(draft: DraftGuest): Guest {
  const [model] = referenceDesired({ reached: 'mac', ipv6: false }).guests as Desired['guests'] & readonly [Guest];
  return {
    ...model,
    name: draft.name,
    memory: draft.memory,
    vcpus: draft.vcpus,
    type: draft.type,
    boot: Object.fromEntries(draft.boot),
    disks: draft.disks.map((disk) => ({ ...disk, at })),
    interfaces: draft.vifs.map(({ kind, mac, ip }) =>
      kind === 'routed'
        ? { kind, address: 'failover', mac, at }
        : { kind: 'nat', network: 'lan', ips: ip === null ? {} : { v4: ip }, mac, snat: null, at },
    ),
    options: Object.fromEntries(draft.options),
    forwards: [],
  };
}

function rewritten(draft: DraftGuest, { format, name }: Domu): string {
  const path = join(folder, name.replace('/', '-'));
  writeFileSync(path, renderDomu(host, guestOf(draft), format));
  return path;
}

type Parsed = Record<string, unknown> & { readonly c_info: Record<string, unknown>; nics?: Record<string, unknown>[] };

/** Null where the oracle cannot be had on this machine; then the test is skipped. */
function xl(t: TestContext, paths: readonly string[]): readonly Parsed[] | null {
  mkdirSync(kept, { recursive: true });
  const run = spawnSync(join(import.meta.dirname, 'xl-oracle.sh'), [kept, ...paths], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  if (run.status === 77) {
    t.skip(`the real xl parser cannot be had here: ${run.stderr.trim().split('\n').at(-1) ?? ''}`);
    return null;
  }
  assert.equal(run.status, 0, run.stderr);
  return run.stdout
    .split(/(?<=^\})\n/m)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as Parsed);
}

/** A script that is the default one, and an id that xl makes up, are no difference. */
function comparable(parsed: Parsed): Parsed {
  const { uuid, ...info } = parsed.c_info;
  return { ...parsed, c_info: uuid === 'e8b27a5f-6c3b-4dd0-8c3c-1d3f8b0a7c11' ? parsed.c_info : info };
}

describe('the real xl', () => {
  it('reads the same from what the owner has and from what is written of the import', (t) => {
    const all = domus('xl').map((domu) => {
      assert.ok(domu.guest !== null, domu.name);
      return { domu, path: rewritten(domu.guest, domu) };
    });
    assert.ok(all.length >= 18);
    const owners = xl(
      t,
      all.map(({ domu }) => domu.path),
    );
    const ours = xl(
      t,
      all.map(({ path }) => path),
    );
    if (owners === null || ours === null) return;
    assert.deepEqual([owners.length, ours.length], [all.length, all.length]);
    const same = all.filter(({ domu }, i) => {
      const [theirs, mine] = [owners[i], ours[i]];
      assert.ok(theirs !== undefined && mine !== undefined);
      if (domu.left.length === 0) {
        assert.deepEqual(comparable(mine), comparable(theirs), domu.name);
        return true;
      }
      // What is listed as not said is missing, or the list would be longer than it must be.
      assert.notDeepEqual(comparable(mine), comparable(theirs), domu.name);
      return false;
    });
    t.diagnostic(`measured: ${all.length} configs, ${same.length} the same to the letter, the others with a list`);
  });
});

const python = `
import json, sys
every = {}
for path in sys.argv[1:]:
    scope = {}
    exec(compile(open(path, encoding='utf-8').read(), path, 'exec'), {'__builtins__': {}}, scope)
    every[path] = scope
print(json.dumps(every))
`;

/** Python 3 has other words for two things that Python 2 reads. */
function forPython3(domu: Domu): string {
  const path = join(folder, `owners-${domu.name.replace('/', '-')}`);
  writeFileSync(path, domu.text.replace('0200', '0o200').replace('2L', '2'));
  return path;
}

/** As xend takes them: yes and no as numbers, spaces around commas for nothing, what is there by itself. */
function asXend(scope: Readonly<Record<string, unknown>>): unknown {
  const items = (key: string): unknown =>
    ((scope[key] ?? []) as readonly string[]).map((text) =>
      text
        .replace(/^phy:(?!\/)/, 'phy:/dev/')
        .split(',')
        .map((part) => part.trim())
        .sort(),
    );
  const plain = Object.entries(scope)
    .filter(([key]) => key !== '__doc__')
    .map(([key, value]) => [key, typeof value === 'boolean' ? Number(value) : value]);
  // Non-ASCII text is written in bytes.
  const extra = scope['extra'];
  const bytes =
    typeof extra === 'string' && /[\u0080-\u00ff]/.test(extra) ? Buffer.from(extra, 'latin1').toString() : extra;
  return {
    ...Object.fromEntries(plain),
    disk: items('disk'),
    vif: items('vif'),
    ...(extra === undefined ? {} : { extra: bytes }),
  };
}

describe('xm, which reads its configs as Python does', () => {
  it('reads the same from what the owner has and from what is written of the import', (t) => {
    const whole = domus('xm').filter(({ left }) => left.length === 0);
    assert.ok(whole.length >= 12);
    const paths = whole.map((domu) => {
      assert.ok(domu.guest !== null, domu.name);
      return { name: domu.name, owners: forPython3(domu), ours: rewritten(domu.guest, domu) };
    });
    const run = spawnSync('python3', ['-c', python, ...paths.flatMap(({ owners, ours }) => [owners, ours])], {
      encoding: 'utf8',
    });
    if (run.error !== undefined) return t.skip('there is no python3 here');
    assert.equal(run.status, 0, run.stderr);
    const scopes = JSON.parse(run.stdout) as Record<string, Record<string, unknown>>;
    for (const { name, owners, ours } of paths)
      assert.deepEqual(asXend(scopes[ours] ?? {}), asXend(scopes[owners] ?? {}), name);
    t.diagnostic(`measured: ${whole.length} configs the same, ${domus('xm').length - whole.length} with a list`);
  });

  it('has nothing of a program in the import', () => {
    for (const { name, text, guest } of domus('xm')) {
      if (guest === null) continue;
      const said = JSON.stringify([guest.disks, guest.vifs, [...guest.options], [...guest.boot]]);
      assert.ok(!/%[ds0]|arch_libdir|range/.test(said), name);
      if (/^memory \*=|^[ \t]+memory = /m.test(text)) assert.equal(guest.memory, null, name);
    }
    assert.ok(readFileSync(join(import.meta.dirname, 'domus', 'xm', '14-mutated.py'), 'utf8').includes('memory *= 2'));
  });
});
