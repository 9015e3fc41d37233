/**
 * A real Xen for tests: the rig of test/xen/rig, built, booted and saved once and kept beside the npm packages; each test
 * resumes a copy, which goes with it. It is slow (software emulation) and slower on a busy machine: no test asks how long something takes.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { createLocks } from '../../src/adapters/locks.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export interface Rig {
  /** A shell line in dom0, as root; ended after `seconds` (default 300). */
  exec(line: string, options?: { readonly input?: string; readonly seconds?: number }): Promise<Said>;
  /** The same where it has to succeed; its standard output. */
  must(line: string, options?: { readonly input?: string; readonly seconds?: number }): Promise<string>;
  /** The program and arguments that run a shell line in dom0. */
  command(line: string): readonly string[];
  /** Copies a file into dom0. */
  put(from: string, to: string): Promise<void>;
  /** Asks again until it is so. */
  until(what: string, look: () => Promise<boolean>, seconds?: number): Promise<void>;
  /** Waits until the machine has reset itself, and boots it again from the disk as that was at this moment. */
  bootAgain(): Promise<void>;
  close(): Promise<void>;
}

const here = join(import.meta.dirname, 'rig');
const kept = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'xen-rig');
const buildSeconds = 1_200;
const bootSeconds = 600;
const lockSeconds = 1_800;
const drainMs = 3_000;

/**
 * Why there is no rig for this test, in one line; null where there is one. Xen in emulation takes its time, minutes on a
 * busy machine: only who asks for it waits for it.
 */
export function rigProblem(): string | null {
  if (process.env['NATROUTE_XEN'] !== '1') return 'a real Xen is booted by `npm run test:xen`';
  if (process.getuid?.() !== 0) return 'the rig is built by root';
  const missing = ['apt-get', 'qemu-system-x86_64', 'mmdebstrap', 'ssh', 'python3'].filter((tool) => !isOnPath(tool));
  return missing.length === 0 ? null : `missing: ${missing.join(', ')}`;
}

function isOnPath(tool: string): boolean {
  return [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((place) => {
    try {
      accessSync(join(place, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A machine of its own: several run side by side. */
export async function openRig(): Promise<Rig> {
  const folder = await resumed();
  const drive = (args: readonly string[], seconds: number, input = ''): Promise<Said> =>
    driveIn(folder, args, { seconds, input });
  const rig: Rig = {
    exec: (line, { input = '', seconds = 300 } = {}) => drive(['exec', line], seconds, input),
    async must(line, options) {
      const said = await rig.exec(line, options);
      if (said.code !== 0) throw new Error(`${line}: exit ${said.code}\n${said.out}${said.error}`);
      return said.out;
    },
    command: (line) => [join(here, 'rig.sh'), folder, 'exec', line],
    async put(from, to) {
      await good(folder, ['put', from, to], 300);
    },
    async until(what, look, seconds = 600) {
      for (const end = Date.now() + seconds * 1000; !(await look());) {
        if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
        await new Promise((resolve) => setTimeout(resolve, 2_000));
      }
    },
    async bootAgain() {
      await rig.until('the machine to reset itself', () => Promise.resolve(!isUp(folder)));
      await good(folder, ['up', '--again'], bootSeconds + 60);
    },
    close: () => end(folder),
  };
  return rig;
}

/** The folder of a machine that runs as it was saved; saved anew where this qemu cannot resume what is kept. */
async function resumed(anew = false): Promise<string> {
  const folder = await copySaved(anew);
  const said = await driveIn(folder, ['up'], { seconds: 240, input: '' });
  if (said.code === 0) return folder;
  await end(folder);
  if (anew) throw new Error(`the rig cannot be resumed:\n${said.out}${said.error}`);
  return resumed(true);
}

/** One process at a time builds and saves; each then has a copy of its own. */
async function copySaved(anew: boolean): Promise<string> {
  mkdirSync(kept, { recursive: true });
  const lock = await createLocks(kept).acquire('rig', lockSeconds);
  try {
    for (const name of readdirSync(kept))
      if (name.startsWith('run-') && !existsSync(`/proc/${name.slice(4)}`)) await end(join(kept, name));
    await build();
    if (anew || !existsSync(join(kept, 'snapshot'))) await save();
    const folder = join(kept, `run-${process.pid}`);
    mkdirSync(folder);
    for (const name of ['root.img', 'xen', 'vmlinuz', 'initrd', 'key'])
      symlinkSync(join(kept, name), join(folder, name));
    for (const name of ['disk.qcow2', 'snapshot']) copyFileSync(join(kept, name), join(folder, name));
    return folder;
  } finally {
    await lock.release();
  }
}

/** A fresh boot, so that the next ones are quick. */
async function save(): Promise<void> {
  await driveIn(kept, ['down'], { seconds: 60, input: '' });
  try {
    await good(kept, ['up', '--fresh'], bootSeconds + 60);
    await good(kept, ['snapshot'], 300);
  } finally {
    await driveIn(kept, ['down'], { seconds: 60, input: '' });
  }
}

async function end(folder: string): Promise<void> {
  await driveIn(folder, ['down'], { seconds: 60, input: '' });
  rmSync(folder, { recursive: true, force: true });
}

/** Builds it anew where its making changed. */
async function build(): Promise<void> {
  const stamp = createHash('sha256');
  const parts = readdirSync(here, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of parts.filter((part) => /\.(sh|cfg)$/.test(part) && part !== 'rig.sh'))
    stamp.update(name).update(readFileSync(join(here, name)));
  const digest = stamp.update(process.version).digest('hex');
  const stampFile = join(kept, 'stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === digest) return;
  const said = await run(join(here, 'build.sh'), [kept], { seconds: buildSeconds, input: '' });
  if (said.code !== 0) throw new Error(`the rig cannot be built:\n${said.out}${said.error}`);
  writeFileSync(stampFile, digest);
}

/** Qemu ends where the machine resets. */
function isUp(folder: string): boolean {
  try {
    const pid = readFileSync(join(folder, 'qemu.pid'), 'utf8').trim();
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('qemu-system');
  } catch {
    return false;
  }
}

async function good(folder: string, args: readonly string[], seconds: number): Promise<string> {
  const said = await driveIn(folder, args, { seconds, input: '' });
  if (said.code !== 0) throw new Error(`rig.sh ${args.join(' ')}: exit ${said.code}\n${said.out}${said.error}`);
  return said.out;
}

function driveIn(folder: string, args: readonly string[], bounds: Bounds): Promise<Said> {
  return run(join(here, 'rig.sh'), [folder, ...args], bounds);
}

interface Bounds {
  readonly seconds: number;
  readonly input: string;
}

function run(file: string, args: readonly string[], { seconds, input }: Bounds): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, BOOT_TIMEOUT: String(bootSeconds), NODE: process.execPath },
    });
    let [out, error] = ['', ''];
    child.stdout.on('data', (data) => (out += String(data)));
    child.stderr.on('data', (data) => (error += String(data)));
    // What went away early needs no input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const timer = setTimeout(() => {
      error += `\nended after ${seconds} s`;
      child.kill('SIGKILL');
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
    }, seconds * 1000);
    child.on('error', reject);
    const ended = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, out, error });
    };
    child.on('close', ended);
    // The master of the ssh connection lives on and may hold the pipes.
    child.on('exit', (code) => {
      setTimeout(() => {
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
        ended(code);
      }, drainMs);
    });
  });
}
