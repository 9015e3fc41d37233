/** Would a reboot give the same? What the boot's files load, held against what is in force. */
import type { BootFiles } from '../../model/boot.ts';
import type { Target } from '../../model/target.ts';
import type { Remark } from '../doctor/facts.ts';
import { guestRemarks } from './guests.ts';
import { type BootRules, ruleRemarks } from './rules.ts';
import { sysctlRemarks } from './sysctls.ts';

export interface BootFacts extends Omit<BootRules, 'applied'> {
  /** What is in force. */
  readonly target: Target;
  readonly files: BootFiles;
}

export function examineBoot({ target, own, observed, files }: BootFacts): readonly Remark[] {
  return [
    ...ruleRemarks({ applied: target.nat, own, observed }, files),
    ...sysctlRemarks(target.sysctls, files.sysctls),
    ...guestRemarks(target, files),
  ];
}
