// Promise: only who came from outside proves that the outside gets in: not the host itself, none of its guests, and nobody behind a
// bridge that natroute knows nothing of; who is refused is told why and what to do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import { Fault } from '../../src/model/fault.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const host = `uplink: {interface: eth0, gateway: 203.0.113.1}
addresses:
  main: {ip: [203.0.113.10, "2001:db8:1::10"]}
  second: {ip: 192.0.2.10, interface: eth1}
  failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: mac}
networks:
  lan: {bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], gateway: 192.168.1.254}
listens: [22/tcp]
toolstack: netns
`;
const web = (port: number): string => `interfaces: [{network: lan, ip: 192.168.1.1}]\nforwards: [{port: ${port}}]\n`;
const carrier = 'interfaces: [{routed: failover}]\n';

/** Generation 2 waits for somebody from outside. */
async function waiting(): Promise<FakeWorld> {
  const world = createFakeWorld({ more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
  const state = (port: number): void => {
    world.mirror.push({ 'host.yaml': host, 'guests/web.yaml': web(port), 'guests/carrier.yaml': carrier });
  };
  state(80);
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  await vouch(world, { connection: null });
  await watch(world);
  state(443);
  await reconcile(world, daemonPass);
  assert.equal((await readConfirmation(world))?.generation, 2);
  return world;
}

const watch = (world: FakeWorld): ReturnType<typeof watchConfirmation> =>
  watchConfirmation(world, new AbortController().signal, () => undefined);

interface Comer {
  readonly source: string;
  readonly destination?: string;
  /** What the kernel says; absent: the uplink. */
  readonly way?: string | null;
  /** Of the way; absent: a bridge. */
  readonly kind?: string;
}

const ends = ({
  source,
  destination,
}: Comer): { source: string; sourcePort: number; destination: string; port: number } => ({
  source,
  sourcePort: 40_000,
  destination: destination ?? (source.includes(':') ? '2001:db8:1::10' : '203.0.113.10'),
  port: 22,
});

const inside: readonly (readonly [who: string, from: Comer, said: RegExp])[] = [
  ['the loopback', { source: '127.0.0.1', destination: '127.0.1.1' }, /from this host itself \(127\.0\.0\.1\)/],
  ['the loopback of v6', { source: '::1', destination: '::1' }, /from this host itself \(::1\)/],
  ['an address of its own', { source: '192.0.2.10' }, /from this host itself \(192\.0\.2\.10, its address second\)/],
  ['one of v6, spelled otherwise', { source: '2001:db8:1:0::10' }, /from this host itself \(.*, its address main\)/],
  [
    'an address of its own that no file has',
    { source: '10.9.9.9', way: 'lo' },
    /from this host itself \(10\.9\.9\.9\)/,
  ],
  ['a guest', { source: '192.168.1.1' }, /from 192\.168\.1\.1, in the network lan of this host's own guests/],
  ['a guest by v6', { source: 'fd00:1::1' }, /from fd00:1::1, in the network lan of this host's own guests/],
  ['a guest with an address of its own', { source: '198.51.100.28' }, /from the guest carrier \(198\.51\.100\.28\)/],
  ['a link', { source: 'fe80::216:3eff:fe00:1' }, /from fe80::.*, an address that any network has/],
  [
    'a container',
    { source: '172.17.0.2', way: 'docker0' },
    /from 172\.17\.0\.2 behind docker0, which does not lead out of this machine/,
  ],
  [
    'a guest of others',
    { source: '10.3.0.2', way: 'vif7.0', kind: '' },
    /from 10\.3\.0\.2 behind vif7\.0, which does not/,
  ],
  ['nowhere', { source: '10.1.1.1', way: null }, /from 10\.1\.1\.1, and the kernel knows no way back there/],
  ['where ssh does not know', { source: 'UNKNOWN' }, /from UNKNOWN, which is no IP address/],
];

const outside: readonly (readonly [who: string, from: Comer])[] = [
  ['the uplink', { source: '198.51.100.99' }],
  ['the uplink by v6', { source: '2001:db8:7::1' }],
  ['another uplink', { source: '198.51.100.99', destination: '192.0.2.10', way: 'eth1' }],
  ['the macvlan of an address', { source: '198.51.100.99', way: 'failover' }],
  ['a private network of the provider', { source: '10.20.30.40' }],
  ['a VPN', { source: '10.8.0.2', way: 'wg0', kind: 'wireguard' }],
  ['a card that no file names', { source: '10.0.0.5', way: 'eth7', kind: '' }],
];

function route(world: FakeWorld, { source, way, kind }: Comer): void {
  if (way !== undefined) world.outside.ways.set(source, way);
  if (typeof way === 'string' && kind !== undefined) world.outside.kinds.set(way, kind);
}

describe('natroute confirm', () => {
  for (const [who, from, said] of inside)
    it(`is refused from ${who}`, async () => {
      const world = await waiting();
      route(world, from);
      await assert.rejects(vouch(world, { connection: ends(from) }), (error) => {
        assert.ok(error instanceof Fault && error.code === 'usage');
        assert.match(error.message, /^this does not prove that anybody gets in from outside: you came /);
        assert.match(error.message, said);
        assert.match(error.detail.help ?? '', /^Connect from outside straight to this host.* until \d\d:\d\d:\d\dZ/);
        return true;
      });
      assert.equal((await watch(world))?.outcome, 'rolled-back');
    });

  for (const [who, from] of outside)
    it(`is taken from ${who}`, async () => {
      const world = await waiting();
      route(world, from);
      await vouch(world, { connection: ends(from) });
      assert.equal((await watch(world))?.outcome, 'confirmed');
    });
});

describe('a new connection', () => {
  const came = (from: Comer): FakeWorld['netfilter']['came'][number] => {
    const { destination, ...rest } = ends(from);
    return { protocol: 'tcp', ...rest, destination, replySource: destination, answered: true };
  };
  const hosts = inside.filter(([, { source, destination }]) => source !== 'UNKNOWN' && destination === undefined);
  for (const [who, from] of hosts)
    it(`from ${who} proves nothing`, async () => {
      const world = await waiting();
      route(world, from);
      world.netfilter.came = [came(from)];
      assert.equal((await watch(world))?.outcome, 'rolled-back');
    });

  for (const [who, from] of outside)
    it(`from ${who} proves the way in, also behind many that do not`, async () => {
      const world = await waiting();
      world.outside.ways.set('172.17.0.2', 'docker0');
      route(world, from);
      const many = Array.from({ length: 300 }, (_, i) => ({ ...came({ source: '172.17.0.2' }), sourcePort: i + 1 }));
      world.netfilter.came = [...many, came(from)];
      const { outcome, text } = (await watch(world)) ?? {};
      assert.equal(outcome, 'confirmed');
      assert.ok(text?.includes(`by a connection from ${from.source} to port 22`), text);
    });

  it('that cannot be one at all asks the kernel nothing', async () => {
    const world = await waiting();
    let asked = 0;
    const prober = {
      ...world.prober,
      waysBack: (to: readonly unknown[]) => Promise.resolve(to.map(() => (asked++, null))),
    };
    world.netfilter.came = [came({ source: '192.168.1.1' }), { ...came({ source: '198.51.100.99' }), answered: false }];
    await watch({ ...world, prober });
    assert.equal(asked, 0);
  });
});
