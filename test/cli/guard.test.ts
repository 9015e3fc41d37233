// With --root in the machine's first network namespace, what would touch the nat table refuses before anything else.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inFirstNetworkNamespace } from '../../src/adapters/guard.ts';
import { type CliWorld, openCliWorld } from './cli-world.ts';

let world: CliWorld;
let programs: string;
before(async () => {
  world = await openCliWorld();
  programs = join(world.top, 'programs');
  mkdirSync(programs);
  // Everything that could reach a kernel: each only writes down that it was called.
  for (const name of [
    'iptables',
    'ip6tables',
    'nft',
    'conntrack',
    'unshare',
    'ip',
    'sysctl',
    'git',
    'setsid',
    'flock',
  ]) {
    for (const part of name.includes('tables') ? ['', '-save', '-restore'] : ['']) {
      const path = join(programs, name + part);
      writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> ${world.top}/called\nexit 1\n`);
      chmodSync(path, 0o755);
    }
  }
});
after(() => world.end());

/** Commands that read or change the nat table. */
const touching = [
  ['plan'],
  ['plan', '--state', '.'],
  ['plan', '--json'],
  ['apply', '--yes'],
  ['apply', '--state', '.', '--yes'],
  ['run'],
  ['drift'],
  ['unload', '--yes'],
] as const;

// A test machine may itself be a namespace that somebody made; then there is no guard to see from here.
const first = inFirstNetworkNamespace();

describe('--root in the first network namespace', { skip: first ? false : 'this is another network namespace' }, () => {
  for (const args of touching) {
    it(args.join(' '), async () => {
      const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
      const ran = await world.runWith({ outside: true, env }, ...args);
      assert.equal(ran.code, 64, ran.error);
      assert.match(
        ran.error,
        /^natroute: with --root, the nat table of the machine itself is not touched\n {2}help: .*\n$/,
      );
      assert.equal(ran.out, '');
      assert.equal(existsSync(join(world.top, 'called')), false);
      assert.deepEqual(readdirSync(world.root), ['etc'], 'nothing was made below --root');
    });
  }

  it('starts no program at all', async () => {
    const log = join(world.top, 'strace');
    const wrap = ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', log];
    const ran = await world.runWith({ outside: true, wrap }, 'apply', '--yes');
    assert.equal(ran.code, 64);
    assert.equal(readFileSync(log, 'utf8').match(/execve\(.* = 0$/gm)?.length, 1, 'only node itself');
  });

  it('--root / is guarded as well', async () => {
    const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    const ran = await world.bare({ outside: true, env }, '--root', '/', 'drift');
    assert.equal(ran.code, 64);
    assert.equal(existsSync(join(world.top, 'called')), false);
  });
});

it('in a namespace of its own the same commands work', async () => {
  const { out } = await world.inside('readlink', '/proc/self/ns/net');
  assert.notEqual(out.trim(), readlinkSync('/proc/self/ns/net'));
  assert.equal((await world.run('plan', '--exit-code')).code, 2);
});
