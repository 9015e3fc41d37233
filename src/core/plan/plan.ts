/** The nat plans of both families as one plan: all changes in order, what they mean outside, what is foreign. */
import type { Change, Finding, NatPlan, Plan } from '../../model/change.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { Target } from '../../model/target.ts';
import { impactOf } from './impact.ts';
import { readSlotRule, showSlot, type SlotRule } from './slots.ts';

const commentOf = / --comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/;

export function planOf(
  nat: Readonly<Record<Family, NatPlan & { readonly findings: readonly Finding[] }>>,
  operands: { readonly target: Target | null; readonly observed: Readonly<Record<Family, NatTable>> },
): Plan {
  const changes = families.flatMap((family) => nat[family].changes);
  return {
    nat,
    changes,
    impact: impactOfChanges(changes, operands),
    findings: families.flatMap((family) => nat[family].findings),
  };
}

/** No commands for either family: the host is as it shall be. */
export function isEmpty(plan: Plan): boolean {
  return families.every((family) => plan.nat[family].restore === null);
}

function impactOfChanges(
  changes: readonly Change[],
  { target, observed }: { readonly target: Target | null; readonly observed: Readonly<Record<Family, NatTable>> },
): Plan['impact'] {
  const touched = new Set<string>();
  for (const change of changes) {
    const rule = readSlotRule(change.key, change.after ?? change.before ?? '', null);
    if (change.kind === 'rule' && rule !== null) touched.add(showSlot(rule.slot));
  }
  if (touched.size === 0) return [];
  return impactOf(target?.host ?? null, observedRules(observed), targetRules(target), touched);
}

function observedRules(observed: Readonly<Record<Family, NatTable>>): readonly SlotRule[] {
  return families.flatMap((family) =>
    observed[family].chains
      .filter((chain) => chain.name.startsWith('NR-A-'))
      .flatMap((chain) =>
        chain.rules.flatMap((rule) => {
          const match = commentOf.exec(rule.text);
          const read = readSlotRule(match?.[1] ?? match?.[2] ?? '', rule.text, rule.counters);
          return read === null ? [] : [read];
        }),
      ),
  );
}

function targetRules(target: Target | null): readonly SlotRule[] {
  if (target === null) return [];
  return families.flatMap((family) =>
    target.nat[family].chains.flatMap((chain) =>
      chain.rules.flatMap((rule) => {
        const read = readSlotRule(rule.key, rule.text, null);
        return read === null ? [] : [read];
      }),
    ),
  );
}
