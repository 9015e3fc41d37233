/**
 * Forwards that claim the same address, protocol and port.
 *
 * Two forwards for everyone conflict where their ports overlap; two with sources where ports and sources overlap. One
 * with sources beside one for everyone is no conflict: the narrower one is tried first.
 */
import type { Desired, Forward } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { showPorts } from '../../model/family.ts';
import { finding, isBefore, shortly } from './finding.ts';
import { createSourceSet } from './sources.ts';
import type { SourceSet } from './sources.ts';

export function lintConflicts(desired: Desired): readonly Diagnostic[] {
  const claims = new Map<string, Forward[]>();
  for (const guest of desired.guests)
    for (const forward of guest.forwards) {
      const key = `${forward.address}/${forward.protocol}/${forward.sources === null ? 'all' : 'some'}`;
      const list = claims.get(key);
      if (list === undefined) claims.set(key, [forward]);
      else list.push(forward);
    }
  return [...claims.values()]
    .filter(overlap)
    .flatMap((forwards) => clashing(forwards).map(([first, second]) => conflict(first, second)));
}

/** Of all forwards those of some guests, and those that have a port in common with one of them. */
export function nearTo(some: Desired, all: Desired): Desired {
  const theirs = new Set(some.guests);
  const byAddress = new Map<string, Forward[]>();
  for (const forward of some.guests.flatMap(({ forwards }) => forwards)) {
    const list = byAddress.get(forward.address);
    if (list === undefined) byAddress.set(forward.address, [forward]);
    else list.push(forward);
  }
  const isNear = ({ address, protocol, ports }: Forward): boolean =>
    byAddress
      .get(address)
      ?.some((one) => one.protocol === protocol && one.ports.first <= ports.last && ports.first <= one.ports.last) ===
    true;
  const guests = all.guests.map((guest) =>
    theirs.has(guest) ? guest : { ...guest, forwards: guest.forwards.filter(isNear) },
  );
  return { ...all, guests };
}

/** Whether any two have a port in common: of thousands of forwards few do. */
function overlap(forwards: readonly Forward[]): boolean {
  let last = -1;
  return forwards
    .toSorted((a, b) => a.ports.first - b.ports.first)
    .some(({ ports }) => {
      const met = ports.first <= last;
      last = Math.max(last, ports.last);
      return met;
    });
}

/** The one that is kept and the one that is told, which comes later in the files. */
type Clash = readonly [kept: Forward, told: Forward];

/** Where everyone may come, one network stands for all. */
const sourcesOf = (forward: Forward): readonly string[] => forward.sources ?? ['0.0.0.0/0'];

/**
 * Sweeps over the ports with the sources of all kept forwards that are open at each. Once all that are told are gone,
 * no conflict is left.
 */
function clashing(forwards: readonly Forward[]): readonly Clash[] {
  const clashes: Clash[] = [];
  const open = createSourceSet<Forward>(forwards.flatMap(sourcesOf));
  const kept = new Set<Forward>();
  const close = (forward: Forward): void => {
    if (kept.delete(forward)) for (const source of sourcesOf(forward)) open.remove(source, forward);
  };
  const ending = [...forwards].sort((a, b) => a.ports.last - b.ports.last);
  let ended = 0;
  for (const forward of [...forwards].sort((a, b) => a.ports.first - b.ports.first)) {
    for (let next = ending[ended]; next !== undefined && next.ports.last < forward.ports.first; next = ending[++ended])
      close(next);
    let other = metBy(open, forward);
    while (other !== null && isBefore(forward.at, other.at)) {
      clashes.push([forward, other]);
      close(other);
      other = metBy(open, forward);
    }
    if (other !== null) clashes.push([other, forward]);
    else {
      kept.add(forward);
      for (const source of sourcesOf(forward)) open.add(source, forward);
    }
  }
  return clashes;
}

function metBy(open: SourceSet<Forward>, forward: Forward): Forward | null {
  for (const source of sourcesOf(forward)) {
    const other = open.meeting(source);
    if (other !== null) return other;
  }
  return null;
}

function conflict(kept: Forward, told: Forward): Diagnostic {
  const from = Math.max(kept.ports.first, told.ports.first);
  const till = Math.min(kept.ports.last, told.ports.last);
  const shared = `${told.address}:${showPorts({ first: from, last: till })}/${told.protocol}`;
  const who = kept.guest === told.guest ? 'is forwarded twice' : `already leads to ${kept.guest}`;
  const sources = told.sources === null ? '' : ' for some of the same sources';
  return finding(
    'forward-conflict',
    told.at,
    `${shared} ${who}${sources} (${shortly(kept.at)})`,
    'keep one of the two, or take another port, address or source',
  );
}
