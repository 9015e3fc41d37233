/** The nat plans of both families as one plan: all changes in order, what they mean outside, what is foreign. */
import type { Finding, Impact, NatPlan, Plan } from '../../model/change.ts';
import type { Host } from '../../model/desired.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget, Target } from '../../model/target.ts';
import type { RulesByChain } from './entrances.ts';
import { impactOf } from './impact.ts';

export interface Operands {
  /** Null: nothing of ours shall be left. */
  readonly target: Target | null;
  readonly observed: Readonly<Record<Family, NatTable>>;
  /** Whose own services answer where no guest does, where the target does not say it. */
  readonly host?: Host | null;
}

export function planOf(
  nat: Readonly<Record<Family, NatPlan & { readonly findings: readonly Finding[] }>>,
  { target, observed, host = null }: Operands,
): Plan {
  const changes = families.flatMap((family) => nat[family].changes);
  const sides = (family: Family): { readonly before: RulesByChain; readonly after: RulesByChain } => ({
    before: observedRules(observed[family]),
    after: target === null ? new Map() : targetRules(target.nat[family]),
  });
  return {
    nat,
    changes,
    impact: changes.length === 0 ? [] : impactOf(target?.host ?? host, { v4: sides('v4'), v6: sides('v6') }),
    findings: families.flatMap((family) => nat[family].findings),
  };
}

/** What somebody's changes to what was applied mean for people outside. */
export function driftImpact(
  applied: Pick<Target, 'host' | 'nat'>,
  observed: Readonly<Record<Family, NatTable>>,
): readonly Impact[] {
  const sides = (family: Family): { readonly before: RulesByChain; readonly after: RulesByChain } => ({
    before: targetRules(applied.nat[family]),
    after: observedRules(observed[family]),
  });
  return impactOf(applied.host, { v4: sides('v4'), v6: sides('v6') });
}

/** No commands for either family, no file and no setting to change: the host is as it shall be. */
export function isEmpty({ nat, files }: Plan): boolean {
  const noFile = files === undefined || (files.swaps.length === 0 && files.sysctls.length === 0);
  return noFile && families.every((family) => nat[family].restore === null);
}

export function observedRules({ chains }: NatTable): RulesByChain {
  return new Map(chains.map(({ name, rules }) => [name, rules]));
}

export function targetRules({ chains, jumps }: NatTarget): RulesByChain {
  const rules = new Map<string, readonly { readonly text: string }[]>(chains.map(({ name, rules }) => [name, rules]));
  for (const { chain, text } of jumps) rules.set(chain, [{ text }]);
  return rules;
}
