// Promise: what a reboot would not give again is told once, with the file that is to blame; and a host in order is told so.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examineBoot, type BootFacts } from '../../src/core/boot/boot.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { applyRestore } from '../../src/core/nat/apply.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { renderBoot } from '../../src/core/render/boot.ts';
import type { BootFiles, TextFile } from '../../src/model/boot.ts';
import { networkRemarks } from '../../src/core/boot/network.ts';
import { contentOf, unapplied } from '../../src/core/render/header.ts';
import { address, desired, guest, host, network } from './nat-fixture.ts';

const wanted = desired(
  host([address('main', '203.0.113.10')], [network('lan', 'br0', ['192.168.1.0/24'])], { toolstack: 'xl' }),
  [guest('web', '192.168.1.1', [{ port: 80 }]), guest('mail', '192.168.1.2', [])],
);
const nat = compileNat(wanted);
const own = { v4: renderBoot(nat.v4), v6: renderBoot(nat.v6) };
const live = applyRestore({ chains: [] }, own.v4);

const files: BootFiles = {
  enabledUnits: ['natroute-boot.service', 'natroute.service', 'netfilter-persistent.service', 'xendomains.service'],
  missingPrograms: [],
  saved: { v4: null, v6: null },
  scripts: [],
  sysctls: [{ path: '/etc/sysctl.d/99-natroute.conf', text: '# ours\nnet.ipv4.ip_forward = 1\n' }],
  interfaces: [],
  autostart: ['web.cfg'],
  savedGuests: [],
};
const good: BootFacts = {
  target: {
    ...wanted,
    nat,
    files: [{ kind: 'link', path: '/etc/xen/auto/web.cfg', to: '../web.cfg' }],
    sysctls: [{ key: 'net.ipv4.ip_forward', value: '1' }],
  },
  own,
  observed: { v4: live, v6: { chains: [] } },
  files,
};
const wrong = (facts: BootFacts): readonly string[] =>
  examineBoot(facts).flatMap(({ severity, code, text }) => (severity === 'fine' ? [] : [`${code}: ${text}`]));
const withFiles = (more: Partial<BootFiles>): BootFacts => ({ ...good, files: { ...files, ...more } });
const rules = (text: string): BootFacts =>
  withFiles({ saved: { v4: { path: '/etc/iptables/rules.v4', text }, v6: null } });
const conf = (path: string, text: string): BootFacts => withFiles({ sysctls: [...files.sysctls, { path, text }] });

describe('what a reboot would change', () => {
  it('is nothing on a host in order', () => {
    assert.deepEqual(wrong(good), []);
    for (const code of ['boot-unit', 'boot-rules', 'boot-sysctl', 'boot-guest'])
      assert.ok(
        examineBoot(good).some((remark) => remark.code === code),
        code,
      );
  });

  const stale = tableText(live).replace('--dport 80 ', '--dport 81 ').replace('main:80', 'main:81');
  const xen = ['xendomains.service'];
  const troubles: readonly (readonly [string, BootFacts, ...RegExp[]])[] = [
    ['no unit at all', withFiles({ enabledUnits: xen }), /^boot-unit: nothing brings the rules back/],
    [
      'the daemon alone',
      withFiles({ enabledUnits: [...xen, 'natroute.service'] }),
      /^boot-unit: .*only with the first pass/,
    ],
    [
      'a unit whose program is not there',
      withFiles({ missingPrograms: ['/usr/lib/natroute/restore-at-boot.sh'] }),
      /^boot-unit: .* runs \/usr\/lib\/natroute\/restore-at-boot\.sh, which is not there/,
    ],
    ['no systemd', withFiles({ enabledUnits: null }), /^boot-unit: this host has no systemd/],
    ['a generation of before', { ...good, own: { v4: null, v6: '' } }, /^boot-rules: .*no rules for a boot/],
    [
      'an old save with our rules in it',
      rules(stale),
      /^boot-rules: until .* because of \/etc\/iptables\/rules\.v4: .*main:80\/tcp/,
    ],
    [
      "a stranger's old rule in a save",
      rules('*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -j RETURN\nCOMMIT\n'),
      /^boot-strangers: \/etc\/iptables\/rules\.v4 brings back .*-A PREROUTING -p udp -j RETURN$/,
    ],
    [
      "a stranger's rule that nothing saves",
      {
        ...good,
        observed: { v4: applyRestore(live, '*nat\n-A OUTPUT -p udp -j RETURN\nCOMMIT\n'), v6: { chains: [] } },
      },
      /^boot-strangers: no file .* -A OUTPUT -p udp -j RETURN$/,
    ],
    [
      'a save that nobody can read',
      rules('*nat\nnonsense\n'),
      /^boot-rules: \/etc\/iptables\/rules\.v4 is loaded at boot and cannot be read: /,
    ],
    [
      'a line in the network scripts',
      withFiles({ scripts: [{ path: '/etc/network/interfaces', line: 7, text: 'post-up iptables -t nat -F' }] }),
      /^boot-script: \/etc\/network\/interfaces:7 calls iptables at boot: post-up iptables -t nat -F$/,
    ],
    [
      'a later file with another word',
      conf('/etc/sysctl.d/99-z.conf', 'net/ipv4/ip_forward=0'),
      /^boot-sysctl: after a boot net\.ipv4\.ip_forward is 0, by \/etc\/sysctl\.d\/99-z\.conf, and not 1$/,
    ],
    [
      'a later file with the other name of the same setting',
      conf('/etc/sysctl.d/99-z.conf', 'net.ipv4.conf.all.forwarding = 0'),
      /^boot-sysctl: after a boot net\.ipv4\.ip_forward is 0, by \/etc\/sysctl\.d\/99-z\.conf, and not 1$/,
    ],
    [
      'a later pattern for that name',
      conf('/etc/sysctl.d/99-z.conf', 'net/ipv4/conf/*/forwarding = 0'),
      /^boot-sysctl: after a boot net\.ipv4\.ip_forward is 0, by \/etc\/sysctl\.d\/99-z\.conf, and not 1$/,
    ],
    ['no file', withFiles({ sysctls: [] }), /^boot-sysctl: no file .* sets net\.ipv4\.ip_forward = 1$/],
    ['a link that is gone', withFiles({ autostart: [] }), /^boot-guest: web does not start with the host: /],
    [
      'nobody who starts guests',
      withFiles({ enabledUnits: ['natroute-boot.service', 'natroute.service'] }),
      /^boot-guest: nothing starts web with the host: neither xendomains\.service nor natroute-guests\.service is enabled$/,
    ],
    [
      'a link too many, of a guest of ours',
      withFiles({ autostart: ['web.cfg', 'mail.cfg', 'other.cfg'] }),
      /^boot-guest: mail starts with the host, by \/etc\/xen\/auto\/mail\.cfg/,
    ],
    [
      'a saved guest',
      withFiles({ savedGuests: ['web', 'other'] }),
      /^boot-saved-guest: web was saved at a shutdown and comes back with the config of then$/,
    ],
  ];
  for (const [name, facts, ...expected] of troubles) {
    it(`is told: ${name}`, () => {
      const found = wrong(facts);
      assert.equal(found.length, expected.length, found.join('\n'));
      for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? '', pattern);
    });
  }

  it('is not what a pattern says where a file names the key, nor what comments and Docker say', () => {
    assert.deepEqual(
      wrong(conf('/etc/sysctl.d/99-z.conf', '-net.ipv4.* = 0\n; net.ipv4.ip_forward=0\n#net.ipv4.ip_forward=0\n')),
      [],
    );
    const pattern = withFiles({ sysctls: [{ path: '/a.conf', text: 'net.ipv4.ip_f[o]rward = 1' }] });
    assert.deepEqual(wrong(pattern), []);
    const docker = parseSave(
      '*nat\n:PREROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n-A PREROUTING -j DOCKER\n-A DOCKER -i docker0 -j RETURN\nCOMMIT\n',
    );
    assert.deepEqual(
      wrong({
        ...good,
        observed: {
          v4: { chains: [...live.chains, ...docker.chains.filter(({ name }) => name === 'DOCKER')] },
          v6: { chains: [] },
        },
      }),
      [],
    );
    assert.deepEqual(wrong({ ...good, observed: null }), []);
  });
});

describe("the host's own network after a reboot", () => {
  const path = '/etc/network/interfaces.d/natroute';
  const file = { kind: 'file', path, body: 'auto eth0\niface eth0 inet static\n', made: unapplied } as const;
  const main = (text: string): TextFile => ({ path: '/etc/network/interfaces', text });
  const own: TextFile = { path, text: contentOf(file) };
  const sourced = main('# all\nsource /etc/network/interfaces.d/*\nauto lo\niface lo inet loopback\n');
  const enabledUnits = ['networking.service'];
  const said = (interfaces: readonly TextFile[], units: BootFiles['enabledUnits'] = enabledUnits): readonly string[] =>
    networkRemarks({ files: [file] }, { interfaces, enabledUnits: units }).flatMap(({ severity, text }) =>
      severity === 'fine' ? [] : [text],
    );

  it('is nobody of ours’ where natroute writes none, and fine where it is read', () => {
    assert.deepEqual(networkRemarks({ files: [] }, { interfaces: [own], enabledUnits }), []);
    for (const text of [
      sourced.text,
      'source-directory interfaces.d\n',
      'source /etc/network/interfaces.d/other\n',
      'source /nowhere /etc/network/interfaces.d/nat?oute',
    ])
      assert.deepEqual(
        said([main(text), { path: '/etc/network/interfaces.d/other', text: 'source natroute\n' }, own]),
        [],
        text,
      );
    assert.deepEqual(said([sourced, own], null), []);
  });

  it('is told where a boot gives something else', () => {
    assert.match(said([sourced]).join(), /natroute is missing: a boot sets up none of it/);
    assert.match(said([sourced, { path, text: `${own.text}# mine\n` }]).join(), /is not as it was applied/);
    assert.match(said([main('#source /etc/network/interfaces.d/*\n'), own]).join(), /does not read .*natroute/);
    assert.match(said([own]).join(), /does not read/);
    assert.match(said([sourced, own], []).join(), /networking\.service is not enabled/);
    const old = { path: '/etc/network/interfaces.d/50-cloud', text: '\niface eth0 inet dhcp\niface eth1 inet dhcp\n' };
    assert.deepEqual(said([sourced, old, own]), [
      'eth0 is set up by /etc/network/interfaces.d/50-cloud:2 too, beside what natroute writes',
    ]);
    assert.deepEqual(said([main(`source ${path}\n`), old, own]), [], 'that one is not read');
  });
});
