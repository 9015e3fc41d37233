/**
 * A nat table made ready for walking: each chain's rules understood once, when a packet first comes to it, and an
 * index by protocol and port, because a chain may have ten thousand rules of which a packet can meet a few.
 */
import type { Family, Ports } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { isBuiltin, isOurComment } from '../nat/ours.ts';
import { commentOf, parseRule, type ParsedRule } from '../nat/rule.ts';
import { conditionsOf, protocolNumber } from './conditions.ts';
import type { Condition } from './flight.ts';
import { jumpOfRule, type Jump } from './jump.ts';
import { parsePortRanges } from './ports.ts';
import type { Hook, RulePlace } from './trace.ts';

export interface TraceRule {
  readonly place: RulePlace;
  readonly selector: Selector | null;
  meaning(): RuleMeaning;
}

export interface RuleMeaning {
  readonly conditions: readonly Condition[];
  readonly jump: Jump;
}

/** What a rule asks of protocol and destination port, where it asks no less. */
interface Selector {
  readonly protocol: string;
  /** Null: any. */
  readonly ports: readonly Ports[] | null;
}

export interface TraceChain {
  readonly name: string;
  /** Null for a user-defined chain. */
  readonly policy: string | null;
  readonly size: number;
  /** The rules that such a packet can match, in order; all others are for another protocol or port. */
  rulesFor(protocol: string, port: number): readonly TraceRule[];
  /** Whether no rule in it, or in what it leads to, ends a packet's way: then a jump to it changes nothing. */
  isHarmless(): boolean;
}

export interface TraceTable {
  readonly family: Family;
  chain(name: string): TraceChain | null;
}

interface RawRule {
  readonly text: string;
  readonly key: string | null;
  readonly at: RulePlace['at'];
  readonly edited: boolean;
  /** As nft lists it, where iptables does not show all of it: what it does is not known then. */
  readonly beyond?: string;
}

interface RawChain {
  readonly name: string;
  readonly policy: string | null;
  readonly rules: readonly RawRule[];
}

/** A target as the kernel would have it, alone on the host. */
export function tableOfTarget(target: NatTarget, family: Family): TraceTable {
  const hooks: readonly Hook[] = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'];
  const builtin = hooks.map((name): RawChain => {
    const jumps = target.jumps.filter((jump) => jump.chain === name);
    const rules = jumps.map(({ text }) => ({ text, key: commentOf(text), at: null, edited: false }));
    return { name, policy: 'ACCEPT', rules };
  });
  const own = target.chains.map((chain): RawChain => {
    const rules = chain.rules.map(({ text, key, at }) => ({ text, key, at: at ?? null, edited: false }));
    return { name: chain.name, policy: null, rules };
  });
  return createTable([...builtin, ...own], family);
}

/** A table as it was saved; `known` lends our rules their places in the state repository. */
export function tableOfSave(table: NatTable, known: NatTarget | null, family: Family): TraceTable {
  const chains = table.chains.map((chain): RawChain => {
    const ours = new Map(known?.chains.find((one) => one.name === chain.name)?.rules.map((rule) => [rule.key, rule]));
    const rules = chain.rules.map(({ text, beyond }): RawRule => {
      const comment = text.includes('--comment ') ? commentOf(text) : null;
      const part = beyond === undefined ? {} : { beyond };
      if (comment === null || !isOurComment(comment)) return { text, key: null, at: null, edited: false, ...part };
      const wanted = ours.get(comment);
      const edited = known !== null && !isBuiltin(chain.name) && wanted?.text !== text;
      return { text, key: comment, at: wanted?.at ?? null, edited: edited || beyond !== undefined, ...part };
    });
    return { name: chain.name, policy: chain.policy, rules };
  });
  return createTable(chains, family);
}

function createTable(raw: readonly RawChain[], family: Family): TraceTable {
  const byName = new Map(raw.map((chain) => [chain.name, chain]));
  const ready = new Map<string, TraceChain>();
  const table: TraceTable = {
    family,
    chain(name) {
      const known = ready.get(name);
      if (known !== undefined) return known;
      const chain = byName.get(name);
      if (chain === undefined) return null;
      const made = createChain(chain, table, (one) => byName.has(one));
      ready.set(name, made);
      return made;
    },
  };
  return table;
}

function createChain(raw: RawChain, table: TraceTable, isChain: (name: string) => boolean): TraceChain {
  let rules: readonly TraceRule[] | null = null;
  let index: Index | null = null;
  let harmless: boolean | null = null;
  const all = (): readonly TraceRule[] =>
    (rules ??= raw.rules.map((rule, i) => readRule(raw.name, rule, { i, isChain })));
  return {
    name: raw.name,
    policy: raw.policy,
    size: raw.rules.length,
    rulesFor: (protocol, port) => {
      if (raw.rules.length <= smallChain) return all();
      index ??= indexOf(all());
      return find(index, protocol, port);
    },
    isHarmless: () => {
      if (harmless !== null) return harmless;
      // While it is being found out, a chain that leads back to itself counts as harmful.
      harmless = false;
      harmless = all().every((rule) => {
        const { jump } = rule.meaning();
        if (jump.kind === 'nothing' || jump.kind === 'return') return true;
        return jump.kind === 'chain' && !jump.goto && (table.chain(jump.chain)?.isHarmless() ?? false);
      });
      return harmless;
    },
  };
}

/** Understood when a packet first meets it: of ten thousand rules a few packets meet few. */
function readRule(
  chain: string,
  raw: RawRule,
  { i, isChain }: { readonly i: number; readonly isChain: (name: string) => boolean },
): TraceRule {
  const { beyond, ...shown } = raw;
  const place = { chain, index: i + 1, ...shown };
  if (beyond !== undefined) return { place, selector: null, meaning: () => unknowable(beyond) };
  let meaning: RuleMeaning | null = null;
  return {
    place,
    selector: selectorOf(raw.text),
    meaning: () => {
      if (meaning !== null) return meaning;
      const parsed = parseRule(raw.text);
      meaning = { conditions: conditionsOf(parsed), jump: jumpOfRule(parsed, isChain) };
      return meaning;
    },
  };
}

/** Neither what it asks nor what it does is what iptables shows. */
function unknowable(beyond: string): RuleMeaning {
  const text = `nft lists it as: ${beyond}`;
  return {
    conditions: [{ text, answer: () => 'unknown' }],
    jump: { kind: 'unknown', target: 'a rule that iptables does not show whole' },
  };
}

const plainPorts = /^(?:-[sdio] \S+ )*-p (tcp|udp|sctp) -m \1 --dport (\d+)(?::(\d+))?(?: |$)/;

function selectorOf(text: string): Selector | null {
  const [, protocol, first, last] = plainPorts.exec(text) ?? [];
  if (protocol === undefined) return selectorOfParsed(parseRule(text));
  return { protocol, ports: [{ first: Number(first), last: Number(last ?? first) }] };
}

function selectorOfParsed(rule: ParsedRule): Selector | null {
  const protocol = rule.basics.find(({ name, negated }) => name === '-p' && !negated)?.values[0];
  if (protocol === undefined) return null;
  const spelled = protocolNumber(protocol);
  if (spelled === 'all') return null;
  for (const { name, options } of rule.matches) {
    if (name !== spelled && name !== 'multiport') continue;
    const option = options.find((one) => !one.negated && (one.name === '--dport' || one.name === '--dports'));
    const ports = parsePortRanges(option?.values[0]);
    if (ports !== null) return { protocol: spelled, ports };
  }
  return { protocol: spelled, ports: null };
}

/** Below this, a person is shown every rule. */
const smallChain = 12;
/** Ranges stand in every bucket of this many ports that they touch. */
const bucketPorts = 256;

interface Index {
  readonly rules: readonly TraceRule[];
  /** Numbers of rules that any packet may match. */
  readonly general: readonly number[];
  readonly byProtocol: ReadonlyMap<string, Shelf>;
}

interface Shelf {
  readonly anyPort: number[];
  readonly exact: Map<number, number[]>;
  readonly buckets: Map<number, number[]>;
}

function indexOf(rules: readonly TraceRule[]): Index {
  const general: number[] = [];
  const byProtocol = new Map<string, Shelf>();
  for (const [i, { selector }] of rules.entries()) {
    if (selector === null) {
      general.push(i);
      continue;
    }
    const shelf: Shelf = byProtocol.get(selector.protocol) ?? { anyPort: [], exact: new Map(), buckets: new Map() };
    byProtocol.set(selector.protocol, shelf);
    if (selector.ports === null) shelf.anyPort.push(i);
    else for (const range of selector.ports) put(shelf, range, i);
  }
  return { rules, general, byProtocol };
}

function put(shelf: Shelf, { first, last }: Ports, i: number): void {
  if (first === last) return add(shelf.exact, first, i);
  for (let bucket = Math.floor(first / bucketPorts); bucket * bucketPorts <= last; bucket++)
    add(shelf.buckets, bucket, i);
}

function add(to: Map<number, number[]>, key: number, i: number): void {
  const list = to.get(key);
  if (list === undefined) to.set(key, [i]);
  else if (list.at(-1) !== i) list.push(i);
}

function find({ rules, general, byProtocol }: Index, protocol: string, port: number): readonly TraceRule[] {
  const shelf = byProtocol.get(protocol);
  const inBucket = shelf?.buckets.get(Math.floor(port / bucketPorts)) ?? [];
  const covering = inBucket.filter((i) =>
    rules[i]?.selector?.ports?.some(({ first, last }) => first <= port && port <= last),
  );
  const numbers = new Set([...general, ...(shelf?.anyPort ?? []), ...(shelf?.exact.get(port) ?? []), ...covering]);
  return [...numbers].sort((a, b) => a - b).flatMap((i) => rules[i] ?? []);
}
