/**
 * The ports of one address and protocol, cut where the rules before and after begin or end: within a segment every
 * port meets the same rules, so a range that grows shows as what is new and not as one range that goes and one that comes.
 */
import type { Ports } from '../../model/family.ts';
import type { Entrance } from './entrances.ts';

export interface Segment {
  readonly ports: Ports;
  /** In the order of the rules. */
  readonly before: readonly Entrance[];
  readonly after: readonly Entrance[];
}

interface Span {
  readonly ports: Ports;
}

/** `marks` are further ranges at whose ends segments are cut. Ports that no entrance covers make no segment. */
export function segmentsOf(
  before: readonly Entrance[],
  after: readonly Entrance[],
  marks: readonly Ports[],
): readonly Segment[] {
  const spans = [...before, ...after];
  if (spans.length === 0) return [];
  const cuts = new Set<number>();
  for (const { ports } of spans) cuts.add(ports.first).add(ports.last + 1);
  for (const ports of marks) cuts.add(ports.first).add(ports.last + 1);
  const points = [...cuts].sort((a, b) => a - b);
  const befores = sweep(before);
  const afters = sweep(after);
  const segments: Segment[] = [];
  for (const [i, first] of points.entries()) {
    const last = (points[i + 1] ?? 0) - 1;
    const there = { before: befores(first), after: afters(first) };
    if (there.before.length + there.after.length > 0) segments.push({ ports: { first, last }, ...there });
  }
  return segments;
}

/** The spans over a port, in their own order; to be asked with growing ports. */
function sweep<T extends Span>(spans: readonly T[]): (port: number) => readonly T[] {
  const waiting = spans
    .map((span, order) => ({ span, order }))
    .sort((a, b) => a.span.ports.first - b.span.ports.first || a.order - b.order);
  let next = 0;
  let open: { readonly span: T; readonly order: number }[] = [];
  return (port) => {
    open = open.filter(({ span }) => span.ports.last >= port);
    for (let one = waiting[next]; one !== undefined && one.span.ports.first <= port; one = waiting[++next]) {
      if (one.span.ports.last >= port) open.push(one);
    }
    return open.sort((a, b) => a.order - b.order).map(({ span }) => span);
  };
}
