// Promise: a pass that is killed, or cannot write its outcome down, is brought to the very end that it would have come to:
// what it holds is held, others' files are left as they were, what it took over is kept in the ledger, and what somebody
// wrote meanwhile stays.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { resume } from '../../src/engine/suspend.ts';
import { giveUp, watchConfirmation } from '../../src/engine/watch.ts';
import { Fault } from '../../src/model/fault.ts';
import type { FoundFile } from '../../src/model/file.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const allow =
  '{disks: ["/dev/vg0/*"], bootloaders: [pygrub], scripts: [vif-bridge], bridges: [br0], options: [], kernels: [], sysctls: ["net.*"]}';
const host =
  'uplink: {interface: eth0}\naddresses: {main: 203.0.113.10/24}\nnetworks: {lan: {bridge: br0, subnet: 192.168.1.0/24}}\n';
const state = (...ports: readonly number[]): Readonly<Record<string, string>> => ({
  'host.yaml': host,
  'guests/web.yaml': `memory: 512
vcpus: 1
autostart: true
disks: [{path: /dev/vg0/lv1, as: xvda}]
interfaces: [{network: lan, ip: 192.168.1.1}]
forwards: [${ports.map((port) => `{port: ${port}}`).join(', ')}]
`,
});

const [web, link, xlConf] = ['/etc/xen/web.cfg', '/etc/xen/auto/web.cfg', '/etc/xen/xl.conf'] as const;
const ownConf = '# mine\nvif.default.bridge="xenbr7"\nautoballoon="off"\n';
const ownWeb = 'name = "web"\n# two hours of work\n';
const ownLink: FoundFile = { kind: 'link', to: '/srv/xen/web-by-hand.cfg' };
const ownRule =
  '-d 203.0.113.10/32 -p tcp -m tcp --dport 80 -m comment --comment "the old script" -j DNAT --to-destination 192.168.1.1:80';

async function byPerson(world: FakeWorld, request: Partial<PassRequest> = {}): Promise<PassReport> {
  const asked = { ...daemonPass, ...request };
  return reconcile(world, { ...asked, approved: (await propose(world, asked)).digest });
}

class Crash extends Error {}

/** The process dies at the first changing call that is due; what it came to is no matter. False where none was. */
async function killed(
  world: FakeWorld,
  due: (calls: number, port: string) => boolean,
  work: () => Promise<unknown>,
): Promise<boolean> {
  let [calls, dead] = [0, false];
  const strike = (port: string) => (): void => {
    calls += 1;
    // A dead process does nothing more, not even clean up.
    dead ||= due(calls, port);
    if (dead) throw new Crash();
  };
  world.hostFiles.trouble = strike('hostFiles');
  world.netfilter.before = world.netfilter.after = strike('netfilter');
  world.sysctls.trouble = strike('sysctls');
  world.ledger.trouble = strike('ledger');
  world.files.trouble = strike('files');
  await work().catch((error: unknown) => {
    if (!dead) throw error;
  });
  world.hostFiles.trouble = world.netfilter.before = world.netfilter.after = null;
  world.sysctls.trouble = world.ledger.trouble = world.files.trouble = null;
  return dead;
}

interface Killed {
  readonly prepare: () => Promise<FakeWorld>;
  readonly work: (world: FakeWorld) => Promise<unknown>;
  readonly between?: (world: FakeWorld) => void;
  readonly holds: (world: FakeWorld, end: PassReport) => void | Promise<void>;
}

/** Killed at every changing call, one after the other, with two passes of the next process after each. */
async function everyKill({ prepare, work, between, holds }: Killed): Promise<void> {
  for (let nth = 1; ; nth++) {
    const world = await prepare();
    const died = await killed(
      world,
      (calls) => calls === nth,
      () => work(world),
    );
    between?.(world);
    const next = world.restart();
    await reconcile(next, daemonPass);
    const end = await reconcile(next, daemonPass);
    try {
      assert.equal(world.files.text(world.paths.intent), null);
      await holds(next, end);
    } catch (error) {
      throw new Error(`killed at call ${nth}: ${String(error)}`, { cause: error });
    }
    if (died) continue;
    assert.ok(nth > 10, `only ${nth} calls`);
    return;
  }
}

/** The next entry cannot be written. */
function fullOnce(world: FakeWorld): void {
  let calls = 0;
  world.ledger.trouble = () => {
    // First it is asked whether there is room, and there is.
    if (++calls < 2) return;
    world.ledger.trouble = null;
    throw new Fault('disk', 'the disk is full');
  };
}

async function twoGenerations(): Promise<FakeWorld> {
  const world = createFakeWorld({ allow });
  for (const ports of [[80], [80, 443]]) {
    world.mirror.push(state(...ports));
    await byPerson(world);
  }
  return world;
}

const isOpen = (world: FakeWorld, port: number): boolean => world.netfilter.text('v4').includes(`--dport ${port} `);
const heldNow = async (world: FakeWorld): Promise<string> => (await world.memory.read()).held?.reason ?? '';

describe('a rollback that is interrupted', () => {
  const back = (world: FakeWorld): Promise<unknown> => byPerson(world, { source: { kind: 'generation', number: 1 } });

  it('holds new commits, at whatever call it is killed, or was never begun', async () => {
    await everyKill({
      prepare: twoGenerations,
      work: back,
      async holds(world, end) {
        const begun = world.ledger.records.some(({ cause }) => cause === 'rollback');
        assert.equal(isOpen(world, 443), !begun);
        assert.match(await heldNow(world), begun ? /^rolled back to generation 1; / : /^$/);
        assert.equal(end.outcome, begun ? 'held' : 'unchanged');
      },
    });
  });

  it('holds them where its entry could not be written, and lets them go where a person resumes before the next pass', async () => {
    for (const resumed of [false, true]) {
      const world = await twoGenerations();
      fullOnce(world);
      await assert.rejects(back(world), /disk is full/);
      if (resumed) await resume(world, null);
      await reconcile(world, daemonPass);
      await reconcile(world, daemonPass);
      assert.match(await heldNow(world), resumed ? /^$/ : /^rolled back to generation 1; /);
      assert.equal(isOpen(world, 443), resumed);
    }
  });
});

describe('an older commit that a person applies and that is interrupted', () => {
  it('stays until it is resumed', async () => {
    const older = '1'.padStart(40, '0');
    await everyKill({
      prepare: twoGenerations,
      work: (world) => byPerson(world, { source: { kind: 'commit', revision: older } }),
      async holds(world) {
        const begun = world.ledger.records.some(
          ({ desired, generation }) => desired?.commit === older && generation === 3,
        );
        assert.equal(isOpen(world, 443), !begun);
        assert.match(await heldNow(world), begun ? /was applied by hand/ : /^$/);
      },
    });
  });
});

describe("the owner's files at a first apply that is interrupted", () => {
  const prepare = (): Promise<FakeWorld> => {
    const world = createFakeWorld({ allow });
    world.hostFiles.put(xlConf, ownConf);
    world.hostFiles.there.set(link, ownLink);
    world.mirror.push(state(80));
    return Promise.resolve(world);
  };
  const untouched = (world: FakeWorld): void => {
    assert.equal(world.hostFiles.text(xlConf), ownConf);
    assert.deepEqual(world.hostFiles.there.get(link), ownLink);
    const causes = world.ledger.records.map(({ cause }) => cause);
    assert.deepEqual(
      causes.filter((cause) => cause !== 'push'),
      [],
      causes.join(),
    );
  };

  it('stay as they are without --take, whenever it is killed', async () => {
    await everyKill({ prepare, work: (world) => byPerson(world), holds: untouched });
  });

  it('stay as they are where a way back dies that a person asked for, and somebody confirms after all', async () => {
    await everyKill({
      prepare: async () => {
        const world = createFakeWorld({ allow, more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
        world.hostFiles.put(xlConf, ownConf);
        world.hostFiles.there.set(link, ownLink);
        world.mirror.push(state(80));
        await byPerson(world);
        return world;
      },
      work: giveUp,
      holds: async (world) => {
        if ((await readConfirmation(world)) !== null) await vouch(world, { connection: null });
        await watchConfirmation(world, new AbortController().signal, () => undefined);
        await reconcile(world, daemonPass);
        assert.equal(world.hostFiles.text(xlConf), ownConf);
        assert.deepEqual(world.hostFiles.there.get(link), ownLink);
      },
    });
  });

  it('stay as they are where its entry could not be written, also with an intent of an older natroute', async () => {
    for (const older of [false, true]) {
      const world = await prepare();
      fullOnce(world);
      await assert.rejects(byPerson(world), /disk is full/);
      if (older) await forget(world, world.paths.intent);
      await reconcile(world, daemonPass);
      await reconcile(world, daemonPass);
      untouched(world);
      assert.equal(
        world.ledger.records.at(-1)?.changes.some(({ key }) => key === web),
        true,
      );
      assert.match(JSON.stringify(world.ledger.records.at(-1)?.changes), /natroute web main:80\/tcp/);
    }
  });
});

/** What a natroute of before did not write. */
async function forget(world: FakeWorld, path: string): Promise<void> {
  const { filesLeft, hold, bootId, ...known } = JSON.parse(world.files.text(path) ?? '') as Record<string, unknown>;
  assert.ok(filesLeft !== undefined || hold !== undefined || bootId !== undefined);
  await world.files.write(path, JSON.stringify(known), 0o600);
}

describe('a file that somebody writes between a crash and the next start', () => {
  const prepare = async (): Promise<FakeWorld> => {
    const world = createFakeWorld({ allow });
    world.mirror.push({ 'host.yaml': host });
    await byPerson(world);
    world.mirror.push(state(80));
    return world;
  };
  for (const [what, path, there] of [
    ['a config', web, ownWeb],
    ['a settings file', xlConf, ownConf],
    ['a link', link, ownLink],
  ] as const)
    it(`stays: ${what}`, async () => {
      await everyKill({
        prepare,
        work: (world) => byPerson(world),
        between(world) {
          if (typeof there === 'string') world.hostFiles.put(path, there);
          else world.hostFiles.there.set(path, there);
        },
        holds(world) {
          const now = world.hostFiles.text(path);
          const kept = JSON.stringify(world.ledger.records);
          // What was ours by then was drift: settings and links go back, and the ledger has what stood there.
          if (now !== (typeof there === 'string' ? there : `-> ${there.to}`))
            assert.match(kept, what === 'a link' ? /web-by-hand/ : /xenbr7/);
          const recovered = world.ledger.records.find(({ outcome }) => outcome === 'recovered');
          const said = `${recovered?.reason ?? ''} ${kept}`;
          if (recovered !== undefined) assert.ok(said.includes(path));
          assert.ok(isOpen(world, 80));
        },
      });
    });

  it('is said in the entry, and nothing takes it over unasked', async () => {
    const world = await prepare();
    const atFiles = (_calls: number, port: string): boolean => port === 'hostFiles';
    assert.ok(await killed(world, atFiles, () => byPerson(world)));
    world.hostFiles.put(web, ownWeb);
    const next = world.restart();
    await reconcile(next, daemonPass);
    assert.match(
      world.ledger.records.at(-1)?.reason ?? '',
      /^finished after a crash.*; \/etc\/xen\/web\.cfg was changed by another program meanwhile and was left as it is$/,
    );
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    await reconcile(next, daemonPass);
    assert.equal(world.hostFiles.text(web), ownWeb);
    assert.equal(world.hostFiles.text(link), '-> ../web.cfg');
    await byPerson(next, { take: true });
    assert.equal(world.ledger.records.at(-1)?.changes.find(({ key }) => key === web)?.before, ownWeb);
  });
});

describe('a --take that is interrupted', () => {
  const prepare = (): Promise<FakeWorld> => {
    const world = createFakeWorld({ allow });
    world.hostFiles.put(web, ownWeb);
    world.hostFiles.put(xlConf, ownConf);
    world.hostFiles.there.set(link, ownLink);
    world.netfilter.byHand('v4', [`-A PREROUTING ${ownRule}`]);
    world.mirror.push(state(80));
    return Promise.resolve(world);
  };
  const keptOrThere = (world: FakeWorld): void => {
    const noted = new Set(world.ledger.records.flatMap(({ changes }) => changes.map(({ before }) => before)));
    for (const [path, own] of [
      [web, ownWeb],
      [xlConf, ownConf],
      [link, '-> /srv/xen/web-by-hand.cfg'],
    ] as const)
      assert.ok(world.hostFiles.text(path) === own || noted.has(own), `${path} is lost`);
    assert.ok(world.netfilter.text('v4').includes(ownRule) || noted.has(ownRule), 'the rule is lost');
  };

  it('loses nothing of what it took over', async () => {
    await everyKill({ prepare, work: (world) => byPerson(world, { take: true }), holds: keptOrThere });
  });

  it('loses nothing where somebody writes over it meanwhile', async () => {
    let wrote = false;
    await everyKill({
      prepare,
      work: (world) => byPerson(world, { take: true }),
      between: (world) => {
        wrote = world.hostFiles.text(web) !== ownWeb;
        if (wrote) world.hostFiles.put(web, 'name = "another"\n');
      },
      holds(world) {
        assert.equal(world.hostFiles.text(web) === 'name = "another"\n', wrote);
        keptOrThere(world);
      },
    });
  });

  it('loses nothing where it cannot be finished and somebody wrote over it', async () => {
    const world = await prepare();
    const atRules = (_calls: number, port: string): boolean => port === 'netfilter';
    assert.ok(await killed(world, atRules, () => byPerson(world, { take: true })));
    assert.notEqual(world.hostFiles.text(web), ownWeb);
    world.hostFiles.put(web, 'name = "another"\n');
    world.netfilter.before = () => {
      throw new Fault('rules-refused', 'the kernel does not take it');
    };
    const next = world.restart();
    // A first run waits for a person again.
    await reconcile(next, daemonPass).catch((error: unknown) => assert.ok(error instanceof Fault, String(error)));
    world.netfilter.before = null;
    assert.equal(world.hostFiles.text(web), 'name = "another"\n');
    assert.equal(world.hostFiles.text(xlConf), ownConf);
    keptOrThere(world);
  });
});

describe('a --take that is not confirmed', () => {
  for (const older of [false, true])
    it(`gives back what was left before it, for good${older ? ' (of an older natroute)' : ''}`, async () => {
      const world = createFakeWorld({ allow, more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
      const ends = { source: '198.51.100.99', sourcePort: 1, destination: '203.0.113.10', port: 22 };
      const watch = (): Promise<unknown> => watchConfirmation(world, new AbortController().signal, () => undefined);
      world.hostFiles.put(xlConf, ownConf);
      world.mirror.push(state(80));
      await byPerson(world);
      world.netfilter.came = [{ protocol: 'tcp', ...ends, replySource: ends.destination, answered: true }];
      await watch();
      world.mirror.push(state(80, 443));
      await byPerson(world, { take: true });
      assert.notEqual(world.hostFiles.text(xlConf), ownConf);
      if (older) await forget(world, `${world.paths.confirm}/confirmation.json`);
      await watch();
      assert.equal(world.hostFiles.text(xlConf), ownConf);
      world.netfilter.byHand('v4', ['-F NR-A-main']);
      await reconcile(world, daemonPass);
      assert.ok(isOpen(world, 80) && !isOpen(world, 443));
      assert.equal(world.hostFiles.text(xlConf), ownConf);
      assert.deepEqual((await propose(world, { ...daemonPass, source: { kind: 'applied' } })).drift.changes, []);
    });
});

describe('an interrupted pass whose rules the kernel takes no more', () => {
  /** Killed when its outcome was to be written; since then the rules of `port` are gone, and refused. */
  async function refused(world: FakeWorld, port: number, work: () => Promise<unknown>): Promise<FakeWorld> {
    await killed(world, (_, call) => call === 'ledger' && isOpen(world, port), work);
    assert.notEqual(world.files.text(world.paths.intent), null);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const restore = world.netfilter.restore.bind(world.netfilter);
    world.netfilter.restore = (family, how) =>
      how.text.includes(`--dport ${port} `)
        ? Promise.reject(new Fault('rules-refused', 'no such module'))
        : restore(family, how);
    return world.restart();
  }

  it('the first: nothing is in force, and only a person begins again', async () => {
    const world = createFakeWorld({ allow });
    world.mirror.push(state(80));
    const next = await refused(world, 80, () => byPerson(world));
    assert.equal((await reconcile(next, daemonPass)).outcome, 'waiting');
    assert.equal(await next.generations.current(), null);
    assert.deepEqual(
      next.ledger.records.map(({ outcome, generation }) => [outcome, generation]),
      [['recovered', null]],
    );
  });

  it('a heal: it keeps no commit out that does without them', async () => {
    const world = createFakeWorld({ allow });
    world.mirror.push(state(80, 443));
    await byPerson(world);
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    const next = await refused(world, 443, () => reconcile(world, daemonPass));
    await assert.rejects(reconcile(next, daemonPass), /no such module/);
    next.mirror.push(state(80));
    assert.equal((await reconcile(next, daemonPass)).outcome, 'applied');
    assert.ok(isOpen(next, 80));
  });
});
