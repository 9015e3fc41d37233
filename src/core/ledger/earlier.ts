/** What later entries still build on, of those that a ledger lets go: what became of the rules that stood at the end of them. */
import { families, type Family } from '../../model/family.ts';
import type { LedgerStep } from '../../model/record.ts';
import { isOurs, nameOf, ruleKey } from './lives.ts';
import { cutsAll } from './openings.ts';

/** The same steps, oldest first, with the lines of the rules that stand after the last one, or should; boots, which cut openings, stay. */
export function earlierSteps(steps: readonly LedgerStep[]): readonly LedgerStep[] {
  // What a hand has just taken away is put back for the commit that brought it.
  const untouched = steps.slice(0, steps.findLastIndex(isOurs) + 1);
  const standing = new Set([...standingKeys(steps), ...standingKeys(untouched)]);
  const kept = (step: LedgerStep, which: 'came' | 'gone'): LedgerStep['came'] => {
    const of = (family: Family): readonly string[] =>
      step[which][family].filter((line) => standing.has(nameOf(family, ruleKey(family, line))));
    return { v4: of('v4'), v6: of('v6') };
  };
  return steps
    .map((step) => ({ ...step, came: kept(step, 'came'), gone: kept(step, 'gone') }))
    .filter(
      ({ came, gone, heading }) =>
        cutsAll(heading) || families.some((family) => came[family].length + gone[family].length > 0),
    );
}

/** Of every rule, doubled or not, that came and did not go again. */
function standingKeys(steps: readonly LedgerStep[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const add = (family: Family, line: string, n: number): void => {
    const name = nameOf(family, ruleKey(family, line));
    counts.set(name, (counts.get(name) ?? 0) + n);
  };
  for (const { came, gone } of steps)
    for (const family of families) {
      for (const line of came[family]) add(family, line, 1);
      for (const line of gone[family]) add(family, line, -1);
    }
  return new Set([...counts].flatMap(([name, count]) => (count > 0 ? [name] : [])));
}
