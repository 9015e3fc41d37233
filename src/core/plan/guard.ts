/** A commit that takes away much is looked at by a person first: an empty file or a wrong branch deletes as well. */
import type { Forward } from '../../model/desired.ts';
import { type Ports, showPorts } from '../../model/family.ts';
import type { Target } from '../../model/target.ts';
import { joinRanges, meetsRanges } from '../port-ranges.ts';

export interface GuardLimits {
  /** Of the forwards: from 0 to 1; 1 lets every deletion through. */
  readonly mostDeletions: number;
  readonly now: Date;
}

type Side = Pick<Target, 'guests'>;

const shown = 5;

/** `deletes 5 of 12 forwards (main:80/tcp, ...)` or `deletes the running guest mail`; null where it may go through. */
export function guardText(before: Side, after: Side, { mostDeletions, now }: GuardLimits): string | null {
  const had = countForwards(before, now);
  // One that moves to another port is one that a person meant.
  const all = had > 0 && countForwards(after, now) === 0;
  const most = had * mostDeletions;
  // Of ten thousand forwards few are of a guest that is another now, and no others can be gone.
  const kept = new Set(after.guests);
  const unsure = livingForwards({ guests: before.guests.filter((guest) => !kept.has(guest)) }, now);
  const gone = all || (unsure.length > 1 && unsure.length > most) ? goneFrom(unsure, livingForwards(after, now)) : [];
  const many = gone.length > 1 && gone.length > most;
  const guests = before.guests.filter(({ name, state }) => {
    const then = after.guests.find((guest) => guest.name === name)?.state ?? 'absent';
    return state === 'running' && then === 'absent';
  });
  const texts = [
    ...(mostDeletions < 1 && (all || many) ? [forwardsText(gone, had)] : []),
    ...(guests.length === 0
      ? []
      : [`deletes the running guest${guests.length === 1 ? '' : 's'} ${some(guests.map(({ name }) => name))}`]),
  ];
  return texts.length === 0 ? null : texts.join(' and ');
}

function forwardsText(gone: readonly Forward[], of: number): string {
  const names = some(gone.map(({ address, ports, protocol }) => `${address}:${showPorts(ports)}/${protocol}`));
  if (gone.length < of) return `deletes ${gone.length} of ${of} forwards (${names})`;
  return of === 1 ? `deletes the only forward (${names})` : `deletes all ${of} forwards (${names})`;
}

function some(names: readonly string[]): string {
  return names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}

function livingForwards({ guests }: Side, now: Date): readonly Forward[] {
  return guests
    .filter(({ state }) => state !== 'absent')
    .flatMap(({ forwards }) => forwards.filter((forward) => lives(forward, now)));
}

function countForwards({ guests }: Side, now: Date): number {
  let count = 0;
  for (const { state, forwards } of guests)
    if (state !== 'absent') for (const forward of forwards) if (lives(forward, now)) count++;
  return count;
}

/** What ended by its date is deleted for tidiness. */
function lives({ until }: Forward, now: Date): boolean {
  return until === null || Date.parse(`${until}Z`) + 999 >= now.getTime();
}

/** A range that became longer, or a forward that another guest took over, is not gone. */
function goneFrom(forwards: readonly Forward[], left: readonly Forward[]): readonly Forward[] {
  const place = ({ address, protocol }: Forward): string => `${address}/${protocol}`;
  const ports = new Map<string, Ports[]>();
  for (const forward of left) {
    const there = ports.get(place(forward));
    if (there === undefined) ports.set(place(forward), [forward.ports]);
    else there.push(forward.ports);
  }
  const ranges = new Map([...ports].map(([key, there]) => [key, joinRanges(there)]));
  return forwards.filter((one) => !meetsRanges(ranges.get(place(one)) ?? [], one.ports));
}
