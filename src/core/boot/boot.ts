/** Would a reboot give the same? What the boot's files load, held against what is in force. */
import type { BootFiles } from '../../model/boot.ts';
import type { Target } from '../../model/target.ts';
import { missing, type Remark } from '../doctor/facts.ts';
import { guestRemarks } from './guests.ts';
import { networkRemarks } from './network.ts';
import { type BootRules, ruleRemarks } from './rules.ts';
import { sysctlRemarks } from './sysctls.ts';

export interface BootFacts extends Omit<BootRules, 'applied'> {
  /** What is in force. */
  readonly target: Target;
  readonly files: BootFiles;
}

/** `facts` is null where nothing was applied yet. */
export function examineBoot(facts: BootFacts | null): readonly Remark[] {
  if (facts === null)
    return [
      missing(
        'not-applied',
        'nothing was applied on this host yet: a boot gives no rule of natroute',
        'See `natroute plan`, then `natroute apply`.',
      ),
    ];
  const { target, own, observed, files } = facts;
  return [
    ...ruleRemarks({ applied: target.nat, own, observed }, files),
    ...sysctlRemarks(target.sysctls, files.sysctls),
    ...networkRemarks(target, files),
    ...guestRemarks(target, files),
  ];
}
