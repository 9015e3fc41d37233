// Promise: whoever else writes into the tables, a pass ends: in its target, or back where it was, foreign rules that
// --take had taken included; and it says who changed what.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { families } from '../../src/model/family.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import type { Trail, Witness } from '../../src/ports.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { oldRules, stateOfBoth, stateWith } from '../fakes/reference.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function applyByPerson(world: FakeWorld, more: Partial<PassRequest> = {}): Promise<PassReport> {
  const request = { ...daemonPass, ...more };
  return reconcile(world, { ...request, approved: (await propose(world, request)).digest });
}

async function appliedWorld(ports: readonly number[]): Promise<FakeWorld> {
  const world = createFakeWorld();
  world.mirror.push(stateWith(ports));
  await applyByPerson(world);
  return world;
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
}

function hostWithOldRules(): FakeWorld {
  const world = createFakeWorld();
  world.mirror.push(stateOfBoth([80, 443]));
  for (const family of families) world.netfilter.byHand(family, oldRules(family));
  // Its guests were reached before natroute came, so it forwards already.
  world.sysctls.values.set('net.ipv6.conf.all.forwarding', '1');
  world.sysctls.values.set('net.ipv6.conf.eth0.accept_ra', '2');
  return world;
}

const tables = (world: FakeWorld): readonly string[] => families.map((family) => world.netfilter.text(family));

describe('--take', () => {
  it('takes the old rules of both families', async () => {
    const world = hostWithOldRules();
    const report = await applyByPerson(world, { take: true });
    assert.equal(report.proposal.plan.changes.filter((change) => change.kind === 'foreign-rule').length, 6);
    for (const text of tables(world)) {
      assert.doesNotMatch(text, /^-A PREROUTING -p tcp -m tcp --dport (80|443) /m);
      assert.match(text, /^-A PREROUTING -p tcp -m tcp --dport 8080 /m);
    }
  });

  it('puts back what it took, where it stood, when the second family fails', async () => {
    const world = hostWithOldRules();
    const old = tables(world);
    world.netfilter.before = (family) => {
      if (family === 'v6') throw new Fault('command-failed', 'ip6tables-restore failed (exit 1)');
    };
    const fault = await faultOf(applyByPerson(world, { take: true }));
    assert.equal(fault.message, "ip6tables-restore failed (exit 1). natroute's rules were taken out again.");
    assert.deepEqual(tables(world), old);
    assert.equal(world.files.text('/var/lib/natroute/intent.json'), null);
    world.netfilter.before = null;
    assert.equal((await applyByPerson(world, { take: true })).outcome, 'applied');
  });

  it('puts back what it took where the commit was in force already', async () => {
    const world = hostWithOldRules();
    await applyByPerson(world);
    const old = tables(world);
    world.netfilter.before = (family, text) => {
      if (family === 'v6' && text.includes('-D ')) throw new Fault('command-failed', 'no');
    };
    const fault = await faultOf(applyByPerson(world, { take: true }));
    assert.equal(fault.message, 'no. The rules are still those of generation 1.');
    assert.deepEqual(tables(world), old);
  });

  for (const goesOn of [true, false]) {
    it(`after a crash between the families is ${goesOn ? 'finished' : 'undone'}`, async () => {
      const world = hostWithOldRules();
      const old = tables(world);
      const die = (): void => {
        if (world.netfilter.restores > 0) throw new Error('the process is dead');
      };
      world.netfilter.before = world.files.trouble = die;
      await assert.rejects(applyByPerson(world, { take: true }), /is dead/);
      assert.notDeepEqual(tables(world), old);
      world.files.trouble = null;
      world.netfilter.before = (family) => {
        if (!goesOn && family === 'v6') throw new Fault('command-failed', 'the kernel refuses');
      };
      const next = world.restart();
      await reconcile(next, daemonPass);
      if (!goesOn) return assert.deepEqual(tables(world), old);
      const whole = hostWithOldRules();
      await applyByPerson(whole, { take: true });
      assert.deepEqual(tables(world), tables(whole));
    });
  }

  it('takes none but those that the person saw', async () => {
    const world = hostWithOldRules();
    world.netfilter.after = (family) => {
      world.netfilter.after = null;
      // Right behind our first restore: another of the kind, and one of ours undone.
      world.netfilter.byHand(family, ['-F NR-DST', `-A PREROUTING -i eth0 ${(oldRules(family)[1] ?? '').slice(14)}`]);
    };
    await applyByPerson(world, { take: true });
    assert.match(tables(world).join(), /-A PREROUTING -i eth0 -p tcp -m tcp --dport 80 /);
  });
});

describe('a program that insists on being first', () => {
  const first = '-m comment --comment docker -j RETURN';
  const jumpIn = (world: FakeWorld): number =>
    (world.netfilter.table('v4').chains.find((chain) => chain.name === 'PREROUTING')?.rules ?? []).findIndex((rule) =>
      rule.text.includes('natroute'),
    );

  it('from time to time is outrun so often and no more, and that is said', async () => {
    const world = await appliedWorld([80]);
    const outcomes: string[] = [];
    for (let round = 0; round < limits.jumpMoves + 3; round++) {
      world.netfilter.byHand('v4', [`-I PREROUTING 1 ${first}`]);
      const report = await reconcile(world, daemonPass);
      outcomes.push(report.outcome);
      if (report.outcome === 'reported')
        assert.match(report.text, /insists on being first in PREROUTING \(v4, 5 times\)/);
    }
    assert.deepEqual(outcomes, [...Array<string>(limits.jumpMoves).fill('healed'), 'reported', 'reported', 'reported']);
    assert.equal(jumpIn(world), 3);
    world.mirror.push(stateWith([80, 443]));
    assert.equal((await reconcile(world, daemonPass)).outcome, 'applied', 'a push goes on');
    world.clock.advance(limits.jumpMovesSeconds + 1);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed', 'after an hour it is tried again');
    assert.equal(jumpIn(world), 0);
  });

  it('as fast as we can look is left alone within one pass, and the pass succeeds', async () => {
    const world = await appliedWorld([80]);
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.after = (family) => {
      if (family === 'v4') world.netfilter.byHand('v4', [`-I PREROUTING 1 ${first}`]);
    };
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'applied');
    assert.match(report.text, /another program insists on being first in PREROUTING \(v4, 5 times\)/);
    assert.ok(world.netfilter.restores < 10, String(world.netfilter.restores));
    const { restores } = world.netfilter;
    assert.equal((await reconcile(world, daemonPass)).outcome, 'reported');
    assert.equal(world.netfilter.restores, restores, 'nothing is moved any more');
    assert.match(world.netfilter.text('v4'), /--dport 443 /);
  });
});

describe('a program that will not stop', () => {
  const witnessed = (world: FakeWorld): FakeWorld => {
    const seen: Witness['seen'] = () => [
      { at: new Date(0), actor: { process: 'long-ago', pid: 1, user: null } },
      { at: world.clock.now(), actor: { process: 'dockerd', pid: 77, user: 'alice' } },
    ];
    return { ...world, witness: { ...world.witness, seen } };
  };

  it('is named, with the rule that it changed between look and write', async () => {
    const world = witnessed(await appliedWorld([80]));
    world.mirror.push(stateWith([80, 443]));
    let n = 0;
    world.netfilter.before = () => {
      world.netfilter.byHand('v4', [`-A OUTPUT -p tcp -m tcp --dport ${++n} -j ACCEPT`]);
    };
    const fault = await faultOf(reconcile(world, daemonPass));
    assert.equal(fault.code, 'verify-failed');
    assert.match(
      fault.message,
      /^the nat table is not as it shall be after 6 tries \(1 difference\): dockerd \(pid 77, alice\) changed the nat table \(v4\) after the plan was made: -A OUTPUT -p tcp -m tcp --dport 6 -j ACCEPT was added\. The rules are still those of generation 1\.$/,
    );
  });

  it('is named, with the rule of ours that it undoes', async () => {
    const world = witnessed(await appliedWorld([80]));
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.after = () => {
      if (world.netfilter.text('v4').includes('--dport 443'))
        world.netfilter.byHand('v4', [
          '-D NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
        ]);
    };
    const fault = await faultOf(reconcile(world, daemonPass));
    assert.match(
      fault.message,
      /after 6 tries \(1 difference\): dockerd \(pid 77, alice\) undoes natroute's changes \(v4\): NR-DST "natroute main"\. The rules of generation 1 were put back\.$/,
    );
  });

  it('is named by the audit trail where nobody was seen', async () => {
    const plain = await appliedWorld([80]);
    const actor = { process: 'iptables', pid: 78, user: 'bob' };
    const asked: Date[] = [];
    const touches: Trail['touches'] = (since) => {
      asked.push(since);
      return Promise.resolve([{ at: since, family: 'v4', pid: 78, parentPid: 70, first: false, actor }]);
    };
    const world = { ...plain, trail: { touches } };
    world.mirror.push(stateWith([80, 443]));
    world.netfilter.before = () => {
      world.netfilter.before = null;
      world.netfilter.byHand('v4', ['-A OUTPUT -p tcp -j ACCEPT']);
    };
    const began = world.clock.now();
    const fault = await faultOf(applyByPerson(world));
    assert.match(fault.message, /^iptables \(pid 78, bob\) changed the nat table \(v4\) after the plan was made/);
    assert.ok(asked.length > 0 && asked.every((since) => since >= began), 'nobody is accused of what was before');
  });

  it('is named where it came while a person looked at the plan', async () => {
    const plain = await appliedWorld([80]);
    plain.mirror.push(stateWith([80, 443]));
    const { digest } = await propose(plain, daemonPass);
    plain.netfilter.byHand('v4', ['-A OUTPUT -p tcp -j ACCEPT']);
    const apply = (world: FakeWorld): Promise<Fault> => faultOf(reconcile(world, { ...daemonPass, approved: digest }));
    assert.match((await apply(plain)).message, /after the plan was shown; nothing was applied$/);
    const sighting = { at: plain.clock.now(), actor: { process: 'dockerd', pid: 77, user: 'alice' } };
    const world = { ...plain, witness: { ...plain.witness, seen: () => [sighting] } };
    assert.match(
      (await apply(world)).message,
      /changed after the plan was shown \(dockerd \(pid 77, alice\) was at the nat tables\); nothing was applied$/,
    );
  });

  it('is not guessed where nobody was seen, and a person who approved the plan is asked again', async () => {
    const world = createFakeWorld();
    world.mirror.push(stateWith([80]));
    world.netfilter.before = () => {
      world.netfilter.before = null;
      world.netfilter.byHand('v4', ['-A OUTPUT -j ACCEPT']);
    };
    const fault = await faultOf(applyByPerson(world));
    assert.equal(fault.code, 'stale-table');
    assert.equal(
      fault.message,
      "another program changed the nat table (v4) after the plan was made: -A OUTPUT -j ACCEPT was added; chain PREROUTING ACCEPT was added; chain INPUT ACCEPT was added; and 2 more. None of natroute's rules are in the kernel.",
    );
  });
});

describe("a stranger's rule in a chain of ours", () => {
  it('goes also where the kernel does not delete it by the text that it shows', async () => {
    const world = await appliedWorld([80]);
    const good = world.netfilter.text('v4');
    world.netfilter.byHand('v4', ['-I NR-DST 1 -m odd']);
    const tried: string[] = [];
    world.netfilter.before = (_, text) => {
      tried.push(text);
      if (text.includes('-D NR-DST -m odd')) throw new Fault('rules-refused', 'Bad rule');
    };
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.equal(world.netfilter.text('v4'), good);
    assert.equal(tried.length, 2);
    assert.match(tried[1] ?? '', /^\*nat\n-F NR-DST\n(-A NR-DST [^\n]*\n)+COMMIT\n$/);
  });
});

describe('a heal that fails', () => {
  it('says so, leaves no intent, and the next pass heals', async () => {
    const world = await appliedWorld([80]);
    const good = world.netfilter.text('v4');
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    world.netfilter.before = () => {
      throw new Fault('lock-held', 'x has held the iptables lock for 10 s; this change was not made.');
    };
    const fault = await faultOf(reconcile(world, daemonPass));
    assert.equal(
      fault.message,
      'x has held the iptables lock for 10 s; this change was not made. Not all rules are as they shall be yet; the next pass tries again.',
    );
    world.netfilter.before = null;
    assert.equal((await reconcile(world.restart(), daemonPass)).outcome, 'healed');
    assert.equal(world.netfilter.text('v4'), good);
  });
});
