// Promise: whatever somebody changes on a guest's namespace is found, named and put back; a guest that goes takes its
// processes along; a half-made guest is finished; and what cannot be done is one plain sentence.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeGuests, toolstackIn } from '../../deploy/sandbox/guests.ts';
import { inside, reference, reference6 } from '../../deploy/sandbox/network.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createMarkers } from '../../src/adapters/toolstack/netns-marker.ts';
import { vifName, wantedInterfaces } from '../../src/adapters/toolstack/netns-wanted.ts';
import type { Guest } from '../../src/model/desired.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import type { Toolstack } from '../../src/ports.ts';

const desired = referenceDesired({ reached: 'arp', ipv6: true });
const { host, guests } = desired;
const [, siteclient, web] = guests as [Guest, Guest, Guest];

describe('guests as network namespaces', () => {
  let sandbox: Sandbox;
  let tools: Toolstack;
  before(async () => {
    sandbox = await startSandbox({ backend: 'nft', reached: 'arp', bridgeNf: 0, ipv6: true });
    tools = toolstackIn(sandbox);
    await makeGuests(sandbox, desired);
  });
  after(() => sandbox.stop());

  const differs = async (guest: Guest): Promise<string> => (await tools.observe(host, [guest]))[0]!.differs;
  const fault = (code: FaultCode, words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
  const ip = (line: string): [string, readonly string[]] => ['dom0', ['ip', ...line.split(' ')]];
  const within = (guest: string, line: string): [string, readonly string[]] => [guest, ['ip', ...line.split(' ')]];
  const sysctl = (pair: string): [string, readonly string[]] => ['dom0', ['sysctl', '-q', '-w', pair]];

  const tamperings: readonly (readonly [Guest, [string, readonly string[]], RegExp])[] = [
    [web, ip('link delete vifweb'), /make vifweb/],
    [web, ip('link set vifweb nomaster'), /put vifweb into br0/],
    [web, ip('link set vifweb down'), /bring up vifweb/],
    [web, ip('link set dev vifweb type bridge_slave hairpin off'), /hairpin on on vifweb/],
    [web, sysctl('net/ipv4/conf/vifweb/proxy_arp=1'), /proxy_arp 0 on vifweb/],
    [web, within('web', 'link set eth0 address 00:16:3a:99:99:99'), /MAC 00:16:3a:11:11:01/],
    [web, within('web', 'address del 192.168.1.1/24 dev eth0'), /add 192\.168\.1\.1\/24 to eth0/],
    [web, within('web', 'address del fd00:1::1/64 dev eth0'), /add fd00:1::1\/64 to eth0/],
    [web, within('web', 'address add 192.168.1.99/24 dev eth0'), /remove 192\.168\.1\.99\/24 from eth0/],
    [web, within('web', 'route del default'), /route v4 by 192\.168\.1\.254/],
    [web, within('web', '-6 route del default'), /route v6 by fd00:1::254/],
    [web, within('web', 'route replace default via 192.168.1.2'), /route v4 by 192\.168\.1\.254/],
    [web, within('web', 'link set eth0 down'), /bring up eth0/],
    [web, within('web', 'link set lo down'), /bring up lo/],
    [siteclient, ip('link set vifsiteclient master br0'), /take vifsiteclient out of br0/],
    [siteclient, ip('route del 198.51.100.28/32 dev vifsiteclient'), /route 198\.51\.100\.28 to vifsiteclient/],
    [siteclient, ip('-6 route del 2001:db8:2::28/128 dev vifsiteclient'), /route 2001:db8:2::28 to vifsiteclient/],
    [siteclient, ip('route add 192.0.2.50/32 dev vifsiteclient'), /remove the route of 192\.0\.2\.50/],
    [siteclient, ip('address del fe80::1/64 dev vifsiteclient'), /add fe80::1 to vifsiteclient/],
    [siteclient, sysctl('net/ipv4/conf/vifsiteclient/proxy_arp=0'), /proxy_arp 1 on vifsiteclient/],
    [siteclient, ip('link set vifsiteclient down'), /bring up vifsiteclient/],
  ];
  for (const [guest, [namespace, argv], words] of tamperings) {
    it(`finds and mends: ${namespace}: ${argv.join(' ')}`, async () => {
      assert.equal(await differs(guest), '');
      await sandbox.must(namespace, argv);
      assert.match(await differs(guest), words);
      assert.match((await tools.converge(host, guest)).join('; '), words);
      assert.equal(await differs(guest), '');
      const address = guest === web ? [reference.web, reference6.web] : [reference.failover, reference6.failover];
      for (const to of address) {
        assert.deepEqual(await sandbox.connect('dom0', { to, port: 80 }), {
          name: guest.name,
          port: 80,
          peer:
            to === reference.web
              ? reference.bridge
              : to === reference6.web
                ? reference6.bridge
                : to.includes(':')
                  ? reference6.main
                  : reference.main,
        });
      }
    });
  }

  it('reads a MAC in capitals as the same', async () => {
    const entry = web.interfaces[0]!;
    assert.equal(await differs({ ...web, interfaces: [{ ...entry, mac: '00:16:3A:11:11:01' }] }), '');
  });

  it('adds and removes interfaces', async () => {
    const second = { ...web.interfaces[0]!, ips: { v4: '192.168.1.41' }, mac: null } as Guest['interfaces'][number];
    const two: Guest = { ...web, interfaces: [...web.interfaces, second] };
    await tools.converge(host, two);
    assert.match(await sandbox.must('web', ['ip', '-brief', 'address']), /eth1\S* +UP +192\.168\.1\.41\/24/);
    assert.match(await sandbox.must('dom0', ['ip', 'link', 'show', 'vifweb.1']), /alias natroute web/);
    assert.match(
      await sandbox.must('web', ['ip', 'route', 'show', 'default']),
      /^default via 192\.168\.1\.254 dev eth0 onlink\s*$/,
    );
    assert.match(await differs(web), /remove vifweb\.1/);
    await tools.converge(host, web);
    assert.doesNotMatch(await sandbox.must('dom0', ['ip', '-brief', 'link']), /vifweb\.1/);
    assert.equal(await differs(web), '');
  });

  it('ends the processes of a guest that stops, also those that do not want to', async () => {
    const stubborn = await sandbox.must('web', [
      'sh',
      '-c',
      'trap "" TERM; (while :; do sleep 1; done) >/dev/null 2>&1 & echo $!',
    ]);
    const done = await tools.converge(host, { ...web, state: 'stopped' });
    assert.match(done.join('; '), /end its \d+ processes; remove vifweb; remove the namespace web/);
    const gone = await sandbox.exec('dom0', ['kill', '-0', stubborn.trim()]);
    assert.notEqual(gone.code, 0, 'the process lives on');
    assert.deepEqual(await createMarkers(createFiles(), sandbox.path(`${inside.root}/run/natroute/guests`)).names(), [
      'mail',
      'siteclient',
    ]);
    await tools.converge(host, web);
    await sandbox.ready('web');
  });

  it('finishes what a crash left half made', async () => {
    const markers = createMarkers(createFiles(), sandbox.path(`${inside.root}/run/natroute/guests`));
    const half: Guest = {
      ...web,
      name: 'half',
      interfaces: [{ ...web.interfaces[0]!, ips: { v4: '192.168.1.50' }, mac: null } as Guest['interfaces'][number]],
    };
    await markers.write({ guest: 'half', vifs: ['vifhalf'] });
    assert.equal((await tools.observe(host, [half]))[0]!.state, 'stopped');
    await sandbox.must('dom0', ['ip', 'netns', 'add', 'half']);
    assert.equal((await tools.observe(host, [half]))[0]!.state, 'running');
    await sandbox.must('dom0', ['ip', 'link', 'add', 'vifhalf', 'type', 'bridge']);
    await tools.converge(host, half);
    assert.equal(await differs(half), '');
    await tools.converge(host, { ...half, state: 'absent' });
    // A marker alone is a guest that is to be forgotten.
    await markers.write({ guest: 'half', vifs: ['vifhalf'] });
    assert.notEqual(await differs({ ...half, state: 'absent' }), '');
    await tools.converge(host, { ...half, state: 'absent' });
    assert.equal(await markers.read('half'), null);
  });

  it('says plainly what it cannot do, and does nothing then', async () => {
    const lost: Guest = { ...web, name: 'lost' };
    const elsewhere = { ...host, networks: host.networks.map((network) => ({ ...network, bridge: 'br9' })) };
    await assert.rejects(tools.converge(elsewhere, lost), fault('command-failed', /lost needs the bridge br9/));
    await sandbox.must('dom0', ['ip', 'link', 'add', 'viflost', 'type', 'bridge']);
    await assert.rejects(tools.converge(host, lost), fault('guarded', /an interface viflost exists/));
    await sandbox.must('dom0', ['ip', 'link', 'delete', 'viflost']);
    await assert.rejects(tools.converge(host, { ...web, name: '-x y' }), fault('usage', /no name/));
    assert.doesNotMatch(await sandbox.must('dom0', ['ip', 'netns', 'list']), /lost/);
  });

  it('refuses a damaged marker, for that guest alone', async () => {
    const path = sandbox.path(`${inside.root}/run/natroute/guests/web.json`);
    const files = createFiles();
    const good = (await files.read(path))!;
    await files.write(path, '{"guest":"web","vifs":["a b"]}', 0o644);
    const observed = await tools.observe(host, guests);
    assert.match(observed.find((seen) => seen.name === 'web')!.differs, /damaged/);
    assert.equal(observed.find((seen) => seen.name === 'mail')!.differs, '');
    await assert.rejects(tools.converge(host, web), fault('disk', /damaged/));
    await files.write(path, good, 0o644);
  });
});

describe('vifName', () => {
  it('fits the kernel’s 15 characters and stays unique', () => {
    assert.equal(vifName('web', 0), 'vifweb');
    assert.equal(vifName('web', 2), 'vifweb.2');
    assert.equal(vifName('siteclient12', 0), 'vifsiteclient12');
    const long = ['siteclient-number-1', 'siteclient-number-2'].flatMap((name) => [vifName(name, 0), vifName(name, 1)]);
    assert.ok(
      long.every((name) => name.length <= 15 && /^vifsite/.test(name)),
      long.join(' '),
    );
    assert.equal(new Set(long).size, 4);
  });
});

describe('wantedInterfaces', () => {
  it('gives the first interface the way out, each family by itself', () => {
    const nat = web.interfaces[0]!;
    const wanted = wantedInterfaces(host, { ...siteclient, interfaces: [...siteclient.interfaces, nat] });
    assert.deepEqual(
      wanted.map((entry) => entry.gateways),
      [{ v4: reference.main, v6: 'fe80::1' }, {}],
    );
    const without = {
      ...host,
      addresses: host.addresses.map((a) => (a.name === 'failover' ? { ...a, ips: { v4: reference.failover } } : a)),
    };
    const mixed = wantedInterfaces(without, { ...siteclient, interfaces: [...siteclient.interfaces, nat] });
    assert.deepEqual(
      mixed.map((entry) => entry.gateways),
      [{ v4: reference.main }, { v6: reference6.bridge }],
    );
  });
});
