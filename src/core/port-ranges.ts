/** Many port ranges at once: joined, and asked whether another has a port in common with one of them. */
import type { Ports } from '../model/family.ts';

/** Sorted and apart from each other. */
export function joinRanges(ranges: readonly Ports[]): readonly Ports[] {
  const joined: Ports[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = joined.at(-1);
    if (last === undefined || range.first > last.last) joined.push(range);
    else if (range.last > last.last) joined[joined.length - 1] = { first: last.first, last: range.last };
  }
  return joined;
}

/** `joined` is sorted and apart, so the only candidate is the last that begins at or before the end of `ports`. */
export function meetsRanges(joined: readonly Ports[], ports: Ports): boolean {
  let low = 0;
  let high = joined.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((joined[middle]?.first ?? 0) <= ports.last) low = middle + 1;
    else high = middle;
  }
  return low > 0 && (joined[low - 1]?.last ?? 0) >= ports.first;
}
