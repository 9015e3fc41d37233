/** `natroute validate`: parse, lint, checks; no privileges and no host needed. */
import type { Command } from 'commander';
import { examine } from '../core/check.ts';
import { showDiagnostics } from '../core/diagnostics.ts';
import { compileNat } from '../core/nat/compile.ts';
import { parseState } from '../core/parse/parse.ts';
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface ValidateOptions extends GlobalOptions {
  readonly host?: string;
}

export function addValidate(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'the state repository', '.')
    .option('--host <name>', 'only this host of a repository with hosts/')
    .addHelpText(
      'after',
      `
Examples:
  natroute validate                       the working copy in this folder, all its hosts
  natroute validate . --host dedibox      one of them
  natroute validate --json | jq '.diagnostics[] | .code'`,
    )
    .action(async (folder: string) => {
      const options = command.optsWithGlobals<ValidateOptions>();
      const known = await context.hostsIn(folder);
      const hosts = options.host !== undefined ? [options.host] : known.length > 0 ? known : [context.hostName];
      const diagnostics: Diagnostic[] = [];
      let guests = 0;
      let forwards = 0;
      for (const host of hosts) {
        const now = context.now();
        const result = parseState(await context.readFolder(folder, host), { host, now });
        const { desired } = result;
        const found = [...result.diagnostics, ...(desired === null ? [] : examine(desired, compileNat(desired), now))];
        diagnostics.push(...found.filter((d) => !diagnostics.some((seen) => same(seen, d))));
        guests += result.desired?.guests.length ?? 0;
        forwards += result.desired?.guests.reduce((n, g) => n + g.forwards.length, 0) ?? 0;
      }
      if (options.json === true)
        writeJson(context, { valid: !hasErrors(diagnostics), hosts, guests, forwards, diagnostics });
      else if (diagnostics.length > 0) context.error(showDiagnostics(diagnostics, context.paintError(options)));
      if (hasErrors(diagnostics)) throw new Exit(exits.failed);
      if (options.json !== true)
        context.out(
          `valid: ${count(hosts.length, 'host')}, ${count(guests, 'guest')}, ${count(forwards, 'forward')}\n`,
        );
    });
}

/** Files in common/ are read for every host, and their faults need to be told once only. */
function same(a: Diagnostic, b: Diagnostic): boolean {
  return a.code === b.code && a.message === b.message && JSON.stringify(a.at) === JSON.stringify(b.at);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
