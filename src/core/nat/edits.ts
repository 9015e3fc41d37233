/**
 * The fewest deletions by text and insertions by place that turn one list of rules into another, where a
 * deletion takes the FIRST rule with that text, as the kernel does.
 */

export interface Edits {
  /** Indices of observed rules that go, ascending. */
  readonly gone: readonly number[];
  /** Indices of wanted rules that come, ascending: each is inserted at just that index, after all deletions. */
  readonly come: readonly number[];
}

/** `wanted` has no text twice. */
export function editsBetween(observed: readonly string[], wanted: readonly string[]): Edits {
  const least = Math.min(observed.length, wanted.length);
  let head = 0;
  while (head < least && observed[head] === wanted[head]) head++;
  let tail = 0;
  while (tail < least - head && observed.at(-1 - tail) === wanted.at(-1 - tail)) tail++;
  const edits = editsWithin(observed, wanted, head, tail);
  // A double of a rule in the untouched head: deleting it by text would take the one in the head.
  const untouched = edits.gone.length === 0 ? null : new Set(observed.slice(0, head));
  const hitsHead = untouched !== null && edits.gone.some((index) => untouched.has(observed[index] ?? ''));
  return hitsHead ? editsWithin(observed, wanted, 0, 0) : edits;
}

function editsWithin(observed: readonly string[], wanted: readonly string[], head: number, tail: number): Edits {
  const place = new Map<string, number>();
  for (let i = head; i < wanted.length - tail; i++) place.set(wanted[i] ?? '', i);
  // Of doubles only the last can stay: the first ones are what deletion by text takes.
  const last = new Map<string, number>();
  for (let i = head; i < observed.length - tail; i++) last.set(observed[i] ?? '', i);
  const candidates: { readonly observed: number; readonly wanted: number }[] = [];
  for (let i = head; i < observed.length - tail; i++) {
    const text = observed[i] ?? '';
    const at = place.get(text);
    if (at !== undefined && last.get(text) === i) candidates.push({ observed: i, wanted: at });
  }
  const stays = longestIncreasing(candidates.map((one) => one.wanted)).map((index) => candidates[index]);
  const staysObserved = new Set(stays.map((one) => one?.observed));
  const staysWanted = new Set(stays.map((one) => one?.wanted));
  return {
    gone: range(head, observed.length - tail).filter((i) => !staysObserved.has(i)),
    come: range(head, wanted.length - tail).filter((i) => !staysWanted.has(i)),
  };
}

/** Indices of a longest strictly increasing subsequence; n log n. */
export function longestIncreasing(values: readonly number[]): readonly number[] {
  // ends[k]: index of the smallest value that ends an increasing run of k + 1.
  const ends: number[] = [];
  const before: number[] = [];
  for (const [index, value] of values.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    before.push(low === 0 ? -1 : (ends[low - 1] ?? -1));
    ends[low] = index;
  }
  const found: number[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) found.push(index);
  return found.reverse();
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
