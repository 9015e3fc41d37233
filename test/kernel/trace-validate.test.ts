// Promise: `validate --packets` sends a real packet for each check and each forward, needs no daemon and no root, and touches nothing of this machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { type CliWorld, openCliWorld, type Ran, type RunOptions } from '../cli/cli-world.ts';

const schemas = join(import.meta.dirname, '..', '..', 'schemas', 'output');
const ajv = new Ajv({ strict: false });
for (const name of readdirSync(schemas)) ajv.addSchema(JSON.parse(readFileSync(join(schemas, name), 'utf8')) as object);

interface Tried {
  readonly about: string;
  readonly agrees: boolean | null;
  readonly skipped: string | null;
}

let world: CliWorld;
let reference = '';
before(async () => {
  world = await openCliWorld();
  reference = join(world.top, 'reference');
  cpSync(join(import.meta.dirname, '..', 'golden', 'reference'), reference, { recursive: true });
});
after(() => world.end());

function withPath(backend: 'legacy' | 'nft'): RunOptions {
  const bin = join(world.top, backend);
  mkdirSync(bin, { recursive: true });
  for (const name of ['iptables', 'ip6tables'].flatMap((one) => [one, `${one}-save`, `${one}-restore`])) {
    symlinkSync(`/usr/sbin/xtables-${backend}-multi`, join(bin, name));
  }
  return { outside: true, env: { PATH: `${bin}:${process.env.PATH ?? ''}:/usr/sbin` } };
}

function tried(ran: Ran): readonly Tried[] {
  assert.equal(ran.code, 0, `${ran.out}\n${ran.error}`);
  const json = JSON.parse(ran.out) as { readonly valid: boolean; readonly packets: readonly Tried[] };
  assert.ok(ajv.validate('validate.schema.json', json), JSON.stringify(ajv.errors));
  assert.equal(json.valid, true);
  return json.packets;
}

/** What this machine's own network consists of. */
function machine(): string {
  const interfaces = readFileSync('/proc/net/dev', 'utf8').match(/^ *[^ :|]+(?=:)/gm) ?? [];
  return [...interfaces, ...readdirSync('/run')].sort().join();
}

describe('validate --packets', () => {
  for (const backend of ['legacy', 'nft'] as const) {
    it(`agrees with the kernel on the reference host, ${backend}`, async () => {
      const before = machine();
      const results = tried(await world.bare(withPath(backend), 'validate', reference, '--packets', '--json'));
      assert.equal(results.length, 17);
      assert.deepEqual(
        results.filter(({ agrees }) => agrees !== true),
        [],
      );
      assert.equal(machine(), before);
    });
  }

  it('agrees on a host with IPv6, hairpins, sources, ranges and two uplinks', async () => {
    const folder = join(world.top, 'rich');
    mkdirSync(join(folder, 'guests'), { recursive: true });
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    write(
      'host.yaml',
      `uplink: {interface: eth0, gateway: [203.0.113.1, "fe80::1"]}
addresses:
  main: {ip: [203.0.113.10/24, "2001:db8:1::10/64"]}
  second: {ip: 198.18.7.10/24, interface: eth1}
  failover: {ip: [198.51.100.28, "2001:db8:2::28"], reached: arp}
networks:
  lan: {bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], gateway: [192.168.1.254, "fd00:1::254"], snat: main}
  dmz: {bridge: br1, subnet: 10.2.0.0/16, gateway: 10.2.255.254, snat: masquerade, hairpin: false}
listens: [22/tcp]
routes: [{to: 10.8.0.0/24, via: 192.168.1.2}, {to: "2001:db8:9::/48", via: "fe80::1"}]
toolstack: netns
`,
    );
    write('groups.yaml', 'admins: [192.0.2.77, 10.8.0.0/24, "2001:db8:7::/48"]\n');
    write(
      'guests/web.yaml',
      `interfaces: [{network: lan, ip: [192.168.1.1, "fd00:1::1"]}]
forwards:
  - {port: [80, 443]}
  - {port: 80, address: second, to: 8080}
  - {port: 2222, to: 22, from: [admins, 192.168.1.0/24]}
  - {port: 50000-50100, to: 60000-60100, protocol: [tcp, udp]}
`,
    );
    write(
      'guests/mail.yaml',
      'interfaces: [{network: lan, ip: [192.168.1.2, "fd00:1::2"], snat: second}]\nforwards: [{port: 25}]\n',
    );
    write('guests/db.yaml', 'interfaces: [{network: dmz, ip: 10.2.0.1}]\nforwards: [{port: 5432, from: [admins]}]\n');
    write('guests/site.yaml', 'interfaces: [{routed: failover}]\n');
    write(
      'checks.yaml',
      `checks:
  - {from: internet, to: "main:80/tcp", reaches: "web:80"}
  - {from: internet, to: "second:80/tcp", reaches: "web:8080"}
  - {from: web, to: "main:25/tcp", reaches: "mail:25"}
  - {from: web, to: "main:80/tcp", reaches: "web:80"}
  - {from: db, to: "main:80/tcp", reaches: nothing}
  - {from: site, to: "main:80/tcp", reaches: "web:80"}
  - {from: internet, to: "failover:80/tcp", reaches: "site:80"}
  - {from: web, to: "192.0.2.9:25/tcp", leaves-as: main}
  - {from: db, to: "192.0.2.9:25/udp", leaves-as: main}
  - {from: web, to: "[2001:db8:9::9]:25/tcp", leaves-as: main}
  - {from: site, to: "192.0.2.9:25/tcp", leaves-as: failover}
  - {from: 10.8.0.5, to: "main:2222/tcp", reaches: "web:22"}
  - {from: internet, to: "main:22/tcp", reaches: host}
`,
    );
    const results = tried(await world.bare({ outside: true }, 'validate', folder, '--packets', '--json'));
    assert.deepEqual(
      results.filter(({ agrees }) => agrees === false),
      [],
    );
    assert.ok(
      results.filter(({ agrees }) => agrees === true).length > 30,
      JSON.stringify(results.filter(({ agrees }) => agrees !== true)),
    );
  });

  it('needs no root', async () => {
    execFileSync('chmod', ['-R', 'a+rX', world.top]);
    chmodSync(world.top, 0o755);
    const wrap = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const ran = await world.bare({ outside: true, wrap }, 'validate', reference, '--packets');
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.out, /packets: 17 real packets sent, 17 ended where natroute says\nvalid: 1 host/);
  });

  it('sends nothing where the repository is wrong anyway', async () => {
    const ran = await world.bare({ outside: true }, 'validate', world.top, '--packets');
    assert.equal(ran.code, 1);
    assert.doesNotMatch(ran.out, /packets:/);
  });

  it('says in one sentence what is missing', async () => {
    const bin = join(world.top, 'few');
    mkdirSync(bin);
    for (const name of ['unshare', 'nsenter', 'mount', 'ip', 'sh']) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
    }
    // The program itself also looks in the sbin folders: here it finds nothing there.
    const hide = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'for d in /usr/sbin /usr/local/sbin; do mount -t tmpfs none $d; done; exec "$@"',
      'sh',
    ];
    const ran = await world.bare(
      { outside: true, env: { PATH: `${bin}:/bin` }, wrap: hide },
      'validate',
      reference,
      '--packets',
    );
    assert.equal(ran.code, 1, ran.out);
    assert.match(
      ran.error,
      /^natroute: iptables-restore is not installed on this machine\.\n(.*\n)* {2}help: Install it: apt-get install iptables\n$/,
    );
  });
});
