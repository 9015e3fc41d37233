/** `natroute unload`: takes exactly our rules out of the kernel. */
import type { Command } from 'commander';
import { isEmpty } from '../core/plan/plan.ts';
import { planText } from '../core/views/plan.ts';
import { planUnload, unload } from '../engine/unload.ts';
import { askedOrExit } from './ask.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

export function addUnload(command: Command, context: CliContext): void {
  command
    .option('--yes', 'do not ask (needed where there is no terminal, and with --json)')
    .addHelpText(
      'after',
      `
Afterwards the daemon waits for \`natroute apply\`, as on a first run.

Examples:
  natroute unload            look at what closes, then say yes
  natroute unload --yes      in a script, before natroute is taken off the host`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly yes?: boolean }>();
      const world = await context.world(options);
      const plan = await planUnload(world);
      const applied = await world.generations.current();
      const json = options.json === true;
      const heading = {
        host: world.config.host,
        from: applied === null ? null : `generation ${applied.number}`,
        to: 'nothing of natroute',
      } as const;
      if (!json) context.out(planText(plan, heading, context.paint(options)));
      if (isEmpty(plan) && applied === null) {
        if (json) writeJson(context, { host: heading.host, changes: [], impact: [] });
        return;
      }
      const question = isEmpty(plan) ? 'Let the daemon wait for `natroute apply`?' : 'Take these rules out?';
      await askedOrExit(context, options, { question, refused: 'nothing was removed' });
      await unload(world, plan);
      if (json) writeJson(context, { host: heading.host, changes: plan.changes, impact: plan.impact });
      else context.out('natroute has no rule in the kernel any more; the daemon waits for `natroute apply`\n');
    });
}
