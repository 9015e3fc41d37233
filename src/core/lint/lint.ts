/** What the files say together: conflicts and slips that no single file shows. */
import type { Desired } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { lintConflicts, nearTo } from './conflicts.ts';
import { lintDevices } from './devices.ts';
import { lintDisks } from './disks.ts';
import { lintForwards } from './forwards.ts';
import type { LintOptions } from './finding.ts';
import { lintHosts, lintSubnets } from './hosts.ts';
import { lintWall } from './wall.ts';

/** Diagnostics without excerpts, in no particular order; a warning never stops a commit. */
export function lint(desired: Desired, options: LintOptions): readonly Diagnostic[] {
  const { settled } = options;
  const fresh = settled === undefined ? desired : { ...desired, guests: desired.guests.filter((g) => !settled.has(g)) };
  return [
    ...lintHosts(desired, options),
    ...lintDevices(desired),
    ...lintSubnets(fresh, options),
    ...lintForwards(fresh, options),
    ...lintDisks(desired),
    ...lintConflicts(settled === undefined ? desired : nearTo(fresh, desired)),
    ...(options.allow === undefined ? [] : lintWall(desired, options.allow, options)),
  ];
}
