/**
 * What `iptables-restore --noflush` makes of a nat table: the model on which every plan is tried before it is
 * handed out. Only the commands that natroute itself writes; anything else is an error.
 */
import type { NatTable, SavedRule } from '../../model/nat.ts';
import { builtins, isBuiltin } from './ours.ts';
import { jumpOf } from './rule.ts';
import { fullName, placeOf, type TableName } from './tables.ts';

interface WorkingChain {
  readonly name: string;
  readonly policy: string | null;
  readonly counters: NatTable['chains'][number]['counters'];
  rules: readonly SavedRule[] | SavedRule[];
  /** Whether `rules` is already a copy of our own. */
  copied: boolean;
}

type Working = Map<string, WorkingChain>;

/** The table afterwards; new rules have no counters. Throws Error with the line that the kernel would refuse. */
export function applyRestore(table: NatTable, text: string): NatTable {
  const working: Working = new Map(table.chains.map((chain) => [chain.name, { ...chain, copied: false }]));
  let open: TableName | null = null;
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.at(-1) !== 'COMMIT') throw new Error('not a whole restore');
  for (const line of lines) {
    if (line === '*nat' || line === '*filter') {
      open = line === '*nat' ? 'nat' : 'filter';
      makeTable(working, open);
    } else if (open === null) throw new Error(`outside of a table: ${line}`);
    else if (line === 'COMMIT') open = null;
    else applyLine(working, open, line);
  }
  return {
    ...table,
    chains: inSavedOrder([...working.values()]).map(({ name, policy, counters, rules }) => ({
      name,
      policy,
      counters,
      rules,
    })),
  };
}

/** Restoring anything makes the table, with its built-in chains. */
function makeTable(working: Working, table: TableName): void {
  for (const name of builtins) {
    if (placeOf(name).table === table && !working.has(name))
      working.set(name, { name, policy: 'ACCEPT', counters: null, rules: [], copied: false });
  }
}

/** Table by table the built-in chains first, then the others by name, as both backends save them. */
function inSavedOrder(chains: readonly WorkingChain[]): readonly WorkingChain[] {
  const rank = (name: string): number =>
    (placeOf(name).table === 'filter' ? 2 * builtins.length : 0) +
    (isBuiltin(name) ? builtins.indexOf(name) : builtins.length);
  return chains.toSorted((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

function applyLine(working: Working, table: TableName, line: string): void {
  const fail = (why: string): never => {
    throw new Error(`${why}: ${line}`);
  };
  const bare = /^(?:-N (\S+)|:(\S+) - \[0:0\])$/.exec(line);
  if (bare !== null) {
    const declared = fullName(table, bare[1] ?? bare[2] ?? '');
    if (working.has(declared)) fail('makes a chain that is there');
    working.set(declared, { name: declared, policy: null, counters: null, rules: [], copied: true });
    return;
  }
  const [, command = '', written = '', rest = ''] = /^-(\w) (\S+)(?: ([^]*))?$/.exec(line) ?? fail('unknown line');
  const name = fullName(table, written);
  const chain = working.get(name) ?? fail('no such chain');
  switch (command) {
    case 'A':
      own(chain).push({ text: rest, counters: null });
      return;
    case 'I': {
      const [, index = '', counted, text = ''] = /^(\d+) (-c \d+ \d+ )?([^]*)$/.exec(rest) ?? fail('no index');
      if (Number(index) < 1 || Number(index) > chain.rules.length + 1) fail('index too big');
      own(chain).splice(Number(index) - 1, 0, { text, counters: countersIn(counted) });
      return;
    }
    case 'D': {
      const at = chain.rules.findIndex((rule) => rule.text === rest);
      if (at === -1) fail('no such rule');
      own(chain).splice(at, 1);
      return;
    }
    case 'F':
      chain.rules = [];
      chain.copied = true;
      return;
    case 'X':
      if (isBuiltin(name) || chain.rules.length > 0 || isReferenced(working, name)) fail('chain cannot go');
      working.delete(name);
      return;
    default:
      fail('unknown command');
  }
}

function countersIn(words: string | undefined): SavedRule['counters'] {
  const [, packets, bytes] = words?.split(' ') ?? [];
  return packets === undefined ? null : { packets: Number(packets), bytes: Number(bytes) };
}

function own(chain: WorkingChain): SavedRule[] {
  if (!chain.copied) chain.rules = [...chain.rules];
  chain.copied = true;
  return chain.rules as SavedRule[];
}

function isReferenced(working: Working, name: string): boolean {
  const { table, name: bare } = placeOf(name);
  for (const chain of working.values()) {
    if (placeOf(chain.name).table !== table) continue;
    if (chain.rules.some((rule) => rule.text.includes(bare) && jumpOf(rule.text) === bare)) return true;
  }
  return false;
}
