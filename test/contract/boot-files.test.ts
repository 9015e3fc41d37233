// Promise: what a boot starts is what systemd would start: no unit that is masked or gone, and no program that is not there.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readBootFiles } from '../../src/adapters/boot-files.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'natroute-boot-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, text);
}

function point(path: string, to: string): void {
  mkdirSync(dirname(root + path), { recursive: true });
  symlinkSync(to, root + path);
}

const own = '/etc/systemd/system';
const shipped = '/usr/lib/systemd/system';
const boot = 'natroute-boot.service';
const enable = (name: string): void => point(`${own}/multi-user.target.wants/${name}`, `${shipped}/${name}`);

describe('what a boot would start', () => {
  it('are enabled units that are there and not masked', async () => {
    for (const name of ['here.service', 'gone.service', 'masked.service', 'for-now.service', 'getty@tty1.service'])
      enable(name);
    for (const name of ['here.service', 'masked.service', 'for-now.service', 'getty@.service', 'disabled.service'])
      put(`${shipped}/${name}`, '');
    point(`${own}/masked.service`, '/dev/null');
    point('/run/systemd/system/for-now.service', '/dev/null');
    assert.deepEqual((await readBootFiles(root)).enabledUnits, ['getty@tty1.service', 'here.service']);
  });

  it('are also scripts of init.d, where no unit stands in their place', async () => {
    mkdirSync(`${root}${own}`, { recursive: true });
    for (const name of ['S01xendomains', 'S02natroute', 'S03masked', 'K01stopped']) put(`/etc/rc2.d/${name}`, '');
    put('/etc/rc3.d/S01xendomains', '');
    put(`${shipped}/natroute.service`, '');
    point(`${own}/masked.service`, '/dev/null');
    assert.deepEqual((await readBootFiles(root)).enabledUnits, ['xendomains.service']);
  });

  it('is no guest whose config is gone', async () => {
    for (const name of ['web.cfg', 'mail.cfg']) point(`/etc/xen/auto/${name}`, `../${name}`);
    put('/etc/xen/web.cfg', '');
    assert.deepEqual((await readBootFiles(root)).autostart, ['web.cfg']);
  });

  it('is nothing of natroute-boot where the program that it names is missing', async () => {
    const program = '/usr/lib/natroute/restore-at-boot.sh';
    enable(boot);
    put(`${own}/${boot}`, `[Service]\nExecStart=/bin/sh ${program}\n`);
    put('/bin/sh', '');
    assert.deepEqual((await readBootFiles(root)).missingPrograms, [program]);
    put(program, '');
    assert.deepEqual((await readBootFiles(root)).missingPrograms, []);
  });
});
