/** What the files say together: conflicts and slips that no single file shows. */
import type { Desired } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { lintConflicts } from './conflicts.ts';
import { lintForwards } from './forwards.ts';
import type { LintOptions } from './finding.ts';
import { lintHosts } from './hosts.ts';
import { lintWall } from './wall.ts';

/** Diagnostics without excerpts, in no particular order; a warning never stops a commit. */
export function lint(desired: Desired, options: LintOptions): readonly Diagnostic[] {
  return [
    ...lintHosts(desired, options),
    ...lintForwards(desired, options),
    ...lintConflicts(desired),
    ...(options.allow === undefined ? [] : lintWall(desired, options.allow, options)),
  ];
}
