// A host on which something is missing, forbidden or busy: one plain sentence, exit 1, and the rules as they were.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { webFile } from '../fakes/reference.ts';
import { type Background, type CliWorld, openCliWorld, type Ran, type RunOptions } from './cli-world.ts';

let world: CliWorld;
let tables: string;
before(async () => {
  world = await openCliWorld();
  const applied = await world.run('apply', '--yes');
  assert.equal(applied.code, 0, applied.error);
  world.commit({ 'guests/web.yaml': webFile([80, 443]) }, 'Open https');
  tables = await world.tables();
});
after(() => world.end());

/** One sentence, perhaps with the command, what it said, and what to do; never a stack. */
async function assertPlain(ran: Ran, sentence: RegExp): Promise<void> {
  assert.equal(ran.code, 1, `${ran.out}\n${ran.error}`);
  const [first = '', ...more] = ran.error.trimEnd().split('\n');
  assert.match(first, sentence);
  assert.ok(more.length <= 4, ran.error);
  for (const line of more) assert.match(line, /^ {2}/);
  assert.doesNotMatch(ran.error, /internal error|node:|\bat .*\.cjs/);
  assert.equal(await world.tables(), tables);
}

describe('a program that is not there', () => {
  const hidden = 'mount -t tmpfs none /usr/sbin && mount -t tmpfs none /usr/local/sbin && exec "$@"';
  const withoutSbin: RunOptions = { wrap: ['unshare', '-m', 'sh', '-c', hidden, 'sh'] };

  for (const args of [['plan'], ['apply', '--yes'], ['drift'], ['unload', '--yes']]) {
    it(`iptables, for ${args.join(' ')}`, async () => {
      const ran = await world.runWith(withoutSbin, ...args);
      await assertPlain(ran, /^natroute: ip6?tables(-save)? is not installed on this host\.$/);
      assert.match(ran.error, /\n {2}help: Install it: apt-get install iptables\n$/);
      assert.equal(ran.out, '');
    });
  }

  it('git', async () => {
    const programs = join(world.top, 'without-git');
    mkdirSync(programs);
    for (const name of ['env', 'flock', 'setsid', 'sh', 'unshare'])
      symlinkSync(`/usr/bin/${name}`, join(programs, name));
    const ran = await world.runWith({ wrap: ['env', `PATH=${programs}`] }, 'plan');
    await assertPlain(ran, /^natroute: git is not installed on this host\.$/);
    assert.match(ran.error, /help: .*apt-get install git/);
  });
});

describe("without root's rights", () => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  it("on root's own files", async () => {
    chmodSync(world.top, 0o755);
    for (const args of [['plan'], ['apply', '--yes'], ['drift'], ['unload', '--yes'], ['history'], ['status']]) {
      const ran = await world.runWith({ wrap: nobody }, ...args);
      if (ran.code === 0) continue;
      await assertPlain(ran, /^natroute: .*(permission denied|may not be read|needs root's rights)/i);
      assert.match(ran.error, /\n {2}help: Run .*as root/);
    }
    const config = join(world.root, 'etc/natroute/config.yaml');
    chmodSync(config, 0o600);
    const ran = await world.runWith({ wrap: nobody }, 'status');
    chmodSync(config, 0o644);
    await assertPlain(ran, /^natroute: .*config\.yaml may not be read by this user$/);
  });

  it('on files of their own: the nat table is still not theirs', async () => {
    const own = join(world.top, 'own');
    execFileSync('cp', ['-a', world.root, own]);
    execFileSync('chown', ['-R', '65534:65534', own]);
    for (const args of [['plan'], ['apply', '--yes'], ['drift'], ['unload', '--yes']]) {
      const ran = await world.bare({ wrap: nobody }, '--root', own, ...args);
      await assertPlain(ran, /^natroute: natroute needs root's rights to read the IPv[46] nat table\.$/);
      assert.match(ran.error, /\n {2}help: Run it as root\.\n$/);
    }
  });

  it('validate and render need none', async () => {
    const out = join(world.top, 'out-of-nobody');
    mkdirSync(out);
    chmodSync(out, 0o777);
    const valid = await world.bare({ wrap: nobody, outside: true }, 'validate', world.state, '--host', 'dedibox');
    assert.deepEqual([valid.code, valid.error], [0, '']);
    const rendered = await world.bare({ wrap: nobody, outside: true }, 'render', world.state, '--out', join(out, 'x'));
    assert.deepEqual([rendered.code, rendered.error], [0, '']);
  });
});

describe('a lock that another holds', () => {
  const hold = (path: string): Promise<Background> =>
    world.background(['flock', '--no-fork', path, 'sh', '-c', 'echo held; exec sleep 60'], /held/);

  it("natroute's own: said with who holds it", async () => {
    const lock = await hold(join(world.root, 'run/natroute/pass.lock'));
    const short = world.withLimits({ passLockWaitSeconds: 1 });
    try {
      for (const args of [
        ['apply', '--yes'],
        ['unload', '--yes'],
      ]) {
        const ran = await world.runWith({ bundle: short }, ...args);
        await assertPlain(ran, /^natroute: Another natroute is at work: .* holds .*pass\.lock, also after 1 s\.$/);
      }
      assert.equal((await world.runWith({ bundle: short }, 'plan')).code, 0, 'looking needs no lock');
    } finally {
      await lock.stop();
    }
  });

  it("the firewall's: on the legacy backend", async () => {
    const programs = join(world.top, 'legacy');
    mkdirSync(programs);
    for (const program of ['iptables', 'ip6tables'])
      for (const part of ['', '-save', '-restore'])
        symlinkSync('/usr/sbin/xtables-legacy-multi', join(programs, program + part));
    const legacy = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    const legacyWorld = await openCliWorld();
    try {
      const lock = await hold(join(legacyWorld.top, 'xtables.lock'));
      const bundle = legacyWorld.withLimits({ lockWaitSeconds: 1 });
      const ran = await legacyWorld.runWith({ bundle, env: legacy }, 'apply', '--yes');
      await lock.stop();
      await assertPlain(
        ran,
        /^natroute: .*\(pid \d+\) has held the iptables lock for 1 s; this change was not made\. None of natroute's rules are in the kernel\.$/,
      );
      assert.equal(
        (await legacyWorld.runWith({ env: legacy }, 'status', '--json')).out.includes('"generation": null'),
        true,
      );
      assert.equal((await legacyWorld.runWith({ env: legacy }, 'apply', '--yes')).code, 0);
    } finally {
      await legacyWorld.end();
    }
  });
});

describe('records that are damaged, and a daemon that hangs', () => {
  it('a memory that is no JSON: said, and nothing is applied', async () => {
    const path = join(world.root, 'var/lib/natroute/memory.json');
    const whole = readFileSync(path);
    writeFileSync(path, '{"format": 1,');
    try {
      for (const args of [['plan'], ['apply', '--yes'], ['status']])
        await assertPlain(await world.run(...args), /^natroute: .*memory\.json is not readable/);
    } finally {
      writeFileSync(path, whole);
    }
  });

  it('status says that the daemon does not answer, and what is on disk', async () => {
    const path = join(world.root, 'run/natroute/natroute.sock');
    const script = `require('node:net').createServer(() => {}).listen(${JSON.stringify(path)}, () => console.log('listens'))`;
    const server = await world.background([process.execPath, '-e', script], /listens/);
    try {
      const ran = await world.runWith({ bundle: world.withLimits({ daemonAnswerSeconds: 1 }) }, 'status');
      assert.equal(ran.code, 0);
      assert.match(
        ran.error,
        /^natroute: warning: the daemon on .* did not answer within 1 s; this is what is on disk\n$/,
      );
      assert.match(ran.out, /generation {2}1/);
    } finally {
      await server.stop();
    }
  });

  it('afterwards all is well', async () => {
    const ran = await world.run('apply', '--yes');
    assert.equal(ran.code, 0, ran.error);
    assert.match(await world.tables(), /main:443/);
  });
});
