// What people and machines get wrong, through git and the real command line: each is said plainly, ends with 1, and
// leaves the host as it was.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { webFile } from '../fakes/reference.ts';
import { type CliWorld, openCliWorld } from './cli-world.ts';

let world: CliWorld;
let tables: string;
before(async () => {
  world = await openCliWorld();
  const applied = await world.run('apply', '--yes');
  assert.equal(applied.code, 0, applied.error);
  await world.inside('iptables', '-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
  tables = await world.tables();
  assert.match(tables, /NR-A-main/);
});
after(() => world.end());

type Files = Readonly<Record<string, string | Uint8Array | null>>;

const guest = (forwards: string): Files => ({
  'guests/bad.yaml': `interfaces:\n  - {network: lan, ip: 192.168.1.9}\nforwards:\n${forwards}\n`,
});
const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
for (let i = 1; i < 9; i++) {
  const [one, next] = ['abcdefghi'.charAt(i - 1), 'abcdefghi'.charAt(i)];
  bomb.push(`${next}: &${next} [*${one}, *${one}, *${one}, *${one}, *${one}, *${one}, *${one}, *${one}]`);
}

const commits: Readonly<Record<string, readonly [files: Files, said: RegExp]>> = {
  'broken YAML': [{ 'guests/bad.yaml': 'forwards: [\n' }, /guests\/bad\.yaml:\d+:\d+: error\[yaml-syntax\]/],
  'a wrong type': [{ 'guests/bad.yaml': 'interfaces: lan\n' }, /guests\/bad\.yaml:1:13: error\[wrong-type\]/],
  'a key twice': [{ 'guests/bad.yaml': 'vcpus: 1\nvcpus: 2\n' }, /bad\.yaml:2:1: error\[yaml-duplicate-key\]/],
  'an unknown key': [{ 'guests/bad.yaml': 'forwrads: []\n' }, /error\[unknown-key\].*\n(.*\n)*.*forwards/],
  'an alias bomb': [{ 'guests/bad.yaml': bomb.join('\n') }, /error\[yaml-alias\]/],
  'a file of 10 MB': [{ 'guests/bad.yaml': '#'.repeat(10_485_760) }, /guests\/bad\.yaml.*error\[file-too-large\]/],
  'bytes that are no text': [{ 'guests/bad.yaml': Buffer.from([0xff, 0xfe, 0x00]) }, /error\[encoding\]/],
  'a name with metacharacters': [{ 'guests/a;reboot $(id).yaml': webFile([]) }, /error\[(name|unexpected-file)\]/],
  'a name with a newline': [{ 'guests/a\n-A PREROUTING -j DROP.yaml': webFile([]) }, /a\\u000a-A PREROUTING.*error\[/],
  'a name that is an option': [{ 'guests/-j ACCEPT.yaml': webFile([]) }, /error\[(name|unexpected-file)\]/],
  'port 0': [guest('  - {port: 0}'), /bad\.yaml:4:12: error\[.*\]: .*0/],
  'port 65536': [guest('  - {port: 65536}'), /bad\.yaml:4:12: error\[.*\]: .*65536/],
  'a range that runs backwards': [guest('  - {port: "22-20"}'), /bad\.yaml:4:12: error\[port-range\]/],
  'an octal port': [guest('  - {port: 080}'), /bad\.yaml:4:12: error\[number-spelling\]/],
  'a port as a power': [guest('  - {port: 1e3}'), /bad\.yaml:4:12: error\[number-spelling\]/],
  'a comment in a rule': [guest('  - {port: 81, description: "x\\n-A PREROUTING -j DROP"}'), /error\[/],
  'an octal IP': [
    { 'guests/bad.yaml': 'interfaces:\n  - {network: lan, ip: 010.0.0.1}\n' },
    /bad\.yaml:2:\d+: error\[ip\].*010\.0\.0\.1/,
  ],
  'a port twice': [guest('  - {port: 80}'), /error\[forward-conflict\]/],
  'a network that is not there': [
    { 'guests/bad.yaml': 'interfaces:\n  - {network: lna, ip: 192.168.1.9}\n' },
    /error\[unknown-reference\].*\n(.*\n)*.*lan/,
  ],
  'no host.yaml': [{ 'host.yaml': null }, /error\[missing-file\]/],
};

async function assertRefused(said: RegExp): Promise<void> {
  const ran = await world.run('apply', '--yes');
  assert.equal(ran.code, 1, ran.out);
  assert.match(ran.error, said);
  assert.equal(ran.out, '');
  assert.ok(ran.error.length < 20_000, `${ran.error.length} characters`);
  assert.doesNotMatch(ran.error, /internal error|\n {4}at /);
  assert.equal(await world.tables(), tables);
}

describe('a commit that may not be applied', () => {
  for (const [name, [files, said]] of Object.entries(commits)) {
    it(name, async () => {
      world.commit(files, name);
      try {
        await assertRefused(said);
      } finally {
        world.git('revert', '--no-edit', 'HEAD');
      }
    });
  }

  it('a symlink out of the tree', async () => {
    symlinkSync('/etc/shadow', join(world.state, 'guests/bad.yaml'));
    world.commit({}, 'Link');
    await assertRefused(/guests\/bad\.yaml.*error\[symlink\]/);
    world.git('revert', '--no-edit', 'HEAD');
  });

  it('a submodule', async () => {
    const commit = world.git('rev-parse', 'HEAD');
    world.git('update-index', '--add', '--cacheinfo', `160000,${commit},guests/sub`);
    world.git('commit', '--quiet', '--message', 'Submodule');
    await assertRefused(/guests\/sub.*error\[submodule\]/);
    world.git('revert', '--no-edit', 'HEAD');
  });

  it('many problems are shown at once, and counted', async () => {
    world.commit({ ...guest('  - {port: 0}\n  - {port: 1e3}\n  - {port: 080}'), 'guests/other.yaml': 'vcpsu: 1\n' });
    await assertRefused(/(error\[[^]*){5}\n5 errors\n$/);
    const ran = await world.run('validate', world.state, '--host', 'dedibox');
    assert.equal(ran.code, 1);
    assert.match(ran.error, /\n5 errors\n$/);
    world.git('revert', '--no-edit', 'HEAD');
  });

  it('afterwards the head is good again and there is nothing to do', async () => {
    const ran = await world.run('apply', '--yes');
    assert.equal(ran.code, 0, ran.error);
    assert.equal(await world.tables(), tables);
  });

  it('a rewritten history', async () => {
    const head = world.git('rev-parse', 'HEAD');
    world.git('reset', '--hard', '--quiet', 'HEAD~1');
    world.commit({ 'guests/web.yaml': webFile([81]) }, 'Another history');
    await assertRefused(/^natroute: The branch was rewritten: .*\n {2}help: .*\n$/);
    world.git('reset', '--hard', '--quiet', head);
  });
});

describe('a repository that is none', () => {
  const config = (url: string, branch = 'main'): void =>
    world.config(`repository: {url: ${JSON.stringify(url)}, branch: ${branch}}\nhost: dedibox\n`);
  after(() => config(world.state));

  it('a branch that does not exist', async () => {
    config(world.state, 'mian');
    await assertRefused(/^natroute: .*mian.*\n {2}help: .*main/);
  });

  it('an empty repository', async () => {
    const empty = join(world.top, 'empty');
    mkdirSync(empty);
    execFileSync('git', ['-C', empty, 'init', '--quiet']);
    config(empty);
    await assertRefused(/^natroute: The repository .*empty has no commits yet\.\n {2}help: /);
  });

  it('no repository there', async () => {
    config(join(world.top, 'nowhere'));
    await assertRefused(/^natroute: .*nowhere.*\n/);
  });

  it('urls that git would take for something else', async () => {
    for (const url of ['ext::sh -c id', '--upload-pack=id', 'http://127.0.0.1/x', 'file:relative']) {
      config(url);
      await assertRefused(/^natroute: The repository's url .* is refused: .*\n {2}help: |error\[/);
    }
  });

  it('a password in a url is shown nowhere', async () => {
    config('https://ops:hunter2@127.0.0.1:1/state.git');
    for (const args of [['plan'], ['status'], ['status', '--json'], ['apply', '--yes']]) {
      const ran = await world.run(...args);
      assert.ok(!`${ran.out}${ran.error}`.includes('hunter2'), args.join(' '));
      assert.ok(`${ran.out}${ran.error}`.includes('***@127.0.0.1'), args.join(' '));
    }
    const daemon = await world.daemon();
    const { out, error } = await daemon.stop();
    assert.ok(!`${out}${error}`.includes('hunter2'));
  });

  it('a remote that hangs: within its limit, and a local commit is still planned by its id', async () => {
    const silent = await silentServer();
    try {
      config(`https://127.0.0.1:${silent.port}/state.git`);
      const started = performance.now();
      const ran = await world.runWith({ bundle: world.withLimits({ lsRemoteSeconds: 1 }) }, 'apply', '--yes');
      assert.equal(ran.code, 1);
      assert.match(ran.error, /^natroute: .* did not answer within 1 s/);
      assert.match(ran.error, /--commit [0-9a-f]{10}` uses it without the remote/);
      assert.ok(performance.now() - started < 15_000);
      assert.equal(await world.tables(), tables);
      assert.equal((await world.run('plan', '--commit', world.git('rev-parse', 'HEAD'))).code, 0);
    } finally {
      await silent.end();
    }
  });
});

/** On the namespace's own loopback: it accepts and says nothing. */
async function silentServer(): Promise<{ readonly port: number; end(): Promise<unknown> }> {
  const script = `require('node:net').createServer((socket) => socket.on('error', () => {}))
    .listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port) })`;
  const server = await world.background([process.execPath, '-e', script], /^port (\d+)\n/);
  return { port: Number(server.said[1]), end: () => server.stop() };
}

describe('a local config that is wrong', () => {
  after(() => world.config(`repository: {url: ${world.state}, branch: main}\nhost: dedibox\n`));

  const configs: Readonly<Record<string, readonly [text: string, said: RegExp]>> = {
    'broken YAML': ['repository: {', /^.*etc\/natroute\/config\.yaml:\d+:\d+: error\[yaml-syntax\]/],
    'an unknown key': ['repository: {url: /x, branhc: main}\n', /config\.yaml:1:\d+: error\[unknown-key\][^]*branch/],
    'nothing': ['', /config\.yaml.*error\[/],
    'a wrong schedule type': ['repository: {url: /x}\nschedule: 5\n', /config\.yaml:2:11: error\[/],
  };
  for (const [name, [text, said]] of Object.entries(configs)) {
    it(name, async () => {
      world.config(text);
      await assertRefused(said);
    });
  }

  it('none at all', async () => {
    const ran = await world.run('--config', '/nowhere.yaml', 'status');
    assert.equal(ran.code, 1);
    assert.match(ran.error, /^natroute: there is no local config at \/nowhere\.yaml\n {2}help: .*\n$/);
    const folder = await world.run('--config', world.top, 'status');
    assert.equal(folder.code, 1);
    assert.match(folder.error, /^natroute: .* cannot be read: .*\n$/);
  });
});
