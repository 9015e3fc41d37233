// Promise: whether a forwarded connection passes is only said where it is known; what sees packets before natroute, and
// what the other backend still holds, is told with the command that shows it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fateOf, iptablesSteps, nftSteps, type Fate } from '../../../src/core/coexist/fate.ts';
import { findCoexistence } from '../../../src/core/coexist/findings.ts';
import { parseNftRules } from '../../../src/core/coexist/nft.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { diffNat } from '../../../src/core/nat/diff.ts';
import { parseSave } from '../../../src/core/nat/save.ts';
import type { Finding } from '../../../src/model/change.ts';
import { chainsOf, desired, host, saved } from '../nat-fixture.ts';
import { around, forwardingTarget, type Printed } from './ground.ts';

function filter(policy: string, rules: readonly string[]): string {
  const names = new Set(rules.map((rule) => rule.split(' ')[1]).filter((name) => name !== 'FORWARD'));
  const declared = [...names].map((name) => `:${name ?? ''} - [0:0]`);
  return ['*filter', `:FORWARD ${policy} [0:0]`, ...declared, ...rules, 'COMMIT', ''].join('\n');
}

const shown = (fate: Fate): string =>
  `${fate.dropped === null ? 'passes' : `dropped by ${fate.dropped.by?.text ?? 'policy'}`}, ${fate.lets.length} let, ${fate.drops.length} may drop`;

describe('the fate of a translated connection in iptables rules', () => {
  const cases: readonly (readonly [string, string, readonly string[], string])[] = [
    ['a policy alone', 'DROP', [], 'dropped by policy, 0 let, 0 may drop'],
    ['everything accepted', 'DROP', ['-A FORWARD -j ACCEPT'], 'passes, 0 let, 0 may drop'],
    [
      'what was translated accepted',
      'DROP',
      ['-A FORWARD -m conntrack --ctstate RELATED,DNAT -j ACCEPT'],
      'passes, 0 let, 0 may drop',
    ],
    [
      'what was NOT translated accepted',
      'DROP',
      ['-A FORWARD -m conntrack ! --ctstate DNAT -j ACCEPT'],
      'dropped by policy, 1 let, 0 may drop',
    ],
    [
      'translated, and more asked',
      'DROP',
      ['-A FORWARD -d 10.0.0.1/32 -m conntrack --ctstate DNAT -j ACCEPT'],
      'dropped by policy, 1 let, 0 may drop',
    ],
    [
      'another direction asked',
      'DROP',
      ['-A FORWARD -m conntrack --ctstate DNAT --ctdir REPLY -j ACCEPT'],
      'dropped by policy, 1 let, 0 may drop',
    ],
    [
      'only what is invalid dropped',
      'ACCEPT',
      ['-A FORWARD -m conntrack --ctstate INVALID,UNTRACKED -j DROP'],
      'passes, 0 let, 0 may drop',
    ],
    [
      'a rule that drops all',
      'ACCEPT',
      ['-A FORWARD -i eth0 -j ACCEPT', '-A FORWARD -j REJECT --reject-with icmp-port-unreachable'],
      'dropped by -j REJECT --reject-with icmp-port-unreachable, 1 let, 0 may drop',
    ],
    [
      'in a chain that all go through',
      'ACCEPT',
      ['-A FORWARD -j A', '-A FORWARD -j ACCEPT', '-A A -j DROP'],
      'dropped by -j DROP, 0 let, 0 may drop',
    ],
    [
      'in a chain that some go through',
      'ACCEPT',
      ['-A FORWARD -s 10.0.0.0/8 -j A', '-A A -j DROP'],
      'passes, 0 let, 1 may drop',
    ],
    [
      'in a chain that is left before',
      'ACCEPT',
      ['-A FORWARD -j A', '-A A -j RETURN', '-A A -j DROP'],
      'passes, 0 let, 0 may drop',
    ],
    [
      'gone to and not come back',
      'DROP',
      ['-A FORWARD -g A', '-A FORWARD -j ACCEPT', '-A A -j RETURN'],
      'dropped by policy, 0 let, 0 may drop',
    ],
    [
      'jumped to and come back',
      'DROP',
      ['-A FORWARD -j A', '-A FORWARD -j ACCEPT', '-A A -j RETURN'],
      'passes, 0 let, 0 may drop',
    ],
    ['left to a program', 'ACCEPT', ['-A FORWARD -j NFQUEUE --queue-num 1'], 'passes, 0 let, 1 may drop'],
    [
      'logged and marked',
      'ACCEPT',
      ['-A FORWARD -j LOG', '-A FORWARD -j MARK --set-xmark 0x1/0xffffffff'],
      'passes, 0 let, 0 may drop',
    ],
  ];
  for (const [what, policy, rules, wanted] of cases) {
    it(what, () => {
      const steps = iptablesSteps(parseSave(filter(policy, rules), 'filter'));
      assert.equal(shown(fateOf(steps, 'FORWARD', policy)), wanted);
    });
  }
});

describe('the fate of a translated connection in nft rules', () => {
  const match = (key: string, right: unknown, op = 'in'): object => ({ match: { op, left: { ct: { key } }, right } });
  const cases: readonly (readonly [string, readonly object[][], string])[] = [
    ['ct status dnat accept', [[match('status', 'dnat'), { accept: null }]], 'passes, 0 let, 0 may drop'],
    [
      'ct status snat,dnat accept',
      [[match('status', ['snat', 'dnat']), { counter: {} }, { accept: null }]],
      'passes, 0 let, 0 may drop',
    ],
    [
      'ct status != dnat accept',
      [[match('status', 'dnat', '!='), { accept: null }]],
      'dropped by policy, 1 let, 0 may drop',
    ],
    [
      'ct state invalid drop',
      [[match('state', 'invalid'), { drop: null }], [{ accept: null }]],
      'passes, 0 let, 0 may drop',
    ],
    ['ct state new drop', [[match('state', 'new'), { drop: null }], [{ accept: null }]], 'passes, 0 let, 1 may drop'],
    ['a map of verdicts', [[{ vmap: { key: {}, data: {} } }]], 'dropped by policy, 1 let, 0 may drop'],
    ['reject', [[{ counter: {} }, { reject: null }]], 'dropped by handle 0, 0 let, 0 may drop'],
    ['a rate accepted', [[{ limit: {} }, { accept: null }]], 'dropped by policy, 1 let, 0 may drop'],
  ];
  for (const [what, rules, wanted] of cases) {
    it(what, () => {
      const objects = rules.map((expr, handle) => ({ rule: { chain: 'f', handle, expr } }));
      const steps = nftSteps(parseNftRules(JSON.stringify({ nftables: objects })));
      assert.equal(shown(fateOf(steps, 'f', 'drop')), wanted);
    });
  }
});

function find(printed: Printed): readonly Finding[] {
  const nat = { v4: parseSave(saved(chainsOf(forwardingTarget.v4))), v6: { chains: [] } };
  return findCoexistence(around(printed), { target: forwardingTarget, nat });
}

const chain = (more: object): object => ({
  chain: {
    family: 'ip',
    table: 't',
    name: 'c',
    type: 'nat',
    hook: 'prerouting',
    prio: -110,
    policy: 'accept',
    ...more,
  },
});
const rule = (expr: readonly object[], more: object = {}): object => ({
  rule: { family: 'ip', table: 't', chain: 'c', handle: 1, expr, ...more },
});
const nft = (...objects: readonly object[]): string => JSON.stringify({ nftables: objects });

describe('chains that iptables does not show', () => {
  const codes = (...objects: readonly object[]): readonly string[] =>
    find({ nft: nft(...objects) }).map(
      ({ code, text }) => `${code}: ${/BEFORE|was made last|leave/.exec(text)?.[0] ?? ''}`,
    );

  it('are told by whether they stand ahead, beside or behind', () => {
    const dnat = rule([{ dnat: { addr: '10.0.0.1' } }]);
    assert.deepEqual(codes(chain({}), dnat), ['hidden-nft-chain: BEFORE']);
    assert.deepEqual(codes(chain({ prio: -100 }), dnat), ['hidden-nft-chain: was made last']);
    assert.deepEqual(codes(chain({ prio: -90 }), dnat), ['nft-chain-beside: leave']);
    assert.deepEqual(codes(chain({ hook: 'postrouting', prio: 90 }), rule([{ masquerade: null }])), [
      'hidden-nft-chain: BEFORE',
    ]);
    assert.deepEqual(codes(chain({ family: 'inet' }), rule([{ dnat: {} }], { family: 'inet' })), [
      'hidden-nft-chain: BEFORE',
    ]);
    assert.deepEqual(codes(chain({ family: 'ip6' }), rule([{ dnat: {} }], { family: 'ip6' })), []);
  });

  it('are left out where they do nothing, and found where they do it elsewhere', () => {
    assert.deepEqual(codes(chain({})), []);
    assert.deepEqual(codes(chain({}), rule([{ counter: {} }])), []);
    const elsewhere = rule([{ redirect: {} }], { chain: 'd' });
    assert.deepEqual(codes(chain({}), elsewhere), []);
    assert.deepEqual(codes(chain({}), rule([{ jump: { target: 'd' } }]), elsewhere), ['hidden-nft-chain: BEFORE']);
    assert.deepEqual(codes(chain({}), rule([{ vmap: {} }]), elsewhere), ['hidden-nft-chain: BEFORE']);
  });

  it('of iptables itself are none', () => {
    const own = { table: 'nat', name: 'PREROUTING', prio: -100 };
    assert.deepEqual(codes(chain(own), rule([{ dnat: {} }], { table: 'nat', chain: 'PREROUTING' })), []);
    assert.deepEqual(codes(chain({ ...own, name: 'mine' }), rule([{ dnat: {} }], { table: 'nat', chain: 'mine' })), [
      'hidden-nft-chain: was made last',
    ]);
  });
});

describe('the other backend', () => {
  const nat = (...rules: readonly string[]): string =>
    ['*nat', ':PREROUTING ACCEPT [0:0]', ':NR-DST - [0:0]', ...rules, 'COMMIT', ''].join('\n');

  it('is told when it holds rules, and whose, natroute’s own among them', () => {
    assert.deepEqual(find({ other: nat() }), []);
    const [found] = find({
      other: nat('-A PREROUTING -m comment --comment natroute -j NR-DST', '-A PREROUTING -i virbr0 -j ACCEPT'),
    });
    assert.equal(found?.code, 'other-backend');
    assert.match(found.text, /legacy backend holds 2 rules as well, 1 of them natroute's own .*, some of libvirt\. /);
    assert.match(found.text, /\(iptables-legacy-save shows it\)\. The first rule: -A PREROUTING -m comment/);
  });

  it('drops with its own policy', () => {
    const [found, ...more] = find({ other: filter('DROP', []), backend: 'legacy' });
    assert.deepEqual(more, []);
    assert.match(
      found?.text ?? '',
      /FORWARD chain of the nft backend, .*\(iptables-nft-save\), drops .* by its policy/,
    );
  });

  it('that nothing shows is told, unless there is nothing to show', () => {
    const codes = (printed: Printed): readonly string[] => find(printed).map(({ code }) => code);
    assert.deepEqual(codes({ other: null }), ['not-looked-at']);
    assert.deepEqual(codes({ other: null, backend: 'legacy' }), []);
    const natTable = nft(chain({ table: 'nat', name: 'PREROUTING', prio: -100 }));
    assert.deepEqual(codes({ other: null, backend: 'legacy', nft: natTable }), ['not-looked-at']);
  });
});

describe('what is said without forwards', () => {
  it('is nothing about forwarding, and without rules of ours nothing at all', () => {
    const none = compileNat(desired(host([], []), []));
    const empty = { v4: { chains: [] }, v6: { chains: [] } };
    assert.deepEqual(findCoexistence(around({ filter: filter('DROP', []) }), { target: none, nat: empty }), []);
  });
});

describe('rules ahead of natroute’s jump', () => {
  const ahead = (unmoved: boolean): readonly string[] => {
    const chains = chainsOf(forwardingTarget.v4);
    chains['PREROUTING']?.unshift('-i virbr0 -j ACCEPT', '-p tcp -j LOG');
    const table = parseSave(saved(chains));
    const options = {
      family: 'v4',
      previous: forwardingTarget.v4,
      unmoved: new Set(unmoved ? ['PREROUTING'] : []),
    } as const;
    return diffNat(forwardingTarget.v4, table, options).findings.map(({ code, text }) => `${code}: ${text}`);
  };

  it('are told with their owner where the jump cannot be first', () => {
    assert.deepEqual(ahead(true), [
      "foreign-shadows: A foreign rule of libvirt in PREROUTING stands before natroute's and takes packets from it: -i virbr0 -j ACCEPT",
      'foreign-ahead: A foreign rule in PREROUTING sees packets before natroute does: -p tcp -j LOG',
    ]);
  });

  it('are told as long as the plan that puts the jump first is not applied', () => {
    assert.deepEqual(ahead(false), [
      "foreign-shadows: A foreign rule of libvirt in PREROUTING stands before natroute's and takes packets from it, until this plan puts it behind: -i virbr0 -j ACCEPT",
      'foreign-ahead: A foreign rule in PREROUTING sees packets before natroute does, until this plan puts it behind: -p tcp -j LOG',
    ]);
  });
});
