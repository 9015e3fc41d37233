/** What /proc shows of a process that may end at any moment. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Actor } from '../model/record.ts';

export function processName(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch {
    return null;
  }
}

export function isRunning(pid: number, name: string): boolean {
  return processName(pid) === name;
}

/** The name of a process that was there at that time already: numbers come round again. */
export function nameSince(pid: number, at: Date): string | null {
  const name = processName(pid);
  const began = startOf(pid);
  return name !== null && began !== null && began.getTime() <= at.getTime() + 1000 / ticksPerSecond ? name : null;
}

// USER_HZ: 100 on every architecture that Debian has.
const ticksPerSecond = 100;

function startOf(pid: number): Date | null {
  try {
    // proc(5): the 22nd field; the second is the name in brackets, with anything in it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    return new Date(Date.now() - (upSeconds - Number(fields[19]) / ticksPerSecond) * 1000);
  } catch {
    return null;
  }
}

export function userName(uid: number): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0] ?? String(uid);
}

/** The process is often gone already; then its name is all that is sure. */
export function describeProcess(
  { pid, process }: { readonly pid: number; readonly process: string },
  commandText: (words: readonly string[]) => string,
): Actor {
  const sure = { process, pid, user: null };
  try {
    const folder = `/proc/${pid}`;
    const login = Number(readFileSync(`${folder}/loginuid`, 'utf8'));
    const status = readFileSync(`${folder}/status`, 'utf8');
    const [, parent = '0'] = /^PPid:\s*(\d+)/m.exec(status) ?? [];
    const [, ranAs = ''] = /^Uid:\s*\d+\s+(\d+)/m.exec(status) ?? [];
    const command = readFileSync(`${folder}/cmdline`, 'utf8').replace(/\0+$/, '');
    const exe = readlinkSync(`${folder}/exe`);
    const noLogin = 2 ** 32 - 1;
    const found = {
      process,
      pid,
      user: login === noLogin ? null : userName(login),
      ranAs: userName(Number(ranAs)),
      ...(command === '' ? {} : { command: commandText(command.split('\0')) }),
      exe,
      ...(parent === '0' ? {} : { parent: { pid: Number(parent), process: processName(Number(parent)) } }),
    };
    // Last, because it may have become another program while we read.
    return processName(pid) === process ? found : sure;
  } catch {
    return sure;
  }
}
