// Promise: a dom0 made by hand, with guests that run, is imported as it is: taking the import over moves the owner's rules
// into natroute's chains, and neither a guest nor a connection notices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDom0, type Dom0 } from './dom0.ts';
import { rigProblem, type Rig } from './rig.ts';

const config = `repository: {url: /srv/imported, branch: main}
host: dom0
allow:
  kernels: ["/boot/*"]
  bridges: [br0]
  scripts: [vif-bridge, vif-route]
  options: [maxmem, maxvcpus]
`;
/** As their owner typed them. */
const owners = [
  'PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 8016 -j DNAT --to-destination 192.168.1.2:80',
  'PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 7007 -j DNAT --to-destination 192.168.1.2:7',
  'POSTROUTING -s 192.168.1.0/24 -o eth0 -j MASQUERADE',
];

interface Planned {
  readonly changes: readonly { readonly action: string; readonly kind: string; readonly key: string }[];
  readonly guests: unknown;
}

describe('a dom0 made by hand', { skip: rigProblem() ?? false }, () => {
  let dom0: Dom0;
  let rig: Rig;
  before(async () => {
    dom0 = await openDom0(config);
    rig = dom0.rig;
    for (const name of ['wwwinfo16', 'siteclient'])
      await rig.until(`${name} to be made`, async () => {
        // Xl gives its scripts up after 40 s, which a busy machine may need.
        const made = `cp /root/cfg/${name}.cfg /etc/xen/ && xl create /etc/xen/${name}.cfg`;
        return (await rig.exec(made)).code === 0;
      });
    for (const rule of owners) await rig.must(`iptables -w 30 -t nat -A ${rule}`);
    await rig.until('the one on the bridge to answer', () => dom0.answers('http://203.0.113.1:8016/', 'wwwinfo16'));
    await rig.until('the routed one to answer', () => dom0.answers('http://88.190.1.2/', 'siteclient'));
  });
  after(() => dom0.close());

  it('is planned as nothing but the move of the owner’s rules', async () => {
    await rig.must('natroute import --out /srv/imported', { seconds: 600 });
    const text = await rig.must('natroute plan --state /srv/imported --take --json', { seconds: 600 });
    const { changes, guests } = JSON.parse(text) as Planned;
    const said = changes.map(({ action, kind, key }) => `${action} ${kind}${kind === 'file' ? ` ${key}` : ''}`);
    assert.deepEqual(
      [...new Set(said)].sort(),
      [
        'create chain',
        'create file /etc/sysctl.d/99-natroute.conf',
        'create jump',
        'create rule',
        'delete foreign-rule',
      ],
      text,
    );
    assert.equal(said.filter((line) => line === 'delete foreign-rule').length, owners.length);
    assert.deepEqual(guests, { guests: [], problem: null }, text);
  });

  it('is taken over, and neither a guest nor a connection notices', async () => {
    await dom0.hold('203.0.113.1', 7007);
    const before = await dom0.domains();
    await rig.must('natroute apply --state /srv/imported --take --yes', { seconds: 600 });
    await dom0.mustHold(7007);
    const rules = await rig.must('iptables -w 30 -t nat -S');
    for (const rule of owners) assert.ok(!rules.includes(`-A ${rule}`), rule);
    assert.equal(await rig.must('natroute guests --once', { seconds: 600 }), '');
    assert.equal(await dom0.domains(), before, 'no guest was touched');
    assert.equal((await rig.exec('natroute plan --state /srv/imported --exit-code', { seconds: 600 })).code, 0);
  });
});
