/** `natroute render`: every artefact as files, without touching the host. */
import type { Command } from 'commander';
import { compileNat } from '../core/nat/compile.ts';
import { showDiagnostics } from '../core/diagnostics.ts';
import { parseState } from '../core/parse/parse.ts';
import { printable } from '../core/views/paint.ts';
import { renderArtefacts } from '../core/render/artefacts.ts';
import type { DomuFormat } from '../core/render/domu.ts';
import { hasErrors } from '../model/diagnostic.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface RenderOptions extends GlobalOptions {
  readonly out: string;
  readonly host?: string;
  readonly format: string;
}

export function addRender(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'the state repository', '.')
    .requiredOption('--out <dir>', 'where to write them; made if it is missing, and what else is there stays')
    .option('--host <name>', 'the host to render, in a repository with hosts/ (default: the host name)')
    .option('--format <formats>', 'of the domU configs: xl, xm, or xl,xm', 'xl')
    .addHelpText(
      'after',
      `
Examples:
  natroute render --out /tmp/out && cat /tmp/out/nat.v4
  natroute render . --host dedibox --out out && unshare -rn iptables-restore < out/nat.v4
  natroute render --out out && xdg-open out/graph.svg
  natroute render --out out --format xl,xm && ls out/files/etc/xen out/xm/etc/xen

nat.v4, nat.v6   the rules        files/          what the host gets, by its paths
boot.v4, boot.v6 at a boot        host/interfaces the host's own network, for ifupdown
graph.svg, .mmd  a picture        guests/NAME/    the network inside each guest
xm/              as files/, for xend`,
    )
    .action(async (folder: string) => {
      const options = command.optsWithGlobals<RenderOptions>();
      const formats = readFormats(options.format);
      const host = options.host ?? context.hostName;
      const { desired, diagnostics } = parseState(await context.readFolder(folder, host), { host, now: context.now() });
      if (diagnostics.length > 0) context.error(showDiagnostics(diagnostics, context.paintError(options)));
      if (desired === null || hasErrors(diagnostics)) throw new Exit(exits.failed);
      const { files, links, problems } = renderArtefacts(desired, compileNat(desired), formats);
      for (const problem of problems) context.error(`natroute: ${printable(problem)}; it is left out\n`);
      if (command.getOptionValueSource('format') === 'cli' && desired.host.toolstack === 'netns')
        context.error(
          `natroute: no domU configs: with \`toolstack: netns\` the guests of ${printable(host)} are no domUs\n`,
        );
      await context.writeFiles(options.out, files, links);
      const names = [...files.keys(), ...links.keys()].sort();
      if (options.json === true) writeJson(context, { host, out: options.out, files: names });
      else for (const name of names) context.out(`${options.out}/${name}\n`);
    });
}

/** Fault usage. */
function readFormats(text: string): readonly DomuFormat[] {
  const known = new Map<string, DomuFormat>([
    ['xl', 'xl'],
    ['xm', 'xm'],
  ]);
  return text.split(',').map((word) => {
    const format = known.get(word.trim());
    if (format === undefined)
      throw new Fault('usage', `there is no format ${JSON.stringify(word)}`, { help: 'Write xl, xm, or xl,xm.' });
    return format;
  });
}
