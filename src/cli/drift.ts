/** `natroute drift`: what differs from what was applied, and since when. */
import type { Command } from 'commander';
import { changeLines } from '../core/views/plan.ts';
import { propose } from '../engine/propose.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface DriftOptions extends GlobalOptions {
  readonly exitCode?: boolean;
}

export function addDrift(program: Command, context: CliContext): void {
  program
    .command('drift')
    .description('what somebody changed behind our back, and since when')
    .option('--exit-code', 'exit with 2 when there is drift')
    .addHelpText('after', '\nExample:\n  natroute drift --exit-code || mail -s "firewall touched" root')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<DriftOptions>();
      const world = await context.world(options);
      const proposal = await propose(world, { source: { kind: 'applied' }, take: false, approved: null });
      const { changes } = proposal.drift;
      const known = (await world.memory.read()).drift;
      const since = changes.length === 0 ? null : (known?.since ?? null);
      const generation = proposal.applied?.number ?? null;
      if (options.json === true) writeJson(context, { host: world.config.host, generation, since, changes });
      else if (generation === null) context.out('nothing was applied on this host yet\n');
      else if (changes.length === 0) context.out(`no drift: the host is as generation ${generation} left it\n`);
      else {
        const paint = context.paint(options);
        context.out(
          `${changes.length} differences from generation ${generation}, ${since === null ? 'found just now' : `since ${since}`}:\n`,
        );
        for (const change of changes)
          for (const [style, line] of changeLines(change)) context.out(`  ${paint(style, line)}\n`);
      }
      if (options.exitCode === true && changes.length > 0) throw new Exit(exits.differences);
    });
}
