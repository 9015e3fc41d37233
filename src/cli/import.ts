/** `natroute import`: the live host as a state repository, in a new folder. */
import type { Command } from 'commander';
import { importHost } from '../core/import/import.ts';
import { importJson, importText } from '../core/views/import.ts';
import { printable } from '../core/views/paint.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

interface ImportOptions extends GlobalOptions {
  readonly out: string;
}

export function addImport(command: Command, context: CliContext): void {
  command
    .option('--out <dir>', 'where to write it: a new or empty folder, or a fresh clone', '.')
    .addHelpText(
      'after',
      `
It reads, and changes nothing: the nat table, addresses, bridges, routes, what listens, domain
configs in /etc/xen (of xl and of xm), xl.conf, xend-config.sxp and the files of sysctl. It needs
root, and no local config.

Examples:
  natroute import --out dom0-state
  natroute import --out dom0-state --json | jq -r '.left[] | .what + ": " + .why'
  natroute plan --state dom0-state              what a first apply would do
  natroute apply --state dom0-state --take      and your old rules go into its chains`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<ImportOptions>();
      await refuseFilled(context, options.out);
      const found = await (await context.scout(options)).look();
      const imported = importHost(found, { hostName: context.hostName, now: context.now() });
      if (imported === null)
        throw new Fault(
          'usage',
          'this host has no default route, so that nobody can say which interface is its uplink',
          {
            help: 'Bring its network up first; or begin with `natroute init` and write host.yaml by hand.',
          },
        );
      await context.writeFiles(options.out, imported.files);
      if (options.json === true) writeJson(context, importJson(options.out, imported));
      else context.out(importText(printable(options.out), imported));
    });
}

/** Nobody's files are written over; a clone that has no commit yet counts as empty. */
async function refuseFilled(context: CliContext, folder: string): Promise<void> {
  const [first] = ((await context.namesIn(folder)) ?? []).filter((name) => name !== '.git');
  if (first === undefined) return;
  throw new Fault('usage', `the folder ${folder} is not empty: it has ${first} in it`, {
    help: 'Name a folder that is new or empty: natroute import --out DIR',
  });
}
