/** What is missing or risky on this host, as a list of pure checks of what was found out about it. */
import { auditChecks } from './audit.ts';
import type { Check, HostFacts, Remark } from './facts.ts';
import { kernelChecks } from './kernel.ts';
import { netfilterChecks } from './netfilter.ts';
import { notifyChecks } from './notify.ts';
import { safetyChecks } from './safety.ts';
import { serviceChecks } from './service.ts';
import { toolChecks } from './tools.ts';

const checks: readonly Check[] = [
  netfilterChecks,
  toolChecks,
  kernelChecks,
  auditChecks,
  safetyChecks,
  serviceChecks,
  notifyChecks,
];

export function examine(facts: HostFacts): readonly Remark[] {
  return checks.flatMap((check) => check(facts));
}
