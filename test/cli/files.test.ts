// What the commands write for people: a new state repository, and the artefacts of a host.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CliWorld, openCliWorld, useGolden } from './cli-world.ts';

let world: CliWorld;
before(async () => {
  world = await openCliWorld();
});
after(() => world.end());

const schemas = join(import.meta.dirname, '..', '..', 'schemas');
const anywhere = { outside: true } as const;

/** Path -> content of all files below a folder. */
function contents(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  );
}

describe('init', () => {
  it('makes a repository that validates without a warning and says what to do next', async () => {
    const folder = join(world.top, 'new');
    const ran = await world.bare(anywhere, 'init', folder);
    assert.deepEqual([ran.code, ran.error], [0, '']);
    for (const name of contents(folder).keys())
      assert.match(ran.out, new RegExp(`^ {2}${name.replaceAll('.', '\\.')}$`, 'm'));
    assert.match(ran.out, /What next:\n {2}1\. [^]*natroute validate[^]*natroute plan[^]*natroute apply/);
    const valid = await world.bare(anywhere, 'validate', folder);
    assert.deepEqual([valid.code, valid.error], [0, '']);
    assert.equal(valid.out, 'valid: 1 host, 1 guest, 2 forwards\n');
  });

  it('its files name schemas that are there, as this natroute has them', () => {
    const folder = join(world.top, 'new');
    const files = contents(folder);
    for (const name of ['host', 'guest', 'groups', 'checks']) {
      const copy = files.get(`.natroute/${name}.schema.json`);
      assert.deepEqual(JSON.parse(copy ?? ''), JSON.parse(readFileSync(join(schemas, `${name}.schema.json`), 'utf8')));
    }
    for (const [path, text] of files) {
      if (!path.endsWith('.yaml')) continue;
      const named = /^# yaml-language-server: \$schema=(.*)\n/.exec(text)?.[1] ?? '';
      assert.ok(files.has(join(path, '..', named)), `${path}: ${named}`);
    }
  });

  it('in the folder one stands in, and in a fresh clone; it can be committed and planned', async () => {
    const clone = join(world.top, 'clone');
    mkdirSync(clone);
    execFileSync('git', ['-C', clone, 'init', '--quiet', '--initial-branch=main']);
    const ran = await world.bare({ ...anywhere, cwd: clone }, 'init');
    assert.equal(ran.code, 0, ran.error);
    const plan = await world.run('plan', '--state', clone);
    assert.equal(plan.code, 0, plan.error);
    assert.match(plan.out, /\+ main:80\/tcp {4}opens {4}anyone -> web 192\.168\.1\.1:80/);
  });

  it('refuses a folder with something in it, and touches nothing there', async () => {
    const folder = join(world.top, 'filled');
    mkdirSync(folder);
    writeFileSync(join(folder, 'host.yaml'), 'mine\n');
    const ran = await world.bare(anywhere, 'init', folder);
    assert.equal(ran.code, 64);
    assert.match(ran.error, /^natroute: the folder .*filled is not empty: it has host\.yaml in it\n {2}help: .*\n$/);
    assert.deepEqual([...contents(folder)], [['host.yaml', 'mine\n']]);
    const file = await world.bare(anywhere, 'init', join(folder, 'host.yaml'));
    assert.equal(file.code, 1);
    assert.match(file.error, /^natroute: Cannot make the folder /);
  });
});

describe('render', () => {
  it('says what it wrote, keeps what else is there, and writes the same bytes again', async () => {
    useGolden(world, 'reference');
    const out = join(world.top, 'rendered');
    mkdirSync(out);
    writeFileSync(join(out, 'notes.txt'), 'mine\n');
    const first = await world.bare(anywhere, 'render', world.state, '--host', 'dedibox', '--out', out);
    assert.deepEqual([first.code, first.error], [0, '']);
    const names = first.out
      .trim()
      .split('\n')
      .map((line) => line.slice(out.length + 1));
    const written = contents(out);
    assert.deepEqual([...written.keys()].sort(), [...names, 'notes.txt'].sort());
    for (const name of [
      'nat.v4',
      'boot.v4',
      'graph.svg',
      'guests/mail/interfaces',
      'files/etc/sysctl.d/99-natroute.conf',
    ])
      assert.ok(written.has(name), name);
    await world.bare(anywhere, 'render', world.state, '--host', 'dedibox', '--out', out);
    assert.deepEqual(contents(out), written);
  });

  it('what it wrote is what the kernel takes and saves back', async () => {
    const out = join(world.top, 'rendered');
    const restored = await world.inside('sh', '-c', `iptables-restore < ${out}/nat.v4 && iptables-save -t nat`);
    assert.equal(restored.code, 0, restored.error);
    const rules = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('-A'));
    assert.deepEqual(rules(restored.out), rules(readFileSync(join(out, 'nat.v4'), 'utf8')));
  });

  it('says where a format that was asked for has nothing to say', async () => {
    const toolstack = readFileSync(join(world.state, 'host.yaml'), 'utf8').replace('toolstack: xl', 'toolstack: netns');
    world.commit({ 'host.yaml': toolstack });
    const out = join(world.top, 'rendered');
    const asked = await world.bare(
      anywhere,
      'render',
      world.state,
      '--host',
      'dedibox',
      '--out',
      out,
      '--format',
      'xm',
    );
    world.git('revert', '--no-edit', 'HEAD');
    assert.deepEqual(
      [asked.code, asked.error],
      [0, 'natroute: no domU configs: with `toolstack: netns` the guests of dedibox are no domUs\n'],
    );
  });

  it('writes nothing for a state with errors, and cannot write into a file', async () => {
    const out = join(world.top, 'not-made');
    world.commit({ 'guests/web.yaml': 'forwards: [{port: 0}]\n' });
    const broken = await world.bare(anywhere, 'render', world.state, '--host', 'dedibox', '--out', out);
    assert.equal(broken.code, 1);
    assert.match(broken.error, /error\[/);
    assert.throws(() => statSync(out), /ENOENT/);
    world.git('revert', '--no-edit', 'HEAD');
    const file = await world.bare(anywhere, 'render', world.state, '--host', 'dedibox', '--out', world.bundle);
    assert.equal(file.code, 1);
    assert.match(file.error, /^natroute: Cannot make the folder /);
  });
});
