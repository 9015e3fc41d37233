/** `natroute unload`: exactly our rules out of the kernel, and this host back to its first run. */
import { unloadNat } from '../core/nat/diff.ts';
import { planOf } from '../core/plan/plan.ts';
import type { Plan } from '../model/change.ts';
import { leaveNothing } from '../core/drift/leave.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { record } from './account.ts';
import { cutAffected, cutText, rulesOfTables, rulesOfTarget } from './cut.ts';
import { drive } from './drive.ts';
import type { Observed } from './observer.ts';
import { clearDecided, readConfirmation, refuseUnconfirmed } from './confirmation.ts';
import { recover } from './recover.ts';
import type { World } from './world.ts';

export async function planUnload(world: World): Promise<Plan> {
  return (await readUnload(world)).plan;
}

async function readUnload(world: World): Promise<{ readonly plan: Plan; readonly observed: Observed }> {
  const applied = await world.generations.current();
  // Whatever is known of earlier generations: afterwards nothing of ours shall be left anywhere.
  const { observed } = await world.observer.read(true);
  const nat = {
    v4: unloadNat(observed.v4, applied?.target.nat.v4 ?? null, 'v4'),
    v6: unloadNat(observed.v6, applied?.target.nat.v6 ?? null, 'v6'),
  };
  return { plan: planOf(nat, { target: null, observed, host: applied?.target.host ?? null }), observed };
}

/** `approved` is the plan that a person saw: another one is not carried out. Faults: stale-table, those of the ports. */
export async function unload(world: World, approved: Plan): Promise<void> {
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    refuseUnconfirmed(await readConfirmation(world));
    // A fuse that a crash left would bring the rules back.
    await clearDecided(world);
    // What a crash left open would come back afterwards.
    await recover(world);
    const { plan, observed } = await readUnload(world);
    if (JSON.stringify(plan.nat) !== JSON.stringify(approved.nat))
      throw new Fault('stale-table', 'the nat table changed after the plan was shown; nothing was removed', {
        help: 'Run the command again and look at the new plan.',
      });
    // What cannot be written down afterwards is not done.
    await world.ledger.check();
    const applied = await world.generations.current();
    // From here on the daemon waits for `natroute apply`, as on a first run: otherwise it would heal this.
    await world.generations.release();
    await world.memory.update({ drift: [], rejected: null });
    await drive(world, { target: null, applied, take: [], leaving: leaveNothing, plan, stale: 'refuse' });
    const before = rulesOfTables(observed, applied?.target.host ?? { networks: [] });
    const cut = cutText(await cutAffected(world, before, rulesOfTarget(null)));
    await record(world, {
      cause: 'unload',
      outcome: 'unloaded',
      commit: applied?.commit ?? null,
      generation: null,
      changes: plan.changes,
      impact: plan.impact,
      reason: cut === '' ? null : cut.replace(/^; /, ''),
      nat: { v4: '', v6: '' },
    });
  } finally {
    await lock.release();
  }
}
