/**
 * Who changed the nat tables, out of the audit trail. The kernel writes one event for each change: NETFILTER_CFG (what,
 * by which process), SYSCALL (the login user, the parent, the terminal) and PROCTITLE (the command line). Where a rule
 * asks for it, an EXECVE of the same process came before and has the whole command line.
 */
import type { Family } from '../../model/family.ts';
import type { Actor } from '../../model/record.ts';
import type { Touch } from '../../model/trail.ts';
import { argumentsOf, fits, showCommand, titleOf } from './command.ts';
import { numberOf, readRecord, textOf, type TrailRecord } from './records.ts';

export interface TrailLookups {
  /** Its number where it has no name. */
  readonly userName: (uid: number) => string;
  /** The name of a process that was there at that time and still is; null where it is gone. */
  readonly processName: (pid: number, at: Date) => string | null;
}

type Event = ReadonlyMap<string, readonly TrailRecord[]>;

/** Changes of the tables that iptables calls nat, oldest first; lines of all kinds, in any order within an event. */
export function readTouches(lines: readonly string[], lookups: TrailLookups): readonly Touch[] {
  const touches: Touch[] = [];
  const started = new Map<number, readonly string[]>();
  const made = new Set<string>();
  for (const event of eventsOf(lines)) {
    const syscall = event.get('SYSCALL')?.[0]?.fields ?? new Map<string, string>();
    const ran = event.get('EXECVE')?.[0];
    const runner = numberOf(syscall.get('pid'));
    if (ran !== undefined && runner !== null) {
      const words = argumentsOf(ran.fields);
      if (words === null) started.delete(runner);
      else started.set(runner, words);
    }
    for (const change of event.get('NETFILTER_CFG') ?? []) {
      const touch = touchOf(change, event, { started, made, lookups });
      if (touch !== null) touches.push(touch);
    }
  }
  return touches.toSorted((a, b) => a.at.getTime() - b.at.getTime());
}

function eventsOf(lines: readonly string[]): Iterable<Event> {
  const events = new Map<string, Map<string, TrailRecord[]>>();
  // The journal has a record twice where the kernel prints the trail because no auditd takes it.
  const known = new Set<string>();
  for (const line of lines) {
    const record = readRecord(line);
    if (record === null) continue;
    const text = JSON.stringify([record.type, record.event, ...record.fields]);
    if (known.has(text)) continue;
    known.add(text);
    const event = events.get(record.event) ?? new Map<string, TrailRecord[]>();
    events.set(record.event, event);
    event.set(record.type, [...(event.get(record.type) ?? []), record]);
  }
  return events.values();
}

interface Known {
  /** Command lines by process id. */
  readonly started: ReadonlyMap<number, readonly string[]>;
  /** Process and table, where the process made it. */
  readonly made: Set<string>;
  readonly lookups: TrailLookups;
}

function touchOf({ at, fields }: TrailRecord, event: Event, { started, made, lookups }: Known): Touch | null {
  const syscall = event.get('SYSCALL')?.[0]?.fields ?? new Map<string, string>();
  const family = familyOf(fields.get('family'));
  const table = /^"?nat(?::(\d+))?"?$/.exec(fields.get('table') ?? '');
  // Kernels before 5.8 leave process and kind of change to the SYSCALL record.
  const pid = numberOf(fields.get('pid') ?? syscall.get('pid'));
  if (family === null || table === null || pid === null || syscall.get('success') === 'no') return null;
  const op = fields.get('op') ?? 'xt_replace';
  const where = `${pid} ${family}`;
  if (op === 'xt_register') made.add(where);
  // The kernel itself clears up after a namespace; a person who unloads the module has a system call.
  const changes = op === 'xt_replace' || (op === 'xt_unregister' && syscall.size > 0) || /^nft_(un)?register_/.test(op);
  if (!changes) return null;
  const time = new Date(at);
  return {
    at: time,
    family,
    pid,
    parentPid: numberOf(syscall.get('ppid')),
    first: table[1] === undefined ? made.has(where) : Number(table[1]) <= firstGeneration,
    actor: actorOf({ at: time, pid, fields, syscall, event, words: started.get(pid) ?? null }, lookups),
  };
}

/** nft counts the changes of a namespace from 1; the first one leads to 2 (net/netfilter/nf_tables_api.c). */
const firstGeneration = 2;

/** The address families of the kernel; iptables' tables are of no other. */
function familyOf(value: string | undefined): Family | null {
  return value === '2' ? 'v4' : value === '10' ? 'v6' : null;
}

interface Trace {
  readonly at: Date;
  readonly pid: number;
  readonly fields: TrailRecord['fields'];
  readonly syscall: TrailRecord['fields'];
  readonly event: Event;
  /** From its EXECVE. */
  readonly words: readonly string[] | null;
}

function actorOf({ at, pid, fields, syscall, event, words }: Trace, { userName, processName }: TrailLookups): Actor {
  const process = textOf(fields.get('comm') ?? syscall.get('comm'));
  const exe = textOf(syscall.get('exe'));
  const title = titleOf(event.get('PROCTITLE')?.[0]?.fields.get('proctitle'));
  const started = words === null ? null : { words, cut: false };
  const ran = [started, title].find((one) => one !== null && fits(one.words, process ?? '', exe)) ?? null;
  const ranAs = userOf(syscall, 'euid', userName);
  const terminal = plainOf(syscall.get('tty'));
  const parentPid = numberOf(syscall.get('ppid'));
  return {
    process,
    pid,
    user: userOf(syscall, 'auid', userName),
    ...(ranAs === null ? {} : { ranAs }),
    ...(ran === null ? {} : { command: showCommand(ran) }),
    ...(exe === null ? {} : { exe }),
    ...(terminal === null ? {} : { terminal }),
    ...(parentPid === null ? {} : { parent: { pid: parentPid, process: processName(parentPid, at) } }),
  };
}

/** Nobody logged in: a service, or cron without pam_loginuid. */
const noLogin = 2 ** 32 - 1;

function userOf(syscall: TrailRecord['fields'], field: string, userName: TrailLookups['userName']): string | null {
  const uid = numberOf(syscall.get(field));
  if (uid === null || uid === noLogin) return null;
  return textOf(syscall.get(field.toUpperCase())) ?? userName(uid);
}

function plainOf(value: string | undefined): string | null {
  return value === undefined || value === '(none)' || value === '?' || value === '' ? null : value;
}
