/**
 * The first half of a pass, all of it reading: the source becomes a target, the host is observed, and the
 * difference becomes a plan. Nothing here changes the host.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { wayInChanges } from '../core/confirm/way-in.ts';
import { leaveAlone, type Leaving, type Left } from '../core/drift/leave.ts';
import { whatToLeave } from './leave.ts';
import { fightsIn, type Fight } from '../core/fight.ts';
import { changesOf, driftOfFiles, planFiles, withMakers, type Found } from '../core/files/compare.ts';
import { lookAtFiles } from './files.ts';
import { applyRestore } from '../core/nat/apply.ts';
import { stillOpen } from '../core/nat/ended.ts';
import { diffNat, driftNat, type DiffOptions } from '../core/nat/diff.ts';
import { planOf } from '../core/plan/plan.ts';
import type { Drift, Plan } from '../model/change.ts';
import type { PortKey } from '../model/confirmation.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { families, type Family } from '../model/family.ts';
import type { FileSwap } from '../model/file.ts';
import type { NatTable } from '../model/nat.ts';
import type { CommitFacts, TakenRule } from '../model/record.ts';
import type { NatTarget, Target } from '../model/target.ts';
import { inForce } from './confirmation.ts';
import { usesFilter, type Observed } from './observer.ts';
import { versions } from './versions.ts';
import type { Generation } from './generations.ts';
import type { PassRequest, Proposal, Source } from './request.ts';
import { networkOf } from './rollback.ts';
import { compileFiles, spellTarget, type Compiled } from './target.ts';
import type { World } from './world.ts';

interface Candidate {
  readonly commit: CommitFacts | null;
  readonly target: Target | null;
  readonly fresh: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly restores?: number;
}

export async function propose(world: World, request: PassRequest): Promise<Proposal> {
  const applied = await inForce(world);
  const filterInForce = usesFilter(applied?.target ?? null);
  const [look, candidate] = await Promise.all([
    // What iptables shows is put right first; what nft alone shows is looked at just after.
    world.observer.latest(
      filterInForce,
      (observed) => applied !== null && driftOf(applied.target, observed).changes.length > 0,
    ),
    readSource(world, request.source, applied).then((read) => withFileMakers(world, read, applied)),
  ]);
  // Only the source may say that the filter table matters too.
  const {
    observed,
    at: observedAt,
    kept,
    whole,
  } = !filterInForce && usesFilter(candidate.target) ? await world.observer.read(true) : look;
  const memory = await world.memory.read();
  const fights = fightsIn(memory.moves, world.clock.now());
  // A source that cannot be used plans nothing new: what is in force stays.
  const target = candidate.target ?? applied?.target ?? null;
  const found = await lookAtFiles(world, applied?.target ?? null, target);
  const filesLeft = new Set(memory.filesLeft ?? []);
  const drift = applied === null ? { changes: [] } : wholeDrift(applied.target, { observed, found, filesLeft });
  const left = await whatToLeave(world, request, { memory, drift });
  const nat = planFor(target, observed, { applied, take: request.take || [], fights, leaving: left.leaving });
  // Where nothing new is asked for, nobody looks at findings.
  const around =
    target === null || request.source.kind === 'applied'
      ? []
      : await world.lookout.find({ target: target.nat, nat: tablesAfter(nat, observed) });
  const files = planFiles(target ?? noFiles, found, {
    previous: applied?.target ?? null,
    take: request.take ? true : new Set(),
    left: filesLeft,
    leaving: filesIn(left.leaving),
  });
  const plan = { ...nat, files, changes: [...nat.changes, ...changesOf(files)] };
  const { fresh } = candidate;
  const there = { doors: doorsOf(world.config), sysctls: found.sysctls };
  const wayIn = fresh && target !== null ? wayInChanges(applied?.target ?? null, target, there) : [];
  let digest: string | undefined;
  return {
    ...candidate,
    restores: candidate.restores ?? null,
    applied,
    observedAt,
    observed,
    kept,
    whole,
    drift,
    ...left,
    plan: { ...plan, findings: [...around, ...plan.findings] },
    wayIn,
    mustConfirm: fresh && (world.config.confirm !== null || wayIn.length > 0),
    fights,
    // The daemon approves nothing by it.
    get digest() {
      return (digest ??= digestOf(plan, candidate));
    },
  };
}

function doorsOf({ confirm }: Config): readonly PortKey[] {
  return (confirm?.probes ?? []).flatMap((probe) => (probe.kind === 'inbound' ? probe : []));
}

/** The header of a new file says which generation will have made it. */
async function withFileMakers(world: World, candidate: Candidate, applied: Generation | null): Promise<Candidate> {
  const { target, fresh, commit } = candidate;
  if (target === null || !fresh || target.files.length === 0) return candidate;
  const maker = { commit: commit?.commit ?? null, generation: await world.generations.next() };
  return { ...candidate, target: { ...target, files: withMakers(target, applied?.target ?? null, maker) } };
}

const noFiles = { files: [], sysctls: [], guests: [] };

/** Files and settings that stay as somebody made them. */
export function filesIn({ items }: Leaving): ReadonlySet<string> {
  return new Set(items.flatMap(({ change }) => (change.kind === 'file' || change.kind === 'sysctl' ? change.key : [])));
}

/** In the tables, in the files and in the kernel's settings. */
export function wholeDrift(
  applied: Target,
  there: { readonly observed: Observed; readonly found: Found; readonly filesLeft: ReadonlySet<string> },
): Drift {
  const files = driftOfFiles(applied, there.found, there.filesLeft);
  return { changes: [...driftOf(applied, there.observed).changes, ...files] };
}

export function driftOf(applied: Target, observed: Observed): Drift {
  return { changes: families.flatMap((family) => driftNat(applied.nat[family], observed[family], family)) };
}

const emptyNat: NatTarget = { chains: [], jumps: [] };

export interface PlanOptions {
  /** Whose chains are ours already. */
  readonly applied: Generation | null;
  /** True: every foreign rule that the target says itself goes; else only these. */
  readonly take: true | readonly TakenRule[];
  readonly fights: readonly Fight[];
  /** Empty and refill chains of ours in which a stranger's rule cannot be deleted by its text. */
  readonly refill?: boolean;
  readonly leaving: Leaving;
}

/** The plan from `observed` to `target`; a null target wants nothing of ours left. */
export function planFor(target: Target | null, observed: Observed, options: PlanOptions): Plan {
  const effective = target === null ? null : withLeft(target, observed, options.leaving);
  const plan = (family: Family): ReturnType<typeof diffNat> => {
    const previous = options.applied?.target.nat[family] ?? null;
    return diffNat(effective?.nat[family] ?? emptyNat, effective?.observed[family] ?? observed[family], {
      family,
      previous,
      refill: options.refill === true,
      ...takeOptions(target, family, options.take),
      unmoved: new Set([
        ...options.fights.filter((fight) => fight.family === family).map((fight) => fight.chain),
        ...(effective?.unmoved[family] ?? []),
      ]),
    });
  };
  return planOf({ v4: plan('v4'), v6: plan('v6') }, { target: effective, observed });
}

/** The target with all that is left as somebody made it. */
function withLeft(
  target: Target,
  observed: Observed,
  leaving: Leaving,
): Target & { readonly unmoved: Readonly<Record<Family, ReadonlySet<string>>>; readonly observed: Observed } {
  const left = (family: Family): Left => leaveAlone(target.nat[family], observed[family], family, leaving);
  const [v4, v6] = [left('v4'), left('v6')];
  return {
    ...target,
    nat: { v4: v4.target, v6: v6.target },
    unmoved: { v4: v4.unmoved, v6: v6.unmoved },
    observed: { v4: v4.observed, v6: v6.observed },
  };
}

function tablesAfter({ nat }: Plan, observed: Observed): Observed {
  const after = (family: Family): NatTable => {
    const { restore } = nat[family];
    return restore === null ? observed[family] : applyRestore(observed[family], restore);
  };
  return { v4: after('v4'), v6: after('v6') };
}

function takeOptions(
  target: Target | null,
  family: Family,
  take: PlanOptions['take'],
): Pick<DiffOptions, 'take' | 'takeOnly'> {
  if (take === true) return { take: target };
  const own = take.filter((rule) => rule.family === family);
  if (own.length === 0) return {};
  return { take: target, takeOnly: new Set(own.map(({ chain, text }) => `${chain} ${text}`)) };
}

/** A person approves exactly these lines on exactly these tables, for exactly this commit. */
function digestOf(plan: Plan, candidate: Candidate): string {
  const hash = createHash('sha256').update(candidate.commit?.commit ?? '');
  for (const family of families) {
    const { restore, plannedOn } = plan.nat[family];
    hash.update(JSON.stringify([restore, plannedOn.length])).update(plannedOn);
  }
  hash.update(JSON.stringify([plan.files?.swaps.map(withoutTimes), plan.files?.sysctls]));
  return hash.digest('hex');
}

/** Who opened a file and wrote the same again changed nothing. */
function withoutTimes({ path, found, wanted }: FileSwap): unknown {
  return [path, found.kind === 'file' ? found.content : found, wanted];
}

async function readSource(world: World, source: Source, applied: Generation | null): Promise<Candidate> {
  const asApplied: Candidate = {
    commit: applied?.commit ?? null,
    target: applied?.target ?? null,
    fresh: false,
    diagnostics: [],
  };
  switch (source.kind) {
    case 'applied':
      return asApplied;
    case 'folder': {
      const compiled = await compileFiles(
        world,
        await world.readFolder(source.folder, world.config.host),
        await spelledHere(world, applied),
      );
      return { commit: null, ...compiled, fresh: compiled.target !== null };
    }
    case 'trusted': {
      const head = await world.mirror.trusted();
      if (head === null) return { ...asApplied, commit: null, target: null };
      return readCommit(world, head, applied, asApplied);
    }
    case 'commit':
      return readCommit(world, source.revision, applied, asApplied);
    case 'generation':
      return readEarlier(world, source.number, applied);
    default:
      return source satisfies never;
  }
}

/** Its network as this kernel spells it now, without what has ended since; guests are no part of a rollback. */
async function readEarlier(world: World, number: number, applied: Generation | null): Promise<Candidate> {
  const { commit, target } = await networkOf(world, number, applied);
  const now = world.clock.now();
  const open = { v4: stillOpen(target.nat.v4, now), v6: stillOpen(target.nat.v6, now) };
  const spelled = await spellTarget(world.netfilter, { ...target, nat: open }, null);
  return { commit, ...spelled, fresh: spelled.target !== null, restores: number };
}

async function readCommit(
  world: World,
  revision: string,
  applied: Generation | null,
  asApplied: Candidate,
): Promise<Candidate> {
  // The commit in force needs no second look, unless another natroute or another iptables spelled it, or a rollback took
  // only its network.
  const known = await spelledHere(world, applied);
  if (known !== null && applied?.commit?.commit === revision && applied.restores === undefined) return asApplied;
  const commit = await world.mirror.resolve(revision);
  const compiled = await compileCommit(world, commit, known);
  return { commit, ...compiled, fresh: compiled.target !== null };
}

/** A commit never changes, so one that waits or was refused is compiled once, not at every pass. */
async function compileCommit(world: World, commit: CommitFacts, known: Target | null): Promise<Compiled> {
  const before = world.compiled.get(commit.commit);
  if (before !== undefined) return before;
  const compiled = await compileFiles(world, await world.mirror.read(commit.commit, world.config.host), known);
  world.compiled.clear();
  // What this kernel refuses today it may take after a module was loaded.
  if (!compiled.diagnostics.some((d) => d.code === 'refused-by-kernel')) world.compiled.set(commit.commit, compiled);
  return compiled;
}

/** The target in force, if this very natroute compiled it and this host's iptables spelled it. */
async function spelledHere(world: World, applied: Generation | null): Promise<Target | null> {
  if (applied === null) return null;
  const { natroute, iptables, backend, config } = await versions(world);
  const then = applied.versions;
  const programs = then.natroute === natroute && then.iptables === iptables && then.backend === backend;
  // What it may name was decided by the local config of then.
  const same = programs && (then.config === undefined || then.config === config);
  return same ? applied.target : null;
}
