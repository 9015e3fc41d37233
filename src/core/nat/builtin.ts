/** The plan for one built-in chain: our marked jump first, once, and nothing else of ours. */
import type { Family } from '../../model/family.ts';
import type { SavedRule } from '../../model/nat.ts';
import { createChangeList, emptyPlan, nativeNote, type ChainPlan } from './chain.ts';
import { isOurJump, mark, type Builtin } from './ours.ts';
import type { TakenRule } from './take.ts';

export interface BuiltinWish {
  readonly name: Builtin;
  readonly family: Family;
  /** Our jump's text; null where none is wanted. */
  readonly wanted: string | null;
  /** Foreign rules of this chain that the commit expresses itself. */
  readonly taken: readonly TakenRule[];
  readonly mayStandAnywhere: boolean;
}

export function createBuiltinPlan(rules: readonly SavedRule[], wish: BuiltinWish): ChainPlan {
  const { name, wanted } = wish;
  const changes = createChangeList(wish.family, name);
  const ours = rules.flatMap((rule, index) => (isOurJump(rule.text) ? [{ ...rule, index }] : []));
  const kept = wanted === null ? null : keptJump(rules, ours, wish);
  const gone = ours.filter((rule) => rule.index !== kept);
  const lines = {
    delete: [...gone, ...wish.taken].map((rule) => `-D ${name} ${rule.text}`),
    insert: wanted === null || kept !== null ? [] : [`-I ${name} 1 ${wanted}`],
  };

  // One of those that go is the one that comes back: moved or put right.
  const partner = lines.insert.length === 0 ? undefined : (gone.findLast((rule) => rule.text === wanted) ?? gone[0]);
  if (wanted !== null && kept === null) {
    const shown = { kind: 'jump', key: mark, after: wanted } as const;
    if (partner === undefined) changes.add({ action: 'create', ...shown });
    else {
      const moved = partner.text === wanted ? 'moved' : null;
      const note = partner.beyond === undefined ? moved : nativeNote(partner);
      changes.add({ action: 'update', ...shown, before: partner.text, counters: partner.counters, note });
    }
  }
  for (const { text, counters, index, beyond } of gone) {
    if (index === partner?.index) continue;
    const plain = wanted === null ? null : 'doubled';
    const note = beyond === undefined ? plain : nativeNote({ beyond });
    changes.add({ action: 'delete', kind: 'jump', key: mark, before: text, counters, note });
  }
  for (const rule of wish.taken) {
    const note = `the commit says it itself: ${rule.key}`;
    changes.add({
      action: 'delete',
      kind: 'foreign-rule',
      key: rule.text,
      before: rule.text,
      counters: rule.counters,
      note,
    });
  }
  return { ...emptyPlan, ...lines, changes: changes.list };
}

/**
 * The index of the jump that may stay. Deletion by text takes the first one of equal ones, so only the last can
 * stay, and only where everything before it goes.
 */
function keptJump(
  rules: readonly SavedRule[],
  ours: readonly (SavedRule & { readonly index: number })[],
  wish: BuiltinWish,
): number | null {
  const last = ours.findLast((rule) => rule.text === wish.wanted);
  if (last === undefined || last.beyond !== undefined) return null;
  if (wish.mayStandAnywhere) return last.index;
  const goes = new Set([...ours.map((rule) => rule.text), ...wish.taken.map((rule) => rule.text)]);
  return rules.slice(0, last.index).every((rule) => goes.has(rule.text)) ? last.index : null;
}
