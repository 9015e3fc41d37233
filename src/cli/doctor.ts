/** `natroute doctor`: what is missing or risky on this host, and whether alerts arrive. */
import type { Command } from 'commander';
import { examineBoot } from '../core/boot/boot.ts';
import { examine } from '../core/doctor/doctor.ts';
import { doctorText } from '../core/views/doctor.ts';
import { bootFacts, hostFacts } from '../engine/doctor.ts';
import { sendTest } from '../engine/notify.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface DoctorOptions extends GlobalOptions {
  readonly notify?: boolean;
  readonly boot?: boolean;
}

export function addDoctor(command: Command, context: CliContext): void {
  command
    .option('--notify', 'send a test alert to every receiver, and say whether it arrived')
    .option('--boot', 'instead: would a reboot give the same')
    .addHelpText(
      'after',
      `
An error is something without which natroute does not do its work; a warning is a risk.
The exit code is 1 where there is an error, or where a test alert did not arrive.

Examples:
  natroute doctor                     what is missing or risky here
  natroute doctor --boot              would a reboot give what is in force now?
  natroute doctor --notify            do alerts of this host reach us?`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<DoctorOptions>();
      const world = await context.records(options);
      const facts = {
        host: world.config.host,
        remarks:
          options.boot === true ? examineBoot(await bootFacts(world)) : examine(await hostFacts(world, context.socket)),
        deliveries: options.notify === true ? await sendTest(world) : null,
      };
      if (options.json === true) writeJson(context, facts);
      else context.out(doctorText(facts, context.paint(options)));
      const lost = facts.deliveries?.some(({ problem }) => problem !== null) === true;
      if (lost || facts.remarks.some(({ severity }) => severity === 'error')) throw new Exit(exits.failed);
    });
}
