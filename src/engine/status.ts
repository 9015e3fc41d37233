/** Where this host stands, from what is on disk; the daemon adds what only it knows. */
import { showUrl } from '../config.ts';
import { guestNetworks } from '../core/guests/networks.ts';
import { proofText } from '../core/confirm/words.ts';
import { byTime } from '../core/drift/suspension.ts';
import type { GuestStatus } from '../model/guest-status.ts';
import type { Confirmation } from '../model/confirmation.ts';
import type { DriftItem, Suspension } from '../model/drift.ts';
import type { Change } from '../model/change.ts';
import type { CommitFacts } from '../model/record.ts';
import { inForce, readConfirmation } from './confirmation.ts';
import { readGuestsReport } from './guests-report.ts';
import type { LaneState } from './lane.ts';
import type { Foreign, LastPass, Memory } from './memory.ts';
import type { Target } from '../model/target.ts';
import type { World } from './world.ts';

export interface Status {
  readonly host: string;
  readonly repository: string;
  readonly branch: string;
  /** The newest commit fetched and trusted. */
  readonly trusted: string | null;
  /** The commit whose rules are in force, confirmed or not. */
  readonly commit: CommitFacts | null;
  readonly generation: number | null;
  /** The earlier generation whose network it brought back; null where it came from git or a folder. */
  readonly restores: number | null;
  readonly appliedAt: string | null;
  readonly lastPass: LastPass | null;
  readonly drift: {
    readonly since: string;
    readonly changes: readonly Change[];
    readonly items: readonly DriftItem[];
  } | null;
  readonly suspensions: readonly Suspension[];
  /** What the last pass found of others in the packet filter; null where none looked yet. */
  readonly foreign: Foreign | null;
  readonly held: Memory['held'];
  readonly rejected: Memory['rejected'];
  readonly quarantined: Memory['rejected'];
  /** A change that goes back by itself unless it is confirmed; null where nothing waits. */
  readonly unconfirmed: Unconfirmed | null;
  readonly guests: readonly GuestInForce[];
  /** Why guests could not be looked at; null where they could. */
  readonly guestsFailed: string | null;
  /** Null where no daemon runs. */
  readonly daemon: DaemonStatus | null;
}

export interface Unconfirmed {
  readonly generation: number;
  readonly previous: number | null;
  readonly commit: CommitFacts | null;
  /** ISO 8601. */
  readonly until: string;
  /** What must be seen, one sentence each. */
  readonly waitsFor: readonly string[];
  readonly wayIn: readonly string[];
}

/** With what the generation in force gives it. */
export interface GuestInForce extends GuestStatus {
  readonly addresses: readonly string[];
  /** `main:80/tcp -> 80`, sorted as in its file. */
  readonly forwards: readonly string[];
}

export interface DaemonStatus {
  readonly pid: number;
  readonly startedAt: string;
  readonly nextPass: string | null;
  readonly lanes: Readonly<Record<'fetch' | 'network' | 'guests' | 'ledger', LaneState>>;
  readonly guests: readonly GuestStatus[];
  readonly lastPass: LastPass | null;
}

export async function readStatus(world: World, daemon: DaemonStatus | null): Promise<Status> {
  const generation = await inForce(world);
  const memory = await world.memory.read();
  return {
    host: world.config.host,
    repository: showUrl(world.config.repository.url),
    branch: world.config.repository.branch,
    trusted: await world.mirror.trusted(),
    commit: generation?.commit ?? null,
    generation: generation?.number ?? null,
    restores: generation?.restores ?? null,
    appliedAt: generation?.createdAt ?? null,
    lastPass: daemon?.lastPass ?? memory.lastPass,
    drift: driftOf(memory.drift.filter(({ done }) => done !== 'healed')),
    suspensions: byTime(memory.suspensions, world.clock.now()).lasting,
    foreign: memory.foreign ?? null,
    held: memory.held,
    rejected: memory.rejected,
    quarantined: memory.quarantined ?? null,
    unconfirmed: unconfirmedOf(await readConfirmation(world)),
    ...(await readGuests(world, generation?.target ?? null, daemon?.guests ?? [])),
    daemon,
  };
}

/** Every guest of the generation in force, and those that no file names, with what is known of them. */
export async function readGuests(
  world: World,
  target: Target | null,
  own: readonly GuestStatus[],
): Promise<Pick<Status, 'guests' | 'guestsFailed'>> {
  const report = target?.host.toolstack === 'xl' ? await readGuestsReport(world) : null;
  const known = new Map((report?.guests ?? own).map((guest) => [guest.name, guest]));
  const silent =
    target?.host.toolstack === 'xl' && report === null && target.guests.some(({ state }) => state !== 'unmanaged')
      ? 'nobody looks after the guests: start natroute-guests.service (`natroute guests`)'
      : null;
  for (const { name, state: desired } of target?.guests ?? [])
    if (known.get(name)?.desired !== desired) known.set(name, { ...unseen, name, desired });
  const networks = new Map(
    target === null ? [] : target.guests.map((guest) => [guest.name, guestNetworks(target.host, guest)]),
  );
  const guests = [...known.values()].map((guest): GuestInForce => ({
    ...guest,
    ...(networks.get(guest.name) ?? none),
  }));
  return { guests: guests.sort((a, b) => (a.name < b.name ? -1 : 1)), guestsFailed: report?.failed ?? silent };
}

const none = { addresses: [], forwards: [] };
const unseen = { state: 'unknown', detail: null, pending: [], uptimeSeconds: null, memory: null, vcpus: null } as const;

function unconfirmedOf(confirmation: Confirmation | null): Unconfirmed | null {
  if (confirmation === null) return null;
  const { generation, previous, commit, until, proofs, wayIn } = confirmation;
  return { generation, previous, commit, until, waitsFor: proofs.map(proofText), wayIn };
}

function driftOf(items: readonly DriftItem[]): Status['drift'] {
  const since = items.map((item) => item.since).sort()[0];
  return since === undefined ? null : { since, changes: items.map(({ change }) => change), items };
}
