/** What is missing or risky on this host, as a list of pure checks of what was found out about it. */
import type { Check, HostFacts, Remark } from './facts.ts';
import { netfilterChecks } from './netfilter.ts';
import { notifyChecks } from './notify.ts';

const checks: readonly Check[] = [netfilterChecks, notifyChecks];

export function examine(facts: HostFacts): readonly Remark[] {
  return checks.flatMap((check) => check(facts));
}
