/** The bin: the only place where adapters are made and joined. What a command does not use is not loaded. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { type CliContext, Exit, exits, type GlobalOptions } from './cli/context.ts';
import { runCommandLine } from './cli/program.ts';
import { coloured, plain, type Paint } from './core/views/paint.ts';
import { Fault } from './model/fault.ts';
import { pathsUnder } from './model/paths.ts';
import type { World } from './engine/world.ts';
import type { PacketRange, Scout, Socket } from './ports.ts';

declare const NATROUTE_VERSION: string;
const version = typeof NATROUTE_VERSION === 'string' ? NATROUTE_VERSION : 'development';

function shortHostName(): string {
  return hostname().split('.')[0] ?? 'localhost';
}

async function openWorld(options: GlobalOptions, use: 'nat' | 'records'): Promise<World> {
  const guarded = options.root !== undefined;
  if (guarded && use === 'nat') await refuseFirstNamespace();
  const root = guarded ? resolve(options.root) : '';
  const paths = pathsUnder(root === '/' ? '' : root);
  const configPath = options.config ?? paths.config;
  const text = readConfig(configPath);
  const [{ parseConfig }, { showDiagnostics }, adapters] = await Promise.all([
    import('./config.ts'),
    import('./core/diagnostics.ts'),
    import('./wiring.ts'),
  ]);
  const { config, diagnostics } = parseConfig(text, configPath, { hostname: shortHostName() });
  if (diagnostics.length > 0) context.error(showDiagnostics(diagnostics, context.paintError(options)));
  if (config === null) throw new Exit(exits.failed);
  return adapters.openWorld({ version, config, paths, guarded });
}

async function openScout(options: GlobalOptions): Promise<Scout> {
  const guarded = options.root !== undefined;
  if (guarded) await refuseFirstNamespace();
  const root = guarded ? resolve(options.root) : '';
  return (await import('./wiring.ts')).openScout({ root: root === '/' ? '' : root, guarded });
}

/** Before anything else: a command that must not touch this machine's rules leaves no trace in the folder either. */
async function refuseFirstNamespace(): Promise<void> {
  const { inFirstNetworkNamespace } = await import('./adapters/guard.ts');
  if (!inFirstNetworkNamespace()) return;
  throw new Fault('guarded', 'with --root, the nat table of the machine itself is not touched', {
    help: 'Leave --root out on the host itself, or run it in a network namespace of your own (unshare -n).',
  });
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOENT':
        throw new Fault('disk', `there is no local config at ${path}`, {
          help: 'It names the repository to follow; deploy/config.example.yaml is one to begin with.',
          cause,
        });
      case 'EACCES':
        throw new Fault('no-permission', `${path} may not be read by this user`, {
          help: 'Run natroute as root.',
          cause,
        });
      default:
        throw new Fault('disk', `${path} cannot be read: ${message}`, { cause });
    }
  }
}

async function writeFiles(
  folder: string,
  contents: ReadonlyMap<string, string>,
  links: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const files = (await import('./adapters/files.ts')).createFiles();
  const folders = new Set([...contents.keys(), ...links.keys()].map(dirname));
  for (const name of folders) await files.makeFolder(join(folder, name));
  for (const [name, content] of contents) await files.write(join(folder, name), content, 0o644);
  for (const [name, to] of links) await files.link(join(folder, name), to);
}

async function hostsIn(folder: string): Promise<readonly string[]> {
  const { readFolderNames } = await import('./adapters/folder-names.ts');
  return (await readFolderNames(join(folder, 'hosts'), { onlyFolders: true })) ?? [];
}

const socket: Socket = {
  serve: async (...args) => (await import('./adapters/socket.ts')).createSocket().serve(...args),
  call: async (...args) => (await import('./adapters/socket.ts')).createSocket().call(...args),
};

// What --packets starts of this program inside its namespaces; little memory, because each guest has a process of its own.
const self = [process.execPath, '--max-semi-space-size=1', ...process.execArgv, process.argv[1] ?? ''];
const packets: PacketRange = {
  shoot: async (stage) => (await import('./adapters/packets/range.ts')).createPacketRange({ self }).shoot(stage),
};

// https://no-color.org: any value but an empty one.
const colourless = (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb';
const paintOn =
  (descriptor: number) =>
  (options: GlobalOptions): Paint =>
    options.color && isatty(descriptor) && !colourless ? coloured : plain;

const context: CliContext = {
  version,
  hostName: shortHostName(),
  now: () => new Date(),
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  terminal: isatty(0) && isatty(1),
  paint: paintOn(1),
  paintError: paintOn(2),
  columns: isatty(1) ? process.stdout.columns : null,
  ask: async (question) => (await import('./adapters/terminal.ts')).askOnTerminal(question),
  readFolder: async (folder, host) => (await import('./adapters/folder.ts')).readFolder(folder, host),
  hostsIn,
  namesIn: async (folder) => (await import('./adapters/folder-names.ts')).readFolderNames(folder),
  writeFiles,
  world: (options) => openWorld(options, 'nat'),
  records: (options) => openWorld(options, 'records'),
  scout: openScout,
  session: async () => (await import('./adapters/session.ts')).readSession(),
  packets,
  socket,
  daemon: async (world) => (await import('./wiring.ts')).runDaemonProcess(world, socket),
  guests: async (world, options) => (await import('./wiring.ts')).runGuestsProcess(world, options),
};

// A reader that went away (`natroute history | head`) is no failure, and no reason to stop in the middle of a pass.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

async function main(args: readonly string[]): Promise<void> {
  if (args[0]?.startsWith('packets-') === true) {
    const { packetsProcess } = await import('./adapters/packets/process.ts');
    const own = packetsProcess(args, self);
    if (own !== null) return own;
  }
  process.exitCode = await runCommandLine(args, context);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  throw error;
});
