/**
 * What `iptables-nft-save` keeps quiet about: rules that nft's own tools made hold more than it prints (sets, maps,
 * ranges), and a table may be switched off. So nft's listing of the table is held against nft's listing of just what
 * iptables printed, line by line: the same kernel spells both.
 */
import { limits } from '../../model/limits.ts';
import type { NativeTrouble, NatTable, SavedRule } from '../../model/nat.ts';
import { canBeSaid, hasOurName, isBuiltin, isOurJump, type Builtin } from './ours.ts';
import { fullName, placeOf, restoreOf, type TableName } from './tables.ts';

/** Of `nft -n -s list table`, of one table or of both, one behind the other. */
export interface Listing {
  /** The flags of each table, `dormant`, `owner`. */
  readonly flags: ReadonlyMap<TableName, readonly string[]>;
  /** By full name. */
  readonly chains: ReadonlyMap<string, ListedChain>;
}

export interface ListedChain {
  /** `type nat hook prerouting priority -100`; null for a chain on no hook. */
  readonly base: string | null;
  /** One line each; a set that nft prints over several lines is joined. */
  readonly rules: readonly string[];
}

/** How nft lists a rule that iptables prints as this text. */
export type Spellings = ReadonlyMap<string, string>;

/** '' for a table that is not there. What is no chain (sets, counters) is passed over. */
export function parseListing(text: string): Listing {
  const chains = new Map<string, ListedChain>();
  const flags = new Map<TableName, readonly string[]>();
  let table: TableName = 'nat';
  let open: { readonly name: string; base: string | null; readonly rules: string[] } | null = null;
  let part = '';
  for (const line of text.split('\n')) {
    if (open === null) {
      const [, began] = /^table \S+ (\S+) \{/.exec(line) ?? [];
      if (began !== undefined) table = began === 'filter' ? 'filter' : 'nat';
      const [, words] = /^\tflags ([\w, ]+)/.exec(line) ?? [];
      if (words !== undefined) flags.set(table, words.split(/[, ]+/));
      const [, name] = /^\tchain (.+) \{$/.exec(line) ?? [];
      if (name !== undefined) open = { name: fullName(table, name.replace(/^"(.*)"$/, '$1')), base: null, rules: [] };
      continue;
    }
    if (part === '' && line === '\t}') {
      chains.set(open.name, { base: open.base, rules: open.rules });
      open = null;
      continue;
    }
    part = part === '' ? line.trim() : `${part} ${line.trim()}`;
    if (isOpen(part)) continue;
    const base = open.rules.length === 0 && open.base === null ? /^(type \w+ hook .*?);/.exec(part)?.[1] : undefined;
    if (base !== undefined) open.base = base;
    // A chain's own comment stands before its rules; a rule's never stands first.
    else if (part !== '' && !part.startsWith('comment "')) open.rules.push(part);
    part = '';
  }
  return { flags, chains };
}

/** Whether a brace or a quote that opened in it is not closed yet. */
function isOpen(part: string): boolean {
  if (!part.includes('{') && !part.includes('"')) return false;
  const outside = part.replace(/"[^"]*"/g, '');
  return outside.includes('"') || outside.split('{').length > outside.split('}').length;
}

/** The rules that have no known spelling, as tables of their own for an empty namespace; null where there are none. */
export function unspelled(table: NatTable, known: Spellings, which: 'all' | 'ours'): string | null {
  const asked = new Set<string>();
  const looked = table.chains.filter(({ name }) => isLookedAt(name));
  const lines = looked.flatMap(({ name, rules }) =>
    rules.flatMap(({ text }) => {
      const wanted = isOurs(name, text) || (which === 'all' && placeOf(name).table === 'nat');
      if (known.has(text) || asked.has(text) || !canBeSaid(text) || !wanted) return [];
      asked.add(text);
      return [`-A ${name} ${text}`];
    }),
  );
  if (lines.length === 0) return null;
  const chains = looked.flatMap(({ name }) => (isBuiltin(name) ? [] : [`:${name} - [0:0]`]));
  return restoreOf([...chains, ...lines]);
}

/** Of the filter table, which others fill, only where something of ours stands. */
function isLookedAt(chain: string): boolean {
  return placeOf(chain).table === 'nat' || chain === 'filter FORWARD' || hasOurName(chain);
}

function isOurs(chain: string, text: string): boolean {
  return isBuiltin(chain) ? isOurJump(text) : hasOurName(chain);
}

/** What the listing of `asked` (made by unspelled) tells. */
export function spellingsOf(asked: string, { chains }: Listing): Spellings {
  const spelled = new Map<string, string>();
  const next = new Map<string, number>();
  let table: TableName = 'nat';
  for (const line of asked.split('\n')) {
    if (line.startsWith('*')) table = line === '*filter' ? 'filter' : 'nat';
    const [, name, text] = /^-A (\S+) ([^]*)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) continue;
    const chain = fullName(table, name);
    const at = next.get(chain) ?? 0;
    next.set(chain, at + 1);
    const listed = chains.get(chain)?.rules[at];
    if (listed !== undefined) spelled.set(text, listed);
  }
  return spelled;
}

export interface Compared {
  /** The very table where iptables showed everything. */
  readonly table: NatTable;
  /** Of this table's rules: what need not be asked again. */
  readonly known: Spellings;
}

/** The table with what iptables did not show of it. */
export function withNative(table: NatTable, listing: Listing, known: Spellings): Compared {
  const kept = new Map<string, string>();
  const native = table.chains.length === 0 ? [] : troubleOf(listing);
  const chains = table.chains.map((chain) => {
    if (!isLookedAt(chain.name)) return chain;
    const listed = listing.chains.get(chain.name)?.rules ?? [];
    if (listed.length !== chain.rules.length) {
      const text = `has ${listed.length} rules as nft lists it, and ${chain.rules.length} as iptables shows it`;
      native.push({ ...placeIn(chain.name), text, mend: null });
      return chain;
    }
    const rules = chain.rules.map((rule, i): SavedRule => {
      const [live, expected] = [listed[i] ?? '', known.get(rule.text)];
      if (expected === undefined) return rule;
      // The same text of the newer listing, so that the older one can be let go.
      kept.set(rule.text, live === expected ? live : expected);
      return live === expected || plain(live) === plain(expected) ? rule : { ...rule, beyond: shortened(live) };
    });
    return rules.every((rule, i) => rule === chain.rules[i]) ? chain : { ...chain, rules };
  });
  const same = native.length === 0 && chains.every((chain, i) => chain === table.chains[i]);
  if (same) return { table, known: kept };
  return { table: { ...table, chains, ...(native.length === 0 ? {} : { native }) }, known: kept };
}

function shortened(line: string): string {
  const most = limits.nftRuleCharacters;
  return line.length > most ? `${line.slice(0, most)}...` : line;
}

/** A counter and a comment change nothing that a rule does, and iptables shows the comment. */
function plain(line: string): string {
  return line
    .replace(/ comment "[^"]*"$/, '')
    .replace(/(^|\s)counter(?=\s|$)/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Where iptables hooks its own chains in (iptables/nft.c), as `nft -n` prints it. */
const hooks: Readonly<Partial<Record<Builtin, string>>> = {
  'PREROUTING': 'type nat hook prerouting priority -100',
  'INPUT': 'type nat hook input priority 100',
  'OUTPUT': 'type nat hook output priority -100',
  'POSTROUTING': 'type nat hook postrouting priority 100',
  'filter FORWARD': 'type filter hook forward priority 0',
};

function placeIn(chain: string): Pick<NativeTrouble, 'table' | 'chain'> {
  const { table, name } = placeOf(chain);
  return { chain: name, ...(table === 'filter' ? { table } : {}) };
}

function troubleOf({ flags, chains }: Listing): NativeTrouble[] {
  const found: NativeTrouble[] = [];
  for (const [table, words] of flags) {
    const place = { chain: null, ...(table === 'filter' ? { table } : {}) };
    if (words.includes('dormant')) {
      const text = 'is switched off (flags dormant): none of its rules works, though iptables shows them as always';
      found.push({ ...place, text, mend: 'add table' });
    }
    if (words.includes('owner')) {
      const text = 'belongs to a program that lets nobody else change it (flags owner)';
      found.push({ ...place, text, mend: 'end owner' });
    }
  }
  for (const [name, { base }] of chains) {
    if (base === null || !isLookedAt(name)) continue;
    if (isBuiltin(name)) {
      const text = `is hooked in as "${base}" instead of "${hooks[name] ?? ''}"`;
      if (base !== hooks[name]) found.push({ ...placeIn(name), text, mend: 'delete chain' });
    } else if (hasOurName(name)) {
      found.push({
        ...placeIn(name),
        text: `is hooked in as "${base}", and iptables does not show it`,
        mend: 'free name',
      });
    } else if (!base.startsWith('type nat ')) {
      const text = `is a chain that iptables does not show (${base})`;
      found.push({ ...placeIn(name), text, mend: null });
    }
  }
  return found;
}

/** What an earlier look knew beyond iptables, lent to a table of which only iptables was asked. */
export function carryNative(table: NatTable, earlier: NatTable | undefined): NatTable {
  const chains = earlier?.chains.filter(({ rules }) => rules.some(({ beyond }) => beyond !== undefined)) ?? [];
  const native = earlier?.native;
  if (chains.length === 0 && native === undefined) return table;
  const known = new Map(
    chains.flatMap(({ name, rules }) =>
      rules.flatMap(({ text, beyond }) => (beyond === undefined ? [] : [[`${name} ${text}`, beyond] as const])),
    ),
  );
  return {
    ...table,
    ...(native === undefined ? {} : { native }),
    chains: table.chains.map((chain) => ({
      ...chain,
      rules: chain.rules.map((rule): SavedRule => {
        const beyond = known.get(`${chain.name} ${rule.text}`);
        return beyond === undefined ? rule : { ...rule, beyond };
      }),
    })),
  };
}
