/** The command line as a whole: names, global options, and how an end becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { printable } from '../core/views/paint.ts';
import { Fault } from '../model/fault.ts';
import { type CliContext, Exit, exits } from './context.ts';

interface CommandEntry {
  readonly name: string;
  readonly group: 'State repository:' | 'This host:' | 'Gates:' | 'Record:';
  readonly summary: string;
  /** Most of a short command's time is start-up, so what a command line does not name is not even loaded. */
  readonly load: () => Promise<(command: Command, context: CliContext) => void>;
}

const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    group: 'State repository:',
    summary: 'a new state repository with examples and editor schemas',
    load: async () => (await import('./init.ts')).addInit,
  },
  {
    name: 'import',
    group: 'State repository:',
    summary: 'this live host as a state repository: rules, domain configs, network',
    load: async () => (await import('./import.ts')).addImport,
  },
  {
    name: 'validate',
    group: 'State repository:',
    summary: 'check a state repository: syntax, names, ports, conflicts; needs no privileges',
    load: async () => (await import('./validate.ts')).addValidate,
  },
  {
    name: 'render',
    group: 'State repository:',
    summary: 'write every artefact as files, without touching the host',
    load: async () => (await import('./render.ts')).addRender,
  },
  {
    name: 'plan',
    group: 'This host:',
    summary: 'show what apply would do, and what it means for people outside',
    load: async () => (await import('./plan.ts')).addPlan,
  },
  {
    name: 'apply',
    group: 'This host:',
    summary: 'one pass now: show the plan, ask, apply it, and read it back',
    load: async () => (await import('./apply.ts')).addApply,
  },
  {
    name: 'run',
    group: 'This host:',
    summary: 'the daemon: fetch, apply, heal, until told to stop',
    load: async () => (await import('./run.ts')).addRun,
  },
  {
    name: 'guests',
    group: 'This host:',
    summary: 'the process that brings domUs to their desired state',
    load: async () => (await import('./guests.ts')).addGuests,
  },
  {
    name: 'status',
    group: 'This host:',
    summary: 'where this host stands, trouble first',
    load: async () => (await import('./status.ts')).addStatus,
  },
  {
    name: 'drift',
    group: 'This host:',
    summary: 'what somebody changed behind our back, and since when',
    load: async () => (await import('./drift.ts')).addDrift,
  },
  {
    name: 'adopt',
    group: 'This host:',
    summary: 'what was changed by hand, as a patch of the state repository',
    load: async () => (await import('./adopt.ts')).addAdopt,
  },
  {
    name: 'trace',
    group: 'This host:',
    summary: 'which rules a packet meets, and where it ends',
    load: async () => (await import('./trace.ts')).addTrace,
  },
  {
    name: 'doctor',
    group: 'This host:',
    summary: 'what is missing or risky on this host; a test alert',
    load: async () => (await import('./doctor.ts')).addDoctor,
  },
  {
    name: 'unload',
    group: 'This host:',
    summary: 'take exactly our rules out of the kernel; shows what closes, and asks',
    load: async () => (await import('./unload.ts')).addUnload,
  },
  {
    name: 'approve',
    group: 'Gates:',
    summary: 'apply what is held; or accept a branch whose history was rewritten',
    load: async () => (await import('./approve.ts')).addApprove,
  },
  {
    name: 'confirm',
    group: 'Gates:',
    summary: 'prove over a new connection that you still get in: the change stays',
    load: async () => (await import('./confirm.ts')).addConfirm,
  },
  {
    name: 'rollback',
    group: 'Gates:',
    summary: 'back to the network of an earlier generation; new commits wait',
    load: async () => (await import('./rollback.ts')).addRollback,
  },
  {
    name: 'suspend',
    group: 'Gates:',
    summary: 'leave everything, or one forward, alone for a while',
    load: async () => (await import('./suspend.ts')).addSuspend,
  },
  {
    name: 'resume',
    group: 'Gates:',
    summary: 'end a hold or a suspension: new commits are applied again',
    load: async () => (await import('./resume.ts')).addResume,
  },
  {
    name: 'history',
    group: 'Record:',
    summary: 'the ledger: every change and every drift, newest first',
    load: async () => (await import('./history.ts')).addHistory,
  },
  {
    name: 'blame',
    group: 'Record:',
    summary: 'for each rule: the commit that brought it, its author, applied when',
    load: async () => (await import('./blame.ts')).addBlame,
  },
];

/** Runs one command line; the exit code. Everything that goes wrong is said on stderr. */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const program = await build(argv, context);
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

async function build(argv: readonly string[], context: CliContext): Promise<Command> {
  const program = new Command('natroute')
    .description('Makes a Xen dom0 follow a git repository: port forwards, config files and guests.')
    .version(context.version)
    .option('--config <file>', 'the local config (default: /etc/natroute/config.yaml)')
    .option('--root <dir>', 'put every path (/etc, /var/lib, /run) under this folder')
    .option('--json', 'print JSON, as schemas/output/ describes it')
    .option('--no-color', 'plain text')
    .helpCommand(true)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.error,
      outputError: (text, write) => write(usageText(text)),
    })
    .addHelpText('after', '\nExit codes: 0 fine, 1 failed, 2 differences found and --exit-code given, 64 wrong usage.');
  for (const { name, group, summary, load } of commands) {
    // Named anywhere, be it as an option's value: one command too many is loaded, which does no harm.
    const command = program.command(name).description(summary).helpGroup(group);
    if (argv.includes(name)) (await load())(command, context);
  }
  return program;
}

/** What commander says of a wrong command line, in our form. */
function usageText(text: string): string {
  const [what = '', ...more] = text.trim().split('\n');
  const hint = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(more.join(' '))?.[1];
  const said = printable(what.replace(/^error: /, ''));
  return `natroute: ${said}\n  help: ${hint === undefined ? '' : `did you mean ${printable(hint)}? `}\`natroute help\` lists the commands, \`natroute help COMMAND\` their options.\n`;
}

/** What happened, what was said, what to do: one line each. */
function faultText({ message, detail }: Fault): string {
  const lines = [`natroute: ${printable(message)}`];
  if (detail.command !== undefined) lines.push(`  command: ${printable(detail.command)}`);
  if (detail.output !== undefined && detail.output !== '' && !message.includes(detail.output))
    lines.push(...detail.output.split('\n').map((line) => `  ${printable(line)}`));
  if (detail.help !== undefined) lines.push(`  help: ${printable(detail.help)}`);
  return `${lines.join('\n')}\n`;
}
