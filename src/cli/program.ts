/** The command line as a whole: names, global options, and how an end becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { printable } from '../core/views/paint.ts';
import { Fault } from '../model/fault.ts';
import { addApply } from './apply.ts';
import { type CliContext, Exit, exits } from './context.ts';
import { addDrift } from './drift.ts';
import { addHistory } from './history.ts';
import { addPlan } from './plan.ts';
import { addRender } from './render.ts';
import { addResume } from './resume.ts';
import { addRun } from './run.ts';
import { addStatus } from './status.ts';
import { addUnload } from './unload.ts';
import { addValidate } from './validate.ts';

/** Runs one command line; the exit code. Everything that goes wrong is said on stderr. */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<number> {
  const program = build(context);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exits.fine;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.fine : exits.usage;
    if (error instanceof Fault) {
      context.error(faultText(error));
      return error.code === 'usage' || error.code === 'guarded' ? exits.usage : exits.failed;
    }
    context.error(
      `natroute: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    context.error('This is a mistake in natroute itself; the line above says where. Please report it.\n');
    return exits.failed;
  }
}

function build(context: CliContext): Command {
  const program = new Command('natroute')
    .description('Makes a Xen dom0 follow a git repository: port forwards, config files and guests.')
    .version(context.version)
    .option('--config <file>', 'the local config (default: /etc/natroute/config.yaml)')
    .option('--root <dir>', 'put every path (/etc, /var/lib, /run) under this folder')
    .option('--json', 'print JSON, as schemas/output/ describes it')
    .option('--no-color', 'plain text')
    .helpCommand(true)
    .showHelpAfterError('(try: natroute help, or natroute help COMMAND)')
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.error })
    .addHelpText('after', '\nExit codes: 0 fine, 1 failed, 2 differences found and --exit-code given, 64 wrong usage.');
  const commands = [
    addValidate,
    addRender,
    addPlan,
    addApply,
    addRun,
    addStatus,
    addDrift,
    addHistory,
    addResume,
    addUnload,
  ];
  for (const add of commands) add(program, context);
  // What the program itself was told about errors and output, its commands do not inherit once they exist.
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeOut: context.out, writeErr: context.error });
  return program;
}

/** What happened, what was said, what to do: one line each. */
function faultText({ message, detail }: Fault): string {
  const lines = [`natroute: ${printable(message)}`];
  if (detail.command !== undefined) lines.push(`  command: ${printable(detail.command)}`);
  if (detail.output !== undefined && !message.includes(detail.output))
    lines.push(...detail.output.split('\n').map((line) => `  ${printable(line)}`));
  if (detail.help !== undefined) lines.push(`  help: ${printable(detail.help)}`);
  return `${lines.join('\n')}\n`;
}
