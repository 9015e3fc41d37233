// Promise: whatever somebody did to our rules is found, named and put right with the fewest lines; strangers' rules stay.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyRestore } from '../../../src/core/nat/apply.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { diffNat, driftNat, unloadNat, type NatDiff } from '../../../src/core/nat/diff.ts';
import { parseSave, tableText } from '../../../src/core/nat/save.ts';
import { Fault } from '../../../src/model/fault.ts';
import type { NatTable } from '../../../src/model/nat.ts';
import type { NatTarget } from '../../../src/model/target.ts';
import { healedFrom, mutations } from './mutations.ts';
import { address, chainsOf, desired, guest, host, network, routedGuest, sample, saved } from '../nat-fixture.ts';

const target = compileNat(sample).v4;
const jump = '-m comment --comment natroute -j NR-DST';
const foreign = { PREROUTING: ['-i eth1 -j ACCEPT'], OUTPUT: [], POSTROUTING: ['-s 172.17.0.0/16 -j MASQUERADE'] };

/** The target's table with strangers behind it, then changed. */
function live(change: (chains: Record<string, string[]>) => void = () => undefined, of: NatTarget = target): NatTable {
  const chains = chainsOf(of);
  for (const [name, rules] of Object.entries(foreign)) chains[name] = [...(chains[name] ?? []), ...rules];
  change(chains);
  return parseSave(saved(chains));
}

function diff(table: NatTable, of: NatTarget = target, previous: NatTarget | null = target): NatDiff {
  return diffNat(of, table, { family: 'v4', previous });
}

function lines(plan: NatDiff): readonly string[] {
  return plan.restore === null ? [] : plan.restore.split('\n').slice(1, -2);
}

function summary(plan: Pick<NatDiff, 'changes'>): readonly string[] {
  return plan.changes.map(({ action, kind, chain, key, note }) =>
    [action, kind, chain, key, note].filter((word) => word !== null).join(' '),
  );
}

describe('diffNat on a fresh host', () => {
  it('makes everything, jumps first, and needs nothing after', () => {
    const plan = diff(live(undefined, { chains: [], jumps: [] }), target, null);
    assert.deepEqual(lines(plan).slice(0, 6), [
      '-N NR-A-main',
      '-N NR-DST',
      '-N NR-SRC',
      `-I PREROUTING 1 ${jump}`,
      `-I OUTPUT 1 ${jump}`,
      '-I POSTROUTING 1 -m comment --comment natroute -j NR-SRC',
    ]);
    assert.equal(lines(plan).length, 6 + 9);
    const table = applyRestore(live(undefined, { chains: [], jumps: [] }), plan.restore ?? '');
    assert.equal(tableText(table), tableText(live()));
    assert.equal(diff(table).restore, null);
  });

  it('starts from no table at all', () => {
    const plan = diff({ chains: [] }, target, null);
    assert.equal(diff(applyRestore({ chains: [] }, plan.restore ?? '')).restore, null);
    assert.equal(plan.plannedOn, '');
  });

  it('wants nothing where nothing is desired', () => {
    const plan = diff({ chains: [] }, { chains: [], jumps: [] }, null);
    assert.deepEqual([plan.restore, plan.changes, plan.findings], [null, [], []]);
  });
});

describe('what somebody did to our rules', () => {
  for (const [name, change, expected, count] of mutations) {
    it(name, () => {
      const table = live(change);
      const plan = diff(table);
      assert.deepEqual(summary(plan), expected);
      assert.equal(lines(plan).length, count, plan.restore ?? '');
      const healed = plan.restore === null ? table : applyRestore(table, plan.restore);
      assert.equal(tableText(healed), tableText(healedFrom(table, target)));
      assert.equal(diff(healed).restore, null);
    });
  }

  it('is the same on a first run, where nothing was applied before, for what carries our marks', () => {
    for (const [name, change] of mutations) {
      if (name === 'everything replaced by strangers') continue;
      const table = live(change);
      const plan = diff(table, target, null);
      const healed = plan.restore === null ? table : applyRestore(table, plan.restore);
      assert.equal(tableText(healed), tableText(healedFrom(table, target)), name);
    }
  });

  it('a chain of ours renamed: nothing of it stays behind, and a copy in a chain of theirs does', () => {
    const rename = (c: Record<string, string[]>): void => {
      c['THEIRS'] = [...(c['NR-A-main'] ?? [])];
      c['NR-DST'] = (c['NR-DST'] ?? []).map((text) => text.replace('-j NR-A-main', '-j THEIRS'));
    };
    const renamed = live((c) => {
      rename(c);
      delete c['NR-A-main'];
    });
    const plan = diff(renamed);
    assert.deepEqual(summary(plan).slice(-1), ['delete chain THEIRS THEIRS']);
    assert.equal(tableText(applyRestore(renamed, plan.restore ?? '')), tableText(live(() => undefined)));
    const copied = live(rename);
    assert.deepEqual(summary(diff(copied)), ['update rule NR-DST natroute main']);
  });

  it('tells drift from the other end', () => {
    const table = live((c) => {
      c['NR-A-main']?.splice(0, 1);
      c['NR-DST']?.push('-j LOG');
    });
    assert.deepEqual(summary({ changes: driftNat(target, table, 'v4') }), [
      'delete rule NR-A-main natroute mail main:25/tcp',
      'create rule NR-DST -j LOG stranger in our chain',
    ]);
    assert.deepEqual(
      driftNat(target, table, 'v4').map((change) => [change.before === null, change.after]),
      [
        [false, null],
        [true, '-j LOG'],
      ],
    );
  });

  it('keeps the counters of a rule that goes', () => {
    const text = saved(chainsOf(target)).replace(/^(?=-A NR-A-main .*:25\/tcp)/m, '[5:300] ');
    const plan = diff(parseSave(text), { chains: [], jumps: [] });
    assert.deepEqual(plan.changes.find((change) => change.key.endsWith(':25/tcp'))?.counters, {
      packets: 5,
      bytes: 300,
    });
  });
});

const two = desired(
  host(
    [address('main', '203.0.113.10'), address('second', '203.0.113.11')],
    [network('lan', 'br0', ['192.168.1.0/24'])],
  ),
  [guest('mail', '192.168.1.2', [{ port: 25 }, { port: 26, address: 'second' }])],
);

describe('a new commit', () => {
  it('changes one line for one forward', () => {
    const more = desired(two.host, [
      guest('mail', '192.168.1.2', [{ port: 25 }, { port: 24 }, { port: 26, address: 'second' }]),
    ]);
    const before = compileNat(two).v4;
    assert.deepEqual(lines(diff(live(undefined, before), compileNat(more).v4, before)), [
      '-I NR-A-main 1 -p tcp -m tcp --dport 24 -m comment --comment "natroute mail main:24/tcp" -j DNAT --to-destination 192.168.1.2:24',
    ]);
  });

  it('takes away the chain of an address that has no forwards any more', () => {
    const before = compileNat(two).v4;
    const less = desired(two.host, [guest('mail', '192.168.1.2', [{ port: 25 }])]);
    const plan = diff(live(undefined, before), compileNat(less).v4, before);
    assert.deepEqual(lines(plan), [
      '-D NR-DST -d 203.0.113.11/32 -m comment --comment "natroute second" -j NR-A-second',
      '-F NR-A-second',
      '-X NR-A-second',
    ]);
    assert.deepEqual(summary(plan), [
      'delete rule NR-DST natroute second',
      'delete rule NR-A-second natroute mail second:26/tcp',
      'delete chain NR-A-second NR-A-second',
    ]);
  });

  it('empties, but leaves, a chain that a stranger jumps to, and then is content', () => {
    const before = compileNat(two).v4;
    const less = compileNat(desired(two.host, [guest('mail', '192.168.1.2', [{ port: 25 }])])).v4;
    const table = live((c) => void c['PREROUTING']?.push('-i eth9 -g NR-A-second'), before);
    const plan = diff(table, less, before);
    assert.deepEqual(lines(plan).slice(1), ['-F NR-A-second']);
    assert.deepEqual(
      summary(plan).at(-1),
      'update chain NR-A-second NR-A-second stays, empty: a foreign rule jumps to it',
    );
    const after = applyRestore(table, plan.restore ?? '');
    for (const previous of [before, less, null]) assert.equal(diff(after, less, previous).restore, null);
    const codes = diff(after, less, before).findings.map((finding) => finding.code);
    assert.deepEqual(codes, ['foreign-jump-into-ours']);
  });
});

describe('ownership', () => {
  it('leaves a chain that only looks like ours, and says so', () => {
    const table = live((c) => {
      c['NR-A-theirs'] = ['-j ACCEPT'];
      c['NR-A-empty'] = [];
    });
    const plan = diff(table);
    assert.equal(plan.restore, null);
    assert.deepEqual(
      plan.findings.map((finding) => [finding.code, finding.chain]),
      [
        ['lookalike-chain', 'NR-A-empty'],
        ['lookalike-chain', 'NR-A-theirs'],
      ],
    );
  });

  it('takes away a chain with our name and our marks that no commit asks for', () => {
    const table = live((c) => {
      c['NR-A-old'] = ['-p tcp -m comment --comment "natroute web old:80/tcp" -j ACCEPT', '-j LOG'];
    });
    assert.deepEqual(lines(diff(table, target, null)), ['-F NR-A-old', '-X NR-A-old']);
  });

  it('refuses to fill a stranger’s chain that has a name it needs', () => {
    const table = live(
      (c) => {
        c['NR-DST'] = ['-j ACCEPT'];
      },
      { chains: [], jumps: [] },
    );
    assert.throws(
      () => diff(table, target, null),
      (error: unknown) => error instanceof Fault && error.code === 'guarded' && error.message.includes('NR-DST'),
    );
    // What was applied before is ours, whatever somebody made of it.
    assert.equal(lines(diff(table, target, target)).includes('-D NR-DST -j ACCEPT'), true);
  });

  it('fills an empty chain of that name without declaring it, which would flush it', () => {
    const table = live(
      (c) => {
        c['NR-DST'] = [];
      },
      { chains: [], jumps: [] },
    );
    const plan = diff(table, target, null);
    assert.ok(!plan.restore?.includes(':NR-DST'));
    assert.equal(tableText(applyRestore(table, plan.restore ?? '')), tableText(live()));
  });

  it('unloads exactly ours', () => {
    const table = live((c) => {
      c['NR-A-theirs'] = ['-j ACCEPT'];
      c['DOCKER'] = ['-j RETURN'];
    });
    const plan = unloadNat(table, target, 'v4');
    const bare = live(
      (c) => {
        c['NR-A-theirs'] = ['-j ACCEPT'];
        c['DOCKER'] = ['-j RETURN'];
      },
      { chains: [], jumps: [] },
    );
    assert.equal(tableText(applyRestore(table, plan.restore ?? '')), tableText(bare));
    assert.equal(unloadNat(bare, target, 'v4').restore, null);
  });

  it('leaves the jump where it stands when it was told to stop moving it', () => {
    const table = live((c) => void c['PREROUTING']?.push(c['PREROUTING'].shift() ?? ''));
    const plan = diffNat(target, table, { family: 'v4', previous: target, unmoved: new Set(['PREROUTING']) });
    assert.equal(plan.restore, null);
    assert.deepEqual(
      plan.findings.map((finding) => [finding.code, finding.rule]),
      [['foreign-shadows', '-i eth1 -j ACCEPT']],
    );
  });
});

describe('rules that cannot be said in a restore line', () => {
  const newline = '-m comment --comment "two\nlines" -j LOG';
  const long = `-m comment --comment ${'x'.repeat(10_300)} -j LOG`;

  it('make their chain be refilled when it is ours', () => {
    for (const text of [newline, long]) {
      const table = live((c) => void c['NR-DST']?.unshift(text));
      const plan = diff(table);
      assert.equal(lines(plan)[0], '-F NR-DST');
      assert.equal(lines(plan).length, 3);
      assert.equal(tableText(applyRestore(table, plan.restore ?? '')), tableText(live()));
    }
  });

  it('stay when they are strangers’', () => {
    const table = live((c) => void c['PREROUTING']?.push(newline, long));
    assert.equal(diff(table).restore, null);
  });

  it('can all be made to be refilled', () => {
    const table = live((c) => void c['NR-DST']?.unshift('-j LOG'));
    const plan = diffNat(target, table, { family: 'v4', previous: target, refill: true });
    assert.equal(lines(plan)[0], '-F NR-DST');
    assert.ok(!plan.restore?.includes('NR-SRC'));
  });
});

it('a routed guest gets no chain, only shields', () => {
  const nat = compileNat(
    desired(host([address('main', '203.0.113.10'), address('f', '198.51.100.28', { carriedBy: 'g' })], []), [
      routedGuest('g', 'f'),
    ]),
  ).v4;
  assert.deepEqual(chainsOf(nat), {
    'PREROUTING': [jump],
    'OUTPUT': [jump],
    'POSTROUTING': ['-m comment --comment natroute -j NR-SRC'],
    'NR-DST': ['-d 198.51.100.28/32 -m comment --comment "natroute f" -j ACCEPT'],
    'NR-SRC': ['-s 198.51.100.28/32 -m comment --comment "natroute f" -j ACCEPT'],
  });
});
