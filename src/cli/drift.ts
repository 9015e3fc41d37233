/** `natroute drift`: what differs from what was applied, and since when. */
import type { Command } from 'commander';
import type { DriftItem } from '../model/drift.ts';
import { driftImpact } from '../core/plan/plan.ts';
import { driftText } from '../core/views/drift.ts';
import { propose } from '../engine/propose.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface DriftOptions extends GlobalOptions {
  readonly exitCode?: boolean;
}

export function addDrift(command: Command, context: CliContext): void {
  command
    .option('--exit-code', 'exit with 2 when there is drift')
    .addHelpText(
      'after',
      `
Examples:
  natroute drift                                                  what is not as natroute left it
  natroute drift --exit-code || echo "firewall touched" | mail root`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<DriftOptions>();
      const world = await context.world(options);
      const proposal = await propose(world, { source: { kind: 'applied' }, take: false, approved: null });
      const { changes } = proposal.drift;
      const { applied, observed, suspensions } = proposal;
      const { items, tracked } = proposal;
      const facts = {
        host: world.config.host,
        generation: applied?.number ?? null,
        since: sinceOf(items.filter((item) => !tracked.news.some(({ change }) => change === item.change))),
        changes,
        items,
        suspensions,
        impact: applied === null ? [] : driftImpact(applied.target, observed),
      };
      if (options.json === true) writeJson(context, facts);
      else context.out(driftText(facts, context.paint(options)));
      if (options.exitCode === true && changes.length > 0) throw new Exit(exits.differences);
    });
}

/** Null where nobody had noticed anything before this look. */
function sinceOf(items: readonly DriftItem[]): string | null {
  return items.map(({ since }) => since).sort()[0] ?? null;
}
