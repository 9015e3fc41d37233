/** A host in memory with strangers' rules and a model of them: what must hold whatever happens to a pass. */
import assert from 'node:assert/strict';
import { readConfirmation } from '../../src/engine/confirmation.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { resume } from '../../src/engine/suspend.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import { excerptNat } from '../../src/core/nat/excerpt.ts';
import { allowLine, createOwnFiles, guestFile, stateOf } from './own.ts';
import { whatIsLeft } from './left.ts';
import { refuse, type Refusal } from './kernel.ts';
import { strangersOf, withoutOurs } from './parts.ts';
import { approve, createPerson, type Person } from './person.ts';
import { createTold } from './told.ts';
import { sysctlFile } from '../../src/core/render/files.ts';
import { families, type Family } from '../../src/model/family.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { burnFuse } from '../fakes/fuse.ts';
import { createFakeLocks } from '../fakes/locks.ts';
import { createFakeNetfilter, type FakeNetfilter } from '../fakes/netfilter.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { Crash, createStorm, type Storm } from './storm.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const strangersFile = '/etc/sysctl.d/10-mine.conf';
/** Faultless passes after which a host must be where it shall be. */
const passesToRest = 8;
export const confirmLine = 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n';

export interface SimHost {
  readonly storm: Storm;
  readonly person: Person;
  world(): FakeWorld;
  push(ports: readonly number[]): void;
  /** A commit with errors. */
  pushBad(): void;
  /** A stranger's own lines, in both families. */
  stranger(lines: readonly string[]): void;
  /** Somebody at our rules: a line as iptables-restore takes it; what the kernel would refuse is left. */
  meddle(family: Family, line: string): void;
  /** Somebody with an editor at our file, at the kernel settings themselves, or at a guest's config of their own. */
  scribble(at: 'file' | 'no file' | 'kernel' | 'guest'): void;
  /** One pass of the daemon, whatever comes of it; null where it ended in a fault or a crash. */
  pass(): Promise<PassReport | null>;
  /** Somebody sets the clock on the wall. */
  setClock(seconds: number): void;
  /** Somebody gets in to the host by a new connection. */
  comeIn(): Promise<void>;
  /** What the daemon does while a person types. */
  beside(work: () => Promise<unknown>): Promise<void>;
  /** What the daemon does while a change waits: it stays, or its time is over. */
  watch(): Promise<void>;
  /** The fuse acts if it is due; in the middle of nothing, for it shares a lock. */
  burn(): Promise<void>;
  /** The kernel takes no rules with a port any more; null: all of them again. */
  refuse(what: Refusal | null): void;
  /** A new process. */
  restart(): void;
  /** The host starts again: the strangers' rules come back by their own programs, and ours where something restores them. */
  boot(rules: 'ours' | 'strangers'): void;
  /** Faultless passes until nothing is to be done; then everything must be as it shall be. */
  settle(): Promise<void>;
  /** What is in the kernel, by family. */
  tables(): Readonly<Record<Family, string>>;
}

export async function createSimHost(ports: readonly number[], more = ''): Promise<SimHost> {
  const storm = createStorm();
  const locks = createFakeLocks();
  let world: FakeWorld = { ...createFakeWorld({ through: storm.around, allow: allowLine, more }), locks };
  world.calmFiles.trouble = (call) => (call === 'unlink' ? storm.step('files.unlink') : undefined);
  // The boot that its process belongs to, and what it was lit for.
  let fuse: { readonly boot: string | null; readonly generation: number; readonly dueUptime: number } | null = null;
  let callers = 0;
  let clockSets = 0;
  const follow = (): Promise<unknown> => watchConfirmation(world, new AbortController().signal, () => undefined);
  const strangers = createFakeNetfilter();
  world.hostFiles.put(strangersFile, 'vm.swappiness = 1\n');
  const own = createOwnFiles(world.hostFiles);
  let pushed = ports;
  let head = '';
  let boots = 1;
  let refusal: Refusal | null = null;
  const typed = async <Result>(work: () => Promise<Result>): Promise<Result | null> => {
    const result = await survived(work);
    noteFuse();
    await told.look();
    return result;
  };
  const told = createTold(() => world);
  const newProcess = (): FakeWorld => ({ ...world.restart(), bootId: `boot-${boots}`, locks });
  const person = createPerson({ world: newProcess, own, told, typed });
  const host: SimHost = {
    storm,
    person,
    world: () => world,
    push(next) {
      pushed = next;
      head = world.mirror.push(stateOf(next));
    },
    pushBad() {
      head = world.mirror.push({ ...stateOf(pushed), 'guests/web.yaml': 'forwards: [{port: http}]\n' });
    },
    stranger(lines) {
      for (const family of families) {
        strangers.byHand(family, lines);
        world.netfilter.byHand(family, lines);
      }
    },
    meddle(family, line) {
      try {
        world.netfilter.byHand(family, [line]);
      } catch (error) {
        // A rule or a chain that is not there.
        assert.ok(error instanceof Error);
      }
    },
    scribble(at) {
      if (at === 'guest') own.write();
      else if (at === 'kernel') world.sysctls.values.set('net.ipv4.ip_forward', '0');
      else if (at === 'no file') world.hostFiles.there.delete(sysctlFile);
      else {
        // Without its header it would be a stranger's.
        const text = world.hostFiles.text(sysctlFile);
        if (text !== null) world.hostFiles.put(sysctlFile, `${text}kernel.sysrq = 1\n`);
      }
    },
    async pass() {
      const [assertLeft, sets] = [await whatIsLeft(world, head), clockSets];
      const report = await typed(() => reconcile(world, daemonPass));
      await assertLeft(clockSets > sets);
      return report;
    },
    setClock(seconds) {
      clockSets += 1;
      world.clock.set(seconds);
    },
    comeIn: () =>
      told.proven(() => {
        callers += 1;
        const ends = { source: '198.51.100.99', sourcePort: callers, destination: '203.0.113.10', port: 22 };
        const one = { protocol: 'tcp', ...ends, replySource: ends.destination, answered: true } as const;
        world.netfilter.came = [...world.netfilter.came.slice(-3), one];
      }),
    async beside(work) {
      const daemon = async (): Promise<void> => {
        await reconcile(world, daemonPass);
        await follow();
      };
      await Promise.all([typed(daemon), work()]);
    },
    async watch() {
      await typed(follow);
    },
    async burn() {
      if (fuse === null || fuse.boot !== world.bootId || world.clock.uptime() < fuse.dueUptime) return;
      if (await burnFuse(world, fuse.generation)) told.burned(fuse.generation);
      fuse = null;
    },
    refuse(what) {
      refusal = what;
      refuse(world.netfilter, what);
    },
    restart() {
      world = newProcess();
    },
    boot(rules) {
      for (const family of rules === 'ours' ? [] : families) {
        const lines = withoutOurs(world.netfilter.table(family));
        if (lines.length > 0) world.netfilter.byHand(family, lines);
      }
      boots += 1;
      host.restart();
    },
    tables: () => ({ v4: world.netfilter.text('v4'), v6: world.netfilter.text('v6') }),
    async settle() {
      storm.calm();
      const lasting = refusal;
      // A kernel has what it refuses until it is booted; then what it refuses for good keeps no commit out that does without it.
      if (lasting === null) host.restart();
      else host.boot('strangers');
      // What somebody put into chains of ours while nothing was in force is theirs, and they are told to remove it.
      if ((await world.generations.current()) === null)
        for (const family of families) host.meddle(family, '-F NR-A-main');
      await (lasting === null ? reconcile(world, daemonPass) : host.pass());
      // What such a kernel has of a change that nobody confirmed it has until the next boot.
      if (lasting !== null) await confirmed();
      own.assertKept(world.ledger.records);
      await person.assertHeld();
      // A person lets the branch be followed again, with a commit that nothing speaks against.
      await resume(world, null);
      const wanted = pushed;
      await comeToRest(wanted.filter((port) => port !== lasting?.port));
      if (lasting === null) return;
      host.refuse(null);
      await comeToRest(wanted);
    },
  };
  const comeToRest = async (ports: readonly number[]): Promise<void> => {
    host.push(ports);
    // Nobody fights for the first place so long.
    world.clock.advance(7200);
    for (let n = 1; ; n++) {
      // What was taken over may come back at the end of a change that nobody confirmed.
      own.giveUp();
      const report = await (refusal === null ? reconcile(world, daemonPass) : host.pass());
      const outcome = report?.outcome ?? 'failed';
      if (outcome === 'unchanged') break;
      // A commit that takes away much waits for a person, also while drift that came back again and again waits.
      // So does the first one after an unload.
      const unloaded = outcome === 'waiting' && (await readConfirmation(world)) === null;
      if (unloaded || ['held', 'reported', 'failed'].includes(outcome)) await approve(world);
      await confirmed();
      assert.ok(n < passesToRest, `still not at rest after ${n} passes: ${outcome}: ${report?.text ?? ''}`);
    }
    await assertAtRest(world, strangers, ports);
    own.assertKept(world.ledger.records);
    await told.look();
    told.assertTrue();
  };
  const confirmed = async (): Promise<void> => {
    const waits = await readConfirmation(world);
    if (waits === null) return;
    await host.comeIn();
    // A host that listens on nothing: only a person can prove it.
    if (waits.proofs.some((proof) => proof.kind === 'inbound' && proof.any.length === 0))
      await vouch(world, { connection: null });
    await follow();
  };
  /** A process of its own is there from when it was lit, whatever became of the one that lit it. */
  const noteFuse = (): void => {
    const { calmFiles, outside, paths, bootId } = world;
    const text = calmFiles.text(`${paths.confirm}/confirmation.json`);
    if (outside.lit.splice(0).length === 0 || text === null) return;
    const { generation, untilUptime } = JSON.parse(text) as { generation: number; untilUptime: number };
    fuse = { boot: bootId, generation, dueUptime: untilUptime + limits.fuseGraceSeconds };
  };
  host.stranger([':DOCKER - [0:0]', '-A PREROUTING -j DOCKER', '-A DOCKER -p tcp -m tcp --dport 9 -j RETURN']);
  host.push(ports);
  await approve(world);
  await confirmed();
  await assertAtRest(world, strangers, ports);
  storm.calm();
  return host;
}

/** Null where it ended in a fault or a crash; anything else is a bug. */
async function survived<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault || error instanceof Crash) return null;
    throw error;
  }
}

/** A host that only ever had this commit and these strangers: where every path must end. */
const straight = new Map<string, Ours>();

interface Ours extends Readonly<Record<Family, string>> {
  readonly file: string;
  /** '' where there is none. */
  readonly guest: string;
  readonly sysctls: ReadonlyMap<string, string>;
}

async function oursOf(ports: readonly number[]): Promise<Ours> {
  const name = ports.join();
  const known = straight.get(name);
  if (known !== undefined) return known;
  const world = createFakeWorld({ allow: allowLine });
  world.mirror.push(stateOf(ports));
  await approve(world);
  const ours = {
    v4: excerptNat(world.netfilter.table('v4'), null),
    v6: excerptNat(world.netfilter.table('v6'), null),
    file: bodyOf(world, sysctlFile),
    guest: bodyOf(world, guestFile),
    sysctls: world.sysctls.values,
  };
  assert.ok(ours.file.includes('ip_forward'));
  straight.set(name, ours);
  return ours;
}

/** Its header names the commit and the generation that made it. */
function bodyOf(world: FakeWorld, path: string): string {
  return (world.hostFiles.text(path) ?? '').replace(/^#.*\n/gm, '');
}

async function assertAtRest(world: FakeWorld, strangers: FakeNetfilter, ports: readonly number[]): Promise<void> {
  const ours = await oursOf(ports);
  for (const family of families) {
    const table = world.netfilter.table(family);
    assert.equal(excerptNat(table, null), ours[family], `our rules of ${family}`);
    assert.deepEqual(strangersOf(table), strangersOf(strangers.table(family)), `the strangers' rules of ${family}`);
  }
  assert.equal(bodyOf(world, sysctlFile), ours.file, 'the file of kernel settings');
  // Who is no longer natroute's business keeps what it starts from.
  if (ours.guest !== '') assert.equal(bodyOf(world, guestFile), ours.guest, "the guest's config");
  assert.deepEqual(world.sysctls.values, ours.sysctls, 'the kernel settings');
  assert.equal(world.hostFiles.text(strangersFile), 'vm.swappiness = 1\n', "a stranger's file");
  assert.equal(world.files.text(world.paths.intent), null, 'an intent is open');
  assert.deepEqual(await world.files.list(world.paths.confirm), [], 'something waits for a confirmation');
  const current = await world.generations.current();
  assert.equal(current?.commit?.commit, await world.mirror.trusted(), 'the generation in force');
  for (const number of await world.generations.numbers()) await world.generations.read(number);
  const last = world.ledger.records.at(-1);
  for (const family of families) assert.equal(last?.nat[family], ours[family], `the ledger's last rules of ${family}`);
}
