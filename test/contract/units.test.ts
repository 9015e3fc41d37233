// Promise: systemd itself has nothing to say against the units: no key misspelled, no ordering that cannot be, no program
// or target that is not there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const units = join(import.meta.dirname, '..', '..', 'deploy', 'systemd');
const folder = mkdtempSync(join(tmpdir(), 'natroute-units-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const missing =
  spawnSync('systemd-analyze', ['--version']).error === undefined
    ? false
    : 'systemd-analyze is missing: apt-get install systemd';

/** What it says; '' for nothing. The package is not installed here: its program stands in for ours. */
function verify(edit: (text: string) => string): string {
  const files = readdirSync(units).filter((name) => name.endsWith('.service'));
  for (const file of files) {
    const text = readFileSync(join(units, file), 'utf8').replace('=/usr/bin/natroute ', '=/bin/true ');
    writeFileSync(join(folder, file), edit(text));
  }
  const { stdout, stderr, status } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', ...files.map((file) => join(folder, file))],
    { encoding: 'utf8' },
  );
  return `${stdout}${stderr}${status === 0 ? '' : `exit ${status}`}`;
}

describe('the units', { skip: missing }, () => {
  it('are fine', () =>
    assert.equal(
      verify((text) => text),
      '',
    ));

  it('would not be with a misspelled key', () =>
    assert.match(
      verify((text) => text.replace('Restart=', 'Restrat=')),
      /Unknown key .*'Restrat'/,
    ));

  it('restore the rules after whatever begins with an empty table', () => {
    const text = readFileSync(join(units, 'natroute-boot.service'), 'utf8');
    const before = [...text.matchAll(/^After=(.*)$/gm)].flatMap(([, names = '']) => names.split(' '));
    for (const name of ['netfilter-persistent.service', 'nftables.service', 'iptables.service'])
      assert.ok(before.includes(name), name);
  });
});
