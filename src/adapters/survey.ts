/** Looks at the host itself for `natroute doctor`: what cannot be found out is null, and nothing is changed. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { readFile, stat, statfs } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { AuditState, FileState, Survey, SurveyRequest } from '../model/survey.ts';
import type { Surveyor } from '../ports.ts';
import { enabledUnits, readBootFiles } from './boot-files.ts';
import { runCommand } from './command.ts';
import { findSource } from './trail.ts';

export interface SurveyOptions {
  /** '' for the host itself. */
  readonly root: string;
  readonly programs: readonly string[];
  /** Whether the other backend of iptables has tables; null where it may not be asked. */
  readonly otherBackend: () => Promise<boolean | null>;
}

export function createSurveyor({ root, programs, otherBackend }: SurveyOptions): Surveyor {
  return {
    boot: () => readBootFiles(root),
    async survey(request) {
      const [namespaceTrouble, monitorTrouble, audit, other, clockSynchronised] = await Promise.all([
        troubleOf('unshare', ['-n', 'true']),
        monitorTroubleOf(),
        auditState(root),
        otherBackend(),
        synchronised(),
      ]);
      return {
        missing: programs.filter((program) => !isInstalled(program)),
        otherBackend: other,
        namespaceTrouble,
        monitorTrouble,
        audit,
        forwarding: {
          v4: await switchOf('/proc/sys/net/ipv4/ip_forward'),
          v6: await switchOf('/proc/sys/net/ipv6/conf/all/forwarding'),
        },
        conntrack: await conntrack(),
        bridgeCallsIptables: await switchOf('/proc/sys/net/bridge/bridge-nf-call-iptables'),
        disk: await diskOf(request.state),
        files: await filesOf(request),
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        clockSynchronised,
        enabledUnits: await enabledUnits(root),
      };
    },
  };
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

async function troubleOf(file: string, args: readonly string[]): Promise<string | null> {
  try {
    await runCommand({ file, args });
    return null;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

const monitor = { file: 'nft', args: ['monitor'] };

/** It either ends at once, or listens until it is ended. */
function monitorTroubleOf(): Promise<string | null> {
  return new Promise((resolve) => {
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
    const child = spawn(monitor.file, monitor.args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { LC_ALL: 'C', PATH: path },
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(0, 500)));
    const timer = setTimeout(() => child.kill('SIGKILL'), limits.monitorTryMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
    child.once('close', (_code, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL' ? null : (errors.split('\n')[0] ?? '') || 'it ends at once');
    });
  });
}

async function auditState(root: string): Promise<AuditState> {
  const [status, rules] = await Promise.all([outputOf('auditctl', ['-s']), outputOf('auditctl', ['-l'])]);
  const enabled = /^enabled (\d)/m.exec(status ?? '')?.[1];
  return {
    enabled: enabled === undefined ? null : enabled !== '0',
    never: rules === null ? null : /^-a (?:never,task|task,never)\b/m.test(rules),
    source: await sourceKind(),
    loginsUnnoted: await loginsUnnoted(root),
  };
}

async function sourceKind(): Promise<AuditState['source']> {
  try {
    return (await findSource({}, new Date()))?.kind ?? null;
  } catch (error) {
    // It may not be read.
    if (error instanceof Fault) return null;
    throw error;
  }
}

async function loginsUnnoted(root: string): Promise<readonly string[]> {
  const unnoted: string[] = [];
  for (const service of ['login', 'sshd']) {
    const text = await readIfThere(`${root}/etc/pam.d/${service}`);
    if (text !== null && !/^[^#\n]*\bpam_loginuid\.so\b/m.test(text)) unnoted.push(service);
  }
  return unnoted;
}

/** Null where the program is missing or fails. */
async function outputOf(file: string, args: readonly string[]): Promise<string | null> {
  try {
    return (await runCommand({ file, args })).stdout;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}

async function switchOf(path: string): Promise<boolean | null> {
  const text = await readIfThere(path);
  return text === null ? null : text.trim() !== '0';
}

async function conntrack(): Promise<Survey['conntrack']> {
  const [count, most] = await Promise.all(
    ['count', 'max'].map((name) => readIfThere(`/proc/sys/net/netfilter/nf_conntrack_${name}`)),
  );
  return typeof count !== 'string' || typeof most !== 'string' ? null : { count: Number(count), most: Number(most) };
}

async function diskOf(path: string): Promise<Survey['disk']> {
  try {
    const { bavail, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize };
  } catch {
    return null;
  }
}

async function filesOf({ secrets, guarded }: SurveyRequest): Promise<readonly FileState[]> {
  const found: FileState[] = [];
  for (const [paths, secret] of [
    [secrets, true],
    [guarded, false],
  ] as const)
    for (const path of paths) {
      try {
        const { mode, uid } = await stat(path);
        found.push({ path, secret, mode, owner: uid });
      } catch {
        // What is not there is missed where it is used.
      }
    }
  return found;
}

async function synchronised(): Promise<boolean | null> {
  const chrony = await outputOf('chronyc', ['-n', 'tracking']);
  if (chrony !== null) return /^Leap status\s*: (?!Not synchronised)/m.test(chrony);
  const systemd = await outputOf('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  return systemd === null ? null : systemd.trim() === 'yes';
}
