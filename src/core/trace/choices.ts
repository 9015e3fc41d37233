/** The forks of one walk: a script of earlier choices is followed, and every further fork takes its first way. */
import type { Assumption, RulePlace } from './trace.ts';

export interface Taken {
  readonly picked: number;
  readonly of: number;
}

export interface Choices {
  /** One of the labels, by its number; remembered as an assumption about the rule. */
  pick(rule: RulePlace, labels: readonly string[]): number;
  readonly taken: readonly Taken[];
  readonly assumptions: readonly Assumption[];
}

export function createChoices(script: readonly number[]): Choices {
  const taken: Taken[] = [];
  const assumptions: Assumption[] = [];
  return {
    taken,
    assumptions,
    pick(rule, labels) {
      const picked = script[taken.length] ?? 0;
      taken.push({ picked, of: labels.length });
      assumptions.push({ rule, assumed: labels[picked] ?? '' });
      return picked;
    },
  };
}

/** The script of the next walk; null when every way was taken. */
export function nextScript(taken: readonly Taken[]): readonly number[] | null {
  const last = taken.findLastIndex(({ picked, of }) => picked < of - 1);
  if (last === -1) return null;
  return taken.slice(0, last + 1).map(({ picked }, i) => (i === last ? picked + 1 : picked));
}
