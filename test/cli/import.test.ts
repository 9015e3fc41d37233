// Promise: `natroute import` says what it wrote and what it did not, with places in the owner's files; it writes over nobody's files, needs no local config, and what it writes is valid.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openCliWorld, type CliWorld } from './cli-world.ts';

let world: CliWorld;
before(async () => {
  world = await openCliWorld();
  rmSync(join(world.root, 'etc/natroute/config.yaml'));
});
after(() => world.end());

function owns(files: Readonly<Record<string, string>>): void {
  rmSync(join(world.root, 'etc/xen'), { recursive: true, force: true });
  mkdirSync(join(world.root, 'etc/xen/auto'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(world.root, name), text);
}

const guest = `name = 'mail'
memory = 512
vcpus = 2
disk = ['phy:/dev/vg0/mail,xvda,w', '/srv/cd.iso,,hdc:cdrom,r']
vif = ['ip=192.168.1.2,mac=00:16:3e:00:00:02,bridge=br0']
on_crash = 'restart'
`;

describe('natroute import', () => {
  it('ends with 64 where it cannot begin', async () => {
    const there = await world.run('import', '--out', world.state);
    assert.equal(there.code, 64);
    assert.match(there.error, /^natroute: the folder .* is not empty: it has .*\n {2}help: Name a folder that is new/);
    const bare = await world.run('import', '--out', join(world.top, 'none'));
    assert.equal(bare.code, 64);
    assert.match(bare.error, /^natroute: this host has no default route, .*\n {2}help: /);
    assert.equal((await world.runWith({ outside: true }, 'import', '--out', 'x')).code, 64, 'the machine’s own rules');
  });

  it('writes a valid state with comments, and tells what it does not say', async () => {
    await world.inside(
      'sh',
      '-euc',
      `ip link add eth0 type veth peer name up0; ip link set eth0 up; ip link set up0 up
       ip address add 203.0.113.10/24 dev eth0; ip address add 203.0.113.11/24 dev eth0
       ip link add br0 type bridge; ip link set br0 up; ip address add 192.168.1.254/24 dev br0
       ip route add default via 203.0.113.1
       add() { iptables -t nat -A "$@"; }
       add PREROUTING -i eth0 -p tcp --dport 25 -m comment --comment "it's: mail #1" -j DNAT --to 192.168.1.2
       add PREROUTING -d 203.0.113.11 -p tcp --dport 5000:5010 -j DNAT --to 192.168.1.9
       add PREROUTING -d 203.0.113.11 -s 192.0.2.0/24 -p tcp --dport 22 -j DNAT --to 192.168.1.2:22
       add PREROUTING ! -s 198.18.0.0/15 -p tcp --dport 81 -j DNAT --to 192.168.1.2:80
       add PREROUTING -p tcp --dport 3128 -j REDIRECT --to-ports 8080
       add POSTROUTING -s 192.168.1.9 -o eth0 -j SNAT --to 203.0.113.11
       add POSTROUTING -o eth0 -j MASQUERADE`,
    );
    owns({
      'etc/xen/mail.cfg': guest,
      'etc/xen/broken.cfg': 'name = "broken"\nmemory = = 4\n',
      'etc/xen/auto/mail.cfg': guest,
      'etc/xen/xl.conf': 'vif.default.bridge="br0"\n',
      'etc/sysctl.conf': '# a comment\nnet.ipv4.tcp_syncookies = 1\n',
    });
    const out = join(world.top, 'imported');
    const ran = await world.run('import', '--out', out);
    assert.equal(ran.code, 0, ran.error);
    assert.match(ran.out, /^2 guests and 4 forwards in /);
    assert.match(ran.out, /\/etc\/xen\/broken\.cfg:2:10: memory = = 4: xl expects a number/);
    assert.match(ran.out, /\/etc\/xen\/mail\.cfg:4:1: disk \/srv\/cd\.iso.*: it is a CD drive/);
    assert.match(ran.out, /--dport 81 .*: it means all but -s 198\.18\.0\.0\/15/);
    assert.match(ran.out, /REDIRECT .*: natroute has no REDIRECT/);
    assert.match(ran.out, /POSTROUTING -o eth0 -j MASQUERADE: it translates whatever leaves/);
    const read = (path: string): string => readFileSync(join(out, path), 'utf8');
    assert.match(read('host.yaml'), /^ {2}main-2: 203\.0\.113\.11\/24$/m);
    assert.match(read('host.yaml'), /^ {2}lan: \{ bridge: br0, .*snat: masquerade \}$/m);
    assert.match(read('host.yaml'), /tcp_syncookies: 1 {3}# \/etc\/sysctl\.conf/);
    const mail = read('guests/mail.yaml');
    assert.match(mail, /^# From \/etc\/xen\/mail\.cfg\.$/m);
    assert.match(mail, /port: 25, description: "it's: mail #1" \}/);
    assert.match(mail, /port: 25, address: main-2, /);
    assert.match(mail, /\{ port: 22, address: main-2, from: \[192\.0\.2\.0\/24\] \}/);
    assert.match(mail, /^autostart: true$/m);
    assert.match(mail, /^ {2}on_crash: restart$/m);
    assert.match(read('guests/guest-192-168-1-9.yaml'), /ip: 192\.168\.1\.9, snat: main-2 \}/);
    assert.match(read('guests/guest-192-168-1-9.yaml'), /\{ port: 5000-5010, address: main-2 \}/);
    const valid = await world.run('validate', out);
    assert.equal(valid.code, 0, valid.error);
  });
});
