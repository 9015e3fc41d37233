/**
 * A disk that takes nothing must not keep forwards closed. The generation in force is on it already, so what somebody did
 * to its rules, or a boot took, is put right without an intent: whoever dies in it finds the same drift again. What was
 * done is owed to the ledger, and written there when it takes something again.
 */
import { actorOf } from '../core/actor.ts';
import { actorStory } from '../core/ledger/subject.ts';
import { families } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { observedText, record } from './account.ts';
import { readConfirmation } from './confirmation.ts';
import { drive } from './drive.ts';
import { judge } from './gates.ts';
import { readIntent } from './intent.ts';
import { propose } from './propose.ts';
import type { PassRequest } from './request.ts';
import type { World } from './world.ts';

/** What there is to throw instead of `error`: the same, and what was healed all the same. The caller holds the lock. */
export async function healAllTheSame(world: World, request: PassRequest, error: unknown): Promise<unknown> {
  if (!(error instanceof Fault) || error.code !== 'disk' || request.source.kind !== 'trusted') return error;
  if (request.approved !== null) return error;
  try {
    const done = await heal(world, request, error.message);
    return done === null ? error : new Fault('disk', `${error.message} ${done}`, error.detail);
  } catch (second) {
    if (!(second instanceof Fault)) return second;
    return new Fault(
      'disk',
      `${error.message} The rules could not be put right either: ${second.message}`,
      error.detail,
    );
  }
}

/** One sentence; null where nothing was to be done, or it is not ours to do now. */
async function heal(world: World, { onHealed }: PassRequest, why: string): Promise<string | null> {
  // What was under way is finished or undone first, and what must be confirmed has its fuse.
  if ((await readIntent(world)) !== null || (await readConfirmation(world)) !== null) return null;
  const asked: PassRequest = { source: { kind: 'applied' }, take: false, approved: null };
  const proposal = await propose(world, asked);
  const { applied, plan, leaving, items } = proposal;
  const verdict = judge(proposal, {
    request: asked,
    policy: world.config.policy,
    memory: await world.memory.read(),
    bootId: world.bootId,
    now: world.clock.now(),
  });
  if (applied === null || verdict.kind !== 'apply') return null;
  if (families.every((family) => plan.nat[family].restore === null)) return null;
  const { observed } = await drive(forgetful(world), {
    ...{ target: applied.target, applied, take: [], leaving, plan },
    stale: 'replan',
  });
  // The next good pass has something to write.
  world.quiet.last = null;
  const changes = plan.changes.filter(({ family }) => family !== null);
  const actor = actorOf(items.flatMap(({ actor: one }) => one ?? []));
  const at = world.clock.now().toISOString();
  const count = `${changes.length} change${changes.length === 1 ? '' : 's'}`;
  const made = [count, actorStory(actor)].filter((words) => words !== '').join(' ');
  const text = `The rules of generation ${applied.number} were put right all the same (${made})`;
  world.owed.push({
    cause: verdict.cause,
    outcome: 'healed',
    commit: applied.commit,
    generation: applied.number,
    changes,
    impact: plan.impact,
    reason: `healed at ${at}, when it could not be written down: ${why}`,
    actor,
    nat: observedText(observed, applied.target.nat),
  });
  world.owed.splice(0, world.owed.length - limits.owedEntries);
  // What a boot took was taken by nobody; the rest is told as any drift is.
  if (verdict.cause === 'heal') await onHealed?.({ at, outcome: 'healed', proposal, text });
  return `${text}; that is written down when there is room.`;
}

/** What cannot be kept is not worth failing for. */
function forgetful(world: World): World {
  const { memory } = world;
  return { ...world, memory: { ...memory, update: async (change) => ({ ...(await memory.read()), ...change }) } };
}

/** Before anything new is written. Faults: those of the ledger. */
export async function payOwed(world: World): Promise<void> {
  for (let next = world.owed[0]; next !== undefined; next = world.owed[0]) {
    await record(world, next);
    world.owed.shift();
  }
}
