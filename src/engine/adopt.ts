/** Which drift is adopted, against which commit, and the branch that it may be pushed as. */
import { adopt, type Adoption } from '../core/adopt/adopt.ts';
import { actorOf } from '../core/actor.ts';
import { adoptMessage } from '../core/adopt/message.ts';
import { belongsTo } from '../core/drift/suspension.ts';
import { identity } from '../core/drift/track.ts';
import { spellBranch } from '../core/parse/spell/config.ts';
import type { Change } from '../model/change.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ForwardKey } from '../model/drift.ts';
import type { Family } from '../model/family.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Actor, CommitFacts, LedgerEntry } from '../model/record.ts';
import { observedText } from './account.ts';
import { lookAtFiles } from './files.ts';
import type { Generation } from './generations.ts';
import { usesFilter } from './observer.ts';
import { wholeDrift } from './propose.ts';
import { inForce } from './confirmation.ts';
import type { World } from './world.ts';

/** Where the drift was found: in the kernel now, or in an entry of the ledger. */
export interface DriftFound {
  /** Null: it is there now. */
  readonly entry: { readonly id: string; readonly at: string } | null;
  readonly actor: Actor | null;
  readonly changes: readonly Change[];
  readonly observed: Readonly<Record<Family, string>>;
}

export interface AdoptReport {
  readonly host: string;
  /** Why the kernel was not asked, or not believed; null where it was. */
  readonly note: string | null;
  /** What the patch is for; null where nothing was applied yet. */
  readonly base: CommitFacts | null;
  /** Null where nobody changed anything. */
  readonly found: Omit<DriftFound, 'observed'> | null;
  readonly adoption: Adoption;
  /** Whether the next pass takes the change away, as far as it is there. */
  readonly heals: boolean;
}

export interface AdoptRequest {
  /** An entry of the ledger, by its id or the beginning of it; null: what is there now, else the newest in the ledger. */
  readonly id: string | null;
  readonly only: ForwardKey | null;
}

/** The diagnostics where the commit in force has errors by now. Faults: usage, no-such-revision, those of the ports. */
export async function readAdoption(
  world: World,
  { id, only }: AdoptRequest,
): Promise<AdoptReport | readonly Diagnostic[]> {
  const applied = await inForce(world);
  const report: AdoptReport = {
    host: world.config.host,
    note: null,
    base: null,
    found: null,
    adoption: { adopted: [], left: [], files: new Map(), patch: '' },
    heals: world.config.policy.drift === 'heal',
  };
  if (applied === null) return report;
  const { commit } = applied;
  if (commit === null)
    throw new Fault(
      'no-such-revision',
      `generation ${applied.number} was applied from a folder: no commit is in force`,
      {
        help: 'Push that folder to the repository and let natroute apply it; a patch needs a commit to stand on.',
      },
    );
  const { found: all, note } = id === null ? await newestDrift(world, applied) : await driftOfEntry(world, id);
  const found = all === null ? null : { ...all, changes: all.changes.filter((change) => concerns(change, only)) };
  if (found === null || found.changes.length === 0) return { ...report, note, base: commit };
  const files = await world.mirror.read(commit.commit, world.config.host);
  const { changes, observed } = found;
  const when = { host: world.config.host, now: world.clock.now() };
  const adoption = adopt({ ...when, files, changes, observed });
  if (!('adopted' in adoption)) return adoption;
  const { entry, actor } = found;
  return { ...report, note, base: commit, found: { entry, actor, changes }, adoption };
}

function concerns({ kind, chain, before, after }: Change, only: ForwardKey | null): boolean {
  if (only === null) return true;
  if (kind !== 'rule' || chain === null) return false;
  return [before, after].some((text) => text !== null && belongsTo(only, chain, text));
}

interface Search {
  readonly found: DriftFound | null;
  readonly note: string | null;
}

/** What is there now; where nothing is, it may be healed already, and the ledger knows it. */
async function newestDrift(world: World, applied: Generation): Promise<Search> {
  const live = await liveDrift(world, applied);
  if (typeof live !== 'string' && live.changes.length > 0) return { found: live, note: null };
  const note = typeof live === 'string' ? live : null;
  const drifts = { most: limits.ledgerDriftsRead, since: null, author: null, cause: 'drift' } as const;
  const newest = (await world.ledger.headings(drifts)).find(
    ({ heading }) => heading.cause === 'drift' && heading.outcome === 'reported' && heading.about === undefined,
  );
  const entry = newest === undefined ? null : await world.ledger.entry(newest.id);
  return { found: entry === null ? null : await foundIn(world, entry), note };
}

const mayNotLook: readonly FaultCode[] = ['no-permission', 'guarded', 'command-missing'];

/** Why not, where the kernel cannot be asked or its answer is no drift. */
async function liveDrift(world: World, applied: Generation): Promise<DriftFound | string> {
  const memory = await world.memory.read();
  if (memory.bootId !== world.bootId)
    return 'the host was started anew since the last pass: what is missing is no drift';
  try {
    const { observed } = await world.observer.read(usesFilter(applied.target));
    const found = await lookAtFiles(world, applied.target);
    const { changes } = wholeDrift(applied.target, { observed, found, filesLeft: new Set(memory.filesLeft) });
    const known = new Map(memory.drift.map((item) => [identity(item.change), item.actor]));
    const actor = actorOf(changes.flatMap((change) => known.get(identity(change)) ?? []));
    return { entry: null, actor, changes, observed: observedText(observed, applied.target.nat) };
  } catch (error) {
    if (error instanceof Fault && mayNotLook.includes(error.code)) return `the kernel was not asked: ${error.message}`;
    throw error;
  }
}

async function driftOfEntry(world: World, id: string): Promise<Search> {
  const entry = await world.ledger.entry(id);
  if (entry === null)
    throw new Fault('no-such-revision', `the ledger has no entry ${id}`, { help: '`natroute history` lists them.' });
  const { cause, outcome } = entry.record;
  if (cause !== 'drift')
    throw new Fault('usage', `entry ${entry.id.slice(0, 10)} is no drift: it says ${outcome}, ${cause}`, {
      help: 'The entry of a drift stands before that of its heal: `natroute history` shows both.',
    });
  return { found: await foundIn(world, entry), note: null };
}

/** An entry of drift that somebody put back himself has the table as it was afterwards: there the drift is no more. */
async function foundIn(world: World, { id, record }: LedgerEntry): Promise<DriftFound> {
  const [v4, v6] = await Promise.all([world.ledger.rules(id, 'v4'), world.ledger.rules(id, 'v6')]);
  const observed = record.outcome === 'reported' ? { v4, v6 } : { v4: '', v6: '' };
  return { entry: { id, at: record.at }, actor: record.actor, changes: record.changes, observed };
}

/** The new branch's commit. Faults: usage for the branch that is followed, those of Mirror.offer. */
export async function offerBranch(
  world: World,
  branch: string,
  { base, found, adoption }: AdoptReport,
): Promise<string> {
  if (base === null || found === null) throw new Error('invariant: nothing to push');
  return world.mirror.offer(branch, {
    onto: base.commit,
    files: adoption.files,
    message: adoptMessage({ host: world.config.host, adoption, entry: found.entry, actor: found.actor }),
    host: world.config.host,
  });
}

/** Fault usage: for a name that is none, and for the branch that this host follows. */
export function checkBranch(world: World, branch: string): void {
  const spelled = spellBranch(branch);
  if ('problem' in spelled)
    throw new Fault('usage', spelled.problem.message, { help: 'Give the name of a new branch, such as adopt-drift.' });
  if (branch === world.config.repository.branch)
    throw new Fault('usage', `${branch} is the branch that this host follows: nothing is pushed to it`, {
      help: 'Give the name of a new branch, such as adopt-drift, and merge it.',
    });
}
