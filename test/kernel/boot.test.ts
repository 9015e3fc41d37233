// Promise: what a generation gives a boot brings back exactly the rules in force, beside whatever others restored before;
// and where some of ours are there already, nothing is touched.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileNat } from '../../src/core/nat/compile.ts';
import { driftNat } from '../../src/core/nat/diff.ts';
import { renderBoot } from '../../src/core/render/boot.ts';
import { families } from '../../src/model/family.ts';
import { address, desired, guest, host, network } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { must, read, run, table } from './nat-table.ts';

const script = fileURLToPath(new URL('../../deploy/systemd/restore-at-boot.sh', import.meta.url));

if (inside === null) runInside(import.meta.url, 60);
else {
  const state = mkdtempSync(join(tmpdir(), 'natroute-boot-'));
  after(() => rmSync(state, { recursive: true, force: true }));
  const both = { v4: '203.0.113.10', v6: '2001:db8:1::10' };
  const target = compileNat(
    desired(host([address('main', both)], [network('lan', 'br0', ['192.168.1.0/24', 'fd00:1::/64'])]), [
      guest('web', { v4: '192.168.1.1', v6: 'fd00:1::1' }, [{ port: 80 }, { port: 2222, to: 22 }]),
    ]),
  );
  mkdirSync(join(state, 'generations/1'), { recursive: true });
  symlinkSync('generations/1', join(state, 'current'));
  for (const family of families) writeFileSync(join(state, `generations/1/boot.${family}`), renderBoot(target[family]));
  const boot = (): ReturnType<typeof run> => run('sh', [script, state]);
  const plain = (text: string): string => text.replace(/^#.*$|\[\d+:\d+\]/gm, '');

  it('brings all of it back, first in its chains, and strangers stay', () => {
    for (const family of families) must(family, '-A', 'PREROUTING', '-p', 'udp', '-j', 'RETURN');
    assert.deepEqual(boot(), { code: 0, out: '', err: '' });
    for (const family of families) {
      assert.deepEqual(driftNat(target[family], table(family), family), []);
      assert.match(read(family), /-j NR-DST\n(.*\n)*.*-A PREROUTING -p udp -j RETURN/);
    }
  });

  it('leaves all as it is where ours are there, also where somebody changed them', () => {
    must('v4', '-F', 'NR-A-main');
    const before = families.map((family) => plain(read(family)));
    assert.equal(boot().code, 0);
    assert.deepEqual(
      families.map((family) => plain(read(family))),
      before,
    );
  });

  it('says so where the kernel refuses it, and changes nothing', () => {
    for (const chain of ['PREROUTING', 'OUTPUT', 'POSTROUTING']) must('v4', '-F', chain);
    for (const chain of ['NR-DST', 'NR-SRC', 'NR-A-main']) must('v4', '-F', chain);
    for (const chain of ['NR-DST', 'NR-SRC', 'NR-A-main']) must('v4', '-X', chain);
    writeFileSync(join(state, 'generations/1/boot.v4'), '*nat\n:NR-DST - [0:0]\n-A NR-DST -j NOWHERE\nCOMMIT\n');
    const before = plain(read('v4'));
    const { code, err } = boot();
    assert.equal(code, 1);
    assert.match(err, /NOWHERE|line \d/);
    assert.equal(plain(read('v4')), before);
  });
}
