/** `natroute render`: every artefact as files, without touching the host. */
import type { Command } from 'commander';
import { compileNat } from '../core/nat/compile.ts';
import { renderNat } from '../core/nat/render.ts';
import { showDiagnostics } from '../core/diagnostics.ts';
import { parseState } from '../core/parse/parse.ts';
import { families } from '../model/family.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface RenderOptions extends GlobalOptions {
  readonly out: string;
  readonly host?: string;
}

export function addRender(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'the state repository', '.')
    .requiredOption('--out <dir>', 'where to write them; made if it is missing, and what else is there stays')
    .option('--host <name>', 'the host to render, in a repository with hosts/ (default: the host name)')
    .addHelpText(
      'after',
      `
Examples:
  natroute render --out /tmp/out && cat /tmp/out/nat.v4
  natroute render . --host dedibox --out out && unshare -rn iptables-restore < out/nat.v4`,
    )
    .action(async (folder: string) => {
      const options = command.optsWithGlobals<RenderOptions>();
      const host = options.host ?? context.hostName;
      const { desired, diagnostics } = parseState(await context.readFolder(folder, host), { host, now: context.now() });
      if (diagnostics.length > 0) context.error(showDiagnostics(diagnostics, context.paintError(options)));
      if (desired === null || hasErrors(diagnostics)) throw new Exit(exits.failed);
      const nat = compileNat(desired);
      const files = new Map(families.map((family) => [`nat.${family}`, renderNat(nat[family])]));
      await context.writeFiles(options.out, files);
      if (options.json === true) writeJson(context, { host, out: options.out, files: [...files.keys()] });
      else for (const name of files.keys()) context.out(`${options.out}/${name}\n`);
    });
}
