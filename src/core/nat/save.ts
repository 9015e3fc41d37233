/**
 * Reads what `iptables-save -t nat` prints (with `-c` or without, legacy and nft, v4 and v6) and prints it
 * again without counters. Rules are kept byte for byte: what they mean is rule.ts's business.
 */
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { Counters, NatTable, SavedChain, SavedRule } from '../../model/nat.ts';
import { sectionsOf } from './lines.ts';
import { fullName, placeOf, type TableName } from './tables.ts';

interface OpenChain {
  readonly name: string;
  readonly policy: string | null;
  readonly counters: Counters | null;
  rules: SavedRule[];
  /** Whether these are the rules of `known`: not ours to add to. */
  lent: boolean;
  /** Where its lines begin and end, for as long as no others stand between them. */
  start: number;
  behind: number;
  whole: boolean;
}

interface Reading {
  readonly text: string;
  /** The table asked for. */
  readonly wanted: TableName;
  /** Chains as they were read before, in the order of their lines. */
  readonly known: readonly KnownChain[];
  next: number;
  /** Null between two tables. */
  table: string | null;
  natSeen: boolean;
  readonly chains: Map<string, OpenChain>;
  readonly notes: string[];
  /** What makes a part of the text fit to be kept. */
  readonly keep: (part: string) => string;
}

interface KnownChain {
  readonly chain: SavedChain;
  /** Counters and all. */
  readonly lines: string;
}

/** The lines that rules of a chain were read from. */
const linesRead = new WeakMap<readonly SavedRule[], string>();

/**
 * One table of a save, by itself the nat table; `{chains: []}` where there is none. Chains of `known`, a table read
 * before, that have the same lines are the same objects again: that makes it quicker and never another. Throws Fault
 * `table-unreadable`, which quotes the line, for anything that iptables-save does not print of a table that it could read
 * to its end.
 */
export function parseSave(text: string, wanted: TableName = 'nat', known?: NatTable): NatTable {
  const reading: Reading = {
    text,
    wanted,
    known: knownChains(wanted, known),
    next: 0,
    table: null,
    natSeen: false,
    chains: new Map(),
    notes: [],
    keep: known === undefined ? (part) => part : detached,
  };
  let start = 0;
  let quote = text.indexOf('"');
  while (start < text.length) {
    const behind = skipKnown(reading, start);
    if (behind !== start) {
      start = behind;
      continue;
    }
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    if (quote !== -1 && quote < start) quote = text.indexOf('"', start);
    // A comment may hold a newline; iptables-save prints it as it is.
    while (quote !== -1 && quote < end && end < text.length && openComment(text, start, end)) {
      end = text.indexOf('\n', end + 1);
      if (end === -1) end = text.length;
    }
    if (end > start) readLine(reading, start, end);
    start = end + 1;
  }
  if (reading.table !== null) {
    throw new Fault('table-unreadable', `The list of rules ends inside table ${reading.table}: COMMIT is missing.`, {
      output: text.slice(-200),
      help: 'iptables-save was cut short. natroute changes nothing while it cannot read the table, and tries again.',
    });
  }
  const chains = [...reading.chains.values()].map((chain) => closed(reading, chain));
  return reading.notes.length === 0 ? { chains } : { chains, notes: reading.notes };
}

/** The nat table and the filter table of a save as one. */
export function parseTables(text: string, known?: NatTable): NatTable {
  const nat = parseSave(text, 'nat', known);
  // Also where all that is said of the filter table is that it cannot be shown.
  if (!text.includes('filter')) return nat;
  const filter = parseSave(text, 'filter', known).chains.map((chain) =>
    placeOf(chain.name).table === 'filter' ? chain : { ...chain, name: fullName('filter', chain.name) },
  );
  return { ...nat, chains: [...nat.chains, ...filter] };
}

/** Reads saves of each family one after the other, and keeps the last for what is in the next one too. */
export type SaveReader = (family: Family, text: string, tables?: 'nat' | 'all') => NatTable;

export function createSaveReader(): SaveReader {
  const known = new Map<Family, NatTable>();
  return (family, text, tables = 'all') => {
    const table = tables === 'nat' ? parseSave(text, 'nat', known.get(family)) : parseTables(text, known.get(family));
    known.set(family, table);
    return table;
  };
}

/** A part of a string keeps all of it: for one new rule a whole save, as long as that rule is there. */
function detached(part: string): string {
  return ` ${part}`.slice(1);
}

function closed({ text, keep }: Reading, chain: OpenChain): SavedChain {
  const { name, policy, counters, rules, lent, whole, start, behind } = chain;
  if (whole && !lent && rules.length > 0) linesRead.set(rules, keep(text.slice(start, behind)));
  return { name, policy, counters, rules };
}

function knownChains(wanted: TableName, known: NatTable | undefined): readonly KnownChain[] {
  return (known?.chains ?? []).flatMap((chain) => {
    const lines = placeOf(chain.name).table === wanted ? linesRead.get(chain.rules) : undefined;
    return lines === undefined ? [] : [{ chain, lines }];
  });
}

/**
 * What stands behind the lines of the next known chain; `start` itself where other lines are. How a line is read depends
 * on nothing but the line and that its chain is declared, so the same lines are the same rules.
 */
function skipKnown(reading: Reading, start: number): number {
  const known = reading.known[reading.next];
  if (known === undefined || reading.table !== reading.wanted) return start;
  const end = start + known.lines.length;
  if (reading.text.slice(start, end) !== known.lines) return start;
  const chain = reading.chains.get(placeOf(known.chain.name).name);
  if (chain?.rules.length !== 0) return start;
  reading.next += 1;
  chain.rules = known.chain.rules as SavedRule[];
  chain.lent = true;
  chain.start = start;
  chain.behind = end;
  return end;
}

/** The tables as a save without counters, the same text for the same rules: what a plan was made on. '' for no table. */
export function tableText({ chains }: NatTable): string {
  const declared: Record<TableName, string[]> = { nat: [], filter: [] };
  for (const chain of chains) {
    const { table, name } = placeOf(chain.name);
    declared[table].push(`:${name} ${chain.policy ?? '-'}`);
  }
  return sectionsOf(chains, declared);
}

function readLine(reading: Reading, start: number, end: number): void {
  const line = reading.text.slice(start, end);
  const first = line[0];
  if (first === '#') return readComment(reading, line);
  if (first === '*') return openTable(reading, line);
  if (reading.table === null) return unreadable(line);
  if (line === 'COMMIT') {
    reading.table = null;
    return;
  }
  if (reading.table !== reading.wanted) {
    if (first === ':' || first === '-' || first === '[') return;
    return unreadable(line);
  }
  if (first === ':') return declareChain(reading, line);
  if (first === '[' || first === '-') return addRule(reading, line, start);
  return unreadable(line);
}

/**
 * Where the table holds rules that nft's own tools made, iptables-nft-save says so on stdout, prints nothing of it
 * and exits 0: going on would mean to plan on a table that was not seen. Base chains of their own are only kept
 * quiet about: the rest is shown.
 */
function readComment(reading: Reading, line: string): void {
  const [, table, what] =
    /table [`'"]?(\w+)['"]? (is incompatible|contains incompatible base-chains)/i.exec(line) ?? [];
  if (table !== reading.wanted || what === undefined) return;
  const said = line.replace(/^#\s*/, '');
  if (!/^is/i.test(what)) {
    reading.notes.push(said);
    return;
  }
  throw new Fault('table-unreadable', `iptables cannot show the ${table} table: ${said}`, {
    output: line,
    help: 'Somebody put native nft rules into it: see `nft list ruleset`, and move them to a table of their own.',
  });
}

function openTable(reading: Reading, line: string): void {
  if (reading.table !== null || !/^\*\w+$/.test(line)) return unreadable(line);
  reading.table = line.slice(1);
  if (reading.table !== reading.wanted) return;
  if (reading.natSeen) return unreadable(line);
  reading.natSeen = true;
}

function declareChain(reading: Reading, line: string): void {
  const parts = /^:(\S+) (\S+)(?: \[(\d+):(\d+)\])?$/.exec(line);
  const name = parts?.[1];
  if (parts === null || name === undefined || reading.chains.has(name)) return unreadable(line);
  const counters = parts[3] === undefined ? null : { packets: Number(parts[3]), bytes: Number(parts[4]) };
  const policy = parts[2] === '-' ? null : (parts[2] ?? null);
  reading.chains.set(name, { name, policy, counters, rules: [], lent: false, start: 0, behind: 0, whole: true });
}

function addRule(reading: Reading, line: string, start: number): void {
  const close = line[0] === '[' ? line.indexOf('] ') : -2;
  const counters = close === -2 ? null : readCounters(line, close);
  const at = close + 2;
  if (!line.startsWith('-A ', at)) return unreadable(line);
  const nameEnd = line.indexOf(' ', at + 3);
  const name = nameEnd === -1 ? line.slice(at + 3) : line.slice(at + 3, nameEnd);
  const chain = reading.chains.get(name);
  if (chain === undefined) return unreadable(line);
  // A rule without a match and without a jump is printed as nothing at all.
  const rule = { text: nameEnd === -1 ? '' : reading.keep(line.slice(nameEnd + 1)), counters };
  if (chain.rules.length === 0) {
    chain.start = start;
    passKnown(reading, name);
  } else if (chain.behind !== start) chain.whole = false;
  if (chain.lent) chain.rules = [...chain.rules];
  chain.lent = false;
  chain.behind = start + line.length + 1;
  chain.rules.push(rule);
}

/** Chains may have come and gone: behind this one stands what stood behind it the last time. */
function passKnown(reading: Reading, name: string): void {
  const at = reading.known.findIndex(({ chain }) => placeOf(chain.name).name === name);
  if (at !== -1) reading.next = at + 1;
}

const zero: Counters = { packets: 0, bytes: 0 };

function readCounters(line: string, close: number): Counters {
  if (line.startsWith('[0:0]')) return zero;
  const colon = line.indexOf(':');
  if (colon >= close) return unreadable(line);
  return { packets: readNumber(line, 1, colon), bytes: readNumber(line, colon + 1, close) };
}

/** Digit by digit: this is done for every rule of every reading. */
function readNumber(line: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = line.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return unreadable(line);
    value = value * 10 + digit;
  }
  return start < end ? value : unreadable(line);
}

/**
 * Whether a comment that opens in this part of the text is still open at its end. Nothing else that is printed in quotes
 * holds a newline, and the name of a chain or an interface may hold a quote that opens nothing.
 */
function openComment(text: string, start: number, end: number): boolean {
  const opens = '--comment "';
  const part = text.slice(start, end);
  const opened = part.lastIndexOf(opens);
  if (opened === -1) return false;
  let at = opened + opens.length;
  while (at < part.length && part[at] !== '"') at += part[at] === '\\' ? 2 : 1;
  return at >= part.length;
}

function unreadable(line: string): never {
  const shown = line.length > 300 ? `${line.slice(0, 300)}...` : line;
  throw new Fault('table-unreadable', `The list of rules holds a line that natroute cannot read: ${shown}`, {
    output: shown,
    help: 'natroute changes nothing while it cannot read the table. If iptables itself printed this line, please report it.',
  });
}
