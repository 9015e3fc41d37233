/** `validate --packets`: real packets for each check and each forward, and their ends held against the walker's. */
import type { Desired } from '../model/desired.ts';
import type { Diagnostic, Position } from '../model/diagnostic.ts';
import { families, showPorts, type Family } from '../model/family.ts';
import type { Observation, Stage } from '../model/packets.ts';
import type { NatTarget } from '../model/target.ts';
import { tracedChecks } from './check.ts';
import { claimsOf, type Claim } from './nat/claims.ts';
import { renderNat } from './nat/render.ts';
import { createInternet, type Internet } from './trace/internet.ts';
import { agrees, rehearse, type Seat } from './trace/rehearsal.ts';
import { packetFrom, senderWithin, type Sender } from './trace/sender.ts';
import { hostPlace, outsidePlace } from './trace/stage.ts';
import { showSocket } from './trace/socket.ts';
import type { Trace } from './trace/trace.ts';
import { walk } from './trace/walk.ts';
import { traceWorld, type TraceWorld } from './trace/world.ts';
import { packetText, traceLines } from './views/trace.ts';

type Targets = Readonly<Record<Family, NatTarget>>;

/** One packet to send, and what it is for. */
interface Attempt {
  readonly about: string;
  readonly at: Position;
  readonly trace: Trace;
}

export interface Trial {
  readonly stage: Stage;
  readonly attempts: readonly Attempt[];
  readonly seats: readonly Seat[];
}

export interface TrialResult {
  /** `forward web main:80/tcp from 192.0.2.0/24`, `check internet to main:80/tcp`. */
  readonly about: string;
  readonly at: Position;
  readonly trace: Trace;
  /** What the real packet met; null where it was not sent. */
  readonly seen: Observation | null;
  /** Why it was not sent. */
  readonly skipped: string | null;
  /** Whether what was seen is what the walk said; null where nothing was sent. */
  readonly agrees: boolean | null;
}

/** The packets of one host: each check, and each rule of a forward at its first and last port. */
export function planTrial(desired: Desired, nat: Targets, now: Date): Trial {
  const world = traceWorld({ nat, host: desired.host, guests: desired.guests, now });
  const internet = createInternet(desired);
  const checks = tracedChecks(desired, nat, now).flatMap(({ check, trace }): Attempt[] => {
    if (trace === null) return [];
    const { from, to } = check;
    const sender = from.kind === 'internet' ? 'internet' : from.kind === 'guest' ? from.guest : from.ip;
    return [{ about: `check ${sender} to ${to.name}:${to.port}/${to.protocol}`, at: check.at, trace }];
  });
  const claims = claimsOf(desired);
  const forwards = families.flatMap((family) =>
    claims[family].flatMap((claim) => attemptsOf(world, claim, { family, internet })),
  );
  const attempts = [...checks, ...forwards];
  const tables = { v4: renderNat(nat.v4), v6: renderNat(nat.v6) };
  const { stage, seats } = rehearse(world, [{ tables, traces: attempts.map(({ trace }) => trace) }]);
  return { stage, attempts, seats: seats[0] ?? [] };
}

/** What came of each packet, in the order of the trial. */
export function judgeTrial(trial: Trial, rounds: readonly (readonly Observation[])[]): readonly TrialResult[] {
  return trial.attempts.map((attempt, i): TrialResult => {
    const seat = trial.seats[i];
    if (seat === undefined) throw new Error('a packet without a seat');
    if (seat.kind === 'skipped') return { ...attempt, seen: null, skipped: seat.why, agrees: null };
    const seen = rounds[seat.round]?.[seat.index];
    if (seen === undefined) throw new Error('a packet without an observation');
    if (seen.kind === 'unsent') return { ...attempt, seen: null, skipped: seen.why, agrees: null };
    return { ...attempt, seen, skipped: null, agrees: agrees(attempt.trace, seen) };
  });
}

/** An error for each packet that ended elsewhere than its walk. */
export function trialProblems(results: readonly TrialResult[]): readonly Diagnostic[] {
  return results.flatMap(({ about, at, trace, seen, agrees: same }) => {
    if (same !== false || seen === null) return [];
    return [
      {
        code: 'packets-differ',
        severity: 'error',
        message: `a real packet for ${about} ended elsewhere than natroute reckons: ${showSeen(seen)}`,
        help: 'Trust the packet. Please report it with what is below: either this kernel or natroute is wrong.',
        at,
        detail: [packetText(trace.packet), ...traceLines(trace).map(([, line]) => line)],
      },
    ];
  });
}

/** What a real packet met, as the rest of a sentence about it. */
export function showSeen(seen: Observation): string {
  switch (seen.kind) {
    case 'answered': {
      const who =
        seen.by === hostPlace ? 'the host' : seen.by === outsidePlace ? 'the outside' : seen.by.replace(/^[gs]-/, '');
      return `${who} answered at ${showSocket(seen.ip, seen.port)}, and saw ${seen.sender}`;
    }
    case 'silent':
      return 'nobody answered';
    case 'refused':
      return 'the connection was refused';
    case 'unreachable':
      return 'there was no way to it';
    case 'unsent':
      return `it was not sent: ${seen.why}`;
    default:
      return seen satisfies never;
  }
}

interface Place {
  readonly family: Family;
  readonly internet: Internet;
}

function attemptsOf(world: TraceWorld, claim: Claim, { family, internet }: Place): readonly Attempt[] {
  const ip = world.host.addresses.find((address) => address.name === claim.address)?.ips[family];
  const sender: Sender | null = claim.source === null ? { kind: 'internet' } : senderWithin(world, claim.source);
  if (ip === undefined || sender === null) return [];
  const { protocol, ports } = claim;
  const from = claim.source === null ? '' : ` from ${claim.source}`;
  const about = `forward ${claim.guest} ${claim.address}:${showPorts(ports)}/${protocol}${from}`;
  return [...new Set([ports.first, ports.last])].flatMap((port) => {
    const packet = packetFrom(world, sender, { ip, port, protocol }, internet);
    return packet === null ? [] : [{ about, at: claim.at, trace: walk(world, packet) }];
  });
}
