/**
 * Which of an address's rules a change concerns: those that come or go, and those at the same ports. Among ten thousand
 * forwards of which one changes, only a few need to be understood.
 */
import type { Ports } from '../../model/family.ts';
import { sameRules } from '../nat/lines.ts';
import { joinRanges, meetsRanges } from '../port-ranges.ts';
import type { EntranceRule } from './entrances.ts';

export interface Touched {
  readonly before: readonly EntranceRule[];
  readonly after: readonly EntranceRule[];
}

/** Both sides in their own order; all of them where rules that stay have changed places. */
export function touchedRules(chain: string, before: readonly EntranceRule[], after: readonly EntranceRule[]): Touched {
  if (sameRules(chain, before, after)) return { before: [], after: [] };
  const [old, next] = [textsOf(before), textsOf(after)];
  const gone = before.filter(({ text }) => !next.has(text));
  const come = after.filter(({ text }) => !old.has(text));
  if (!sameOrder(before, after, { old, next })) return { before, after };
  const ranges = joinRanges([...gone, ...come].flatMap(({ text }) => portsOf(text)));
  // A rule without a port may catch any: it is looked at in any case.
  const near = ({ text }: EntranceRule): boolean => {
    const own = portsOf(text);
    return own.length === 0 || own.some((ports) => meetsRanges(ranges, ports));
  };
  return { before: before.filter(near), after: after.filter(near) };
}

function textsOf(rules: readonly EntranceRule[]): ReadonlySet<string> {
  return new Set(rules.map(({ text }) => text));
}

function sameOrder(
  before: readonly EntranceRule[],
  after: readonly EntranceRule[],
  { old, next }: { readonly old: ReadonlySet<string>; readonly next: ReadonlySet<string> },
): boolean {
  let at = 0;
  for (const { text } of before) {
    if (!next.has(text)) continue;
    while (at < after.length && !old.has(after[at]?.text ?? '')) at++;
    if (after[at]?.text !== text) return false;
    at++;
  }
  return true;
}

const destinationPorts = / --dports? (?:(\d+)(?::(\d+))? |(\S+))/;

function portsOf(text: string): readonly Ports[] {
  const match = destinationPorts.exec(text);
  if (match === null) return [];
  const [, first, last, list] = match;
  if (list === undefined) return [{ first: Number(first), last: Number(last ?? first) }];
  return list.split(',').map((part) => {
    const [from = '', to = from] = part.split(':');
    return { first: Number(from), last: Number(to) };
  });
}
