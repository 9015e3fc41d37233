/** A commit that takes away much is looked at by a person first: an empty file or a wrong branch deletes as well. */
import type { Forward, Guest } from '../../model/desired.ts';
import { families, type Family, type Ports, showPorts } from '../../model/family.ts';
import type { Target } from '../../model/target.ts';
import { joinRanges, meetsRanges } from '../port-ranges.ts';

export interface GuardLimits {
  /** Of the forwards: from 0 to 1; 1 lets every deletion through. */
  readonly mostDeletions: number;
  readonly now: Date;
}

type Side = Pick<Target, 'host' | 'guests'>;

const shown = 5;

/** `deletes 5 of 12 forwards (main:80/tcp, ...)` or `deletes the running guest mail`; null where it may go through. */
export function guardText(before: Side, after: Side, { mostDeletions, now }: GuardLimits): string | null {
  const had = countForwards(before, now);
  // One that moves to another port is one that a person meant.
  const all = had > 0 && countForwards(after, now) === 0;
  const most = had * mostDeletions;
  // Of ten thousand forwards few are of a guest that is another now, and no others can be gone where the addresses stay.
  const kept = new Set(ipsOf(before) === ipsOf(after) ? after.guests : []);
  const unsure = livingForwards({ ...before, guests: before.guests.filter((guest) => !kept.has(guest)) }, now);
  const gone = all || (unsure.length > 1 && unsure.length > most) ? goneFrom(unsure, livingForwards(after, now)) : [];
  const many = gone.length > 1 && gone.length > most;
  const guests = before.guests.filter(({ name, state }) => {
    const then = after.guests.find((guest) => guest.name === name)?.state ?? 'absent';
    return state === 'running' && then === 'absent';
  });
  // Whether it runs was nobody's business here until now.
  const strange = after.guests.filter(({ name, state }) => {
    const old = before.guests.find((guest) => guest.name === name)?.state ?? 'unmanaged';
    return state === 'absent' && old === 'unmanaged';
  });
  const texts = [
    ...(mostDeletions < 1 && (all || many) ? [forwardsText(gone, had)] : []),
    ...(guests.length === 0
      ? []
      : [`deletes the running guest${guests.length === 1 ? '' : 's'} ${some(guests.map(({ name }) => name))}`]),
    ...(strange.length === 0
      ? []
      : [`shuts down what natroute did not manage so far: ${some(strange.map(({ name }) => name))}`]),
  ];
  return texts.length === 0 ? null : texts.join(' and ');
}

function forwardsText(gone: readonly Living[], of: number): string {
  const names = some(
    gone.map(({ forward: { address, ports, protocol } }) => `${address}:${showPorts(ports)}/${protocol}`),
  );
  if (gone.length < of) return `deletes ${gone.length} of ${of} forwards (${names})`;
  return of === 1 ? `deletes the only forward (${names})` : `deletes all ${of} forwards (${names})`;
}

function some(names: readonly string[]): string {
  return names.length <= shown
    ? names.join(', ')
    : `${names.slice(0, shown).join(', ')} and ${names.length - shown} more`;
}

/** A forward, and in which families it leads somewhere. */
interface Living {
  readonly forward: Forward;
  readonly ways: readonly Family[];
}

function livingForwards({ host, guests }: Side, now: Date): readonly Living[] {
  const addresses = new Map(host.addresses.map(({ name, ips }) => [name, ips]));
  const hasIp = (guest: Guest, family: Family): boolean =>
    guest.interfaces.some((one) => one.kind === 'nat' && one.ips[family] !== undefined);
  return guests
    .filter(({ state }) => state !== 'absent')
    .flatMap((guest) => {
      const own = families.filter((family) => hasIp(guest, family));
      return guest.forwards
        .filter((forward) => lives(forward, now))
        .map((forward) => {
          const ips = addresses.get(forward.address);
          return { forward, ways: own.filter((family) => ips?.[family] !== undefined) };
        });
    });
}

/** Which family leads to which address. */
function ipsOf({ host }: Side): string {
  return JSON.stringify(host.addresses.map(({ name, ips }) => [name, families.map((family) => family in ips)]));
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

/** A range that became longer, or a forward that another guest took over, is not gone; one of two families is. */
function goneFrom(forwards: readonly Living[], left: readonly Living[]): readonly Living[] {
  const places = ({ forward: { address, protocol }, ways }: Living): readonly string[] =>
    ways.map((family) => `${address}/${protocol}/${family}`);
  const ports = new Map<string, Ports[]>();
  for (const living of left)
    for (const place of places(living)) {
      const there = ports.get(place);
      if (there === undefined) ports.set(place, [living.forward.ports]);
      else there.push(living.forward.ports);
    }
  const ranges = new Map([...ports].map(([key, there]) => [key, joinRanges(there)]));
  return forwards.filter((one) =>
    places(one).some((place) => !meetsRanges(ranges.get(place) ?? [], one.forward.ports)),
  );
}
