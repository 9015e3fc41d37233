/** After a crash: the intent on disk says what was under way, and it is finished, or undone, before anything else. */
import { butWhatChanged } from '../core/drift/leave.ts';
import { leftAfter, planFiles } from '../core/files/compare.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import type { FileSwap, SysctlSwap } from '../model/file.ts';
import { limits } from '../model/limits.ts';
import type { FilesLeft, Intent, LedgerSummary, Outline } from '../model/record.ts';
import { observedText, record } from './account.ts';
import { drive, reinstate } from './drive.ts';
import { driveBack, type DrivenBack, notBack } from './drive-back.ts';
import { cutAffected, cutText, rulesOfTarget } from './cut.ts';
import { begin } from './arm.ts';
import { enforce, inForce, readConfirmation, standDown } from './confirmation.ts';
import { clearIntent, conclude, readIntent, writeIntent } from './intent.ts';
import { finishFiles, lookAtFiles, othersChanges, othersText, undoFiles } from './files.ts';
import { filesIn } from './propose.ts';
import { leavingNow } from './leave.ts';
import type { Generation } from './generations.ts';
import type { Memory } from './memory.ts';
import { usesFilter } from './observer.ts';
import { whatWasDone } from './done.ts';
import type { World } from './world.ts';

/** Needs neither git nor network. What was done, in one sentence; null where nothing was open. */
export async function recover(world: World): Promise<string | null> {
  const intent = await readIntent(world);
  if (intent === null) return null;
  // What guests did since is not its outcome, and may have been written down first.
  const entries = await world.ledger.entries({ most: limits.ledgerGuestsPassed, since: null, author: null });
  const known = entries.findIndex(({ id }) => id === intent.ledgerEnd);
  const since = known === -1 ? entries : entries.slice(0, known);
  const newest = since.find(({ record: { about } }) => about !== 'guests')?.record;
  if (newest !== undefined && isOutcomeOf(newest, intent)) {
    // Only what is remembered of it may be missing: its outcome stands in the ledger.
    const { bootId } = intent;
    const undone = intent.undone === true || newest.outcome === 'rolled-back';
    await conclude(world, { ...intent, undone }, bootId === undefined ? {} : { bootId });
    return 'the last pass had finished';
  }
  // An undoing that was interrupted had put the fuse out: nothing would take it back.
  const bare = intent.mustConfirm === true && (await readConfirmation(world))?.generation !== intent.generation;
  const over = intent.generation === null || intent.undone === true || bare;
  const finished = over ? null : await finish(world, intent, intent.generation);
  if (finished !== null || !isHeal(intent)) return finished ?? undo(world, intent);
  // There is nothing to go back to: the next pass goes on with it, or with a commit that does without.
  await clearIntent(world);
  return null;
}

/** Its files are drift that the next pass finds again, whatever keeps them from being written: rules go first. */
function isHeal({ cause, generation, previous }: Intent): boolean {
  return generation !== null && generation === previous && cause !== 'take';
}

function isOutcomeOf(newest: LedgerSummary, intent: Intent): boolean {
  const { at, ledgerEnd, cause, generation, previous, undone = false } = intent;
  const back = undone || newest.outcome === 'rolled-back';
  return (
    newest.gap === undefined &&
    (ledgerEnd !== undefined || newest.at >= at) &&
    newest.cause === cause &&
    newest.generation === (back ? previous : generation)
  );
}

async function finish(world: World, intent: Intent, number: number): Promise<string | null> {
  const heals = isHeal(intent);
  const confirmation = await readConfirmation(world);
  const trial = confirmation?.generation === number;
  // What waits already was all there, and read back: whatever differs since is drift, and no reason to undo what may be
  // confirmed by now.
  const allThere = trial && confirmation.live !== null && !heals;
  try {
    const generation = await world.generations.read(number);
    const previous = await previousOf(world, intent);
    const applied = await inForce(world);
    const files = heals || allThere ? null : await goOnWithFiles(world, intent, { generation, previous });
    const begun: Intent = files === null ? intent : { ...intent, filesLeft: files.left };
    const { observed } = allThere
      ? await world.observer.latest(usesFilter(generation.target))
      : await drive(world, {
          target: generation.target,
          applied,
          take: intent.taken ?? [],
          leaving: await leavingNow(world),
          plan: null,
          stale: 'replan',
        });
    const before = rulesOfTarget(applied?.target ?? null);
    const cut = trial ? '' : cutText(await cutAffected(world, before, rulesOfTarget(generation.target)));
    if (trial && confirmation.live === null) await begin(world, confirmation);
    await enforce(world, number);
    const waits = trial ? '; it is not confirmed yet' : '';
    const reason = `finished after a crash${waits}${cut}${said(othersText(files?.others ?? []))}`;
    const { target } = generation;
    const sysctls = files?.sysctls ?? [];
    const done = whatWasDone(heals ? { taken: intent.taken ?? [] } : intent, {
      target,
      previous,
      leaving: await leavingNow(world),
      sysctls,
    });
    await close(world, begun, { generation, reason, observed, refused: null, ...done });
    return `finished what a crash had interrupted: generation ${number} is in force`;
  } catch (error) {
    // A target that cannot be reached any more is undone; without an earlier one there is nothing to go back to.
    if (!allThere && error instanceof Fault && unreachable.includes(error.code)) return null;
    throw error;
  }
}

const unreachable: readonly FaultCode[] = ['verify-failed', 'rules-refused', 'command-failed', 'stale-file', 'guarded'];

async function previousOf(world: World, { previous }: Intent): Promise<Generation | null> {
  return previous === null ? null : world.generations.read(previous);
}

/**
 * Only what the intent says is done to files, and only where nobody wrote since; whatever else differs is the next pass's
 * to find and write down. A setting has nothing to lose: all of them are set.
 */
async function goOnWithFiles(
  world: World,
  { files = [], filesLeft }: Intent,
  { generation, previous }: { readonly generation: Generation; readonly previous: Generation | null },
): Promise<{
  readonly others: readonly FileSwap[];
  readonly sysctls: readonly SysctlSwap[];
  readonly left: FilesLeft;
}> {
  const { target } = generation;
  const before = filesLeft?.before ?? (await world.memory.read()).filesLeft ?? [];
  const plan = planFiles(target, await lookAtFiles(world, target), {
    previous: previous?.target ?? null,
    take: new Set(files.map(({ path }) => path)),
    left: new Set(before),
    leaving: filesIn(await leavingNow(world)),
  });
  const others = await finishFiles(world, files, plan.sysctls);
  const fresh = generation.number !== previous?.number;
  const after =
    filesLeft?.after ??
    leftAfter({ swaps: files, left: plan.left }, { previous: previous?.target ?? null, fresh, before });
  const known = new Set(previous?.target.files.map(({ path }) => path).filter((path) => !before.includes(path)));
  const strange = others.flatMap(({ path }) => (known.has(path) ? [] : [path]));
  return { others, sysctls: plan.sysctls, left: { before, after: [...new Set([...after, ...strange])] } };
}

async function undo(world: World, intent: Intent): Promise<string> {
  const generation = await previousOf(world, intent);
  const abandoned = intent.generation === null ? null : await world.generations.read(intent.generation);
  const leaving = await leavingNow(world);
  const [from, to] = [abandoned?.target ?? null, generation?.target ?? null];
  const back = await driveBack(world, {
    target: to,
    applied: abandoned,
    leaving: intent.mustConfirm === true ? butWhatChanged(leaving, from, to) : leaving,
  });
  await reinstate(world, intent.taken ?? []);
  const undone = await undoFiles(world, intent);
  const cut = cutText(await cutAffected(world, rulesOfTarget(from), rulesOfTarget(to)));
  // Before the first one nothing of ours is in force, and the next is a person's to approve again.
  await (generation === null ? world.generations.release() : enforce(world, generation.number));
  if (abandoned?.number !== generation?.number) await standDown(world);
  const reason = `undone after a crash${cut}${said([...undone.said, ...notBack(back)])}`;
  const changes = othersChanges(undone.others);
  const filesLeft = { before: undone.filesLeft, after: intent.filesLeft?.after ?? undone.filesLeft };
  await close(world, { ...intent, undone: true, filesLeft }, { generation, reason, ...back, changes, impact: [] });
  return generation === null
    ? 'undid what a crash had interrupted'
    : `went back to generation ${generation.number} after a crash`;
}

/** Its commit is not tried again and again. The boot is not noted: what it took is still to be put back. */
function blame(
  { clock }: World,
  { desired, cause, generation, previous }: Intent,
  { message }: Fault,
): Partial<Memory> {
  if (desired === null || generation === previous || cause === 'rollback') return {};
  return { quarantined: { commit: desired, at: clock.now().toISOString(), reason: message } };
}

function said(sentences: readonly string[]): string {
  return sentences.map((one) => `; ${one}`).join('');
}

interface End extends Pick<Outline, 'changes' | 'impact'>, DrivenBack {
  readonly generation: Generation | null;
  readonly reason: string;
}

async function close(world: World, intent: Intent, end: End): Promise<void> {
  const { generation, reason, observed, changes, impact, refused } = end;
  // Whoever goes down from here on finds which way it ended.
  await writeIntent(world, intent);
  await record(world, {
    cause: intent.cause,
    outcome: refused === null ? 'recovered' : 'rolled-back',
    commit: generation?.commit ?? intent.desired,
    generation: generation?.number ?? null,
    ...{ changes, impact, reason },
    nat: observedText(observed, generation?.target.nat ?? null),
  });
  await conclude(world, intent, refused === null ? { bootId: world.bootId, drift: [] } : blame(world, intent, refused));
}
