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

export function lintConflicts(desired: Desired): readonly Diagnostic[] {
  const claims = new Map<string, Forward[]>();
  for (const guest of desired.guests)
    for (const forward of guest.forwards) {
      const key = `${forward.address}/${forward.protocol}/${forward.sources === null ? 'all' : 'some'}`;
      const list = claims.get(key);
      if (list === undefined) claims.set(key, [forward]);
      else list.push(forward);
    }
  return [...claims.values()].flatMap((forwards) =>
    (forwards[0]?.sources === null ? overlapping(forwards) : intersecting(forwards)).map(([a, b]) => conflict(a, b)),
  );
}

type Pair = readonly [Forward, Forward];

const byFirstPort = (forwards: readonly Forward[]): readonly Forward[] =>
  [...forwards].sort((a, b) => a.ports.first - b.ports.first || (isBefore(a.at, b.at) ? -1 : 1));

/** Each forward at most once, with the one before it that reaches furthest. */
function overlapping(forwards: readonly Forward[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let furthest: Forward | null = null;
  for (const forward of byFirstPort(forwards)) {
    if (furthest !== null && forward.ports.first <= furthest.ports.last) pairs.push([furthest, forward]);
    if (furthest === null || forward.ports.last > furthest.ports.last) furthest = forward;
  }
  return pairs;
}

/** Sweeps over the ports with the sources of all forwards that are open at each; each forward is told at most once. */
function intersecting(forwards: readonly Forward[]): readonly Pair[] {
  const pairs: Pair[] = [];
  const open = createSourceSet<Forward>(forwards.flatMap((f) => f.sources ?? []));
  const ending = [...forwards].sort((a, b) => a.ports.last - b.ports.last);
  const inside = new Set<Forward>();
  let ended = 0;
  for (const forward of byFirstPort(forwards)) {
    for (let next = ending[ended]; next !== undefined && next.ports.last < forward.ports.first; next = ending[++ended])
      if (inside.delete(next)) for (const source of next.sources ?? []) open.remove(source, next);
    const sources = forward.sources ?? [];
    const other = sources.map((s) => open.meeting(s)).find((f) => f !== null);
    if (other) pairs.push([other, forward]);
    else {
      inside.add(forward);
      for (const source of sources) open.add(source, forward);
    }
  }
  return pairs;
}

function conflict(a: Forward, b: Forward): Diagnostic {
  const [first, second] = isBefore(b.at, a.at) ? [b, a] : [a, b];
  const from = Math.max(a.ports.first, b.ports.first);
  const till = Math.min(a.ports.last, b.ports.last);
  const shared = `${a.address}:${showPorts({ first: from, last: till })}/${a.protocol}`;
  const who = first.guest === second.guest ? 'is forwarded twice' : `already leads to ${first.guest}`;
  const sources = a.sources === null ? '' : ' for some of the same sources';
  return finding(
    'forward-conflict',
    second.at,
    `${shared} ${who}${sources} (${shortly(first.at)})`,
    'keep one of the two, or take another port, address or source',
  );
}
