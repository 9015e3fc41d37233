/** What is missing or risky on this host, as a list of pure checks of what was found out about it. */
import type { NetfilterFacts } from '../../ports.ts';
import { netfilterChecks } from './netfilter.ts';
import { notifyChecks } from './notify.ts';

export interface HostFacts {
  /** Or why it cannot be asked. */
  readonly netfilter: NetfilterFacts | { readonly problem: string; readonly help: string | null };
  /** How many receivers of alerts there are. */
  readonly receivers: number;
}

export interface Remark {
  /** Stable: scripts may match on it. */
  readonly code: string;
  readonly severity: 'fine' | 'warning' | 'error';
  /** One sentence for a person. */
  readonly text: string;
  /** What to do; null where nothing is wrong. */
  readonly help: string | null;
}

export type Check = (facts: HostFacts) => readonly Remark[];

const checks: readonly Check[] = [netfilterChecks, notifyChecks];

export function examine(facts: HostFacts): readonly Remark[] {
  return checks.flatMap((check) => check(facts));
}
