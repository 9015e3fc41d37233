// `natroute adopt` on a real host: live drift, healed drift from the ledger, a pushed branch, and what it refuses.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CliWorld, openCliWorld, type Ran } from './cli-world.ts';
import { stateWith } from '../fakes/reference.ts';

describe('natroute adopt', () => {
  let world: CliWorld;
  before(async () => {
    world = await openCliWorld(stateWith([80, 443]));
  });
  after(() => world.end());

  const nat = (...args: string[]): Promise<Ran> => world.inside('iptables', '-t', 'nat', ...args);
  const web = ['-p', 'tcp', '--dport', '80', '-m', 'comment', '--comment', 'natroute web main:80/tcp'];

  it('has nothing to adopt before and after the first apply', async () => {
    const ran = await world.run('adopt');
    assert.deepEqual([ran.code, ran.out], [0, '']);
    assert.match(ran.error, /nothing was applied on this host yet/);
    assert.equal((await world.run('apply', '--yes')).code, 0);
    const none = await world.run('adopt');
    assert.deepEqual([none.code, none.out], [0, '']);
    assert.match(none.error, /nothing to adopt: no drift is there, and the ledger has none/);
  });

  it('prints the live drift as a patch that git applies, and changes nothing on the host', async () => {
    await nat('-R', 'NR-A-main', '1', ...web, '-j', 'DNAT', '--to-destination', '192.168.1.1:8080');
    await nat('-I', 'NR-A-main', '1', '-p', 'udp', '-j', 'ACCEPT');
    const tables = await world.tables();
    const ran = await world.run('adopt');
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.out, /^-  - \{port: 80\}\n\+  - \{port: 80, to: 8080\}$/m);
    assert.match(ran.error, /dedibox: 1 of 2 changes can be adopted, as it is now/);
    assert.match(ran.error, /\+ main:80\/tcp -> 192\.168\.1\.1:8080, was .*192\.168\.1\.1:80 \(guests\/web\.yaml\)/);
    assert.match(ran.error, /! not added: -A NR-A-main -p udp -j ACCEPT\n {4}because it does ACCEPT/);
    assert.match(ran.error, /the next heal takes the change away/);
    assert.equal(await world.tables(), tables);
    execFileSync('git', ['-C', world.state, 'apply', '--check', '-'], { input: ran.out });
    const other = await world.run('adopt', '--only', 'main:443/tcp');
    assert.deepEqual([other.code, other.out], [0, '']);
  });

  it('says that a file which somebody changed is none of it', async () => {
    const file = join(world.root, 'etc/sysctl.d/99-natroute.conf');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}kernel.panic = 1\n`);
    const ran = await world.run('adopt');
    writeFileSync(file, text);
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.error, /1 of 3 changes can be adopted/);
    const said = /! not changed: file \/etc\/sysctl\.d\/99-natroute\.conf\n {4}because only forwards are adopted\n/;
    assert.match(ran.error, said);
  });

  it('takes healed drift from the ledger, by itself and by its id', async () => {
    assert.equal((await world.run('apply', '--yes')).code, 0);
    const ran = await world.run('adopt');
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.out, /^\+ {2}- \{port: 80, to: 8080\}$/m);
    assert.match(ran.error, /as the ledger has it: entry [0-9a-f]{10} of /);
    const lines = (await world.run('history')).out.split('\n');
    const idOf = (outcome: string): string => lines.find((line) => line.includes(outcome))?.split(/ +/)[2] ?? '';
    assert.equal((await world.run('adopt', idOf('reported'))).out, ran.out);
    const heal = await world.run('adopt', idOf('healed'));
    assert.equal(heal.code, 64);
    assert.match(heal.error, /is no drift: it says healed, heal\n {2}help: /);
    const outside = await world.runWith({ outside: true }, 'adopt');
    assert.equal(outside.out, ran.out);
    assert.match(outside.error, /the kernel was not asked/);
  });

  it('pushes a new branch on top of the commit in force, and never the one that is followed', async () => {
    const head = world.git('rev-parse', 'main');
    const ran = await world.run('adopt', '--branch', 'adopt/web');
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.out, /look at adopt\/web \(commit [0-9a-f]{10}\) and merge it/);
    assert.equal(world.git('rev-parse', 'adopt/web~1'), head);
    assert.equal(world.git('rev-parse', 'main'), head);
    assert.equal(world.git('diff', '--name-only', 'main', 'adopt/web'), 'guests/web.yaml');
    assert.match(
      world.git('log', '-1', '--format=%an%n%B', 'adopt/web'),
      /^natroute\nAdopt what was changed on dedibox: main:80/,
    );
    assert.match((await world.run('plan', '--commit', 'HEAD')).out, /No changes/);
    const again = await world.run('adopt', '--branch', 'adopt/web');
    assert.equal(again.code, 1);
    assert.match(again.error, /has a branch adopt\/web already/);
    assert.match(again.out, /^diff --git/);
    for (const name of ['main', '-f', 'a b', 'refs/heads/main']) {
      const refused = await world.run('adopt', '--branch', name);
      assert.equal(refused.code, 64, name);
    }
    assert.equal(world.git('rev-parse', 'main'), head);
    // What was pushed is what was found: applied, it makes the drift the desired state.
    world.git('merge', '--quiet', '--ff-only', 'adopt/web');
    assert.match((await world.run('plan')).out, /main:80\/tcp {2}.*192\.168\.1\.1:8080/);
  });

  it('prints the patch where it may not push', async () => {
    world.git('config', 'receive.denyCurrentBranch', 'refuse');
    execFileSync('sh', [
      '-c',
      `printf '#!/bin/sh\\necho no deploy key writes here >&2; exit 1\\n' > ${join(world.state, '.git/hooks/pre-receive')}; chmod +x ${join(world.state, '.git/hooks/pre-receive')}`,
    ]);
    const ran = await world.run('adopt', '--branch', 'adopt-too');
    assert.equal(ran.code, 1);
    assert.match(ran.out, /^diff --git/);
    assert.match(ran.error, /does not let this host push\.\n(.*\n)* {2}help: Deploy keys are often read-only/);
  });

  it('ends with 1 where nothing of the drift can be written', async () => {
    assert.equal((await world.run('apply', '--yes')).code, 0);
    await nat('-A', 'NR-A-main', '-p', 'tcp', '--dport', '9', '-j', 'DNAT', '--to-destination', '10.9.9.9');
    const ran = await world.run('adopt');
    assert.deepEqual([ran.code, ran.out], [1, '']);
    assert.match(ran.error, /because no guest has the IP 10\.9\.9\.9/);
    assert.match(ran.error, /rules outside of natroute's own chains are no drift/);
  });
});
