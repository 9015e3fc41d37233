// Promise: the daemon, killed at any external command and any change on the disk of a pass, on the real kernel: the next
// start ends in the old state or the new one, complete, without git; with git it ends in the new one, and nothing is to be
// done. Rules and files of others are untouched, the ledger is whole, nothing is left open. So too where the start that
// recovers is killed in its turn.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import type { Backend } from '../../deploy/sandbox/network.ts';
import { isLongRun } from '../dice.ts';
import { fromStart, killAt, listCalls, pointsIn, sample, startsIn, type KillPoint } from './kill-points.ts';
import { leftovers, startKillHost, type KillHost, type KillOptions } from './kill-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'natroute-kill-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Scene {
  readonly backend: Backend;
  readonly what: string;
  readonly more: readonly string[];
  /** In the everyday run. */
  readonly points: number;
}

const scenes: readonly Scene[] = [
  { backend: 'nft', what: 'a commit', more: [], points: 20 },
  {
    backend: 'legacy',
    what: 'a commit that must be confirmed',
    more: ['confirm: {within: 60s, probes: [{tcp: "203.0.113.1:53"}]}'],
    points: 14,
  },
];

/** The ledger grows with each, and the whole of it is verified after each. */
const pointsPerHost = 40;

/** One pass that nobody disturbs: its points, in order. */
async function listPoints(host: KillHost): Promise<readonly KillPoint[]> {
  const { pid } = host.daemon();
  const watched = await listCalls(pid, join(folder, 'list'));
  const step = await host.push();
  await host.inForce(step, new AbortController().signal);
  const threads = readdirSync(`/proc/${pid}/task`);
  return pointsIn(await watched.letGo(), threads);
}

/** False where this pass had no such point. */
async function strike(host: KillHost, point: KillPoint): Promise<boolean> {
  const watched = await killAt(host.daemon().pid, join(folder, 'kill'), point);
  const step = await host.push();
  const done = new AbortController();
  const unharmed = host.inForce(step, done.signal).then(() => false);
  const killed = await Promise.race([watched.ended, unharmed]);
  done.abort();
  if (!killed) await watched.letGo();
  return killed;
}

const recoverMs = 60_000;

/** The start that recovers from the first kill is killed too; false where it made no such call. */
async function strikeAgain(host: KillHost, at: KillPoint): Promise<boolean> {
  await host.start(fromStart(join(folder, 'again'), at));
  const { pid } = host.daemon();
  const alive = (): boolean => existsSync(`/proc/${pid}`);
  const idle = host.rest().then(
    () => false,
    (error: unknown) => {
      if (alive()) throw error;
      return true;
    },
  );
  for (const end = Date.now() + recoverMs; alive() && Date.now() < end;) {
    const rested = await Promise.race([idle, new Promise((resolve) => setTimeout(() => resolve(null), 50))]);
    if (rested === false) return false;
  }
  return !alive();
}

async function killAndRecover(host: KillHost, point: KillPoint, again: KillPoint | null = null): Promise<boolean> {
  const before = await host.steps();
  if (!(await strike(host, point))) return false;
  await host.daemon().kill();
  host.reachable(false);
  const twice = again === null || (await strikeAgain(host, again));
  if (again !== null) await host.daemon().kill();
  await host.start();
  await host.rest();
  const between = await host.steps();
  const [old, wanted] = [before.current, before.current + 1];
  for (const step of Object.values(between))
    assert.ok(
      step === between.current && (step === old || step === wanted),
      `neither ${old} nor ${wanted}: ${JSON.stringify(between)}`,
    );
  await host.assertWhole('recovered');
  host.reachable(true);
  await host.wake();
  await host.rest(wanted);
  for (const step of Object.values(await host.steps())) assert.equal(step, wanted);
  await host.assertWhole('converged');
  return twice;
}

/** How many of them were reached. Fails at the first that does not hold. */
async function killAll(host: KillHost, points: readonly KillPoint[], t: TestContext): Promise<number> {
  let killed = 0;
  for (const point of points) {
    try {
      if (await killAndRecover(host, point)) killed += 1;
      else t.diagnostic(`not reached this time: ${point.call} ${point.nth} (${point.what})`);
    } catch (error) {
      throw new Error(
        `killed at ${point.call} ${point.nth}, ${point.what}: ${String(error)}\n${host.daemon().log().slice(-4000)}`,
        { cause: error },
      );
    }
  }
  await host.assertWhole('recovered');
  return killed;
}

/** On a host of its own, which was left clean in the end. */
async function onHost<T>(options: KillOptions, work: (host: KillHost) => Promise<T>): Promise<T> {
  const host = await startKillHost(options);
  try {
    // Old generations go from the fourth on.
    for (let n = 0; n < 4; n++) await host.rest(await host.push());
    const done = await work(host);
    assert.deepEqual(leftovers(host.sandbox), [], 'what a dead daemon left of its writes');
    return done;
  } finally {
    await host.sandbox.stop();
  }
}

/** What a start that recovers from a kill at that point starts itself, in order. */
async function listRecovery(host: KillHost, point: KillPoint): Promise<readonly KillPoint[]> {
  const file = join(folder, 'recovery');
  // Not every pass makes the same calls: now and then it has ended by then, or not begun.
  for (let tries = 0; tries < 5; tries++) {
    if (!(await strike(host, point))) continue;
    await host.daemon().kill();
    const interrupted = host.open().length > 0;
    await host.start(interrupted ? fromStart(file, null) : []);
    await host.rest();
    if (!interrupted) continue;
    await host.daemon().kill();
    await host.start();
    await host.rest();
    return startsIn(readFileSync(file, 'utf8'));
  }
  return assert.fail(`nothing was left open by a kill at ${point.call} ${point.nth}, ${point.what}`);
}

const missing =
  spawnSync('strace', ['--version']).error === undefined ? false : 'strace is missing: apt-get install strace';

describe('the daemon, killed at every point of a pass', { skip: missing }, () => {
  for (const { backend, what, more, points: most } of scenes)
    it(`${what}, ${backend}`, async (t) => {
      const started = performance.now();
      const points = await onHost({ backend, more }, listPoints);
      assert.ok(points.length > 60, `only ${points.length} points`);
      const chosen = isLongRun ? points : sample(points, most);
      let killed = 0;
      for (let from = 0; from < chosen.length; from += pointsPerHost) {
        killed += await onHost({ backend, more }, (host) => killAll(host, chosen.slice(from, from + pointsPerHost), t));
        // It takes an hour or two, and may be stopped.
        const done = Math.min(from + pointsPerHost, chosen.length);
        if (isLongRun)
          process.stderr.write(`${backend}: ${killed} of the first ${done} points hold, of ${chosen.length}\n`);
      }
      const seconds = (performance.now() - started) / 1000;
      t.diagnostic(
        `${killed} of ${chosen.length} kill points hold (of ${points.length} in the pass), ${seconds.toFixed(0)} s`,
      );
      assert.ok(killed >= chosen.length * 0.9, `only ${killed} of ${chosen.length} were reached`);
    });

  it('and once more in the start that recovers', (t) =>
    onHost({ backend: 'nft', more: [] }, async (host) => {
      const all = await listPoints(host);
      // In the middle of it: from the intent on, until it is cleared.
      const [from, to] = ['rename', 'unlink'].map((call) =>
        all.findLastIndex((one) => one.call === call && one.what.includes('/intent.json')),
      );
      const first = all[Math.floor(((from ?? -1) + (to ?? -1)) / 2)] ?? assert.fail('no intent');
      const again = await listRecovery(host, first);
      const chosen = isLongRun ? again : sample(again, 5);
      let killed = 0;
      for (const at of chosen) {
        if (await killAndRecover(host, first, at)) killed += 1;
        else t.diagnostic(`not reached this time: ${at.call} ${at.nth}`);
      }
      t.diagnostic(
        `${killed} of ${chosen.length} kills of a recovery hold (of ${again.length} in it), after ${first.what}`,
      );
      assert.ok(killed >= chosen.length / 2, `only ${killed} of ${chosen.length} were reached`);
    }));
});
