/** `natroute init`: a new state repository with examples and editor schemas. */
import type { Command } from 'commander';
import { starterFiles } from '../core/starter.ts';
import { printable } from '../core/views/paint.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

export function addInit(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'where to make it: a new or empty folder, or a fresh clone', '.')
    .addHelpText(
      'after',
      `
Examples:
  natroute init dom0-state
  git clone git@git.example.org:ops/dom0.git && natroute init dom0`,
    )
    .action(async (folder: string) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await refuseFilled(context, folder);
      const files = starterFiles();
      await context.writeFiles(folder, files);
      if (options.json === true) writeJson(context, { dir: folder, files: [...files.keys()] });
      else context.out(nextSteps(folder, [...files.keys()]));
    });
}

/** Nobody's files are written over; a clone that has no commit yet counts as empty. */
async function refuseFilled(context: CliContext, folder: string): Promise<void> {
  const [first] = ((await context.namesIn(folder)) ?? []).filter((name) => name !== '.git');
  if (first === undefined) return;
  throw new Fault('usage', `the folder ${folder} is not empty: it has ${first} in it`, {
    help: 'Name a folder that is new or empty: natroute init DIR',
  });
}

function nextSteps(folder: string, files: readonly string[]): string {
  const shown = printable(folder);
  const enter = folder === '.' ? '' : `cd ${shown} && `;
  return `a new state repository in ${shown}:
${files.map((name) => `  ${name}`).join('\n')}

What next:
  1. Put your addresses, networks and guests into host.yaml and guests/; then \`${enter}natroute validate\`.
  2. ${enter}git init -b main && git add -A && git commit -m "The host as it is"
  3. On the host, name this repository in /etc/natroute/config.yaml:
       repository: {url: /full/path or git@host:path, branch: main}
  4. \`natroute plan\` shows what would change; \`natroute apply\` does it after you said yes.
`;
}
