// Promise: --take takes exactly the foreign rules that the commit says itself, and every other open door is told.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyRestore } from '../../../src/core/nat/apply.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { diffNat, type NatDiff } from '../../../src/core/nat/diff.ts';
import { parseSave, tableText } from '../../../src/core/nat/save.ts';
import type { Desired } from '../../../src/model/desired.ts';
import { address, chainsOf, desired, guest, host, network, routedGuest, sample, saved } from '../nat-fixture.ts';

const tcp = (port: string, to: string, first = ''): string =>
  `${first}-p tcp -m tcp --dport ${port} -j DNAT --to-destination ${to}`;

function planWith(foreign: Readonly<Record<string, readonly string[]>>, take: boolean, of: Desired = sample): NatDiff {
  const nat = compileNat(of);
  const chains = chainsOf(nat.v4);
  for (const [name, rules] of Object.entries(foreign)) chains[name] = [...(chains[name] ?? []), ...rules];
  const table = parseSave(saved(chains));
  const plan = diffNat(nat.v4, table, {
    family: 'v4',
    previous: nat.v4,
    take: take ? { host: of.host, nat } : null,
  });
  if (plan.restore !== null) applyRestore(table, plan.restore);
  return plan;
}

function taken(chain: string, text: string, of: Desired = sample): boolean {
  const plan = planWith({ [chain]: [text] }, true, of);
  const changes = plan.changes.filter((change) => change.kind === 'foreign-rule');
  assert.equal(changes.length, plan.changes.length);
  assert.equal(plan.restore, changes.length === 0 ? null : `*nat\n-D ${chain} ${text}\nCOMMIT\n`);
  return changes.length > 0;
}

describe('--take', () => {
  const expressed = [
    tcp('25', '192.168.1.2:25'),
    tcp('25', '192.168.1.2'),
    tcp('25', '192.168.1.2:25', '-d 203.0.113.10/32 '),
    tcp('25', '192.168.1.2:25', '-i eth0 '),
    tcp('25', '192.168.1.2:25', '-s 10.0.0.0/8 -d 203.0.113.10/32 -i eth0 '),
    '-p tcp -m tcp --dport 25 -m comment --comment "my old mail" -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m multiport --dports 25 -j DNAT --to-destination 192.168.1.2',
    // Open for anybody by hand, for some by the commit: the commit narrows it.
    tcp('2222', '192.168.1.2:22'),
    tcp('50000:50100', '192.168.1.2:60000-60100/50000'),
    tcp('50007', '192.168.1.2:60007'),
    tcp('50010:50019', '192.168.1.2:60010-60019/50010'),
    tcp('8443', '192.168.1.2:443'),
  ];
  for (const text of expressed) it(`takes ${text}`, () => assert.ok(taken('PREROUTING', text)));

  const other = [
    tcp('26', '192.168.1.2:26'),
    tcp('25', '192.168.1.2:26'),
    tcp('25', '192.168.1.3:25'),
    tcp('25:26', '192.168.1.2'),
    tcp('25', '192.168.1.2:25', '-d 203.0.113.11/32 '),
    tcp('25', '192.168.1.2:25', '-d 203.0.113.0/24 '),
    tcp('25', '192.168.1.2:25', '! -d 203.0.113.10/32 '),
    tcp('25', '192.168.1.2:25', '-i eth1 '),
    tcp('25', '192.168.1.2:25', '! -i br0 '),
    '-p udp -m udp --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m tcp ! --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m tcp --sport 1 --dport 25 -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m tcp --dport 25 -m conntrack --ctstate NEW -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m tcp --dport 25 -m limit --limit 1/sec -j DNAT --to-destination 192.168.1.2:25',
    '-p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25 --random',
    '-p tcp -m tcp --dport 25 -j DNAT --to-destination 192.168.1.2:25-26',
    '-p tcp -m tcp --dport 25 -g mine',
    '-p tcp -m tcp --dport 25 -j REDIRECT --to-ports 25',
    '-p tcp -m tcp --dport 25 -j ACCEPT',
    // Without its base the kernel sends every port to the first one.
    tcp('50000:50100', '192.168.1.2:60000-60100'),
    tcp('50000:50101', '192.168.1.2:60000-60101/50000'),
    tcp('50000:50100', '192.168.1.2:60001-60101/50000'),
    '-p tcp -j DNAT --to-destination 192.168.1.2',
    '-j DNAT --to-destination 192.168.1.2',
  ];
  for (const text of other) it(`leaves ${text}`, () => assert.ok(!taken('PREROUTING', text)));

  it('takes the masquerading of a network that the commit translates', () => {
    for (const text of [
      '-s 192.168.1.0/24 -j MASQUERADE',
      '-s 192.168.1.0/24 -o eth0 -j MASQUERADE',
      '-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10',
      '-s 192.168.1.0/24 -d 192.168.1.0/24 -j MASQUERADE',
      '-s 192.168.1.0/24 -d 192.168.1.0/24 -o br0 -j MASQUERADE',
    ])
      assert.ok(taken('POSTROUTING', text), text);
    for (const text of [
      '-j MASQUERADE',
      '-o eth0 -j MASQUERADE',
      '-s 192.168.0.0/16 -j MASQUERADE',
      '-s 192.168.1.0/24 -o eth1 -j MASQUERADE',
      '-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.11',
      '! -s 192.168.1.0/24 -j MASQUERADE',
      '-s 192.168.1.0/24 ! -d 192.168.1.0/24 -j MASQUERADE',
      '-s 192.168.1.0/24 -p tcp -j MASQUERADE --to-ports 1024-31000',
      '-s 192.168.1.0/24 -p tcp -j MASQUERADE',
    ])
      assert.ok(!taken('POSTROUTING', text), text);
  });

  it('takes what the host sends to its own address, never what it sends to others', () => {
    assert.ok(taken('OUTPUT', tcp('25', '192.168.1.2:25', '-d 203.0.113.10/32 ')));
    assert.ok(!taken('OUTPUT', tcp('25', '192.168.1.2:25')));
    assert.ok(!taken('POSTROUTING', tcp('25', '192.168.1.2:25')));
  });

  it('takes every double of a rule, and keeps the others in order', () => {
    const mine = tcp('25', '192.168.1.2:25');
    const theirs = '-i eth1 -j ACCEPT';
    const nat = compileNat(sample);
    const chains = chainsOf(nat.v4);
    chains['PREROUTING'] = [mine, ...(chains['PREROUTING'] ?? []), theirs, mine, '-j LOG', mine];
    const table = parseSave(saved(chains));
    const plan = diffNat(nat.v4, table, { family: 'v4', previous: null, take: { host: sample.host, nat } });
    const after = applyRestore(table, plan.restore ?? '');
    assert.deepEqual(
      after.chains.find((chain) => chain.name === 'PREROUTING')?.rules.map((rule) => rule.text),
      ['-m comment --comment natroute -j NR-DST', theirs, '-j LOG'],
    );
    assert.equal(plan.restore?.split('\n').length, 3 + 3, 'our jump, first once they are gone, is not moved');
    assert.equal(
      diffNat(nat.v4, after, { family: 'v4', previous: null, take: { host: sample.host, nat } }).restore,
      null,
    );
  });

  it('takes IPv6 rules in IPv6', () => {
    const six = desired(host([address('main', { v6: '2001:db8::10' })], [network('lan', 'br0', ['fd00::/64'])]), [
      guest('mail', { v6: 'fd00::2' }, [{ port: 25 }, { port: [100, 110] }]),
    ]);
    const nat = compileNat(six);
    const chains = chainsOf(nat.v6);
    const expected = [
      tcp('25', '[fd00::2]:25'),
      tcp('25', 'fd00::2', '-d 2001:db8::10/128 '),
      tcp('100:105', 'fd00::2'),
    ];
    const left = [tcp('25', '[fd00::3]:25')];
    chains['PREROUTING'] = [...(chains['PREROUTING'] ?? []), ...expected, ...left];
    const plan = diffNat(nat.v6, parseSave(saved(chains)), {
      family: 'v6',
      previous: null,
      take: { host: six.host, nat },
    });
    assert.deepEqual(
      plan.changes.map((change) => change.before),
      expected,
    );
  });

  it('takes a flat script of thousands of rules, and finds them, in a moment', () => {
    const ports = Array.from({ length: 10_000 }, (_, i) => i + 1);
    const of = desired(sample.host, [
      guest(
        'mail',
        '192.168.1.2',
        ports.map((port) => ({ port })),
      ),
    ]);
    const flat = ports.map((port) => tcp(String(port), `192.168.1.2:${port}`));
    const started = process.cpuUsage();
    assert.equal(planWith({ PREROUTING: flat }, true, of).changes.length, 10_000);
    assert.equal(planWith({ PREROUTING: flat }, false, of).findings.length, 10_000);
    assert.ok(process.cpuUsage(started).user < 5_000_000);
  });

  it('needs to be asked', () => {
    assert.equal(planWith({ PREROUTING: expressed }, false).restore, null);
  });
});

describe('without --take', () => {
  const found = (foreign: Readonly<Record<string, readonly string[]>>, of: Desired = sample): readonly string[] =>
    planWith(foreign, false, of).findings.map((finding) => `${finding.code}: ${finding.text}`);

  it('tells what stays open', () => {
    assert.deepEqual(
      found({
        PREROUTING: [
          tcp('25', '192.168.1.2:25'),
          tcp('3306', '192.168.1.2:3306'),
          tcp('2222', '192.168.1.2:22'),
          '-m mark --mark 0x1 -j DNAT --to-destination 192.168.1.2',
        ],
      }),
      [
        `stays-open: 25/tcp is open by a foreign rule as well, and would stay open if git closed it: ${tcp('25', '192.168.1.2:25')}`,
        `stays-open: 3306/tcp stays open although git says closed: ${tcp('3306', '192.168.1.2:3306')}`,
        `stays-open: 2222/tcp stays open although git says closed: ${tcp('2222', '192.168.1.2:22')}`,
        'stays-open: A foreign rule may keep ports open that git does not open; natroute cannot tell which: -m mark --mark 0x1 -j DNAT --to-destination 192.168.1.2',
      ],
    );
  });

  it('counts what is open by the address that the rule is about', () => {
    const [one, two] = [address('main', '203.0.113.10'), address('second', '203.0.113.11')];
    const of = desired(host([one, two], []), [guest('mail', '192.168.1.2', [{ port: 25 }])]);
    const about = (ip: string): string => tcp('25', '192.168.1.2:25', `-d ${ip}/32 `);
    assert.match(found({ PREROUTING: [about('203.0.113.10')] }, of)[0] ?? '', /as well/);
    assert.match(found({ PREROUTING: [about('203.0.113.11')] }, of)[0] ?? '', /although git says closed/);
    assert.match(found({ PREROUTING: [about('203.0.113.99')] }, of)[0] ?? '', /although git says closed/);
  });

  it('tells of everything being masqueraded', () => {
    assert.match(
      found({ POSTROUTING: ['-o eth0 -j MASQUERADE'] })[0] ?? '',
      /^stays-open: A foreign rule translates the source of more than git says: -o eth0/,
    );
    assert.deepEqual(found({ POSTROUTING: ['-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE'] }), []);
  });

  it('says nothing about what a shield keeps from a stranger', () => {
    const routed = desired(host([address('f', '198.51.100.28', { carriedBy: 'g' })], []), [routedGuest('g', 'f')]);
    assert.deepEqual(found({ PREROUTING: [tcp('80', '192.168.1.1:80', '-d 198.51.100.28/32 ')] }, routed), []);
  });

  it('leaves the table as it is', () => {
    const plan = planWith({ PREROUTING: [tcp('3306', '192.168.1.2:3306')] }, false);
    assert.equal(plan.restore, null);
    assert.ok(plan.plannedOn.includes('3306'));
    assert.equal(tableText(parseSave(plan.plannedOn)), plan.plannedOn);
  });
});
