/**
 * What there is to tell, put into the outbox of everybody who wants to know it. Telling is a few small files; sending
 * them is the notify lanes' work, so that no receiver can hold up a pass or make it fail.
 */
import {
  appliedAlert,
  commitAlert,
  driftAlert,
  failedAlert,
  fightAlert,
  gapAlert,
  guestHealAlert,
  heldBackAlert,
  suspendedAlert,
  untoldAlerts,
} from '../core/alert/alerts.ts';
import { newsOf } from '../core/alert/topic.ts';
import { byTime } from '../core/drift/suspension.ts';
import { isFight } from '../core/drift/track.ts';
import { isUnmendable } from '../core/nat/diff.ts';
import { driftImpact } from '../core/plan/plan.ts';
import type { Alert } from '../model/alert.ts';
import type { DriftItem } from '../model/drift.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { GuestsLane } from './guests.ts';
import { remember } from './memory.ts';
import { createOutbox } from './outbox.ts';
import type { PassReport, Proposal, Told } from './request.ts';
import type { World } from './world.ts';

/** What lasts, one of each at most: its last alert is kept until it is over. */
export type Topic = 'drift' | 'network' | 'fetch' | 'guests' | 'ledger' | 'held' | 'rejected' | 'suspended';

/** Alerts without a topic that lasts. */
export async function tell(world: World, alerts: readonly Alert[]): Promise<void> {
  for (const receiver of world.config.notify) {
    const outbox = createOutbox(world.alertFiles, world.paths.alerts, receiver);
    const wanted = alerts.filter(({ event }) => event === 'test' || receiver.events.includes(event));
    for (const alert of wanted) await outbox.add(alert, world.clock.now());
  }
}

/** What is so now of each topic: null where all is well. Only what is new of it is told. */
export async function tellTopics(world: World, now: Readonly<Partial<Record<Topic, Alert | null>>>): Promise<void> {
  if (world.config.notify.length === 0) return;
  const folder = `${world.paths.alerts}/open`;
  const known = new Set(await world.alertFiles.list(folder));
  for (const [topic, alert] of Object.entries(now)) {
    const file = `${topic}.json`;
    const path = `${folder}/${file}`;
    const open = known.has(file) ? await readOpen(world, path) : null;
    const news = newsOf(open, alert, world.clock.now().toISOString());
    if (news === null) continue;
    await tell(world, [news]);
    if (alert === null) await world.alertFiles.remove(path);
    else await world.alertFiles.write(path, `${JSON.stringify(alert)}\n`);
  }
}

async function readOpen(world: World, path: string): Promise<Alert | null> {
  const bytes = await world.alertFiles.read(path);
  if (bytes === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Alert;
  } catch (cause) {
    throw new Fault('disk', `${path} is not readable as JSON`, {
      help: 'It is the trouble that was told last. Move it away: it is told again if it lasts.',
      cause,
    });
  }
}

export interface PassTelling {
  /** Of a heal that is not over yet: what is told here is told as soon as it is so. */
  healed(healed: Told): Promise<void>;
  /** What was told of it is on disk. */
  kept(): Promise<void>;
  /** Everything else that a pass has to tell; `memory.told` is its caller's to move then. */
  pass(report: PassReport): Promise<void>;
}

/** Tells of each pass of one process, and at the first what was written down before and then not told any more. */
export function createPassTelling(world: World): PassTelling {
  const startedAt = world.clock.now().toISOString();
  let caughtUp = false;
  const early = new WeakSet<Proposal>();
  return {
    async healed(healed) {
      // What is older is told first.
      if (!caughtUp) return;
      await tell(world, newsOfPass(healed));
      early.add(healed.proposal);
    },
    async kept() {
      if (caughtUp) await world.memory.update({ told: world.clock.now().toISOString() });
    },
    async pass(report) {
      try {
        if (!caughtUp) await tell(world, await untoldBefore(world, startedAt, report));
        caughtUp = true;
      } finally {
        if (!early.has(report.proposal)) await tell(world, newsOfPass(report));
        await tellLasting(world, report);
      }
    },
  };
}

async function untoldBefore(world: World, startedAt: string, report: PassReport): Promise<readonly Alert[]> {
  const { told } = await world.memory.read();
  if (world.config.notify.length === 0 || told === undefined) return [];
  const found = await world.ledger.entries({ most: limits.alertsKept, since: told, author: null });
  const untold = found.flatMap(({ record }) =>
    // This process itself has begun with what the one before left half done.
    told < record.at && (record.at < startedAt || record.outcome === 'recovered') ? [record] : [],
  );
  return untoldAlerts(
    untold.toReversed(),
    report.proposal.items.map(({ change }) => change),
  );
}

/** Everything that a pass has to tell; `memory.told` is its caller's to move. */
export async function tellPass(world: World, report: PassReport): Promise<void> {
  await tell(world, newsOfPass(report));
  await tellLasting(world, report);
}

async function tellLasting(world: World, report: PassReport): Promise<void> {
  const { at, outcome, proposal, text } = report;
  const waits = outcome === 'held' || outcome === 'rejected' || outcome === 'quarantined';
  const waiting = waits ? commitAlert(outcome, { at, commit: proposal.commit, text }) : null;
  await tellTopics(world, {
    network: null,
    drift: lastingDrift(report),
    suspended: suspendedAlert(at, proposal.suspensions),
    // A heal while a commit waits says nothing about the commit.
    ...(outcome === 'healed' && !proposal.fresh
      ? {}
      : { held: outcome === 'held' ? waiting : null, rejected: outcome === 'held' ? null : waiting }),
  });
}

/** What the guests lane put right since it was told last. */
export async function tellHealedGuests(world: World, lane: Pick<GuestsLane, 'healed'>): Promise<void> {
  const news = guestHealAlert(world.clock.now().toISOString(), lane.healed());
  if (news !== null) await tell(world, [news]);
}

/** A gap in the ledger, once: `log` gets it for the journal. */
export async function tellGap(world: World, log: (line: string) => void): Promise<void> {
  const { ledgerGap: gap } = await world.memory.read();
  if (gap === undefined || gap.told) return;
  log(`ledger: ${gap.text}`);
  await tell(world, [gapAlert(gap)]);
  await remember(world, { ledgerGap: { ...gap, told: true } });
}

/** Where no pass follows: a suspension that was begun or ended by hand. */
export async function tellSuspensions(world: World): Promise<void> {
  const now = world.clock.now();
  const { lasting } = byTime((await world.memory.read()).suspensions, now);
  await tellTopics(world, { suspended: suspendedAlert(now.toISOString(), lasting) });
}

function newsOfPass(report: Told): readonly Alert[] {
  const { outcome, proposal, at, text } = report;
  const { plan, commit } = proposal;
  if (outcome !== 'applied' && outcome !== 'healed') return [];
  // What comes back again and again is a trouble that lasts, told as that.
  const done = proposal.items.filter((item) => item.done === 'found' && !isFight(item) && !isUnmendable(item.change));
  const [heldBack, healed] = [done.filter(({ ofCommit }) => ofCommit), done.filter(({ ofCommit }) => !ofCommit)];
  return [
    ...(healed.length > 0 ? [driftOf(report, healed, true)] : []),
    ...(heldBack.length > 0 ? [heldBackOf(report, heldBack, healed.length === 0)] : []),
    ...(outcome === 'applied' ? [appliedAlert({ at, commit, text, impact: plan.impact, changes: plan.changes })] : []),
  ];
}

/** Null where nothing lasts. What somebody left alone on purpose is told as a suspension. */
function lastingDrift(report: PassReport): Alert | null {
  const { items, tracked } = report.proposal;
  const fighting = [...items, ...tracked.healed].filter(isFight);
  if (fighting.length > 0) return fightAlert(report.at, fighting);
  // What only a person can mend stays, whatever the policy says.
  const reported = items.filter(({ done, change }) => done === 'reported' || isUnmendable(change));
  return reported.length === 0 ? null : driftOf(report, reported, false);
}

function heldBackOf({ at, text, proposal }: Told, items: readonly DriftItem[], alone: boolean): Alert {
  const { commit, plan } = proposal;
  // What it means outside is known of the whole plan only.
  const impact = alone ? plan.impact : [];
  return heldBackAlert({ at, commit, text, impact, changes: items.map(({ change }) => change) });
}

function driftOf({ at, proposal }: Told, items: readonly DriftItem[], healed: boolean): Alert {
  const { applied, observed, items: all } = proposal;
  // What it means outside is known of the whole drift only.
  const whole = healed || items.length === all.length;
  const impact = applied === null || !whole ? [] : driftImpact(applied.target, observed);
  const changes = items.map(({ change }) => change);
  return driftAlert({ at, changes, actors: items.map(({ actor }) => actor), impact, healed });
}

/** A lane that failed; told at once, or for the remote only when it goes on. */
export async function tellFailure(world: World, topic: Topic, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const help = error instanceof Fault ? (error.detail.help ?? null) : null;
  const at = world.clock.now().toISOString();
  await tellTopics(world, { [topic]: failedAlert({ at, lane: topic, reason, help }) });
}
