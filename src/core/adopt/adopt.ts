/**
 * Drift as the smallest patch of the state repository. What is offered is proven first: the patched files are parsed,
 * linted, checked and compiled, and must come out as exactly what was observed.
 */
import type { Change } from '../../model/change.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { families, type Family } from '../../model/family.ts';
import type { StateFile } from '../../model/state.ts';
import { createCompileMemo } from '../nat/compile.ts';
import { createParseMemo } from '../parse/parse.ts';
import { clustersOf, writingOf, type Cluster, type Writing } from './clusters.ts';
import { unifiedDiff } from './patch.ts';
import { editForwards, type ForwardsEdit, type ItemEdit } from './rewrite.ts';
import { applySplices, collide, type Splice } from './splice.ts';
import type { Fields } from './spelling.ts';
import { readState, readWays, type Memo, type State, type When } from './state.ts';
import { ipOfAddress, stepsOf, type LeftChange } from './steps.ts';
import { showDestination, showEntrance, wayId, waysInOrder, type Way } from './way.ts';

export interface AdoptQuestion extends When {
  /** The state repository that the drift is measured against. */
  readonly files: readonly StateFile[];
  /** From what was applied to what was there. */
  readonly changes: readonly Change[];
  /** Our rules as they were found, as excerptNat prints them. */
  readonly observed: Readonly<Record<Family, string>>;
}

export interface AdoptedChange {
  readonly changes: readonly Change[];
  /** Files that say it now. */
  readonly files: readonly string[];
  /** One line for a person: `main:25/tcp -> 192.168.1.2:26, was 192.168.1.2:25`. */
  readonly text: string;
}

export interface Adoption {
  readonly adopted: readonly AdoptedChange[];
  readonly left: readonly LeftChange[];
  /** Path -> the whole file as it would be. */
  readonly files: ReadonlyMap<string, string>;
  /** What `git apply` takes; '' where nothing is adopted. */
  readonly patch: string;
}

/** The diagnostics where the repository itself has errors. */
export function adopt(question: AdoptQuestion): Adoption | readonly Diagnostic[] {
  const memo: Memo = { parsed: createParseMemo(), made: createCompileMemo() };
  const state = readState(question.files, question, memo);
  if (!('desired' in state)) return state;
  const found = observedWays(question, state);
  const there = new Set(families.flatMap((family) => [...found[family].values()].flat().map(wayId)));
  const { steps, left } = stepsOf(question.changes, state, there);
  const refused: LeftChange[] = [...left];
  const candidates: Candidate[] = [];
  for (const cluster of clustersOf(steps, state)) {
    const writing = orderTrouble(cluster, found) ?? writingOf(cluster, state);
    if (typeof writing === 'string') refused.push(...cluster.changes.map((change) => ({ change, why: writing })));
    else candidates.push({ cluster, writing });
  }
  const prove = (some: readonly Candidate[]): string | null => whyNotProven(some, { question, state, memo });
  const accepted: Candidate[] = [];
  const accept = (some: readonly Candidate[]): void => {
    const why = some.length === 0 ? null : prove([...accepted, ...some]);
    if (why === null) accepted.push(...some);
    else if (some.length === 1) refused.push(...(some[0]?.cluster.changes ?? []).map((change) => ({ change, why })));
    else {
      const half = some.length >> 1;
      accept(some.slice(0, half));
      accept(some.slice(half));
    }
  };
  accept(candidates);
  return adoptionOf(accepted, refused, state);
}

interface Candidate {
  readonly cluster: Cluster;
  readonly writing: Writing;
}

function adoptionOf(accepted: readonly Candidate[], left: readonly LeftChange[], state: State): Adoption {
  const edited = editsOf(accepted, state);
  const files = new Map<string, string>();
  let patch = '';
  for (const { path, before, splices } of edited) {
    files.set(path, applySplices(before, splices));
    patch += unifiedDiff(path, before, splices);
  }
  const adopted = accepted.map(({ cluster, writing }): AdoptedChange => ({
    changes: cluster.changes,
    files: [...new Set(guestsOf(writing).map((name) => state.fileOf.get(name)?.source.path ?? ''))].sort(),
    text: textOf(cluster),
  }));
  return { adopted, left, files, patch };
}

function guestsOf({ items, added }: Writing): readonly string[] {
  return [...items.map(({ written }) => written.guest.name), ...added.map(({ guest }) => guest)];
}

interface EditedFile {
  readonly path: string;
  readonly before: string;
  readonly splices: readonly Splice[];
}

/** Sorted by path. */
function editsOf(accepted: readonly Candidate[], state: State): readonly EditedFile[] {
  const edits = new Map<string, { readonly items: Map<number, ItemEdit>; readonly added: Fields[] }>();
  const of = (guest: string): ForwardsEdit & { items: Map<number, ItemEdit>; added: Fields[] } => {
    const found = edits.get(guest) ?? { items: new Map<number, ItemEdit>(), added: [] };
    edits.set(guest, found);
    return found;
  };
  for (const { writing } of accepted) {
    for (const { written, edit } of writing.items) of(written.guest.name).items.set(written.index, edit);
    for (const { guest, fields } of writing.added) of(guest).added.push(fields);
  }
  return [...edits]
    .map(([guest, edit]): EditedFile => {
      const file = state.fileOf.get(guest);
      if (file === undefined) throw new Error(`invariant: no file of the guest ${guest}`);
      return { path: file.source.path, before: file.source.text, splices: editForwards(file, edit) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Proof {
  readonly question: AdoptQuestion;
  readonly state: State;
  readonly memo: Memo;
}

/** Null where the patched repository compiles to exactly what was there before with these changes. */
function whyNotProven(some: readonly Candidate[], { question, state, memo }: Proof): string | null {
  const edited = editsOf(some, state);
  const unclear = edited.find(({ splices }) => collide(splices));
  if (unclear !== undefined) return `its edits of ${unclear.path} meet in one place: write it by hand`;
  const contents = new Map(edited.map(({ path, before, splices }) => [path, encode(applySplices(before, splices))]));
  const files = question.files.map((file): StateFile => {
    const content = contents.get(file.path);
    return content === undefined ? file : { ...file, content, bytes: content.length };
  });
  const read = readWays(files, question, memo);
  if (!('ways' in read)) {
    const problem = read.find(({ severity }) => severity === 'error');
    return `natroute would refuse it: ${problem?.message ?? 'the repository would have errors'}`;
  }
  const expected = new Map(state.ways);
  for (const { cluster } of some) for (const way of cluster.removed) expected.delete(wayId(way));
  for (const { cluster } of some) for (const way of cluster.added) expected.set(wayId(way), way);
  const odd = differing(read.ways, expected);
  return odd === null ? null : `written down it would also change ${showEntrance(odd)}`;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function differing(a: ReadonlyMap<string, Way>, b: ReadonlyMap<string, Way>): Way | null {
  for (const [id, way] of a) if (!b.has(id)) return way;
  for (const [id, way] of b) if (!a.has(id)) return way;
  return null;
}

type ObservedWays = Readonly<Record<Family, ReadonlyMap<string, readonly Way[]>>>;

/** By address, in the order in which packets met them. */
function observedWays({ observed }: AdoptQuestion, state: State): ObservedWays {
  const of = (family: Family): ObservedWays[Family] =>
    waysInOrder(observed[family], family, (name) => ipOfAddress(state, name, family));
  return { v4: of('v4'), v6: of('v6') };
}

/**
 * A rule for some sources behind one for everyone is met by no packet, and the repository would put it in front: what is
 * closed would open, or the other way round.
 */
function orderTrouble(cluster: Cluster, found: ObservedWays): string | null {
  for (const family of families) {
    for (const way of cluster.added.filter((one) => one.family === family)) {
      const ways = found[family].get(way.address) ?? [];
      const at = ways.findIndex((one) => wayId(one) === wayId(way));
      const ahead = ways.slice(0, at).find((one) => one.source === null && overlaps(one, way));
      if (at >= 0 && way.source !== null && ahead !== undefined)
        return `${showEntrance(way)} stands behind the rule for everyone, where no packet meets it`;
      const behind = ways.slice(at + 1).find((one) => one.source !== null && overlaps(one, way));
      if (at >= 0 && way.source === null && behind !== undefined)
        return `it stands ahead of ${showEntrance(behind)} and hides it, and the repository always tries that first`;
    }
  }
  return null;
}

function overlaps(a: Way, b: Way): boolean {
  return a.protocol === b.protocol && a.ports.first <= b.ports.last && b.ports.first <= a.ports.last;
}

function textOf({ steps }: Cluster): string {
  return steps
    .map(({ removed, added }) => {
      const was = removed.map((way) => `${showEntrance(way)} -> ${showDestination(way)}`).join(', ');
      const is = added.map((way) => `${showEntrance(way)} -> ${showDestination(way)}`).join(', ');
      if (added.length === 0) return `no more ${was}`;
      return removed.length === 0 ? is : `${is}, was ${was}`;
    })
    .join('; ');
}
