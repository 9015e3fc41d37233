// The Prober's way back on a real kernel: who is behind which interface, by its own routes and rules.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const source = join(import.meta.dirname, '..', '..', 'src', 'adapters', 'prober.ts');
const setUp = [
  'set -e; ip link set lo up',
  ...['eth0', 'eth1'].map((name) => `ip link add ${name} type veth peer name far-${name}; ip link set far-${name} up`),
  'ip link add docker0 type bridge; ip link add br0 type bridge',
  'ip addr add 203.0.113.10/24 dev eth0; ip addr add 2001:db8:1::10/64 dev eth0 nodad',
  'ip addr add 192.0.2.10/24 dev eth1; ip addr add 172.17.0.1/16 dev docker0',
  'ip addr add 192.168.1.254/24 dev br0; ip addr add fd00:1::254/64 dev br0 nodad',
  ...['eth0', 'eth1', 'docker0', 'br0'].map((name) => `ip link set ${name} up`),
  'ip route add default via 203.0.113.1; ip -6 route add default via 2001:db8:1::1',
  // Each uplink answers for its own address.
  'ip route add default via 192.0.2.1 table 7; ip rule add from 192.0.2.10 lookup 7',
  'ip tuntap add tun0 mode tun; ip tuntap add tap0 mode tap',
  'ip route add unreachable 10.66.0.0/16',
].join('\n');

function waysBack(to: readonly (readonly [source: string, destination: string])[]): unknown {
  return ask(`waysBack(${JSON.stringify(to.map(([source, destination]) => ({ source, destination })))})`);
}

function ask(question: string): unknown {
  const script = `import { createProber } from ${JSON.stringify(source)};
const said = await createProber().${question};
console.log(JSON.stringify(said instanceof Map ? [...said] : said));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', `${setUp}\nexec "$@"`, 'sh', ...node], {
    encoding: 'utf8',
  });
  assert.ok(stdout !== '', stderr);
  return JSON.parse(stdout);
}

describe('the way back', () => {
  it(
    'is by the uplink, a bridge, the host itself, or none, each in its place',
    { skip: process.getuid?.() !== 0 },
    () => {
      const cases: readonly (readonly [source: string, destination: string, by: string | null])[] = [
        ['10.66.0.1', '203.0.113.10', null],
        ['198.51.100.99', '203.0.113.10', 'eth0'],
        ['198.51.100.99', '192.0.2.10', 'eth1'],
        ['172.17.0.2', '203.0.113.10', 'docker0'],
        ['192.0.2.10', '203.0.113.10', 'lo'],
        ['127.0.0.1', '127.0.1.1', 'lo'],
        ['198.51.100.99', '10.1.2.3', null],
        ['192.168.1.1', '203.0.113.10', 'br0'],
        ['2001:db8:7::99', '2001:db8:1::10', 'eth0'],
        ['fd00:1::1', '2001:db8:1::10', 'br0'],
        ['::1', '::1', 'lo'],
        ['2001:db8:1::10', '2001:db8:1::10', 'lo'],
      ];
      const asked = cases.map(([from, to]) => [from, to] as const);
      assert.deepEqual(
        waysBack(asked),
        cases.map(([, , by]) => by),
      );
      assert.deepEqual(waysBack([]), []);
    },
  );

  it('is by an interface of a kind', { skip: process.getuid?.() !== 0 }, () => {
    assert.deepEqual(ask(`kindsOf(['lo', 'eth0', 'docker0', 'tun0', 'tap0', 'nosuch'])`), [
      ['lo', 'loopback'],
      ['eth0', 'veth'],
      ['docker0', 'bridge'],
      ['tun0', 'tun'],
      ['tap0', 'tap'],
    ]);
  });
});
