/**
 * The end of a change that had to be confirmed: it stays, or the last good generation returns. Whoever decides holds the
 * pass's lock and the fuse's, so that a decision is made once.
 */
import { armedName, confirmedName, firedName } from '../core/confirm/fuse.ts';
import { arrivalsIn } from '../core/confirm/arrivals.ts';
import { connectionKey, proofText } from '../core/confirm/words.ts';
import { butWhatChanged } from '../core/drift/leave.ts';
import type { Change } from '../model/change.ts';
import type { Confirmation, LiveConfirmation, Proof, Settlement } from '../model/confirmation.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { observedText, record } from './account.ts';
import { connectionsTo } from './arm.ts';
import { decisionOn, isOverdue, readConfirmation, standDown, writeConfirmation } from './confirmation.ts';
import { cutAffected, cutText, rulesOfTarget } from './cut.ts';
import { reinstate } from './drive.ts';
import { driveBack, notBack } from './drive-back.ts';
import { othersChanges, undoFiles } from './files.ts';
import type { Generation } from './generations.ts';
import { sentenceOf } from './go-back.ts';
import { clearIntent, readIntent } from './intent.ts';
import { leavingNow } from './leave.ts';
import { usesFilter } from './observer.ts';
import { firstFromOutside, whyInside } from './outside.ts';
import { recover } from './recover.ts';
import type { World } from './world.ts';

/** Takes the fuse's lock. The caller holds the pass's. */
export async function underFuse<T>(world: World, work: () => Promise<T>): Promise<T> {
  const lock = await world.locks.acquire('fuse', limits.fuseLockWaitSeconds);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Carries out what is decided or due; what still waits, null where nothing does. The caller holds both locks. */
export async function settle(world: World): Promise<Confirmation | null> {
  const confirmation = await readConfirmation(world);
  if (confirmation === null) return null;
  if (confirmation.live === null && (await readIntent(world))?.generation !== confirmation.generation) {
    // It went down before anything was changed.
    await standDown(world);
    return null;
  }
  const decision = await decisionOn(world, confirmation);
  if (decision === 'confirmed') await keep(world, confirmation, 'confirmed before an interruption');
  else if (decision !== 'open') await takeBack(world, confirmation, decision);
  else if (isOverdue(world, confirmation)) await takeBack(world, confirmation, 'time');
  else return confirmation;
  return null;
}

/** What has not been seen yet, and who proved the way in. */
export async function missingProofs(
  world: World,
  { proofs, live, generation }: Confirmation,
): Promise<{ readonly missing: readonly Proof[]; readonly by: string | null }> {
  if (live === null) return { missing: proofs, by: null };
  const { target } = await world.generations.read(generation);
  const known = new Set(live.known);
  let by = live.vouched;
  const seen = await Promise.all(
    proofs.map(async (proof) => {
      if (proof.kind !== 'inbound') return (await world.prober.probe(proof)) === null;
      if (live.vouched !== null) return true;
      if (proof.any.length === 0) return false;
      const { host } = target;
      const came = arrivalsIn(await connectionsTo(world, host), { host, any: proof.any, known });
      const found = await firstFromOutside(world, host, came);
      if (found !== null) by = `by a connection from ${found.source} to port ${found.port}`;
      return found !== null;
    }),
  );
  return { missing: proofs.filter((_, i) => seen[i] !== true), by };
}

/** From here on the fuse is out. False where it was too late. The caller holds both locks. */
export async function decide(world: World, confirmation: Confirmation, by: string | null): Promise<boolean> {
  if ((await decisionOn(world, confirmation)) !== 'open' || isOverdue(world, confirmation)) return false;
  const { confirm: folder } = world.paths;
  const { generation } = confirmation;
  await world.files.rename(`${folder}/${armedName(generation)}`, `${folder}/${confirmedName(generation)}`);
  await keep(world, confirmation, by);
  return true;
}

/**
 * What a person types: `session` is the connection that they came by, null at the host's own console. Under the fuse's lock:
 * who decides meanwhile, maybe by this very connection, clears away what is written here.
 */
export async function vouch(world: World, session: Vouching): Promise<Confirmation> {
  return underFuse(world, () => vouchFor(world, session));
}

async function vouchFor(world: World, session: Vouching): Promise<Confirmation> {
  const confirmation = await readConfirmation(world);
  if (confirmation?.live === undefined || confirmation.live === null) {
    const { settlement } = await world.memory.read();
    const last =
      settlement === undefined ? '' : `The last one, at ${settlement.at.slice(0, 19)}Z: ${settlement.text}. `;
    throw new Fault('usage', 'nothing waits for a confirmation', {
      help: `${last}\`natroute status\` says what is in force.`,
    });
  }
  const { live } = confirmation;
  if (session.connection !== null) await refuseUnproven(world, { ...confirmation, live }, session.connection);
  const vouched =
    session.connection === null
      ? "at the host's own console: no connection from outside was proven"
      : `over a new connection from ${session.connection.source}`;
  const begun = { ...confirmation, live: { ...live, vouched: `by \`natroute confirm\` ${vouched}` } };
  await writeConfirmation(world, begun);
  return begun;
}

/** Faults: usage for a connection that proves nothing about the way in, those of the ports. */
async function refuseUnproven(
  world: World,
  { live, generation, until: end }: Confirmation & { readonly live: LiveConfirmation },
  connection: NonNullable<Vouching['connection']>,
): Promise<void> {
  const until = `${end.slice(11, 19)}Z`;
  if (live.known.includes(connectionKey({ protocol: 'tcp', ...connection })))
    throw new Fault('usage', 'this connection is older than the change, so it does not prove that you still get in', {
      help: `Open a NEW connection to this host and run \`natroute confirm\` there, until ${until}.`,
    });
  const inside = await whyInside(world, (await world.generations.read(generation)).target.host, connection);
  if (inside !== null)
    throw new Fault('usage', `this does not prove that anybody gets in from outside: you came from ${inside}`, {
      help: `Connect from outside straight to this host, not by a guest or the host itself, and run \`natroute confirm\` there until ${until}; or run it at the host's own console. \`natroute rollback\` takes the change back at once.`,
    });
}

export interface Vouching {
  readonly connection: {
    readonly source: string;
    readonly sourcePort: number;
    readonly destination: string;
    readonly port: number;
  } | null;
}

async function generationsOf(
  world: World,
  { generation, previous }: Confirmation,
): Promise<{ readonly trial: Generation; readonly back: Generation | null }> {
  const trial = await world.generations.read(generation);
  return { trial, back: previous === null ? null : await world.generations.read(previous) };
}

/** It stays: in force for good, and what it closed is cut. */
async function keep(world: World, confirmation: Confirmation, by: string | null): Promise<void> {
  // Who went down in it did not come to write down what it did.
  await recover(world);
  if ((await readConfirmation(world)) === null) return;
  const { trial, back } = await generationsOf(world, confirmation);
  await world.generations.enforce(trial.number);
  const flows = await cutAffected(world, rulesOfTarget(back?.target ?? null), rulesOfTarget(trial.target));
  const reason = `${by ?? `by ${confirmation.proofs.map(proofText).join(', ') || 'no probe that counts'}`}${cutText(flows)}`;
  const { observed } = await world.observer.latest(usesFilter(trial.target));
  await close(world, confirmation, {
    outcome: 'confirmed',
    generation: trial,
    blamed: null,
    text: `generation ${trial.number} is confirmed: ${reason}`,
    reason,
    changes: [],
    refused: false,
    nat: observedText(observed, trial.target.nat),
  });
}

type WhyBack = 'time' | 'fired' | 'lost' | 'person';

/** Back to the last good generation, network only; its commit waits for a descendant. */
export async function takeBack(world: World, confirmation: Confirmation, why: WhyBack): Promise<void> {
  const { trial, back } = await generationsOf(world, confirmation);
  // What is seen now tells nothing of the time when nobody looked.
  const missing = why === 'time' ? (await missingSafely(world, confirmation)).missing : [];
  const target = back?.target ?? null;
  const driven = await driveBack(world, {
    target,
    applied: trial,
    leaving: butWhatChanged(await leavingNow(world), trial.target, target),
  });
  await reinstate(world, confirmation.taken);
  const { others, said, filesLeft } = await undoFiles(world, confirmation);
  const kept = [...said, ...notBack(driven)].map((one) => `; ${one}`).join('');
  const flows = await cutAffected(world, rulesOfTarget(trial.target), rulesOfTarget(target));
  const { confirm: folder } = world.paths;
  const reason = whyBack(world, confirmation, { missing, why });
  if ((await decisionOn(world, confirmation)) === 'open') {
    // Whoever goes down from here on finds the same mark as that of the fuse.
    await writeConfirmation(world, { ...confirmation, back: reason });
    await world.files.rename(`${folder}/${armedName(trial.number)}`, `${folder}/${firedName(trial.number)}`);
  }
  const rules = back === null ? "natroute's rules were taken out again" : `generation ${back.number} is in force again`;
  const where = [rules, ...notBack(driven)].join('; ');
  await close(world, confirmation, {
    outcome: 'rolled-back',
    generation: back,
    // Nobody but a person rolls back: the commit of then is not to blame.
    blamed: trial.restores === undefined ? confirmation.commit : null,
    text: `${reason}: ${where}`,
    reason: `${reason}${cutText(flows)}${kept}`,
    changes: othersChanges(others),
    filesLeft,
    refused: driven.refused !== null,
    nat: observedText(driven.observed, target?.nat ?? null),
  }).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
    const done = `All the same ${reason}: ${where}; the next pass writes it down.`;
    throw new Fault(error.code, `${sentenceOf(error)} ${done}`, error.detail);
  });
}

function whyBack(
  world: World,
  { generation, bootId, withinSeconds, wayIn, back }: Confirmation,
  { missing, why }: { readonly missing: readonly Proof[]; readonly why: WhyBack },
): string {
  if (why === 'person') return `generation ${generation} was taken back by a person before it was confirmed`;
  if (why === 'fired' && back !== undefined) return back;
  if (why === 'lost')
    return `it is not known any more whether generation ${generation} was confirmed (its mark in ${world.paths.confirm} is gone), so it does not stay`;
  const late = bootId === world.bootId ? `within ${withinSeconds} s` : 'before the host was booted again';
  const not = missing.length === 0 ? '' : ` (not seen: ${missing.map(proofText).join('; ')})`;
  const touched = wayIn.length === 0 ? '' : `; it touched the way in: ${wayIn.join('; ')}`;
  const fired = why === 'fired' ? '; natroute did not act in time, and the fuse put the rules back' : '';
  return `generation ${generation} was not confirmed ${late}${not}${touched}${fired}`;
}

/** What was missing is worth a word, but no reason to stay locked out. */
async function missingSafely(world: World, confirmation: Confirmation): ReturnType<typeof missingProofs> {
  try {
    return await missingProofs(world, confirmation);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { missing: confirmation.proofs, by: null };
  }
}

interface End {
  readonly outcome: Settlement['outcome'];
  /** What rules now. */
  readonly generation: Generation | null;
  /** The commit that waits for a descendant; null for none. */
  readonly blamed: Confirmation['commit'];
  readonly text: string;
  readonly reason: string;
  readonly changes: readonly Change[];
  /** Where others' files stand from now on; absent where that did not change. */
  readonly filesLeft?: readonly string[];
  /** The kernel does not take its rules: what a boot took is still to be put back. */
  readonly refused: boolean;
  readonly nat: ReturnType<typeof observedText>;
}

async function close(world: World, confirmation: Confirmation, end: End): Promise<void> {
  const { outcome, generation, blamed, reason, changes, filesLeft, refused, nat } = end;
  const at = world.clock.now().toISOString();
  const { commit, cause, hold } = confirmation;
  // An interruption may have come between the entry and the end of the files.
  const known = (await world.memory.read()).settlement;
  const told = known?.generation === confirmation.generation && known.at >= (confirmation.live?.since ?? '');
  if (!told)
    await record(world, {
      cause: outcome === 'confirmed' ? cause : 'rollback',
      outcome,
      commit,
      generation: generation?.number ?? null,
      changes,
      impact: [],
      reason,
      nat,
    });
  await world.memory.update({
    ...(refused ? {} : { bootId: world.bootId }),
    settlement: { outcome, generation: confirmation.generation, at, text: end.text },
    lastPass: { at, outcome, text: end.text },
    ...(filesLeft === undefined ? {} : { filesLeft }),
    ...(outcome === 'confirmed'
      ? { rejected: null, quarantined: null, held: hold === null ? null : { since: at, reason: hold } }
      : { drift: [], ...(blamed === null ? {} : { quarantined: { commit: blamed, at, reason } }) }),
  });
  if ((await readIntent(world))?.generation === confirmation.generation) await clearIntent(world);
  await standDown(world);
}
