/**
 * The way back from --take: the foreign rules that a plan deletes, remembered with their places, and the restore that
 * puts back those that are gone.
 */
import type { Plan } from '../../model/change.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { TakenRule } from '../../model/record.ts';
import { isBuiltin, isOurJump } from './ours.ts';

/** The foreign rules that the plan deletes from the tables that it was made on. */
export function takenBy(plan: Plan, observed: Readonly<Record<Family, NatTable>>): readonly TakenRule[] {
  return families.flatMap((family) => {
    const gone = new Set(
      plan.nat[family].changes.flatMap(({ kind, chain, before }) =>
        kind === 'foreign-rule' ? [`${chain ?? ''} ${before ?? ''}`] : [],
      ),
    );
    if (gone.size === 0) return [];
    return observed[family].chains.flatMap(({ name, rules }) => {
      if (!isBuiltin(name)) return [];
      const foreign = rules.filter((rule) => !isOurJump(rule.text));
      return foreign.flatMap(({ text, counters }, index): TakenRule[] =>
        gone.has(`${name} ${text}`) ? [{ family, chain: name, index, text, counters }] : [],
      );
    });
  });
}

/** Null where nothing is missing. On a table that nobody changed since, every rule comes to its old place, with its counters. */
export function reinstateText(table: NatTable, taken: readonly TakenRule[]): string | null {
  const lines: string[] = [];
  for (const { name, rules } of table.chains) {
    const present = new Map<string, number>();
    for (const { text } of rules) present.set(text, (present.get(text) ?? 0) + 1);
    // Whether a rule of ours stands at that place of the chain, as it becomes.
    const places = rules.map((rule) => isOurJump(rule.text));
    for (const { chain, index, text, counters } of taken) {
      if (chain !== name) continue;
      const left = present.get(text) ?? 0;
      present.set(text, left - 1);
      if (left > 0) continue;
      const at = placeOf(index, places);
      places.splice(at, 0, false);
      const counted = counters === null ? '' : `-c ${counters.packets} ${counters.bytes} `;
      lines.push(`-I ${name} ${at + 1} ${counted}${text}`);
    }
  }
  return lines.length === 0 ? null : `${['*nat', ...lines, 'COMMIT'].join('\n')}\n`;
}

/** Where a rule must be inserted to become that one of the foreign rules; ours are not counted, and stay first. */
function placeOf(index: number, places: readonly boolean[]): number {
  let foreign = 0;
  for (const [at, ours] of places.entries()) {
    if (ours) continue;
    if (foreign === index) return at;
    foreign++;
  }
  return places.length;
}
