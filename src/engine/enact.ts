/** The second half of a pass: intent, apply, verify, put in force, outcome. */
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import { fightsIn, fightText } from '../core/fight.ts';
import { obstacleTo } from '../core/nat/diff.ts';
import { stepsByHand } from '../core/render/by-hand.ts';
import { takenBy } from '../core/nat/reinstate.ts';
import { Fault } from '../model/fault.ts';
import type { Change, Plan } from '../model/change.ts';
import type { DriftItem } from '../model/drift.ts';
import { families, type Family } from '../model/family.ts';
import type { Confirmation } from '../model/confirmation.ts';
import type { NatTable, SavedRule } from '../model/nat.ts';
import type { Cause, FilesLeft, Intent, TakenRule } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { identity } from '../core/drift/track.ts';
import { observedText, record } from './account.ts';
import { arm, begin, needsConfirmation } from './arm.ts';
import { enforce } from './confirmation.ts';
import { type CutReport, cutAffected, cutText, rulesOfTables, rulesOfTarget } from './cut.ts';
import { driftAfter } from './leave.ts';
import { drive, type Driven } from './drive.ts';
import type { Generation } from './generations.ts';
import { carryOutFiles, lookAtFiles, type Undoable, undoableOf } from './files.ts';
import { goBack, sentenceOf } from './go-back.ts';
import { allHealed, healedPart, healFiles, healFilesAlone, notAllHealed, type Unhealed } from './heal.ts';
import { conclude, writeIntent } from './intent.ts';
import { ledgerEnd } from './ledger-end.ts';
import { planFor, wholeDrift } from './propose.ts';
import type { PassReport, PassRequest, Proposal } from './request.ts';
import { underFuse } from './settle.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

export interface Enactment {
  readonly cause: Cause;
  /** A person approved this very plan: if it went stale, it is shown again instead of made anew. */
  readonly approved: boolean;
  /** Why new commits wait from now on; null where the branch is followed. */
  readonly hold: string | null;
  readonly onHealed: PassRequest['onHealed'];
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
  const undoable = undoableOf(proposal, (await world.memory.read()).filesLeft ?? []);
  const work = (confirmation: Confirmation | null): Promise<PassReport> =>
    carryOut(world, proposal, { ...how, target, generation, taken, undoable, confirmation });
  if (!needsConfirmation(proposal)) return work(null);
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

async function intentOf(
  world: World,
  proposal: Proposal,
  { cause, hold, generation, taken, undoable, confirmation }: Work,
): Promise<Intent> {
  return {
    cause,
    at: world.clock.now().toISOString(),
    desired: proposal.commit,
    generation: generation.number,
    previous: proposal.applied?.number ?? null,
    ...(confirmation === null ? {} : { mustConfirm: true }),
    ...(taken.length === 0 ? {} : { taken }),
    ...undoable,
    ledgerEnd: await ledgerEnd(world),
    bootId: world.bootId,
    // What is to be confirmed first decides it then.
    ...(proposal.fresh && confirmation === null ? { hold } : {}),
  };
}

async function carryOut(world: World, proposal: Proposal, how: Work): Promise<PassReport> {
  const { applied } = proposal;
  const { target, generation, taken, undoable } = how;
  const intent = await intentOf(world, proposal, how);
  await writeIntent(world, intent);
  // What is in force already is no transaction: nothing that cannot be put right keeps the rest from being so.
  const heals = !proposal.fresh && how.cause !== 'take';
  let driven;
  let unhealed = allHealed;
  try {
    if (!heals) await carryOutFiles(world, proposal.plan.files);
    driven = await drive(world, {
      target,
      applied,
      take: taken,
      leaving: proposal.leaving,
      plan: proposal.plan,
      stale: how.approved ? 'refuse' : 'replan',
    });
    if (heals) unhealed = await healFiles(world, proposal.plan.files);
  } catch (caught) {
    const { cause, approved } = how;
    const error =
      heals && !approved ? await healFilesAlone(world, proposal, { generation, cause, error: caught }) : caught;
    throw await goBack(world, proposal, { generation, taken, undoable, cause, error });
  }
  const { report, failure } = await comeToAnEnd(world, proposal, how, { intent, driven, unhealed }).catch(
    (error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      const there = `The rules of generation ${generation.number} are in the kernel all the same; the next pass goes on from there.`;
      throw new Fault(error.code, `${sentenceOf(error)} ${there}`, error.detail);
    },
  );
  if (failure !== null) throw failure;
  return report;
}

/** What is in the kernel comes into force, and is written down. `failure`: what of it could not be put right. */
async function comeToAnEnd(
  world: World,
  proposal: Proposal,
  how: Work,
  { intent, driven, unhealed }: { readonly intent: Intent; readonly driven: Driven; readonly unhealed: Unhealed },
): Promise<{ readonly report: PassReport; readonly failure: Fault | null }> {
  const { applied } = proposal;
  const { target, generation, undoable, confirmation } = how;
  const part = healedPart(proposal, unhealed);
  const outcome = how.cause === 'heal' ? 'healed' : 'applied';
  const text = sentence(part, how.cause, generation);
  const news = part.plan.changes.length > 0 || unhealed.size === 0;
  if (outcome === 'healed' && news)
    await how.onHealed?.({ at: world.clock.now().toISOString(), outcome, proposal: part, text });
  const before = rulesOfTables(proposal.observed, applied?.target.host ?? target.host);
  const leaves = proposal.leaving.items.length > 0 || proposal.leaving.only.length > 0;
  // What is left stays open or closed as it is: its flows are nobody's to cut.
  const after = leaves ? rulesOfTables(driven.observed, target.host) : rulesOfTarget(target);
  // What may be taken back cuts nobody: whoever confirms it does.
  const flows = confirmation === null ? await cutAffected(world, before, after) : noFlows;
  const unconfirmed = confirmation === null ? null : await begin(world, confirmation);
  await enforce(world, generation.number);
  const nat = observedText(driven.observed, target.nat);
  const known = new Set(proposal.drift.changes.map(identity));
  const found = driven.found.filter((change) => !known.has(identity(change)));
  const end = { generation, nat };
  await recordFound(world, proposal, { ...end, changes: found, reason: 'somebody changed it after it was planned on' });
  const { changes, impact } = countersOf(world, part, { target, before: driven.before });
  const failure = notAllHealed(unhealed, generation);
  const said = [...(await saidOf(world, part, unconfirmed)), ...(failure === null ? [] : [failure.message])];
  // What fails again and again is written once: as the drift that it is, or with the boot.
  if (news || how.cause === 'boot')
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
  const { observed } = driven;
  const drift = await driftLeft(world, proposal, { target, observed, filesLeft: undoable.filesLeft, unhealed });
  await conclude(world, intent, { bootId: world.bootId, drift });
  const report = {
    at: world.clock.now().toISOString(),
    outcome,
    cause: how.cause,
    proposal,
    generation: generation.number,
    text: [text + cutText(flows), ...(unconfirmed?.excluded ?? []), ...said].join('; '),
  } as const;
  return { report, failure };
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

async function driftLeft(
  world: World,
  proposal: Proposal,
  {
    target,
    observed,
    filesLeft,
    unhealed,
  }: Pick<Work, 'target'> & Pick<Driven, 'observed'> & { readonly filesLeft: FilesLeft; readonly unhealed: Unhealed },
): Promise<readonly DriftItem[]> {
  const found = await lookAtFiles(world, target);
  const drift = wholeDrift(target, { observed, found, filesLeft: new Set(filesLeft.after) });
  return driftAfter(proposal, drift, { now: world.clock.now(), unhealed });
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
