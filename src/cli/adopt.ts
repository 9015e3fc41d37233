/** `natroute adopt`: what somebody changed by hand, as a patch of the state repository. */
import type { Command } from 'commander';
import { showDiagnostics } from '../core/diagnostics.ts';
import { adoptText } from '../core/views/adopt.ts';
import { defaultColumns } from '../core/views/words.ts';
import { checkBranch, offerBranch, readAdoption, type AdoptReport } from '../engine/adopt.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';
import { onlyOf } from './suspend.ts';

interface AdoptOptions extends GlobalOptions {
  readonly branch?: string;
  readonly only?: string;
}

export function addAdopt(command: Command, context: CliContext): void {
  command
    .argument('[id]', 'the drift of that entry of the ledger, by its id')
    .option('--branch <name>', 'push it as a new branch of the state repository instead of printing it')
    .option('--only <forward>', 'nothing but that: main:2222/tcp')
    .addHelpText(
      'after',
      `
Examples:
  natroute adopt                           the drift that is there, else the newest in the ledger
  natroute adopt 3f2a91c > ssh.patch       of that entry of the ledger, healed or not
  natroute adopt --only main:2222/tcp      nothing but that forward
  natroute adopt --branch adopt-ssh        as a branch, where this host may push

The patch is for the commit in force. It is offered only where it compiles to exactly what was
found; what cannot be adopted is told with the reason. Nothing on the host changes.`,
    )
    .action(async (id: string | undefined) => {
      const options = command.optsWithGlobals<AdoptOptions>();
      const only = onlyOf(options.only);
      const world = await context.records(options);
      if (options.branch !== undefined) checkBranch(world, options.branch);
      const report = await readAdoption(world, { id: id ?? null, only });
      if (!('adoption' in report)) {
        context.error(showDiagnostics(report, context.paintError(options)));
        throw new Fault('untrusted', 'the commit in force has errors by now, so nothing can be written beside it');
      }
      const name = options.branch ?? null;
      const push = async (): Promise<Pushed | null> =>
        name === null || report.adoption.patch === '' ? null : { name, commit: await offerBranch(world, name, report) };
      const pushed = await push().catch((error: unknown) => {
        // The work is done, and can be taken from here by hand.
        if (error instanceof Fault && options.json !== true) context.out(report.adoption.patch);
        throw error;
      });
      show(context, report, { options, pushed });
      if (report.found !== null && report.adoption.adopted.length === 0) throw new Exit(exits.failed);
    });
}

interface Pushed {
  readonly name: string;
  readonly commit: string;
}

interface Shown {
  readonly options: AdoptOptions;
  readonly pushed: Pushed | null;
}

/** The patch alone on stdout, so that git can take it from there. */
function show(context: CliContext, report: AdoptReport, { options, pushed }: Shown): void {
  if (options.json === true) return writeJson(context, adoptJson(report, pushed));
  const shape = { columns: context.columns ?? defaultColumns, branch: pushed };
  if (pushed === null) {
    context.out(report.adoption.patch);
    context.error(adoptText(report, { ...shape, paint: context.paintError(options) }));
  } else context.out(adoptText(report, { ...shape, paint: context.paint(options) }));
}

/** As schemas/output/adopt.schema.json has it. */
function adoptJson({ host, note, base, found, adoption }: AdoptReport, branch: Pushed | null): object {
  const { adopted, left, patch } = adoption;
  return {
    host,
    note,
    commit: base,
    drift: found === null ? null : { entry: found.entry, actor: found.actor, changes: found.changes },
    adopted,
    left,
    patch,
    branch,
  };
}
