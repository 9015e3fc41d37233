/**
 * What has to be written so that an item of a guest's file says what was observed: its own values where that is enough,
 * else what is left of it and forwards of their own beside it.
 */
import type { Forward } from '../../model/desired.ts';
import { showPorts, type Ports } from '../../model/family.ts';
import { asList } from '../parse/build/draft.ts';
import type { ItemEdit, KeyEdit, NewItem } from './rewrite.ts';
import { sameButSources, sameShape, sameTerms, shapeOfForward, type Shape } from './shape.ts';
import { writeEntry, writeForward, writeList, writePorts, writeSource, writeUntil } from './spelling.ts';
import type { State, Written } from './state.ts';

export interface Decision {
  /** Null: the item stays as it is. */
  readonly edit: ItemEdit | null;
  readonly added: readonly NewItem[];
}

/** What became of each forward of an item: none where it is closed. */
export type Results = ReadonlyMap<Forward, readonly Shape[]>;

/** A sentence, for `because ...`, where it cannot be written. */
export function decide(written: Written, results: Results, state: State): Decision | string {
  const became = written.forwards.flatMap((forward) =>
    (results.get(forward) ?? []).map((shape): Became => ({ forward, shape })),
  );
  if (became.length === 0) return { edit: 'remove', added: [] };
  for (const one of became) {
    const from = fromEdit(written, one, state);
    if (typeof from === 'string') return from;
  }
  // Where some of the sources of a single forward went another way, it stays for the others.
  const [only, another] = new Set(became.map(({ forward }) => forward));
  const isOwn = ({ forward, shape }: Became): boolean => sameButSources(shape, shapeOfForward(forward, written.guest));
  const stay = only !== undefined && another === undefined ? (became.find(isOwn) ?? became[0]) : undefined;
  const together = stay === undefined ? became : [stay];
  const edit = asOneItem(written, together, state);
  if (edit === null) return split(written, results, state);
  const others = became.filter((one) => !together.includes(one));
  return { edit, added: others.map((one) => newItem(written, one, state)) };
}

interface Became {
  readonly forward: Forward;
  readonly shape: Shape;
}

/** Null where one item cannot say it all. */
function asOneItem(written: Written, became: readonly Became[], state: State): ItemEdit | null {
  const { raw, forwards } = written;
  const [first] = became;
  if (first === undefined || first.shape.guest.name !== written.guest.name) return null;
  if (!became.every(({ shape }) => sameTerms(shape, first.shape))) return null;
  const oldProtocols = asList(raw.protocol ?? 'tcp');
  const place = (forward: Forward): number => forwards.indexOf(forward);
  const ports = columnOf(became, {
    count: asList(raw.port).length,
    index: (forward) => Math.floor(place(forward) / oldProtocols.length),
    text: ({ ports: one }) => showPorts(one),
  });
  const protocols = columnOf(became, {
    count: oldProtocols.length,
    index: (forward) => place(forward) % oldProtocols.length,
    text: ({ protocol }) => protocol,
  });
  if (ports === null || protocols === null) return null;
  const stay = (column: Column): number => column.filter((one) => one !== null).length;
  if (stay(ports) * stay(protocols) !== became.length) return null;
  const to = toEdit(written, became, stay(ports));
  if (to === null) return null;
  const from = fromEdit(written, first, state);
  if (typeof from === 'string') return null;
  const edits = new Map<string, KeyEdit>();
  const put = (key: string, edit: KeyEdit | undefined): void => {
    if (edit !== undefined) edits.set(key, edit);
  };
  put('port', columnEdit(asList(raw.port).map(String), ports, Array.isArray(raw.port)));
  put('to', to.edit);
  put('protocol', columnEdit(oldProtocols, protocols, Array.isArray(raw.protocol)));
  if (first.shape.address !== first.forward.address) put('address', { kind: 'scalar', text: first.shape.address });
  put('from', from.edit);
  put('until', untilEdit(first, state));
  return edits;
}

/** For each old entry of a list what it becomes; null where it goes. */
type Column = readonly (string | null)[];

interface ColumnQuestion {
  readonly count: number;
  readonly index: (forward: Forward) => number;
  readonly text: (shape: Shape) => string;
}

/** Null where one entry would have to become two different ones, or two the same. */
function columnOf(became: readonly Became[], { count, index, text }: ColumnQuestion): Column | null {
  const column: (string | null)[] = Array.from({ length: count }, () => null);
  for (const { forward, shape } of became) {
    const i = index(forward);
    if (column[i] !== null && column[i] !== text(shape)) return null;
    column[i] = text(shape);
  }
  const stays = column.filter((one) => one !== null);
  return new Set(stays).size === stays.length ? column : null;
}

function columnEdit(old: readonly string[], column: Column, inList: boolean): KeyEdit | undefined {
  if (old.every((one, i) => one === column[i])) return undefined;
  if (!inList) return { kind: 'scalar', text: column[0] ?? '' };
  const removed = new Set(column.flatMap((one, i) => (one === null ? [i] : [])));
  const replaced = new Map(column.flatMap((one, i) => (one === null || one === old[i] ? [] : [[i, one] as const])));
  return { kind: 'list', removed, replaced, added: [] };
}

/** Null where one `to` cannot say it. */
function toEdit(
  { raw }: Written,
  became: readonly Became[],
  ports: number,
): { readonly edit: KeyEdit | undefined } | null {
  const shapes = became.map(({ shape }) => shape);
  const [first] = shapes;
  if (first === undefined) return null;
  const same = (a: Ports, b: Ports): boolean => a.first === b.first && a.last === b.last;
  const stays = shapes.every((shape) => same(shape.ports, shape.to));
  if (stays && raw.to === undefined) return { edit: undefined };
  if (stays && ports > 1) return { edit: { kind: 'remove' } };
  if (!shapes.every((shape) => same(shape.to, first.to))) return null;
  const text = writePorts(first.to);
  return { edit: String(raw.to ?? '') === text ? undefined : { kind: 'scalar', text } };
}

function untilEdit({ forward, shape }: Became, { desired }: State): KeyEdit | undefined {
  if (forward.until === shape.until) return undefined;
  if (shape.until === null) return { kind: 'remove' };
  return { kind: 'scalar', text: writeUntil(shape.until, desired.host) };
}

/** Entries that nobody of is left go, new sources are added by their IPs; a group is never taken apart. */
function fromEdit(
  { raw }: Written,
  { forward, shape }: Became,
  { desired }: State,
): { readonly edit: KeyEdit | undefined } | string {
  const [old, now] = [forward.sources, shape.sources];
  if (old === null && now === null) return { edit: undefined };
  if (now === null) return { edit: { kind: 'remove' } };
  if (old === null) return { edit: { kind: 'whole', text: writeList(now.map(writeSource)) } };
  const gone = new Set(old.filter((source) => !now.includes(source)));
  const entries = asList(raw.from);
  const added = now.filter((source) => !old.includes(source)).map(writeSource);
  if (gone.size === 0 && added.length === 0) return { edit: undefined };
  // A source without a group stands for itself; as many were written as were read.
  const members = entries.map((entry) => desired.groups.get(entry) ?? old.filter((source) => isSpelled(entry, source)));
  const removed = new Set(members.flatMap((of, i) => (of.every((source) => gone.has(source)) ? [i] : [])));
  for (const [i, of] of members.entries()) {
    const lost = of.find((source) => gone.has(source));
    if (removed.has(i) || lost === undefined) continue;
    return `${writeSource(lost)} comes with the group ${entries[i] ?? ''}, which has others too: groups are changed in groups.yaml`;
  }
  if (!Array.isArray(raw.from)) {
    const texts = [...entries.filter((_, i) => !removed.has(i)).map(writeEntry), ...added];
    return { edit: { kind: 'whole', text: writeList(texts) } };
  }
  return { edit: { kind: 'list', removed, replaced: new Map(), added } };
}

function isSpelled(entry: string, source: string): boolean {
  return entry === source || writeSource(source).replaceAll('"', '') === entry;
}

/** What is unchanged stays in the item as far as one item can say it; all else becomes forwards of their own. */
function split(written: Written, results: Results, state: State): Decision {
  const { raw, forwards, guest } = written;
  const protocols = asList(raw.protocol ?? 'tcp').length;
  const count = asList(raw.port).length;
  const isSame = (i: number, j: number): boolean => {
    const forward = forwards[i * protocols + j];
    if (forward === undefined) return false;
    return (results.get(forward) ?? []).some((shape) => sameShape(shape, shapeOfForward(forward, guest)));
  };
  const numbers = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);
  const rows = numbers(count).filter((i) => numbers(protocols).every((j) => isSame(i, j)));
  const columns = numbers(protocols).filter((j) => numbers(count).every((i) => isSame(i, j)));
  const stays = (i: number, j: number): boolean => (rows.length > 0 ? rows.includes(i) : columns.includes(j));
  const added = forwards.flatMap((forward, n): readonly NewItem[] => {
    const stay = stays(Math.floor(n / protocols), n % protocols);
    const own = shapeOfForward(forward, guest);
    return (results.get(forward) ?? [])
      .filter((shape) => !stay || !sameShape(shape, own))
      .map((shape) => newItem(written, { forward, shape }, state));
  });
  const edit = ((): ItemEdit | null => {
    const others = (n: number, kept: readonly number[]): ReadonlySet<number> =>
      new Set(numbers(n).filter((i) => !kept.includes(i)));
    const without = (removed: ReadonlySet<number>): KeyEdit => ({
      kind: 'list',
      removed,
      replaced: new Map(),
      added: [],
    });
    if (rows.length === count) return null;
    if (rows.length > 0) return new Map([['port', without(others(count, rows))]]);
    if (columns.length > 0) return new Map([['protocol', without(others(protocols, columns))]]);
    return 'remove';
  })();
  return { edit, added };
}

/** A forward of its own for what one became; it keeps what was written beside it. */
function newItem({ raw, guest }: Written, { forward, shape }: Became, { desired }: State): NewItem {
  const own = shapeOfForward(forward, guest);
  const sameSources = sameTerms(shape, { ...shape, sources: own.sources });
  const from = raw.from !== undefined && sameSources ? asList(raw.from) : null;
  const words = { host: desired.host, from, description: raw.description ?? null };
  return { guest: shape.guest.name, fields: writeForward(shape, words) };
}
