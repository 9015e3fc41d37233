/** The plan for one chain of ours: new, changed, or obsolete. */
import type { Change } from '../../model/change.ts';
import type { Family } from '../../model/family.ts';
import type { SavedChain, SavedRule } from '../../model/nat.ts';
import type { ChainTarget, NatTarget } from '../../model/target.ts';
import { editsBetween } from './edits.ts';
import { sameRules } from './lines.ts';
import { canBeSaid, isOurComment, observedKey } from './ours.ts';

/** Changes for a person, and restore lines in the stages in which all plans' lines are put together. */
export interface ChainPlan {
  readonly changes: readonly Change[];
  readonly declare: readonly string[];
  readonly delete: readonly string[];
  readonly insert: readonly string[];
  readonly flush: readonly string[];
  readonly remove: readonly string[];
}

export const emptyPlan: ChainPlan = { changes: [], declare: [], delete: [], insert: [], flush: [], remove: [] };

/** Why a rule goes that nobody of ours put there. */
export const strangerNote = 'stranger in our chain';

/** Why a rule goes or is put right whose text is as it should be. */
export function nativeNote({ beyond = '' }: Pick<SavedRule, 'beyond'>): string {
  return `${nativeWords} nft lists it as: ${beyond}`;
}

const nativeWords = 'iptables does not show all of it;';

/** Whether a change puts right what only nft shows: to see that it is right, nft must be asked again. */
export function isNative({ note }: Pick<Change, 'note'>): boolean {
  return note?.startsWith(nativeWords) === true;
}

export type ChangeWords = Pick<Change, 'action' | 'kind' | 'key'> & Partial<Change>;

/** Fills a change's gaps, and makes its key unique among those of its chain. */
export function createChangeList(family: Family, chain: string): { add(words: ChangeWords): void; list: Change[] } {
  const used = new Map<string, number>();
  const list: Change[] = [];
  return {
    list,
    add(words) {
      const slot = `${words.kind} ${words.key}`;
      const count = (used.get(slot) ?? 0) + 1;
      used.set(slot, count);
      const key = count === 1 ? words.key : `${words.key} (${count})`;
      list.push({ before: null, after: null, counters: null, note: null, at: null, ...words, family, chain, key });
    },
  };
}

export function newChainPlan(chain: ChainTarget, family: Family): ChainPlan {
  const changes = createChangeList(family, chain.name);
  changes.add({ action: 'create', kind: 'chain', key: chain.name });
  for (const rule of chain.rules) {
    changes.add({ action: 'create', kind: 'rule', key: rule.key, after: rule.text, at: rule.at ?? null });
  }
  return {
    ...emptyPlan,
    changes: changes.list,
    // A declaration (`:NAME`) would flush a chain of that name that somebody made in the meantime; this is refused.
    declare: [`-N ${chain.name}`],
    insert: chain.rules.map((rule) => `-A ${chain.name} ${rule.text}`),
  };
}

/**
 * The chain is there and stays. Rules with the same text keep their place and their counters. A chain is only
 * emptied where nothing in it stays, or where a rule that must go cannot be said in a restore line.
 */
export function createChainPlan(
  chain: ChainTarget,
  current: SavedChain,
  options: { readonly family: Family; readonly previous: NatTarget | null; readonly refill?: boolean },
): ChainPlan {
  if (hasRules(current, chain)) return emptyPlan;
  const texts = current.rules.map((rule) => rule.text);
  const { gone, come } = editsBetween(
    // What is more than its text is none of the rules that are wanted.
    current.rules.map(({ text, beyond }) => (beyond === undefined ? text : `${text}\n${beyond}`)),
    chain.rules.map((rule) => rule.text),
  );
  const changes = changesOf(chain, current, { gone, come, ...options });
  const nothingStays = gone.length === texts.length && gone.length > 1;
  const unsayable = gone.some((index) => !canBeSaid(texts[index] ?? '')) || takesTwin(current.rules, gone);
  if (nothingStays || options.refill === true || unsayable) {
    const insert = chain.rules.map((rule) => `-A ${chain.name} ${rule.text}`);
    return { ...emptyPlan, changes, delete: [`-F ${chain.name}`], insert };
  }
  // Behind the last rule there is no place to miss, and a list that grows at its end is cheap for the kernel.
  const append = gone.length === texts.length;
  return {
    ...emptyPlan,
    changes,
    delete: gone.map((index) => `-D ${chain.name} ${texts[index] ?? ''}`),
    insert: come.map((index) => {
      const text = chain.rules[index]?.text ?? '';
      return append ? `-A ${chain.name} ${text}` : `-I ${chain.name} ${index + 1} ${text}`;
    }),
  };
}

/** Deletion by text takes the first rule that is shown so: a good one that stands before one that must go. */
function takesTwin(rules: readonly SavedRule[], gone: readonly number[]): boolean {
  if (rules.every(({ beyond }) => beyond === undefined)) return false;
  const goes = new Set(gone);
  const stays = new Set<string>();
  return rules.some(({ text }, i) => {
    if (!goes.has(i)) stays.add(text);
    return goes.has(i) && stays.has(text);
  });
}

/** Whether the chain holds these rules in this order and nothing else. */
export function hasRules(current: Pick<SavedChain, 'rules'>, { name, rules }: ChainTarget): boolean {
  return sameRules(name, current.rules, rules) && current.rules.every(({ beyond }) => beyond === undefined);
}

/** A chain that no longer belongs to the target; where it is `held` by a stranger's jump, it is only emptied. */
export function createObsoletePlan(
  chain: SavedChain,
  { held, family }: { readonly held: boolean; readonly family: Family },
): ChainPlan {
  if (held && chain.rules.length === 0) return emptyPlan;
  const changes = createChangeList(family, chain.name);
  for (const { text, counters } of chain.rules) {
    changes.add({ action: 'delete', kind: 'rule', key: observedKey(text), before: text, counters });
  }
  const note = held ? 'stays, empty: a foreign rule jumps to it' : null;
  changes.add({ action: held ? 'update' : 'delete', kind: 'chain', key: chain.name, note });
  return {
    ...emptyPlan,
    changes: changes.list,
    flush: chain.rules.length === 0 ? [] : [`-F ${chain.name}`],
    remove: held ? [] : [`-X ${chain.name}`],
  };
}

interface ChainEdits {
  readonly gone: readonly number[];
  readonly come: readonly number[];
  readonly family: Family;
  readonly previous: NatTarget | null;
}

function changesOf(chain: ChainTarget, current: SavedChain, edits: ChainEdits): readonly Change[] {
  const changes = createChangeList(edits.family, chain.name);
  const gone = edits.gone.flatMap((index) => {
    const rule = current.rules[index];
    return rule === undefined ? [] : [{ ...rule, key: observedKey(rule.text) }];
  });
  const come = edits.come.flatMap((index) => chain.rules[index] ?? []);
  // The very rule, moved, is a better match than another one under its key.
  const partners = new Map(gone.toReversed().map((rule) => [rule.key, rule]));
  const byText = new Map(gone.map((rule) => [rule.text, rule]));
  for (const rule of come) {
    const moved = byText.get(rule.text);
    if (moved !== undefined) partners.set(rule.key, moved);
  }
  const updated = new Set(come.flatMap((rule) => partners.get(rule.key) ?? []));
  const wanted = new Set(chain.rules.map((rule) => rule.key));
  const before = edits.previous?.chains.find((one) => one.name === chain.name);
  const known = new Set(before?.rules.map((rule) => rule.key));
  for (const rule of come) {
    const old = partners.get(rule.key);
    const shown = { kind: 'rule', key: rule.key, after: rule.text, at: rule.at ?? null } as const;
    if (old === undefined) {
      changes.add({ action: 'create', ...shown });
    } else {
      const moved = old.text === rule.text ? 'moved' : null;
      const note = old.beyond === undefined ? moved : nativeNote(old);
      changes.add({ action: 'update', ...shown, before: old.text, counters: old.counters, note });
    }
  }
  for (const rule of gone) {
    if (updated.has(rule)) continue;
    const isKnown = edits.previous === null ? isOurComment(rule.key) : known.has(rule.key);
    const plain = wanted.has(rule.key) ? 'doubled' : isKnown ? null : strangerNote;
    const note = rule.beyond === undefined ? plain : nativeNote(rule);
    changes.add({ action: 'delete', kind: 'rule', key: rule.key, before: rule.text, counters: rule.counters, note });
  }
  return changes.list;
}
