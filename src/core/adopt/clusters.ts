/** Steps that must be adopted together, because they are about one written item or one new forward; and how. */
import type { Change } from '../../model/change.ts';
import type { Forward } from '../../model/desired.ts';
import { decide } from './decide.ts';
import type { ItemEdit, NewItem } from './rewrite.ts';
import { guestOf, shapeKey, shapesOf, type Shape } from './shape.ts';
import { writeForward } from './spelling.ts';
import type { State, Written } from './state.ts';
import type { Step } from './steps.ts';
import { wayId, type Way } from './way.ts';

export interface Cluster {
  readonly steps: readonly Step[];
  readonly changes: readonly Change[];
  readonly removed: readonly Way[];
  readonly added: readonly Way[];
}

/** What to write for a cluster. */
export interface Writing {
  readonly items: readonly { readonly written: Written; readonly edit: ItemEdit }[];
  readonly added: readonly NewItem[];
}

/** What a way belongs to: an item that is written, or a forward that is not written yet. */
type Owner = Written | string;

function ownersOf({ removed, added }: Step, state: State): readonly Owner[] {
  const items = new Set<Owner>();
  for (const way of removed) {
    const written = writtenFor(way, state);
    if (written !== null) items.add(written);
  }
  if (items.size !== 1) for (const way of added) items.add(ownerOfNew(way, state));
  return [...items];
}

function writtenFor(way: Way, state: State): Written | null {
  const forward = state.forwardOf.get(wayId(way));
  return forward === undefined ? null : (state.writtenOf.get(forward) ?? null);
}

/** The forward that a new way only adds a source to, or the one that it begins. */
function ownerOfNew(way: Way, state: State): Owner {
  const forward = forwardWidened(way, state);
  return forward === null ? keyOf(way, state) : (state.writtenOf.get(forward) ?? keyOf(way, state));
}

function keyOf(way: Way, state: State): string {
  const guest = guestOf(way, state);
  return typeof guest === 'string' ? wayId(way) : shapeKey(way, guest);
}

function forwardWidened(way: Way, state: State): Forward | null {
  const guest = guestOf(way, state);
  if (typeof guest === 'string' || way.source === null) return null;
  const key = shapeKey(way, guest);
  const same = (forward: Forward): boolean =>
    (state.waysOfForward.get(forward) ?? []).some((own) => own.source !== null && shapeKey(own, guest) === key);
  return guest.forwards.find(same) ?? null;
}

export function clustersOf(steps: readonly Step[], state: State): readonly Cluster[] {
  const groupOf = new Map<Owner, Set<Step>>();
  for (const step of steps) {
    const owners = ownersOf(step, state);
    const merged = new Set<Step>([step]);
    for (const owner of owners) for (const other of groupOf.get(owner) ?? []) merged.add(other);
    // Everything that belonged to one of the merged ones belongs to all of them now.
    for (const [owner, group] of groupOf) if ([...group].some((one) => merged.has(one))) groupOf.set(owner, merged);
    for (const owner of owners) groupOf.set(owner, merged);
  }
  return [...new Set(groupOf.values())].map((group) => {
    const own = [...group];
    return {
      steps: own,
      changes: own.flatMap((step) => step.changes),
      removed: own.flatMap((step) => step.removed),
      added: own.flatMap((step) => step.added),
    };
  });
}

/** A sentence, for `because ...`, where it cannot be written. */
export function writingOf(cluster: Cluster, state: State): Writing | string {
  const gone = new Set(cluster.removed.map(wayId));
  const extra = new Map<Forward, Way[]>();
  const fresh: { readonly way: Way; readonly description: string | null }[] = [];
  for (const step of cluster.steps) {
    for (const way of step.added) {
      const forward = forwardOf(step, way, state);
      if (forward === null) fresh.push({ way, description: step.description });
      else extra.set(forward, [...(extra.get(forward) ?? []), way]);
    }
  }
  const items = new Map<Written, Map<Forward, readonly Shape[]>>();
  const touched = [...cluster.removed.flatMap((way) => state.forwardOf.get(wayId(way)) ?? []), ...extra.keys()];
  for (const forward of touched) {
    const written = state.writtenOf.get(forward);
    if (written === undefined || items.has(written)) continue;
    const results = new Map<Forward, readonly Shape[]>();
    for (const one of written.forwards) {
      const ways = (state.waysOfForward.get(one) ?? []).filter((way) => !gone.has(wayId(way)));
      const shapes = shapesOf([...ways, ...(extra.get(one) ?? [])], state);
      if (typeof shapes === 'string') return shapes;
      results.set(one, shapes);
    }
    items.set(written, results);
  }
  const decisions: { readonly written: Written; readonly edit: ItemEdit }[] = [];
  const added: NewItem[] = [];
  for (const [written, results] of items) {
    const decision = decide(written, results, state);
    if (typeof decision === 'string') return decision;
    if (decision.edit !== null) decisions.push({ written, edit: decision.edit });
    added.push(...decision.added);
  }
  const news = newForwards(fresh, state);
  return typeof news === 'string' ? news : { items: decisions, added: [...added, ...news] };
}

/** The forward that became this way, where one did. */
function forwardOf(step: Step, way: Way, state: State): Forward | null {
  const removed = new Set(step.removed.flatMap((one) => state.forwardOf.get(wayId(one)) ?? []));
  const [only] = removed;
  return removed.size === 1 && only !== undefined ? only : forwardWidened(way, state);
}

function newForwards(
  fresh: readonly { readonly way: Way; readonly description: string | null }[],
  state: State,
): readonly NewItem[] | string {
  const shapes = shapesOf(
    fresh.map(({ way }) => way),
    state,
  );
  if (typeof shapes === 'string') return shapes;
  const { host } = state.desired;
  const described = [...new Set(fresh.flatMap(({ description }) => description ?? []))];
  const description = described.length === 1 ? (described[0] ?? null) : null;
  return shapes.map((shape) => ({
    guest: shape.guest.name,
    fields: writeForward(shape, { host, from: null, description }),
  }));
}
