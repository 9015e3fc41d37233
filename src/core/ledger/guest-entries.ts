/** What guests did, gathered into the fewest entries of the ledger: one for each cause, outcome and generation. */
import type { Change } from '../../model/change.ts';
import type { GuestEvent } from '../../model/guest-status.ts';
import type { Outline } from '../../model/record.ts';

export interface GuestEntry<Event extends GuestEvent> {
  readonly outline: Pick<Outline, 'cause' | 'outcome' | 'commit' | 'generation' | 'changes'>;
  /** Those that it tells of. */
  readonly events: readonly Event[];
}

/** In the order of the first event of each; events are given oldest first. */
export function guestEntries<Event extends GuestEvent>(events: readonly Event[]): readonly GuestEntry<Event>[] {
  const together = groups(events, ({ cause, outcome, generation, commit }) =>
    JSON.stringify([cause, outcome, generation, commit?.commit ?? null]),
  );
  return together.map(([first, ...more]) => {
    const all = [first, ...more];
    const { cause, outcome, commit, generation } = first;
    const changes = groups(all, ({ name }) => name).map(changeOf);
    return { outline: { cause, outcome, commit, generation, changes }, events: all };
  });
}

type Some<Item> = readonly [Item, ...Item[]];

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Some<Item>[] {
  const found = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = found.get(keyOf(item));
    if (group === undefined) found.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...found.values()];
}

/** All of one guest is one change. */
function changeOf([first, ...more]: Some<GuestEvent>): Change {
  const texts = new Set([first, ...more].map(({ text }) => text));
  return {
    action: 'update',
    kind: 'guest',
    family: null,
    chain: null,
    key: first.name,
    before: null,
    after: [...texts].join('; '),
    counters: null,
    note: whenWords(first.at, more.at(-1)?.at ?? null, more.length + 1),
    at: null,
  };
}

/** The entry itself may be written later. */
function whenWords(first: string, last: string | null, times: number): string {
  const seconds = (at: string): string => at.replace(/\.\d+Z$/, 'Z');
  return last === null ? `noticed ${seconds(first)}` : `${times} times, noticed ${seconds(first)} to ${seconds(last)}`;
}
