// Promise: a sandbox touches nothing of the machine's own network, and when it ends, also because its maker was killed,
// no process and no namespace of it is left.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startSandbox } from '../../deploy/sandbox/sandbox.ts';
import type { SandboxFacts } from './hold-sandbox.ts';

const holder = join(import.meta.dirname, 'hold-sandbox.ts');
const goneMs = 5000;

/** What a namespace of the sandbox is still held by: processes, by pid. */
function processesIn(facts: SandboxFacts): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return facts.namespaces.includes(Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]));
    } catch {
      // It ended while we looked.
      return false;
    }
  });
}

/** Inodes of the network namespaces that the machine has. */
function namespacesOfMachine(): readonly number[] {
  const { stdout } = spawnSync('lsns', ['--noheadings', '--type', 'net', '--output', 'NS'], { encoding: 'utf8' });
  return stdout.split('\n').map(Number);
}

async function gone(facts: SandboxFacts): Promise<readonly string[]> {
  const until = Date.now() + goneMs;
  for (;;) {
    const left = processesIn(facts);
    if ((left.length === 0 && !existsSync(`/proc/${facts.pid}`)) || Date.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function start(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', holder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [data] = (await once(child.stdout, 'data')) as [Buffer];
  const facts = JSON.parse(data.toString('utf8')) as SandboxFacts;
  assert.ok(processesIn(facts).length >= 6, 'each namespace has its services');
  assert.equal(facts.namespaces.length, 5);
  assert.ok(existsSync(`/proc/${facts.pid}`));
  assert.ok(processesIn(facts).includes(String(facts.daemon)), 'natroute runs in it');
  return { child, facts, exited };
}

describe('the life of a sandbox', () => {
  it('ends with its maker, also when that is killed with SIGKILL', async () => {
    const { child, facts, exited } = await start();
    child.kill('SIGKILL');
    await exited;
    assert.deepEqual(await gone(facts), []);
    assert.equal(existsSync(`/proc/${facts.pid}`), false);
    assert.deepEqual(
      namespacesOfMachine().filter((inode) => facts.namespaces.includes(inode)),
      [],
    );
  });

  it('outlives its maker where that is wanted, and ends by killing one process', async () => {
    const { facts, exited } = await start('keep');
    assert.deepEqual((await exited)[0], 0);
    assert.ok(processesIn(facts).includes(String(facts.daemon)), 'natroute still runs');
    process.kill(facts.pid, 'SIGKILL');
    assert.deepEqual(await gone(facts), []);
    assert.equal(existsSync(`/proc/${facts.pid}`), false);
  });

  it('touches nothing of the machine’s own network', async () => {
    const machine = (): string =>
      [
        ['ip', '-json', 'address'],
        ['ip', '-json', 'route', 'show', 'table', 'all'],
        ['ip', 'netns', 'list'],
        ['nft', 'list', 'ruleset'],
        ['sysctl', 'net.ipv4.ip_forward', 'net.ipv4.conf', 'net.ipv6.conf', 'net.bridge'],
        [
          'sh',
          '-c',
          'cat /proc/net/ip_tables_names /proc/net/ip6_tables_names; cat /proc/sys/kernel/hostname; cat /proc/self/mounts',
        ],
      ]
        .map(([file = '', ...args]) => spawnSync(file, args, { encoding: 'utf8' }).stdout)
        .join('\n')
        // Life times that run down by themselves.
        .replace(/"(valid|preferred)_life_time":\d+/g, '');
    const before = machine();
    const sandbox = await startSandbox({ backend: 'legacy', reached: 'arp', bridgeNf: 1, ipv6: true });
    await sandbox.must('dom0', ['iptables', '-t', 'nat', '-A', 'PREROUTING', '-j', 'ACCEPT']);
    assert.equal(machine(), before);
    await sandbox.stop();
    assert.equal(machine(), before);
  });

  it('says why it could not be set up', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      await assert.rejects(
        startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0 }),
        /could not be set up: .*ENOENT/s,
      );
    } finally {
      process.env['PATH'] = path;
    }
  });
});
