/** The question before something changes: a person on a terminal, or --yes. */
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits, type GlobalOptions } from './context.ts';

interface Question {
  readonly question: string;
  /** Said when the answer is no. */
  readonly refused: string;
}

/** Returns on yes. Anything else ends the command with 1; nobody to ask, with 64 (Fault usage). */
export async function askedOrExit(
  context: CliContext,
  options: GlobalOptions & { readonly yes?: boolean },
  { question, refused }: Question,
): Promise<void> {
  if (options.yes === true) return;
  if (options.json === true)
    throw new Fault('usage', 'with --json nobody is asked, and --yes was not given', {
      help: 'Add --yes once you have looked at the plan.',
    });
  if (!context.terminal)
    throw new Fault('usage', 'there is no terminal to ask on, and --yes was not given', {
      help: 'Run it on a terminal, or with --yes once you have looked at the plan.',
    });
  if (await context.ask(question)) return;
  context.error(`natroute: ${refused}\n`);
  throw new Exit(exits.failed);
}
