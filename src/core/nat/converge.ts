/** The invariant behind every plan: what it leads to is the target, and nothing of a stranger's was touched. */
import type { NatTable, SavedRule } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { hasRules } from './chain.ts';
import { isBuiltin, isOurJump } from './ours.ts';
import type { TakenRule } from './take.ts';

export interface Outcome {
  readonly observed: NatTable;
  readonly after: NatTable;
  readonly owned: ReadonlySet<string>;
  readonly taken: readonly TakenRule[];
  readonly unmoved: ReadonlySet<string>;
}

/** Throws Error: a plan that fails here is a bug in natroute and must never reach a kernel. */
export function mustConverge(target: NatTarget, outcome: Outcome): void {
  const after = new Map(outcome.after.chains.map((chain) => [chain.name, chain.rules]));
  for (const chain of target.chains) {
    if (!hasRules({ rules: after.get(chain.name) ?? [] }, chain))
      throw new Error(`the plan does not end in the target: chain ${chain.name}`);
  }
  const wanted = new Set(target.chains.map((chain) => chain.name));
  for (const chain of outcome.after.chains) {
    if (isBuiltin(chain.name)) mustHaveJump(target, chain, outcome.unmoved);
    else if (outcome.owned.has(chain.name) && !wanted.has(chain.name) && chain.rules.length > 0) {
      throw new Error(`the plan leaves rules in ${chain.name}`);
    }
  }
  for (const chain of outcome.observed.chains) mustKeepForeign(chain, after.get(chain.name), outcome);
}

function mustHaveJump(
  target: NatTarget,
  chain: { readonly name: string; readonly rules: readonly SavedRule[] },
  unmoved: ReadonlySet<string>,
): void {
  const wanted = target.jumps.filter((jump) => jump.chain === chain.name).map((jump) => jump.text);
  const rules = chain.rules.filter((rule) => isOurJump(rule.text));
  const ours = rules.map((rule) => rule.text);
  const first = wanted.length === 0 || unmoved.has(chain.name) || chain.rules[0]?.text === wanted[0];
  const whole = rules.every((rule) => rule.beyond === undefined);
  if (!first || !whole || ours.length !== wanted.length || ours[0] !== wanted[0]) {
    throw new Error(`the plan does not end in the target: the jump in ${chain.name}`);
  }
}

/** Foreign rules keep their order, their text and their counters: they are the same objects. */
function mustKeepForeign(
  chain: { readonly name: string; readonly rules: readonly SavedRule[] },
  after: readonly SavedRule[] | undefined,
  outcome: Outcome,
): void {
  if (outcome.owned.has(chain.name) || after === chain.rules) return;
  const taken = new Set(outcome.taken.filter((rule) => rule.chain === chain.name).map((rule) => rule.text));
  const isForeign = (rule: SavedRule): boolean =>
    !(isBuiltin(chain.name) && isOurJump(rule.text)) && !taken.has(rule.text);
  const kept = after?.filter(isForeign);
  const before = chain.rules.filter(isForeign);
  if (kept?.length !== before.length || before.some((rule, i) => rule !== kept[i])) {
    throw new Error(`the plan touches a stranger's rule in ${chain.name}`);
  }
}
