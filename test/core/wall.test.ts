// A commit names nothing that the local config does not allow: each refusal by its place and by the line to add.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import type { Allow } from '../../src/model/allow.ts';
import { stateOf } from './state-files.ts';

const host = `uplink: {interface: eth0}
addresses: {main: 203.0.113.10/24, failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: mac}}
networks: {lan: {bridge: br0, subnet: 192.168.1.0/24}}
sysctl: {kernel.core_pattern: "|/tmp/x", net/ipv4/conf/eth0.1/rp_filter: 1}
guestDefaults: {options: {on_crash: restart}}
`;
const web = `memory: 64
vcpus: 1
disks: [{path: /dev/vg0//lv1, as: xvda}, {path: /etc/shadow, as: xvdb}]
boot:
  bootloader: /tmp/evil
  kernel: /boot/guest/../vmlinuz
interfaces: [{network: lan, ip: 192.168.1.1}, {routed: failover}]
options:
  device_model_override: /tmp/evil
`;

const nothing: Allow = { disks: [], bootloaders: [], kernels: [], scripts: [], bridges: [], options: [], sysctls: [] };

function refused(allow: Allow, files: Readonly<Record<string, string>>): readonly string[] {
  const now = new Date('2026-06-01T00:00:00Z');
  const { diagnostics } = parseState(stateOf(files), { host: 'dedibox', now, allow });
  for (const one of diagnostics) assert.equal(one.code, 'not-allowed', one.message);
  return diagnostics.map(
    ({ at, message }) => `${at?.file}:${at?.line}:${at?.column} ${message.split(', which')[0] ?? ''}`,
  );
}

const good = web.replace('/../', '/');

describe('the wall', () => {
  it('refuses all that is not allowed, where it stands', () => {
    assert.deepEqual(refused(nothing, { 'host.yaml': host, 'guests/web.yaml': good }), [
      'guests/web.yaml:1:1 web names the option on_crash',
      'guests/web.yaml:3:9 web names the disk /dev/vg0/lv1',
      'guests/web.yaml:3:42 web names the disk /etc/shadow',
      'guests/web.yaml:5:3 web names the boot loader /tmp/evil',
      'guests/web.yaml:6:3 web names the kernel or ramdisk /boot/guest/vmlinuz',
      'guests/web.yaml:7:14 web names the script vif-bridge',
      'guests/web.yaml:7:47 web names the script vif-route',
      'guests/web.yaml:9:3 web names the option device_model_override',
      'host.yaml:3:26 the network lan names the bridge br0',
      'host.yaml:4:10 host.yaml names the kernel setting kernel.core_pattern',
      'host.yaml:4:42 host.yaml names the kernel setting net.ipv4.conf.eth0/1.rp_filter',
    ]);
  });

  it('lets pass what a pattern fits, and a star in a path stops at a slash', () => {
    const allow: Allow = {
      disks: ['/dev/vg0/*', '/etc/*'],
      bootloaders: ['/tmp/*'],
      kernels: ['/boot/*'],
      scripts: ['vif-*'],
      bridges: ['br0'],
      options: ['on_crash', 'device_model_overrid?'],
      sysctls: ['net.ipv4.*', 'kernelxcore_pattern'],
    };
    assert.deepEqual(refused(allow, { 'host.yaml': host, 'guests/web.yaml': good }), [
      'guests/web.yaml:6:3 web names the kernel or ramdisk /boot/guest/vmlinuz',
      'guests/web.yaml:9:3 web names the option device_model_override',
      'host.yaml:4:10 host.yaml names the kernel setting kernel.core_pattern',
    ]);
  });

  it('lets nothing out of what is allowed by going up', () => {
    const allow: Allow = {
      ...nothing,
      disks: ['/*/*/*'],
      bootloaders: ['/usr/*/*/*'],
      kernels: ['/boot/*'],
      scripts: ['*'],
      bridges: ['*'],
      options: ['*'],
    };
    const plain = host.replace(/sysctl.*\n/, '');
    const sly = `memory: 64\nvcpus: 1\ndisks: []\nboot: {bootloader: /usr/lib/../evil}\ninterfaces: []\n`;
    assert.deepEqual(refused(allow, { 'host.yaml': plain, 'guests/web.yaml': sly }), [
      'guests/web.yaml:4:8 web names the boot loader /usr/lib/../evil',
    ]);
  });

  it('asks for the bridge that xl.conf would give to everybody', () => {
    const plain = host.replace(/(sysctl|guestDefaults).*\n/g, '');
    const lone = 'memory: 64\nvcpus: 1\ndisks: []\ninterfaces: []\n';
    assert.deepEqual(refused(nothing, { 'host.yaml': plain, 'guests/web.yaml': lone }), [
      'host.yaml:3:26 the network lan names the bridge br0',
    ]);
  });

  it('asks nothing of guests whose domU is not made', () => {
    const plain = host.replace(/sysctl.*\n/, '');
    assert.deepEqual(refused(nothing, { 'host.yaml': plain, 'guests/web.yaml': `${good}state: unmanaged\n` }), []);
    assert.deepEqual(refused(nothing, { 'host.yaml': `${plain}toolstack: netns\n`, 'guests/web.yaml': good }), []);
  });

  it('names the line that would allow it, which the local config takes', () => {
    const { diagnostics } = parseState(stateOf({ 'host.yaml': host, 'guests/web.yaml': good }), {
      host: 'dedibox',
      now: new Date('2026-06-01T00:00:00Z'),
      allow: nothing,
    });
    for (const { help } of diagnostics) {
      const line = /: (allow: .*)$/.exec(help)?.[1] ?? '';
      const { config } = parseConfig(`repository: {url: /srv/x}\n${line}\n`, 'config.yaml', { hostname: 'dedibox' });
      assert.ok(config !== null, line);
      assert.equal(Object.values(config.allow).flat().length, 1);
    }
  });
});
