/** `natroute doctor`: what is missing or risky on this host, and whether alerts arrive. */
import type { Command } from 'commander';
import { examine } from '../core/doctor/doctor.ts';
import { doctorText } from '../core/views/doctor.ts';
import { hostFacts } from '../engine/doctor.ts';
import { Fault } from '../model/fault.ts';
import { sendTest } from '../engine/notify.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface DoctorOptions extends GlobalOptions {
  readonly notify?: boolean;
  readonly boot?: boolean;
}

export function addDoctor(command: Command, context: CliContext): void {
  command
    .option('--notify', 'send a test alert to every receiver, and say whether it arrived')
    .option('--boot', 'would a reboot give the same')
    .addHelpText(
      'after',
      `
An error is something without which natroute does not do its work; a warning is a risk.
The exit code is 1 where there is an error, or where a test alert did not arrive.

Examples:
  natroute doctor                     what is missing or risky here
  natroute doctor --notify            do alerts of this host reach us?`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<DoctorOptions>();
      if (options.boot === true)
        throw new Fault('usage', 'this natroute cannot tell yet whether a reboot would give the same', {
          help: 'Leave --boot out: what else restores rules at boot is part of the other checks.',
        });
      const world = await context.records(options);
      const facts = {
        host: world.config.host,
        remarks: examine(await hostFacts(world, context.socket)),
        deliveries: options.notify === true ? await sendTest(world) : null,
      };
      if (options.json === true) writeJson(context, facts);
      else context.out(doctorText(facts, context.paint(options)));
      const lost = facts.deliveries?.some(({ problem }) => problem !== null) === true;
      if (lost || facts.remarks.some(({ severity }) => severity === 'error')) throw new Exit(exits.failed);
    });
}
