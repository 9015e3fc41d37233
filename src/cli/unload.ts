/** `natroute unload`: takes exactly our rules out of the kernel. */
import type { Command } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { planText } from '../core/views/plan.ts';
import { planUnload, unload } from '../engine/unload.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

export function addUnload(program: Command, context: CliContext): void {
  program
    .command('unload')
    .description('take exactly our rules out of the kernel; shows what closes, and asks')
    .option('--yes', 'do not ask (needed where there is no terminal)')
    .addHelpText('after', '\nAfterwards the daemon waits for `natroute apply`, as on a first run.')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      const world = await context.world(options);
      const plan = await planUnload(world);
      const silent = options.json === true;
      if (!silent)
        context.out(planText(plan, { host: world.config.host, commit: null, from: 'loaded' }, context.paint(options)));
      if (!isEmpty(plan) && options.yes !== true) {
        if (!context.terminal)
          throw new Fault('usage', 'there is no terminal to ask on, and --yes was not given', {
            help: 'Run it on a terminal, or with --yes.',
          });
        if (!(await context.ask('Take these rules out?'))) {
          context.error('natroute: nothing was removed\n');
          throw new Exit(exits.failed);
        }
      }
      await unload(world, plan);
      if (silent) writeJson(context, { host: world.config.host, changes: plan.changes, impact: plan.impact });
      else context.out('our rules are out of the kernel; the daemon waits for `natroute apply`\n');
    });
}
