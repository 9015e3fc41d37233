/**
 * The kernel's audit trail through what this host has: auditd's log, else the journal. Read only when somebody asks who
 * did it, from the end backwards and no further than the time asked for.
 */
import { constants } from 'node:fs';
import { access, open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Touch } from '../model/trail.ts';
import type { Trail } from '../ports.ts';
import { runCommand } from './command.ts';
import { isRunning } from './process.ts';

export interface TrailOptions {
  /** Picks the changes of the nat tables out of lines of the trail. */
  readonly readTouches: (lines: readonly string[]) => readonly Touch[];
  /** A line of `journalctl -o json` as one of the trail; null where it is none. */
  readonly lineOfJournal: (json: string) => string | null;
  readonly auditConfig?: string;
  readonly auditPidFile?: string;
  /** Arguments that name another journal than the host's. */
  readonly journalArguments?: readonly string[];
}

export type TrailSource = { readonly kind: 'auditd'; readonly path: string } | { readonly kind: 'journal' };

export function createTrail(options: TrailOptions): Trail {
  return {
    async touches(since, enough) {
      const source = await findSource(options, since);
      if (source === null) return null;
      const from = new Date(since.getTime() - limits.trailBeforeSeconds * 1000);
      const deadline = performance.now() + limits.trailWaitMs;
      for (;;) {
        const lines = source.kind === 'auditd' ? await logSince(source.path, from) : await journalSince(options, from);
        const touches = options.readTouches(lines).filter(({ at }) => at > since);
        if (enough(touches) || performance.now() > deadline) return touches;
        await sleep(limits.trailPauseMs);
      }
    },
  };
}

/** auditd's log where auditd runs, or wrote since then; else the journal, which takes the trail where auditd does not. */
export async function findSource(
  options: Pick<TrailOptions, 'auditConfig' | 'auditPidFile' | 'journalArguments'>,
  since: Date,
): Promise<TrailSource | null> {
  const path = await logPath(options.auditConfig ?? '/etc/audit/auditd.conf');
  const written = await modified(path);
  if (written !== null) {
    const pid = Number(await textOf(options.auditPidFile ?? '/run/auditd.pid'));
    if (written > since || (pid > 0 && isRunning(pid, 'auditd'))) return { kind: 'auditd', path };
  }
  const journal = options.journalArguments !== undefined || (await modified('/run/systemd/journal')) !== null;
  return journal ? { kind: 'journal' } : null;
}

/** man auditd.conf */
async function logPath(config: string): Promise<string> {
  const named = /^\s*log_file\s*=\s*(\S+)/m.exec((await textOf(config)) ?? '');
  return named?.[1] ?? '/var/log/audit/audit.log';
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // Missing or not for us: the default serves.
    return null;
  }
}

async function modified(path: string): Promise<Date | null> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).mtime;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === 'EACCES' || code === 'EPERM')
      throw new Fault('no-permission', `${path} may not be read: who did it stays unknown.`, { cause });
    throw new Fault('disk', `${path} cannot be read: ${message}`, { cause });
  }
}

/** Whole lines from then on, and of the log before it where this one begins later; at most `limits.trailBytes`. */
async function logSince(path: string, from: Date): Promise<readonly string[]> {
  const newest = await tail(path, from, limits.trailBytes);
  if (newest.reached || newest.room === 0) return newest.lines;
  // It was rotated meanwhile: auditd calls the one before `audit.log.1`.
  return [...(await tail(`${path}.1`, from, newest.room)).lines, ...newest.lines];
}

interface Tail {
  readonly lines: readonly string[];
  /** Whether a line from before that time was met. */
  readonly reached: boolean;
  /** Bytes that may still be read. */
  readonly room: number;
}

const blockBytes = 65_536;

async function tail(path: string, from: Date, mostBytes: number): Promise<Tail> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], reached: true, room: mostBytes };
    throw new Fault('disk', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  try {
    let start = (await file.stat()).size;
    let room = mostBytes;
    let bytes = Buffer.alloc(0);
    let reached = false;
    while (start > 0 && room > 0 && !reached) {
      const length = Math.min(blockBytes, start, room);
      const block = Buffer.alloc(length);
      const { bytesRead } = await file.read(block, 0, length, start - length);
      // It was cut short under our hands.
      if (bytesRead < length) break;
      bytes = Buffer.concat([block, bytes]);
      start -= length;
      room -= length;
      reached = beginsBefore(block, from);
    }
    // The last line may still be in the making, and the first may have lost its beginning.
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .slice(start > 0 ? 1 : 0, -1);
    return { lines, reached, room };
  } finally {
    await file.close();
  }
}

function beginsBefore(block: Buffer, from: Date): boolean {
  const time = /audit\((\d{1,12})\.(\d{3}):/.exec(block.toString('latin1'));
  return time !== null && Number(time[1]) * 1000 + Number(time[2]) < from.getTime();
}

async function journalSince({ lineOfJournal, journalArguments }: TrailOptions, from: Date): Promise<readonly string[]> {
  const { stdout } = await runCommand({
    file: 'journalctl',
    args: [
      ...(journalArguments ?? []),
      ...['--no-pager', '--quiet', '--all', '--output=json'],
      '--output-fields=MESSAGE,_TRANSPORT,_AUDIT_TYPE_NAME,_AUDIT_ID,_SOURCE_REALTIME_TIMESTAMP',
      `--since=@${Math.floor(from.getTime() / 1000)}`,
      `--lines=${limits.trailJournalLines}`,
      // The kernel prints the trail where nobody takes it.
      ...['_TRANSPORT=audit', '_TRANSPORT=kernel'],
    ],
    outputBytes: limits.trailBytes,
    // Nothing of that kind in the journal is no failure.
    accept: [0, 1],
  });
  return stdout.split('\n').flatMap((line) => lineOfJournal(line) ?? []);
}
