/**
 * One pass of the network lane, top to bottom: the file to read first. It proposes, judges, and carries out;
 * whatever happens to it, the host has the old rules or the new ones and the next start knows which.
 */
import { unconfirmedText } from '../core/confirm/words.ts';
import type { Confirmation } from '../model/confirmation.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { enact } from './enact.ts';
import { healAllTheSame, payOwed } from './owed.ts';
import { endConnections } from './ended.ts';
import { judge } from './gates.ts';
import { propose } from './propose.ts';
import { recordDrift, recordRejection, rememberForeign } from './account.ts';
import { followLedger } from './ledger-end.ts';
import { endOverdue } from './suspend.ts';
import { circumstancesOf, rememberQuiet, stillQuiet } from './quiet.ts';
import { clearDecided, readConfirmation, refuseUnconfirmed } from './confirmation.ts';
import { recover } from './recover.ts';
import { settle, underFuse } from './settle.ts';
import { rememberStrangers } from './strangers.ts';
import type { PassReport, PassRequest, Proposal, Source } from './request.ts';
import { nameOf } from './who.ts';
import type { World } from './world.ts';

/** Faults: those of the ports. The lock makes sure that only one pass runs on this host, whoever started it. */
export async function reconcile(world: World, request: PassRequest): Promise<PassReport> {
  const quiet = await stillQuiet(world, request);
  if (quiet !== null) return quiet;
  const lock = await world.locks.acquire('pass', limits.passLockWaitSeconds);
  try {
    // What somebody did to the ledger is written down before anything else is.
    await followLedger(world);
    const unconfirmed = await takeUp(world);
    if (request.approved !== null) refuseUnconfirmed(unconfirmed);
    const circumstances = await circumstancesOf(world);
    await payOwed(world);
    const report = unconfirmed === null ? await pass(world, request) : await keepTrying(world, request, unconfirmed);
    await rememberQuiet(world, request, { report, circumstances });
    return report;
  } catch (error) {
    throw await healAllTheSame(world, request, error);
  } finally {
    await lock.release();
  }
}

/** Finishes or undoes what a crash left half done, and what is due, before anything new is thought of. */
async function takeUp(world: World): Promise<Confirmation | null> {
  const work = async (): Promise<Confirmation | null> => {
    await settle(world);
    await recover(world);
    return readConfirmation(world);
  };
  if ((await readConfirmation(world)) !== null) return underFuse(world, work);
  await clearDecided(world);
  return work();
}

/** What must be confirmed is healed like any other generation; new commits wait for its end. */
async function keepTrying(world: World, request: PassRequest, unconfirmed: Confirmation): Promise<PassReport> {
  const heal = healFor(request);
  const healed = await underFuse(world, async () => ((await settle(world)) === null ? null : pass(world, heal)));
  if (healed === null) return pass(world, heal);
  const text = unconfirmedText(unconfirmed, []);
  return healed.outcome === 'unchanged'
    ? { ...healed, outcome: 'waiting', text }
    : { ...healed, text: `${healed.text}; ${text}` };
}

/** What could not be put right does not hide what waits. */
function alsoWaiting(error: unknown, text: string): unknown {
  if (!(error instanceof Fault)) return error;
  return new Fault(error.code, `${error.message} Beside that ${text}.`, error.detail);
}

/** Nothing new: what is in force, put right. */
function healFor({ onHealed }: PassRequest): PassRequest {
  return { source: { kind: 'applied' }, take: false, approved: null, ...(onHealed === undefined ? {} : { onHealed }) };
}

async function pass(world: World, request: PassRequest): Promise<PassReport> {
  // Read the source at its commit, parse, lint, compile, canonicalise, observe, compare.
  const proposal = await propose(world, request);
  // What somebody asked to leave alone and is no longer left: its end is written down before anything is done about it.
  await endOverdue(world);
  const memory = await world.memory.read();
  const met = nameOf(world.witness.seen().map(({ actor }) => actor));
  // Who made the rules of others, and what somebody did behind our back, is written down before it is healed.
  await rememberStrangers(world, proposal);
  if (proposal.applied !== null) await recordDrift(world, proposal);
  const report = (outcome: PassReport['outcome'], text: string): PassReport => ({
    at: world.clock.now().toISOString(),
    outcome,
    cause: null,
    proposal,
    generation: proposal.applied?.number ?? null,
    text,
  });

  // Who else is in the packet filter is kept for the status.
  if (request.source.kind !== 'applied') await rememberForeign(world, proposal.plan.findings);
  // What came in by a forward whose date is past ends with it.
  const ended = proposal.applied === null ? null : await endConnections(world, proposal.applied, proposal.observed);

  if (request.approved !== null && request.approved !== proposal.digest)
    throw new Fault(
      'stale-table',
      `the host or the repository changed after the plan was shown${met === null ? '' : ` (${met} was at the nat tables)`}; nothing was applied`,
      { help: 'Run the command again and look at the new plan.' },
    );
  const verdict = judge(proposal, {
    request,
    policy: world.config.policy,
    memory,
    bootId: world.bootId,
    now: world.clock.now(),
  });
  switch (verdict.kind) {
    case 'unchanged':
      return ended === null ? report('unchanged', verdict.text) : { ...report('applied', ended), cause: 'until' };
    case 'report':
      return report('reported', verdict.text);
    case 'wait':
      if (verdict.outcome === 'rejected') await recordRejection(world, proposal, verdict.text);
      // A commit that may not be applied stops the commit, not the host: what is in force stays enforced.
      if (proposal.applied !== null && request.source.kind === 'trusted') {
        const healed = await pass(world, healFor(request)).catch((error: unknown) => {
          throw alsoWaiting(error, verdict.text);
        });
        // A refusal is what a person must know, also where something drifts that only they can mend.
        const tells = healed.outcome === 'reported' && verdict.outcome === 'rejected';
        if (healed.outcome !== 'unchanged' && !tells) return { ...healed, text: `${healed.text}; ${verdict.text}` };
      }
      return report(verdict.outcome, verdict.text);
    case 'apply':
      // Intent, apply, verify, put in force, outcome.
      return await enact(world, proposal, {
        cause: verdict.cause,
        approved: request.approved !== null,
        hold: await holdAfter(world, request.source, proposal),
        onHealed: request.onHealed,
      });
    default:
      return verdict satisfies never;
  }
}

/** What a person applied that is not the branch's head stays until `natroute resume`: the next pass must not undo it. */
async function holdAfter(world: World, source: Source, { commit }: Proposal): Promise<string | null> {
  switch (source.kind) {
    case 'applied':
    case 'trusted':
      return null;
    case 'folder':
      return `the folder ${source.folder} was applied by hand; \`natroute resume\` follows the branch again`;
    case 'commit':
      if (commit !== null && commit.commit === (await world.mirror.trusted())) return null;
      return `commit ${source.revision.slice(0, 10)} was applied by hand; \`natroute resume\` follows the branch again`;
    case 'generation':
      return `rolled back to generation ${source.number}; \`natroute resume\` follows the branch again`;
    default:
      return source satisfies never;
  }
}
