/** The way back from a change that failed: to the last good generation, said and written down. */
import { Fault } from '../model/fault.ts';
import type { Cause, Outline, TakenRule } from '../model/record.ts';
import { observedText, record, rulesSoFar } from './account.ts';
import { standDown } from './confirmation.ts';
import { cutAffected, cutText, rulesOfTarget } from './cut.ts';
import { drive, type Driven, reinstate } from './drive.ts';
import { othersChanges, undoFiles, type Undoable, type Undone } from './files.ts';
import type { Generation } from './generations.ts';
import { clearIntent } from './intent.ts';
import type { Proposal } from './request.ts';
import type { World } from './world.ts';

export interface Failed {
  readonly undoable: Undoable;
  readonly generation: Generation;
  readonly taken: readonly TakenRule[];
  readonly cause: Cause;
  readonly error: unknown;
}

/** Back to the last good generation, or to nothing of ours where there was none. The fault to throw: it says what holds now. */
export async function goBack(world: World, proposal: Proposal, failed: Failed): Promise<unknown> {
  const { generation, taken, undoable, cause, error } = failed;
  // Somebody was quicker at a file: its change is kept, what was written before it is put back, and nothing failed.
  if (error instanceof Fault && error.code === 'stale-file') {
    const kept = await undoFiles(world, undoable);
    await leaveAgain(world, kept);
    const changes = othersChanges(kept.others);
    if (changes.length > 0) await recordFailure(world, proposal, { ...failed, changes, nat: await rulesSoFar(world) });
    await clearIntent(world);
    await standDown(world);
    return told(error, ['Nothing was applied.', ...kept.said.map(sentenceOf)].join(' '));
  }
  // A heal wants what is in force already: there is nothing to go back to, and the next pass goes on.
  if (!proposal.fresh && cause !== 'take') {
    await clearIntent(world);
    return told(error, 'Not all rules are as they shall be yet; the next pass tries again.');
  }
  const { applied } = proposal;
  let driven;
  let kept: Undone;
  try {
    // Rules of the failed generation are ours to remove, those of the one before ours to put back.
    const target = applied?.target ?? null;
    driven = await drive(world, {
      target,
      applied: generation,
      take: [],
      leaving: proposal.leaving,
      plan: null,
      stale: 'replan',
    });
    await reinstate(world, taken);
    kept = await undoFiles(world, undoable);
    await leaveAgain(world, kept);
  } catch (second) {
    const goal = applied === null ? 'to the rules before' : `to generation ${applied.number}`;
    return new Fault(
      'verify-failed',
      `${sentenceOf(error)} Going back ${goal} failed too: ${sentenceOf(second)} What is in the kernel is not known to be either.`,
      { help: 'The next pass finishes it or takes it back by itself; look with `natroute drift`.', cause: error },
    );
  }
  const cut = cutText(
    await cutAffected(world, rulesOfTarget(generation.target), rulesOfTarget(applied?.target ?? null)),
  );
  const nat = observedText(driven.observed, applied?.target.nat ?? null);
  const state = [holdsNow(applied, driven), ...kept.said.map(sentenceOf)].join(' ');
  try {
    await recordFailure(world, proposal, { ...failed, changes: othersChanges(kept.others), nat, cut });
  } catch (second) {
    if (!(second instanceof Fault)) throw second;
    return told(error, `${state} That could not be written down: ${sentenceOf(second)}`);
  }
  await clearIntent(world);
  await standDown(world);
  await quarantine(world, proposal, error);
  return told(error, state);
}

/** A disk that is full is not asked to take what it has. */
async function leaveAgain({ memory }: World, { filesLeft }: Undone): Promise<void> {
  const { filesLeft: now = [] } = await memory.read();
  if (filesLeft.join('\n') !== now.join('\n')) await memory.update({ filesLeft });
}

async function recordFailure(
  world: World,
  { applied, commit }: Proposal,
  { cause, error, changes, nat, cut = '' }: Failed & Pick<Outline, 'changes' | 'nat'> & { readonly cut?: string },
): Promise<void> {
  const reason = (error instanceof Error ? error.message : String(error)) + cut;
  const [last] = await world.ledger.headings({ most: 1, since: null, author: null });
  // What fails again and again, for a disk that stays full say, is written once.
  const told = last?.heading.outcome === 'rolled-back' && last.heading.reason === reason;
  if (told && changes.length === 0 && last.heading.desired?.commit === commit?.commit) return;
  await record(world, {
    cause,
    outcome: 'rolled-back',
    commit,
    generation: applied?.number ?? null,
    ...{ changes, impact: [], reason, nat },
  });
}

/** What the kernel refused, or what was not there when read back, is not tried again and again; nobody but a person rolls back. */
async function quarantine(world: World, { fresh, commit, restores }: Proposal, error: unknown): Promise<void> {
  if (!fresh || commit === null || restores !== null || !(error instanceof Fault)) return;
  if (error.code !== 'rules-refused' && error.code !== 'verify-failed') return;
  const at = world.clock.now().toISOString();
  await world.memory.update({ quarantined: { commit, at, reason: error.message } });
}

function holdsNow(applied: Generation | null, { changed }: Driven): string {
  if (applied === null)
    return changed ? "natroute's rules were taken out again." : "None of natroute's rules are in the kernel.";
  return changed
    ? `The rules of generation ${applied.number} were put back.`
    : `The rules are still those of generation ${applied.number}.`;
}

/** The same failure, and what holds now; anything but a fault is a bug and stays as it is. */
function told(error: unknown, state: string): unknown {
  if (!(error instanceof Fault)) return error;
  return new Fault(error.code, `${sentenceOf(error)} ${state}`, error.detail);
}

export function sentenceOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
