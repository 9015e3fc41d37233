/** `natroute validate`: parse, lint, checks; no privileges and no host needed. */
import type { Command } from 'commander';
import { examine } from '../core/check.ts';
import { showDiagnostics } from '../core/diagnostics.ts';
import { compileNat } from '../core/nat/compile.ts';
import { parseState } from '../core/parse/parse.ts';
import { judgeTrial, planTrial, trialProblems, type TrialResult } from '../core/trial.ts';
import { trialJson, trialText } from '../core/views/trial.ts';
import type { Desired } from '../model/desired.ts';
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import { type CliContext, Exit, exits, type GlobalOptions, writeJson } from './context.ts';

interface ValidateOptions extends GlobalOptions {
  readonly host?: string;
  readonly packets?: boolean;
}

export function addValidate(command: Command, context: CliContext): void {
  command
    .argument('[dir]', 'the state repository', '.')
    .option('--host <name>', 'only this host of a repository with hosts/')
    .option('--packets', 'also try each check and each forward with real packets in throw-away network namespaces')
    .addHelpText(
      'after',
      `
Examples:
  natroute validate                       the working copy in this folder, all its hosts
  natroute validate . --host dedibox      one of them
  natroute validate --packets             and try it all on this machine's kernel
  natroute validate --json | jq '.diagnostics[] | .code'`,
    )
    .action(async (folder: string) => {
      const options = command.optsWithGlobals<ValidateOptions>();
      const known = await context.hostsIn(folder);
      const hosts = options.host !== undefined ? [options.host] : known.length > 0 ? known : [context.hostName];
      const diagnostics: Diagnostic[] = [];
      const hosted: Desired[] = [];
      for (const host of hosts) {
        const now = context.now();
        const result = parseState(await context.readFolder(folder, host), { host, now });
        const { desired } = result;
        const found = [...result.diagnostics, ...(desired === null ? [] : examine(desired, compileNat(desired), now))];
        diagnostics.push(...found.filter((d) => !diagnostics.some((seen) => same(seen, d))));
        if (desired !== null) hosted.push(desired);
      }
      const guests = hosted.reduce((n, { guests: own }) => n + own.length, 0);
      const forwards = hosted.reduce((n, { guests: own }) => n + own.reduce((m, g) => m + g.forwards.length, 0), 0);
      // Packets prove what the rules say; rules that were refused prove nothing.
      const tried = options.packets === true && !hasErrors(diagnostics) ? await tryPackets(context, hosted) : null;
      if (tried !== null) diagnostics.push(...trialProblems(tried));
      if (options.json === true) {
        const packets = tried === null ? {} : { packets: trialJson(tried) };
        writeJson(context, { valid: !hasErrors(diagnostics), hosts, guests, forwards, diagnostics, ...packets });
      }
      if (options.json !== true && tried !== null) context.out(trialText(tried, context.paint(options)));
      if (options.json !== true && diagnostics.length > 0)
        context.error(showDiagnostics(diagnostics, context.paintError(options)));
      if (hasErrors(diagnostics)) throw new Exit(exits.failed);
      if (options.json !== true)
        context.out(
          `valid: ${count(hosts.length, 'host')}, ${count(guests, 'guest')}, ${count(forwards, 'forward')}\n`,
        );
    });
}

/** Host by host: each is a little network of its own. */
async function tryPackets(context: CliContext, hosts: readonly Desired[]): Promise<readonly TrialResult[]> {
  const results: TrialResult[] = [];
  for (const desired of hosts) {
    const trial = planTrial(desired, compileNat(desired), context.now());
    if (trial.attempts.length === 0) continue;
    results.push(...judgeTrial(trial, await context.packets.shoot(trial.stage)));
  }
  return results;
}

/** Files in common/ are read for every host, and their faults need to be told once only. */
function same(a: Diagnostic, b: Diagnostic): boolean {
  return a.code === b.code && a.message === b.message && JSON.stringify(a.at) === JSON.stringify(b.at);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
