/**
 * The kernel's nat tables through this host's own iptables: save, compare-and-swap, canonical spelling, conntrack.
 * Raw text in and out.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { Netfilter, NetfilterFacts } from '../../ports.ts';
import { runCommand, runCommandBytes } from '../command.ts';
import { createProbe, programOf } from './backend.ts';
import { decodeBytes, encodeBytes } from './bytes.ts';
import { createCanonicalise, listCommand, listThrowAway } from './canonical.ts';
import { listConnections, listFlows } from './conntrack.ts';
import { cutFlows } from './cut-flows.ts';
import { lockHeld, takeXtablesLock } from './lock.ts';

export interface NetfilterOptions {
  /** A save's table as plans are made on it: without counters, the same text for the same rules. Throws Fault table-unreadable. */
  readonly tableText: (saved: string, family: Family) => string;
  /** Added to this process's environment: PATH chooses the iptables, XTABLES_LOCKFILE its lock. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly lockWaitSeconds?: number;
  /** Told the process id of each restore, or of its parent, so that its own changes are known as such. */
  readonly started?: (pid: number) => void;
}

type TableName = 'nat' | 'filter';

interface Session {
  readonly options: NetfilterOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly probe: (family: Family) => Promise<NetfilterFacts>;
  readonly lockPath: string;
  readonly waitSeconds: number;
}

export function createNetfilter(options: NetfilterOptions): Netfilter {
  const env = options.env ?? {};
  const probe = createProbe({ env });
  const started = options.started === undefined ? {} : { started: options.started };
  const session: Session = {
    options,
    env,
    probe,
    lockPath: env['XTABLES_LOCKFILE'] ?? process.env['XTABLES_LOCKFILE'] ?? '/run/xtables.lock',
    waitSeconds: options.lockWaitSeconds ?? limits.lockWaitSeconds,
  };
  return {
    probe,
    save: (family, filter = false) => asked('read', family, () => save(session, family, filter)),
    restore: (family, swap) => asked('change', family, () => swapTable(session, family, swap)),
    canonicalise: createCanonicalise({ env, probe, ...started }),
    listing: (family, filter = false) => asked('read', family, () => list(session, family, filter)),
    listingOf: (family, text) => listThrowAway({ env }, family, text),
    flows: (family, destinations) => listFlows({ env }, family, destinations),
    connections: (family, destinations) => listConnections({ env }, family, destinations),
    cut: (family, cut) => cutFlows({ env }, family, cut),
  };
}

async function save(session: Session, family: Family, filter: boolean): Promise<string> {
  const nat = await saveTable(session, family, 'nat');
  return filter ? nat + (await saveTable(session, family, 'filter')) : nat;
}

async function saveTable(session: Session, family: Family, table: TableName): Promise<string> {
  const { backend } = await session.probe(family);
  if (backend === 'legacy' && !(await hasLegacyTable(family, table))) return '';
  const { stdout } = await runCommandBytes({
    file: programOf(family, '-save'),
    args: ['-c', '-t', table],
    env: session.env,
    timeoutSeconds: limits.tableSeconds,
    outputBytes: limits.saveBytes,
  });
  const text = decodeBytes(stdout);
  if (!/^[^#\n]/m.test(text) && !text.includes('incompatible')) throw saidNothing(family);
  return text;
}

async function list(session: Session, family: Family, filter: boolean): Promise<string | null> {
  if ((await session.probe(family)).backend === 'legacy') return null;
  const nat = await listTable(session, family, 'nat');
  return nat === null || !filter ? nat : nat + ((await listTable(session, family, 'filter')) ?? '');
}

async function listTable(session: Session, family: Family, table: TableName): Promise<string | null> {
  const [file = '', ...args] = listCommand(family, table);
  try {
    const { stdout } = await runCommandBytes({
      file,
      args,
      env: session.env,
      timeoutSeconds: limits.tableSeconds,
      outputBytes: limits.saveBytes,
    });
    return decodeBytes(stdout);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === 'command-missing') return null;
    if (error.code === 'command-failed' && /No such file or directory/.test(error.detail.output ?? '')) return '';
    throw error;
  }
}

/** The table is there, and even an empty one has chains: to take this for an empty one would double our rules. */
function saidNothing(family: Family): Fault {
  const program = programOf(family, '-save');
  return new Fault('table-unreadable', `${program} ended well but did not print the nat table.`, {
    command: `${program} -c -t nat`,
    help: 'natroute changes nothing while it cannot read the table. Try the command by hand.',
  });
}

/** iptables-legacy-save makes the table that it is asked for: looking must not do that. */
async function hasLegacyTable(family: Family, table: string): Promise<boolean> {
  const file = family === 'v4' ? '/proc/net/ip_tables_names' : '/proc/net/ip6_tables_names';
  try {
    return (await readFile(file, 'utf8')).split('\n').includes(table);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The kernel module is not loaded: then there is no table.
    if (code === 'ENOENT') return false;
    throw new Fault('no-permission', `${file} may not be read.`, { cause: error });
  }
}

type Swap = Parameters<Netfilter['restore']>[1];

async function swapTable(session: Session, family: Family, swap: Swap): Promise<string> {
  const { compareAndSwap } = await session.probe(family);
  if (compareAndSwap !== 'lock') {
    // nft: a stale deletion or a place that is gone fails the whole restore, so nobody else's rule can be lost.
    const before = await compare(session, family, swap);
    await restore(session, family, { swap, env: session.env });
    return before;
  }
  const lock = await takeXtablesLock(session.lockPath, session.waitSeconds);
  try {
    const before = await compare(session, family, swap);
    // We hold the real lock: restore takes another, or it would wait for us.
    const folder = await mkdtemp(join(tmpdir(), 'natroute-lock-'));
    try {
      await restore(session, family, { swap, env: { ...session.env, XTABLES_LOCKFILE: join(folder, 'lock') } });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return before;
  } finally {
    await lock.release();
  }
}

async function compare(session: Session, family: Family, swap: Swap): Promise<string> {
  const saved = await saveFor(session, family, swap);
  if (session.options.tableText(saved, family) !== swap.plannedOn) throw staleTable();
  return saved;
}

/** The tables that the plan is about. */
function saveFor(session: Session, family: Family, { text, plannedOn }: Swap): Promise<string> {
  const filter = /^\*filter$/m.test(text) || /^\*filter$/m.test(plannedOn);
  return save(session, family, filter);
}

interface Restore {
  readonly swap: Swap;
  readonly env: Readonly<Record<string, string | undefined>>;
}

async function restore(session: Session, family: Family, { swap, env }: Restore): Promise<void> {
  try {
    await runCommand({
      file: programOf(family, '-restore'),
      args: ['--noflush', '-w', String(session.waitSeconds)],
      input: encodeBytes(swap.text),
      ...(session.options.started === undefined ? {} : { started: session.options.started }),
      env,
      timeoutSeconds: limits.tableSeconds + session.waitSeconds,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (/xtables lock/i.test(error.detail.output ?? '')) throw await lockHeld(session.lockPath, session.waitSeconds);
    throw await afterFailure(session, family, { swap, error });
  }
}

/**
 * A restore is taken as a whole or not at all; after a failure a person must know which. One that the kernel refused
 * on a table that somebody changed just before was stale: nft has no lock that would have kept them out.
 */
async function afterFailure(
  session: Session,
  family: Family,
  { swap, error }: { readonly swap: Swap; readonly error: Fault },
): Promise<Fault> {
  const said = error.message.replace(/\.?$/, '.') + refusedLine(swap.text, error);
  const table = `The ${family === 'v4' ? 'IPv4' : 'IPv6'} nat table`;
  let state;
  try {
    const saved = await saveFor(session, family, swap);
    state = session.options.tableText(saved, family) === swap.plannedOn ? 'same' : 'changed';
  } catch (second) {
    const why = `${table} cannot be read either, so it may be the old one or the new one: ${(second as Error).message}`;
    return new Fault(error.code, `${said} ${why}`, error.detail);
  }
  const ended = error.code === 'command-failed' && error.detail.exitCode !== undefined;
  if (state === 'same')
    return new Fault(ended ? 'rules-refused' : error.code, `${said} ${table} is as it was.`, error.detail);
  if (ended) return staleTable(error);
  return new Fault(error.code, `${said} ${table} is another one now.`, error.detail);
}

/** The line that the message only numbers; '' where it numbers none, or one that says nothing. */
function refusedLine(text: string, { detail }: Fault): string {
  const line = text.split('\n')[Number(/\bline:? (\d+)/i.exec(detail.output ?? '')?.[1] ?? 0) - 1] ?? '';
  return line.startsWith('-') ? ` That line is: ${line}.` : '';
}

function staleTable(cause?: Fault): Fault {
  return new Fault(
    'stale-table',
    'Somebody changed the nat table since the plan was made; this plan was not applied.',
    {
      help: 'Make a new plan.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** One plain sentence instead of what four programs say, where rights are missing. */
async function asked<T>(verb: 'read' | 'change', family: Family, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const denied =
      error.code === 'no-permission' ||
      (error.code === 'command-failed' && /permission denied|not permitted/i.test(error.detail.output ?? ''));
    if (!denied) throw error;
    const table = family === 'v4' ? 'IPv4' : 'IPv6';
    // Whether anything was changed stays said.
    const [state = ''] = / The IPv[46] nat table (?:is|cannot be) .*$/.exec(error.message) ?? [];
    // Root of a container is not told to become root.
    const isRoot = process.getuid?.() === 0;
    const what = isRoot ? `Root may not ${verb}` : `natroute needs root's rights to ${verb}`;
    throw new Fault('no-permission', `${what} the ${table} nat table${isRoot ? ' here' : ''}.${state}`, {
      ...error.detail,
      help: isRoot
        ? 'This is a container or a namespace without CAP_NET_ADMIN: run natroute on the host itself, or give it that.'
        : 'Run it as root.',
      cause: error,
    });
  }
}
