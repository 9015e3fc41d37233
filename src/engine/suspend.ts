/** The gate that a person closes for a while: everything, or one forward, is left alone and comes back by itself. */
import { byTime, showForward, suspensionText } from '../core/drift/suspension.ts';
import type { ForwardKey, Suspension } from '../model/drift.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { record, rulesSoFar } from './account.ts';
import type { Memory } from './memory.ts';
import { inForce, readConfirmation, refuseUnconfirmed, writeConfirmation } from './confirmation.ts';
import { readIntent, writeIntent } from './intent.ts';
import { followLedger } from './ledger-end.ts';
import { underFuse } from './settle.ts';
import type { World } from './world.ts';

export interface SuspendRequest {
  readonly reason: string;
  readonly seconds: number;
  /** Null: everything. */
  readonly only: ForwardKey | null;
}

/**
 * A second one for the same thing takes the place of the first. Faults: usage for an address that is not there, guarded while a
 * change waits for its confirmation.
 */
export async function suspend(world: World, { reason, seconds, only }: SuspendRequest): Promise<Suspension> {
  return alone(world, async () => {
    // What is left alone now would be neither confirmed nor taken back with the rest of it.
    refuseUnconfirmed(await readConfirmation(world));
    const host = (await inForce(world))?.target.host;
    if (only !== null && host !== undefined && !host.addresses.some(({ name }) => name === only.address))
      throw new Fault('usage', `this host has no address ${only.address}`, {
        help: `It has ${host.addresses.map(({ name }) => name).join(', ')}.`,
      });
    const now = world.clock.now();
    const until = new Date(now.getTime() + seconds * 1000).toISOString();
    const suspension: Suspension = { since: now.toISOString(), until, reason, only };
    const others = (await world.memory.read()).suspensions.filter((one) => !sameThing(one.only, only));
    if (others.length >= limits.suspensions)
      throw new Fault('usage', `there are ${others.length} suspensions already`, { help: 'End some: natroute resume' });
    await write(world, 'suspended', [suspension]);
    await world.memory.update({ suspensions: [...others, suspension] });
    return suspension;
  });
}

export interface Resumed {
  readonly held: Memory['held'];
  readonly suspensions: readonly Suspension[];
}

/** Ends one suspension, or with null all of them and what holds new commits. */
export async function resume(world: World, only: ForwardKey | null): Promise<Resumed> {
  return alone(world, async () => {
    const memory = await world.memory.read();
    // A pass that did not come to its end would have the next start hold them again.
    const intent = only === null ? await readIntent(world) : null;
    if (typeof intent?.hold === 'string') await writeIntent(world, { ...intent, hold: null });
    const waits = only === null ? await underFuse(world, () => dropHold(world)) : null;
    const ends = (one: Suspension): boolean => only === null || sameThing(one.only, only);
    const over = memory.suspensions.filter(ends);
    if (over.length > 0) await write(world, 'resumed', over);
    await world.memory.update({
      suspensions: memory.suspensions.filter((one) => !ends(one)),
      ...(only === null ? { held: null } : {}),
    });
    return { held: only === null ? (memory.held ?? waits) : null, suspensions: over };
  });
}

/** What a rollback that waits for its confirmation would hold from then on; null for nothing. */
async function dropHold(world: World): Promise<Memory['held']> {
  const confirmation = await readConfirmation(world);
  if (typeof confirmation?.hold !== 'string') return null;
  await writeConfirmation(world, { ...confirmation, hold: null });
  return { since: confirmation.live?.since ?? world.clock.now().toISOString(), reason: confirmation.hold };
}

/** Those whose time is over end by themselves. The caller holds the lock of the pass. */
export async function endOverdue(world: World): Promise<void> {
  const { suspensions } = await world.memory.read();
  const { lasting, over } = byTime(suspensions, world.clock.now());
  if (over.length === 0) return;
  await write(world, 'resumed', over);
  await world.memory.update({ suspensions: lasting });
}

function sameThing(a: ForwardKey | null, b: ForwardKey | null): boolean {
  return (a === null ? '' : showForward(a)) === (b === null ? '' : showForward(b));
}

async function alone<T>(world: World, work: () => Promise<T>): Promise<T> {
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    await followLedger(world);
    return await work();
  } finally {
    await lock.release();
  }
}

async function write(world: World, outcome: 'suspended' | 'resumed', which: readonly Suspension[]): Promise<void> {
  const applied = await inForce(world);
  const things = which.map(({ only, reason }) => `${only === null ? 'everything' : showForward(only)} (${reason})`);
  await record(world, {
    cause: 'suspend',
    outcome,
    commit: applied?.commit ?? null,
    generation: applied?.number ?? null,
    changes: [],
    impact: [],
    reason: outcome === 'suspended' ? which.map(suspensionText).join('; ') : things.join('; '),
    nat: await rulesSoFar(world),
  });
}
