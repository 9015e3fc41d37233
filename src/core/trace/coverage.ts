/**
 * Which packets are taken already, as a tree of source prefixes with port ranges at each node: asking costs the depth
 * of the tree, not the number of rules, unless narrower sources together make up all of a wider one.
 */
import { bitsOf, parseMasked, prefixLength } from './ip.ts';
import type { Family, Ports } from '../../model/family.ts';

export interface Coverage {
  /** `source` is a CIDR or an IP; null: everybody. */
  add(source: string | null, ports: Ports): void;
  /** Whether every port from every sender in `source` was added, by one or by several together. */
  covers(source: string | null, ports: Ports): boolean;
}

interface Node {
  /** Sorted, apart from each other and not touching. */
  readonly ranges: Ports[];
  readonly below: [Node | null, Node | null];
}

const emptyNode = (): Node => ({ ranges: [], below: [null, null] });

export function createCoverage(family: Family): Coverage {
  const root = emptyNode();
  return {
    add(source, ports) {
      let node = root;
      for (const bit of bitsOfSource(family, source)) node = node.below[bit] ??= emptyNode();
      addRange(node.ranges, ports);
    },
    covers(source, ports) {
      let node: Node | null = root;
      let left: readonly Ports[] = without([ports], root.ranges);
      for (const bit of bitsOfSource(family, source)) {
        node = node.below[bit];
        if (node === null) return left.length === 0;
        left = without(left, node.ranges);
        if (left.length === 0) return true;
      }
      return left.length === 0 || coveredBelow(node, left);
    },
  };
}

/** Whether both halves of the source take all that is left. */
function coveredBelow(node: Node, left: readonly Ports[]): boolean {
  return node.below.every((half) => {
    if (half === null) return false;
    const rest = without(left, half.ranges);
    return rest.length === 0 || coveredBelow(half, rest);
  });
}

function bitsOfSource(family: Family, source: string | null): readonly (0 | 1)[] {
  const masked = source === null ? null : parseMasked(source);
  if (masked === null) return [];
  if (masked.family !== family) throw new Error(`a source of another family: ${source ?? ''}`);
  const length = Math.min(prefixLength(masked), bitsOf(family));
  return Array.from({ length }, (_, i) => (((masked.words[i >> 5] ?? 0) >>> (31 - (i & 31))) & 1 ? 1 : 0));
}

function addRange(ranges: Ports[], { first, last }: Ports): void {
  const from = firstEndingFrom(ranges, first - 1);
  let till = from;
  let merged = { first, last };
  for (let next = ranges[till]; next !== undefined && next.first <= last + 1; next = ranges[++till]) {
    merged = { first: Math.min(merged.first, next.first), last: Math.max(merged.last, next.last) };
  }
  ranges.splice(from, till - from, merged);
}

/** What of `ports` lies in none of the sorted `ranges`. */
function without(ports: readonly Ports[], ranges: readonly Ports[]): readonly Ports[] {
  if (ranges.length === 0) return ports;
  return ports.flatMap((one) => {
    const left: Ports[] = [];
    let first = one.first;
    for (let i = firstEndingFrom(ranges, one.first); i < ranges.length; i++) {
      const range = ranges[i];
      if (range === undefined || range.first > one.last) break;
      if (range.first > first) left.push({ first, last: range.first - 1 });
      first = range.last + 1;
    }
    if (first <= one.last) left.push({ first, last: one.last });
    return left;
  });
}

function firstEndingFrom(ranges: readonly Ports[], port: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.last ?? 0) < port) low = middle + 1;
    else high = middle;
  }
  return low;
}
