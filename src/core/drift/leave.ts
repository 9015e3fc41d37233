/**
 * What shall be left as somebody made it, put into the target: a plan to that target then touches none of it, and what
 * git changed is applied all the same.
 */
import type { DriftItem, ForwardKey } from '../../model/drift.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable, SavedChain, SavedRule } from '../../model/nat.ts';
import type { ChainTarget, NatTarget, RuleTarget, Target } from '../../model/target.ts';
import { observedKey } from '../nat/ours.ts';
import { jumpOf } from '../nat/rule.ts';
import { belongsTo } from './suspension.ts';

export interface Leaving {
  /** Differences that stay. */
  readonly items: readonly DriftItem[];
  /** Forwards that stay whatever they are, and whatever the target makes of them. */
  readonly only: readonly ForwardKey[];
}

type Side = Pick<Target, 'nat'> | null;

/** Whether the one wants other rules of a forward than the other; null wants none. */
export function changesForward(forward: ForwardKey, one: Side, other: Side): boolean {
  const rulesOf = (side: Side): string =>
    families
      .flatMap((family) =>
        (side?.nat[family].chains ?? []).flatMap(({ name, rules }) =>
          rules.filter(({ text }) => belongsTo(forward, name, text)).map(({ text }) => `${family} ${name} ${text}\n`),
        ),
      )
      .join('');
  return rulesOf(one) !== rulesOf(other);
}

/** What a change did itself is taken back whole, also where somebody asked to leave it alone. */
export function butWhatChanged(leaving: Leaving, one: Side, other: Side): Leaving {
  return { ...leaving, only: leaving.only.filter((forward) => !changesForward(forward, one, other)) };
}

export const leaveNothing: Leaving = { items: [], only: [] };

export interface Left {
  readonly target: NatTarget;
  /** Built-in chains in which our jump may stand where it stands. */
  readonly unmoved: ReadonlySet<string>;
  /** What stays counts as it is shown: what only nft shows of it is left as well. */
  readonly observed: NatTable;
}

/** `target` itself where nothing is left. Where git changed the very rule that somebody changed, git's counts. */
export function leaveAlone(target: NatTarget, observed: NatTable, family: Family, leaving: Leaving): Left {
  const items = leaving.items.filter(({ change }) => change.family === family);
  if (items.length === 0 && leaving.only.length === 0) return { target, unmoved: new Set(), observed };
  const there = new Map(observed.chains.map((chain) => [chain.name, chain]));
  const missing = chainsLeft(items, 'delete').filter((name) => !there.has(name));
  const stay = createStay(target, items, leaving.only);
  const chains = target.chains
    .filter(({ name }) => !missing.includes(name))
    .map((chain) => chainLeft(chain, there.get(chain.name), stay, missing));
  for (const { name, rules } of observed.chains) {
    // A chain that the target gives up stays for what is left in it.
    if (target.chains.some((chain) => chain.name === name)) continue;
    const kept = rules.filter(({ text }) => stay.there(name, text));
    if (kept.length === 0 && !chainsLeft(items, 'create').includes(name)) continue;
    chains.push({ name, rules: kept.map(({ text }) => ({ key: observedKey(text), text })) });
  }
  chains.sort((a, b) => (a.name < b.name ? -1 : 1));
  const { jumps, unmoved } = jumpsLeft(target, items);
  const jump = (chain: string): string | null | undefined =>
    items.find(({ change }) => change.kind === 'jump' && change.chain === chain)?.change.after;
  const stays = (chain: string, text: string): boolean => stay.there(chain, text) || jump(chain) === text;
  return { unmoved, target: { chains, jumps }, observed: asShown(observed, stays) };
}

function asShown(observed: NatTable, stays: (chain: string, text: string) => boolean): NatTable {
  const isLeft = (chain: string, { text, beyond }: SavedRule): boolean => beyond !== undefined && stays(chain, text);
  return {
    ...observed,
    chains: observed.chains.map((chain) => {
      if (!chain.rules.some((rule) => isLeft(chain.name, rule))) return chain;
      const rules = chain.rules.map((rule) =>
        isLeft(chain.name, rule) ? { text: rule.text, counters: rule.counters } : rule,
      );
      return { ...chain, rules };
    }),
  };
}

function chainsLeft(items: readonly DriftItem[], action: 'create' | 'delete'): readonly string[] {
  return items.flatMap(({ change }) =>
    change.kind === 'chain' && change.action === action && change.chain !== null ? [change.chain] : [],
  );
}

interface Stay {
  /** A rule that the target wants and that stays away. */
  away(chain: string, rule: RuleTarget): boolean;
  /** A rule that is there and stays. */
  there(chain: string, text: string): boolean;
}

function createStay(target: NatTarget, items: readonly DriftItem[], only: readonly ForwardKey[]): Stay {
  const wanted = new Map(target.chains.flatMap(({ name, rules }) => rules.map((r) => [`${name} ${r.key}`, r.text])));
  const away = new Set<string>();
  const there = new Set<string>();
  for (const { change } of items) {
    if (change.kind !== 'rule') continue;
    const { chain, before, after } = change;
    const key = before === null ? null : observedKey(before);
    // Git wants something else there now, or nothing any more.
    if (key !== null && wanted.get(`${chain ?? ''} ${key}`) !== before) continue;
    if (before !== null) away.add(`${chain ?? ''} ${before}`);
    if (after !== null) there.add(`${chain ?? ''} ${after}`);
  }
  const suspended = (chain: string, text: string): boolean => only.some((one) => belongsTo(one, chain, text));
  return {
    away: (chain, { text }) => away.has(`${chain} ${text}`) || suspended(chain, text),
    there: (chain, text) => there.has(`${chain} ${text}`) || suspended(chain, text),
  };
}

/** What stays keeps its place behind the rule that it stands behind. */
function chainLeft(
  chain: ChainTarget,
  current: SavedChain | undefined,
  stay: Stay,
  missing: readonly string[],
): ChainTarget {
  const rules: RuleTarget[] = chain.rules.filter(
    (rule) => !stay.away(chain.name, rule) && !missing.includes(jumpOf(rule.text) ?? ''),
  );
  const texts = new Set(rules.map(({ text }) => text));
  let behind: string | null = null;
  for (const { text } of current?.rules ?? []) {
    if (!texts.has(text) && stay.there(chain.name, text)) {
      const at = behind === null ? 0 : rules.findIndex((rule) => rule.text === behind) + 1;
      rules.splice(at, 0, { key: observedKey(text), text });
      texts.add(text);
    }
    if (texts.has(text)) behind = text;
  }
  return rules.length === chain.rules.length && rules.every((rule, i) => rule === chain.rules[i])
    ? chain
    : { name: chain.name, rules };
}

function jumpsLeft(
  target: NatTarget,
  items: readonly DriftItem[],
): { readonly jumps: NatTarget['jumps']; readonly unmoved: ReadonlySet<string> } {
  const changed = new Map(
    items.flatMap(({ change }) => (change.kind === 'jump' && change.chain !== null ? [[change.chain, change]] : [])),
  );
  const jumps = target.jumps.flatMap((jump) => {
    const change = changed.get(jump.chain);
    if (change === undefined || change.before !== jump.text) return [jump];
    return change.after === null ? [] : [{ ...jump, text: change.after }];
  });
  return { jumps, unmoved: new Set(changed.keys()) };
}
