/** The bin: the only place where adapters are made and joined. What a command does not use is not loaded. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type CliContext, Exit, exits, type GlobalOptions } from './cli/context.ts';
import { runCommandLine } from './cli/program.ts';
import { coloured, plain } from './core/views/paint.ts';
import { Fault } from './model/fault.ts';
import { pathsUnder } from './model/paths.ts';
import type { World } from './engine/world.ts';
import type { Socket } from './ports.ts';

declare const NATROUTE_VERSION: string;
const version = typeof NATROUTE_VERSION === 'string' ? NATROUTE_VERSION : 'development';

const terminal = process.stdout.isTTY && process.stdin.isTTY;

function shortHostName(): string {
  return hostname().split('.')[0] ?? 'localhost';
}

async function openWorld(options: GlobalOptions): Promise<World> {
  const root = options.root === undefined ? '' : (await import('node:path')).resolve(options.root);
  const paths = pathsUnder(root);
  const configPath = options.config ?? paths.config;
  const [{ parseConfig }, { showDiagnostics }, adapters] = await Promise.all([
    import('./config.ts'),
    import('./core/diagnostics.ts'),
    import('./wiring.ts'),
  ]);
  const { config, diagnostics } = parseConfig(readConfig(configPath), configPath, { hostname: shortHostName() });
  if (diagnostics.length > 0) process.stderr.write(showDiagnostics(diagnostics, plain));
  if (config === null) throw new Exit(exits.failed);
  return adapters.openWorld({ version, config, paths, guarded: root !== '' });
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Fault(
      'disk',
      missing ? `there is no local config at ${path}` : `${path} cannot be read: ${(cause as Error).message}`,
      {
        help: missing
          ? 'It names the repository to follow; deploy/config.example.yaml is one to begin with.'
          : 'Run natroute as root.',
        cause,
      },
    );
  }
}

const socket: Socket = {
  serve: async (...args) => (await import('./adapters/socket.ts')).createSocket().serve(...args),
  call: async (...args) => (await import('./adapters/socket.ts')).createSocket().call(...args),
};

async function ask(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(`${question} [y/N] `));
  } finally {
    lines.close();
  }
}

const context: CliContext = {
  version,
  hostName: shortHostName(),
  now: () => new Date(),
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  terminal,
  paint: (options) =>
    options.color && process.stdout.isTTY && process.env.NO_COLOR === undefined && process.env.TERM !== 'dumb'
      ? coloured
      : plain,
  ask,
  readFolder: async (folder, host) => (await import('./adapters/folder.ts')).readFolder(folder, host),
  hostsIn: async (folder) => {
    const entries = await readdir(join(folder, 'hosts'), { withFileTypes: true }).catch((error: unknown) => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw new Fault('disk', `${folder} cannot be read: ${message}`, { cause: error });
    });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  },
  writeFiles: async (folder, files) => {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of files) await writeFile(join(folder, name), content);
  },
  world: openWorld,
  socket,
  daemon: async (_options, world) => (await import('./wiring.ts')).runDaemonProcess(world, socket),
};

// A reader that went away (`natroute history | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exits.fine);
});

runCommandLine(process.argv.slice(2), context).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    throw error;
  },
);
