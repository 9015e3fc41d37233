// Promise: after a change of the host's network config a person is told exactly what to run, and nothing where nothing is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootLosses, stepsByHand } from '../../../src/core/render/by-hand.ts';
import type { FileSwap, FoundFile } from '../../../src/model/file.ts';
import type { Target } from '../../../src/model/target.ts';

const header = '# Made by natroute from a folder.\n# Changes made here are undone.\n';
const path = '/etc/network/interfaces.d/natroute';
const bridge = (more = ''): string =>
  `auto br0\niface br0 inet static\n    bridge_ports none\n    address 192.168.1.254/24\n${more}`;
const uplink = (address: string): string => `\nauto eth0\niface eth0 inet static\n    address ${address}\n`;
const macvlan =
  '\nauto failover\niface failover inet manual\n    pre-up ip link add failover link eth0 address 00:16:3e:00:00:28 type macvlan mode bridge\n';
const route = (to: string, via: string): string => `    post-up ip route replace ${to} via ${via} dev br0\n`;

function steps(before: string | null, after: string | null): readonly string[] {
  const found: FoundFile =
    before === null
      ? { kind: 'absent' }
      : { kind: 'file', content: header + before, mode: 0o644, uid: 0, gid: 0, owner: 'root', writtenAt: '' };
  const wanted: FileSwap['wanted'] = after === null ? { kind: 'absent' } : { kind: 'file', content: header + after };
  return stepsByHand([{ path, found, wanted }]);
}

describe('what is left to a person', () => {
  it('is nothing where the network config stays, or only its header changes', () => {
    assert.deepEqual(stepsByHand([]), []);
    assert.deepEqual(steps(bridge(), bridge()), []);
  });

  it('is to bring up what is new', () => {
    assert.deepEqual(steps(null, bridge()), ['`ifup br0`, unless it is up and as it shall be already']);
    assert.deepEqual(steps(bridge(), bridge() + macvlan), [
      '`ifup failover`, unless it is up and as it shall be already',
    ]);
  });

  it('is to take down what goes, and to leave an uplink', () => {
    assert.deepEqual(steps(bridge() + macvlan + uplink('203.0.113.10/24'), uplink('203.0.113.10/24')), [
      '`ip link delete br0`',
      '`ip link delete failover`',
    ]);
    assert.deepEqual(steps(bridge() + uplink('203.0.113.10/24'), bridge()), [
      "nothing for eth0 until the next boot, but after it nothing of natroute's configures eth0: see to it in /etc/network/interfaces",
    ]);
  });

  it('is no bridge or macvlan to delete where natroute only writes the network config no more', () => {
    const said = steps(bridge() + macvlan + uplink('203.0.113.10/24'), null);
    assert.deepEqual(
      said.map((step) => /^nothing for (\S+) until the next boot/.exec(step)?.[1]),
      ['br0', 'failover', 'eth0'],
    );
    assert.match(said[0] ?? '', /after it nothing of natroute's makes br0/);
  });

  it('is the very command for a route, which cuts nobody', () => {
    const [old, next] = [route('10.1.0.0/24', '192.168.1.7'), route('10.1.0.0/24', '192.168.1.8')];
    assert.deepEqual(steps(bridge(), bridge(old)), ['`ip route replace 10.1.0.0/24 via 192.168.1.7 dev br0`']);
    assert.deepEqual(steps(bridge(old), bridge(next)), ['`ip route replace 10.1.0.0/24 via 192.168.1.8 dev br0`']);
    assert.deepEqual(steps(bridge(old), bridge()), ['`ip route delete 10.1.0.0/24 via 192.168.1.7 dev br0`']);
  });

  it('takes the default routes of IPv4 and IPv6 for two', () => {
    const way = (via: string): string => `ip route replace default via ${via}`;
    const [far, local] = ['203.0.113.1 dev eth0 onlink', 'fe80::1 dev eth0'];
    const side = (via: string): string => `${uplink('203.0.113.10/24')}    post-up ${way(via)}\n`;
    assert.deepEqual(steps(side(far), side(local)), [
      `\`${way(local)}\``,
      `\`${way(far).replace('replace', 'delete')}\``,
    ]);
  });

  it('is the interface itself where more of it changes', () => {
    assert.deepEqual(steps(uplink('203.0.113.10/24'), uplink('203.0.113.11/24')), [
      '`ifdown eth0 && ifup eth0`, which cuts what goes over it meanwhile; the next boot does it too',
    ]);
  });
});

describe('what the next boot would miss', () => {
  const host = {
    uplink: { interface: 'eth0', gateways: { v4: '203.0.113.1' } },
    addresses: [{ carriedBy: null, interface: 'eth1' }],
  } as unknown as Target['host'];
  const side = (body: string | null): Pick<Target, 'host' | 'files'> => ({
    host,
    files: body === null ? [] : [{ kind: 'file', path, body, made: { commit: null, generation: null } }],
  });
  const more = '    post-up ip address replace 203.0.113.11/24 dev eth0\n';
  const gateway = '    gateway 203.0.113.1\n';
  const out = (gateway: string): string => `    post-up ip route replace default via ${gateway} dev eth0\n`;
  const far = out('203.0.113.1').replace('\n', ' onlink\n');
  const main = uplink('203.0.113.10/24');
  const cases: readonly (readonly [
    what: string,
    before: string | null,
    after: string | null,
    said: readonly string[],
  ])[] = [
    ['the whole config', bridge() + main, null, ["eth0 without any config of natroute's"]],
    ['one uplink', bridge() + main, bridge(), ["eth0 without any config of natroute's"]],
    ['an address', main + gateway + more, main + gateway, ['eth0 without 203.0.113.11']],
    [
      'the way out',
      main + gateway + route('10.1.0.0/24', '203.0.113.1'),
      main,
      ['eth0 without a default route via 203.0.113.1'],
    ],
    [
      'another way out',
      main + gateway,
      main + '    gateway 203.0.113.11\n',
      ['eth0 without a default route via 203.0.113.1'],
    ],
    [
      'the address of another uplink',
      main + main.replaceAll('eth0', 'eth1'),
      main,
      ["eth1 without any config of natroute's"],
    ],
    ['the way out of IPv6', main + out('fe80::1'), main, ['eth0 without a default route via fe80::1']],
    ['nothing, another bridge and prefix', bridge() + main + gateway, uplink('203.0.113.10/32') + far, []],
    ['nothing, the first config', null, main, []],
  ];
  for (const [what, before, after, said] of cases)
    it(`is ${what}`, () => assert.deepEqual(bootLosses(side(before), side(after)), said));
});
