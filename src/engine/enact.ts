/** The second half of a pass: intent, apply, verify, put in force, outcome; and the way back when that fails. */
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import { fightsIn, fightText } from '../core/fight.ts';
import { obstacleTo } from '../core/nat/diff.ts';
import { stepsByHand } from '../core/render/by-hand.ts';
import { takenBy } from '../core/nat/reinstate.ts';
import { Fault } from '../model/fault.ts';
import type { Change, Plan } from '../model/change.ts';
import { families, type Family } from '../model/family.ts';
import type { Confirmation } from '../model/confirmation.ts';
import type { NatTable, SavedRule } from '../model/nat.ts';
import type { Cause, TakenRule } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { identity } from '../core/drift/track.ts';
import { observedText, record } from './account.ts';
import { arm, begin, needsConfirmation } from './arm.ts';
import { enforce, standDown } from './confirmation.ts';
import { type CutReport, cutAffected, cutText, rulesOfTables, rulesOfTarget } from './cut.ts';
import { driftAfter } from './leave.ts';
import { drive, reinstate, type Driven } from './drive.ts';
import type { Generation } from './generations.ts';
import { carryOutFiles, intentOf, lookAtFiles, undoFiles, type Undoable } from './files.ts';
import { clearIntent, writeIntent } from './intent.ts';
import type { Observed } from './observer.ts';
import { planFor, wholeDrift } from './propose.ts';
import type { PassReport, Proposal } from './request.ts';
import { underFuse } from './settle.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

export interface Enactment {
  readonly cause: Cause;
  /** A person approved this very plan: if it went stale, it is shown again instead of made anew. */
  readonly approved: boolean;
  /** Why new commits wait from now on; null where the branch is followed. */
  readonly hold: string | null;
}

export async function enact(world: World, proposal: Proposal, how: Enactment): Promise<PassReport> {
  const { target } = proposal;
  if (target === null) throw new Error('invariant: a proposal without a target was judged fit to apply');
  for (const family of families) {
    const obstacle = obstacleTo(proposal.plan.nat[family], proposal.observed[family], family);
    if (obstacle !== null) throw new Fault('guarded', obstacle);
  }
  // What cannot be written down afterwards is not done.
  await world.ledger.check();
  const generation = await generationFor(world, proposal, target);
  const taken = takenBy(proposal.plan, proposal.observed);
  const undoable = intentOf(proposal.plan.files);
  const work = (confirmation: Confirmation | null): Promise<PassReport> =>
    carryOut(world, proposal, { ...how, target, generation, taken, undoable, confirmation });
  if (!needsConfirmation(world, proposal)) return work(null);
  // Nobody decides, and the fuse waits, until the rules are those that are to be confirmed.
  return underFuse(world, async () =>
    work(await arm(world, proposal, { generation, taken, undoable, cause: how.cause, hold: how.hold })),
  );
}

interface Work extends Enactment {
  readonly target: Target;
  readonly generation: Generation;
  readonly taken: readonly TakenRule[];
  readonly undoable: Undoable;
  /** Null where the change is in force at once. */
  readonly confirmation: Confirmation | null;
}

async function carryOut(world: World, proposal: Proposal, how: Work): Promise<PassReport> {
  const { applied } = proposal;
  const { target, generation, taken, undoable, confirmation } = how;
  await writeIntent(world, {
    cause: how.cause,
    at: world.clock.now().toISOString(),
    desired: proposal.commit,
    generation: generation.number,
    previous: applied?.number ?? null,
    ...(taken.length === 0 ? {} : { taken }),
    ...undoable,
  });
  let driven;
  try {
    await carryOutFiles(world, proposal.plan.files);
    driven = await drive(world, {
      target,
      applied,
      take: taken,
      leaving: proposal.leaving,
      plan: proposal.plan,
      stale: how.approved ? 'refuse' : 'replan',
    });
  } catch (error) {
    throw await goBack(world, proposal, { generation, taken, undoable, cause: how.cause, error });
  }
  const before = rulesOfTables(proposal.observed, applied?.target.host ?? target.host);
  const leaves = proposal.leaving.items.length > 0 || proposal.leaving.only.length > 0;
  // What is left stays open or closed as it is: its flows are nobody's to cut.
  const after = leaves ? rulesOfTables(driven.observed, target.host) : rulesOfTarget(target);
  // What may be taken back cuts nobody: whoever confirms it does.
  const flows = confirmation === null ? await cutAffected(world, before, after) : noFlows;
  const unconfirmed = confirmation === null ? null : await begin(world, confirmation);
  await enforce(world, generation.number);
  const nat = observedText(driven.observed, target.nat);
  const outcome = how.cause === 'heal' ? 'healed' : 'applied';
  const known = new Set(proposal.drift.changes.map(identity));
  const found = driven.found.filter((change) => !known.has(identity(change)));
  const end = { generation, nat };
  await recordFound(world, proposal, { ...end, changes: found, reason: 'somebody changed it after it was planned on' });
  const { changes, impact } = countersOf(world, proposal, { target, before: driven.before });
  const said = await saidOf(world, proposal, unconfirmed);
  await record(world, {
    cause: how.cause,
    outcome,
    commit: proposal.commit,
    generation: generation.number,
    changes,
    impact,
    reason: said.length === 0 ? null : said.join('; '),
    nat,
  });
  await recordFound(world, proposal, {
    ...end,
    changes: driven.mended,
    reason: 'somebody changed it while it was read back',
  });
  await remember(world, proposal, {
    target,
    hold: how.hold,
    confirmed: confirmation === null,
    observed: driven.observed,
  });
  await clearIntent(world);
  return {
    at: world.clock.now().toISOString(),
    outcome,
    cause: how.cause,
    proposal,
    generation: generation.number,
    text: [sentence(proposal, how.cause, generation) + cutText(flows), ...(unconfirmed?.excluded ?? []), ...said].join(
      '; ',
    ),
  };
}

const noFlows: CutReport = { cut: [], draining: [], alive: [], trouble: null };

/** What a person must know of this pass beside its changes. */
async function saidOf(world: World, proposal: Proposal, unconfirmed: Confirmation | null): Promise<readonly string[]> {
  const waits = unconfirmed === null ? null : unconfirmedText(unconfirmed, unconfirmed.proofs.map(proofText));
  const steps = stepsByHand(proposal.plan.files?.swaps ?? []);
  const byHand = steps.length === 0 ? null : `to be done by hand: ${steps.join('; ')}`;
  return [waits, byHand, await fightSaid(world, proposal)].filter((text) => text !== null);
}

/** Where another program won the first place in this very pass. */
async function fightSaid(world: World, { items, fights }: Proposal): Promise<string | null> {
  const known = new Set(fights.map(({ family, chain }) => `${family} ${chain}`));
  const lost = fightsIn((await world.memory.read()).moves, world.clock.now()).filter(
    ({ family, chain }) => !known.has(`${family} ${chain}`),
  );
  return lost.length === 0 ? null : fightText(lost, items);
}

/** The plan with what its rules had carried until they went, where it was made on a look from before. */
function countersOf(
  world: World,
  proposal: Proposal,
  { target, before }: { readonly target: Target } & Pick<Driven, 'before'>,
): Pick<Plan, 'changes' | 'impact'> {
  if (!proposal.kept || proposal.plan.changes.every(({ counters }) => counters === null)) return proposal.plan;
  const found = (family: Family): NatTable => {
    const saved = before[family];
    return saved === undefined ? proposal.observed[family] : world.readSave(family, saved);
  };
  const tables = { v4: found('v4'), v6: found('v6') };
  // The very rules that were planned on: nothing was carried since.
  const same = families.every((family) =>
    tables[family].chains.every(({ rules }, i) => sameCounts(rules, proposal.observed[family].chains[i]?.rules ?? [])),
  );
  if (same) return proposal.plan;
  const { changes, impact } = planFor(target, tables, { ...proposal, take: [] });
  return { changes: [...changes, ...proposal.plan.changes.filter(({ family }) => family === null)], impact };
}

function sameCounts(some: readonly SavedRule[], others: readonly SavedRule[]): boolean {
  return (
    some === others ||
    (some.length === others.length &&
      some.every(({ text, counters }, i) => {
        const other = others[i];
        return (
          text === other?.text &&
          counters?.packets === other.counters?.packets &&
          counters?.bytes === other.counters?.bytes
        );
      }))
  );
}

/** What somebody did in the middle of a pass is drift too, though it lasted only for a moment. */
async function recordFound(
  world: World,
  proposal: Proposal,
  found: {
    readonly changes: readonly Change[];
    readonly reason: string;
    readonly generation: Generation;
    readonly nat: Readonly<Record<Family, string>>;
  },
): Promise<void> {
  if (found.changes.length === 0) return;
  await record(world, {
    cause: 'drift',
    outcome: 'healed',
    commit: proposal.commit,
    generation: found.generation.number,
    changes: found.changes,
    impact: [],
    reason: found.reason,
    nat: found.nat,
  });
}

async function generationFor(world: World, proposal: Proposal, target: Target): Promise<Generation> {
  if (!proposal.fresh && proposal.applied !== null) return proposal.applied;
  return world.generations.add({
    commit: proposal.commit,
    createdAt: world.clock.now().toISOString(),
    versions: await versions(world),
    ...(proposal.restores === null ? {} : { restores: proposal.restores }),
    target,
  });
}

async function remember(
  world: World,
  proposal: Proposal,
  {
    target,
    hold,
    confirmed,
    observed,
  }: {
    readonly target: Target;
    readonly hold: string | null;
    readonly confirmed: boolean;
    readonly observed: Observed;
  },
): Promise<void> {
  const filesLeft = leftAfter(proposal, (await world.memory.read()).filesLeft ?? []);
  const found = await lookAtFiles(world, target);
  const drift = wholeDrift(target, { observed, found, filesLeft: new Set(filesLeft) });
  await world.memory.update({
    bootId: world.bootId,
    filesLeft,
    drift: driftAfter(proposal, drift, world.clock.now()),
    ...(proposal.fresh && confirmed
      ? {
          quarantined: null,
          rejected: null,
          held: hold === null ? null : { since: world.clock.now().toISOString(), reason: hold },
        }
      : {}),
  });
}

/** What was ours until somebody replaced it is drift for as long as it stays, not something that we leave. */
function leftAfter({ plan, applied, fresh }: Proposal, before: readonly string[]): readonly string[] {
  const written = new Set(plan.files?.swaps.map(({ path }) => path));
  const kept = before.filter((path) => !written.has(path));
  if (!fresh) return kept;
  const ours = new Set(applied?.target.files.map(({ path }) => path));
  const left = plan.files?.left.map(({ path }) => path) ?? [];
  return left.filter((path) => kept.includes(path) || !ours.has(path));
}

interface Failed {
  readonly undoable: Undoable;
  readonly generation: Generation;
  readonly taken: readonly TakenRule[];
  readonly cause: Cause;
  readonly error: unknown;
}

/** Back to the last good generation, or to nothing of ours where there was none. The fault to throw: it says what holds now. */
async function goBack(world: World, proposal: Proposal, failed: Failed): Promise<unknown> {
  const { generation, taken, undoable, cause, error } = failed;
  // Somebody was quicker at a file: its change is kept, what was written before it is put back, and nothing failed.
  if (error instanceof Fault && error.code === 'stale-file') {
    const kept = await undoFiles(world, undoable);
    await clearIntent(world);
    await standDown(world);
    return told(error, ['Nothing was applied.', ...kept].join(' '));
  }
  // A heal wants what is in force already: there is nothing to go back to, and the next pass goes on.
  if (!proposal.fresh && cause !== 'take') {
    await clearIntent(world);
    return told(error, 'Not all rules are as they shall be yet; the next pass tries again.');
  }
  const { applied } = proposal;
  let driven;
  let kept: readonly string[];
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
  } catch (second) {
    const goal = applied === null ? 'to the rules before' : `to generation ${applied.number}`;
    return new Fault(
      'verify-failed',
      `${sentenceOf(error)} Going back ${goal} failed too: ${sentenceOf(second)} What is in the kernel is not known to be either.`,
      { help: 'The next pass finishes it or takes it back by itself; look with `natroute drift`.', cause: error },
    );
  }
  await recordFailure(world, proposal, { ...failed, observed: driven.observed });
  await clearIntent(world);
  await standDown(world);
  await quarantine(world, proposal, error);
  return told(error, [holdsNow(applied, driven), ...kept.map((one) => `${one}.`)].join(' '));
}

async function recordFailure(
  world: World,
  proposal: Proposal,
  { generation, cause, error, observed }: Failed & Pick<Driven, 'observed'>,
): Promise<void> {
  const { applied } = proposal;
  const cut = cutText(
    await cutAffected(world, rulesOfTarget(generation.target), rulesOfTarget(applied?.target ?? null)),
  );
  const reason = (error instanceof Error ? error.message : String(error)) + cut;
  const commit = proposal.commit;
  const [last] = await world.ledger.headings({ most: 1, since: null, author: null });
  // What fails again and again, for a disk that stays full say, is written once.
  const told = last?.heading.outcome === 'rolled-back' && last.heading.reason === reason;
  if (told && last.heading.desired?.commit === commit?.commit) return;
  await record(world, {
    cause,
    outcome: 'rolled-back',
    commit,
    generation: applied?.number ?? null,
    changes: [],
    impact: [],
    reason,
    nat: observedText(observed, applied?.target.nat ?? null),
  });
}

/** What the kernel refused, or what was not there when read back, is not tried again and again. */
async function quarantine(world: World, { fresh, commit }: Proposal, error: unknown): Promise<void> {
  if (!fresh || commit === null || !(error instanceof Fault)) return;
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

function sentenceOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function sentence(proposal: Proposal, cause: Cause, generation: Generation): string {
  const n = proposal.plan.changes.length;
  const changes = `${n} change${n === 1 ? '' : 's'}`;
  const commit = proposal.commit === null ? 'the folder' : `commit ${proposal.commit.commit.slice(0, 10)}`;
  switch (cause) {
    case 'heal':
      return `healed ${changes}: generation ${generation.number} is in force again`;
    case 'boot':
      return `put generation ${generation.number} back after a boot (${changes})`;
    case 'rollback':
      return `went back to generation ${proposal.restores ?? 0}, as generation ${generation.number} (${changes})`;
    default:
      return `applied ${commit} as generation ${generation.number} (${changes})`;
  }
}
