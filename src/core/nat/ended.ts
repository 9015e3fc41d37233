/** Rules that end by themselves: which have ended, and what is left without them. */
import type { ChainTarget, NatTarget, RuleTarget } from '../../model/target.ts';
import { linesOf } from './lines.ts';

/** The kernel compares whole seconds of UTC; the last one still counts. Milliseconds since 1970, null for a rule without a date. */
function endOf(text: string): number | null {
  const stop = / --datestop (\S+)/.exec(text)?.[1];
  return stop === undefined ? null : Date.parse(`${stop}Z`) + 1000;
}

/** Most chains have no rule with a date, and their lines are known as one text. */
function dated({ name, rules }: ChainTarget): readonly RuleTarget[] {
  return linesOf(name, rules).includes(' --datestop ') ? rules : [];
}

/** Whether some rule ended after `from` and not later than `to`. */
export function endedBetween(target: NatTarget, from: Date, to: Date): boolean {
  return target.chains.some((chain) =>
    dated(chain).some(({ text }) => {
      const end = endOf(text);
      return end !== null && from.getTime() < end && end <= to.getTime();
    }),
  );
}

/** When the next rule ends, in milliseconds since 1970; null where none will. */
export function nextEnd(target: NatTarget, after: Date): number | null {
  let next: number | null = null;
  for (const chain of target.chains)
    for (const { text } of dated(chain)) {
      const end = endOf(text);
      if (end !== null && end > after.getTime() && (next === null || end < next)) next = end;
    }
  return next;
}

/** The target without the rules that have ended by then: what it still does. */
export function stillOpen(target: NatTarget, now: Date): NatTarget {
  const chains = target.chains.map((chain) => ({
    name: chain.name,
    rules: chain.rules.filter(({ text }) => {
      const end = text.includes('--datestop') ? endOf(text) : null;
      return end === null || end > now.getTime();
    }),
  }));
  return { chains, jumps: target.jumps };
}
