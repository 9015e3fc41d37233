// Promise: doctor looks at the host that it runs on, says what is risky there, and whether a reboot would give the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { stateWith } from '../fakes/reference.ts';
import { type CliWorld, openCliWorld } from './cli-world.ts';

describe('doctor in a namespace', () => {
  let world: CliWorld;
  beforeEach(async () => {
    world = await openCliWorld(stateWith([80]));
  });
  afterEach(() => world.end());

  it('doctor says what is risky here', async () => {
    const key = join(world.top, 'deploy_key');
    writeFileSync(key, 'secret', { mode: 0o644 });
    world.config(`repository: {url: "git@git.example.org:ops/dom0.git", branch: main, key: ${key}}\nhost: dedibox\n`);
    const ran = await world.run('doctor');
    assert.equal(ran.code, 0, ran.error);
    for (const line of [
      /^ {2}warning {2}ip-forward: /m,
      /^ {2}warning {2}daemon: the daemon does not run: nothing follows the repository\n {11}help: /m,
      /^ {2}warning {2}signers: /m,
      /^ {2}warning {2}known-hosts: /m,
      /^ {2}fine {5}iptables: iptables \d/m,
      /^ {2}fine {5}ip6tables: ip6tables \d/m,
      /^ {2}fine {5}ledger: /m,
    ])
      assert.match(ran.out, line);
    assert.ok(ran.out.includes(`permissions: ${key} is secret and may be read by others (mode 0644)`), ran.out);
    assert.ok(!ran.out.includes('namespaces:'), ran.out);
  });

  it('doctor --boot says what a reboot would give, once something is applied', async () => {
    const boot = await world.run('doctor', '--boot');
    assert.deepEqual([boot.code, boot.error], [1, '']);
    assert.equal(
      boot.out,
      'dedibox: 1 thing to look at\n' +
        '  error    not-applied: nothing was applied on this host yet: a boot gives no rule of natroute\n' +
        '           help: See `natroute plan`, then `natroute apply`.\n',
    );
    assert.equal((await world.run('apply', '--yes')).code, 0);
    const applied = await world.run('doctor', '--boot', '--json');
    const { remarks } = JSON.parse(applied.out) as { remarks: { code: string; severity: string }[] };
    const severityOf = (code: string): string | undefined => remarks.find((one) => one.code === code)?.severity;
    assert.equal(severityOf('boot-unit'), 'warning', applied.out);
    assert.equal(severityOf('boot-rules'), 'fine', applied.out);
  });

  it('says, as apply and --verify do, that the ledger was taken away, and goes on saying it', async () => {
    assert.equal((await world.run('apply', '--yes')).code, 0);
    await world.inside('rm', '-r', `${world.root}/var/lib/natroute/ledger.git`);
    const verify = (...since: readonly string[]) => world.run('history', '--verify', ...since);
    const unwritten = await verify();
    assert.equal(unwritten.code, 1);
    assert.match(
      unwritten.out,
      /^dedibox: 1 thing wrong with the ledger\n {2}! gap {7}not written down yet: all that was\s+written down before is\s+gone, although\s+generation\s+1\s/,
    );
    const warning = /^ {2}warning {2}ledger-gap: all that was written down before is gone, although generation 1 /m;
    assert.match((await world.run('doctor')).out, warning);
    await world.inside('iptables', '-t', 'nat', '-F', 'NR-A-main');
    const applied = await world.run('apply', '--yes');
    assert.equal(applied.code, 0);
    assert.match(applied.error, /^natroute: warning: ledger: all that was written down before is gone, /);
    const first = (await world.run('history')).out.trim().split('\n').at(-1);
    assert.match(first ?? '', / recovered {4}Go on after a gap: all that was written down before is gone/);
    const written = await verify();
    assert.equal(written.code, 1);
    assert.match(written.out, /^ {2}! gap {7}entry [0-9a-f]{10} of /m);
    assert.equal((await verify('--since', new Date().toISOString())).code, 0);
    assert.match((await world.run('doctor')).out, warning);
  });
});
