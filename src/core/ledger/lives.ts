/**
 * The life of each of our rules, folded from what the entries of the ledger did: when it came, by which commit, and
 * when and why it went. A rule that a hand took away and natroute put back is the same commit's as before.
 */
import { families, type Family } from '../../model/family.ts';
import type { LedgerStep } from '../../model/record.ts';
import { commentOf } from '../nat/rule.ts';

/** One time that a rule stood in the table, from one entry to another. */
export interface RuleLife {
  readonly family: Family;
  readonly chain: string;
  /** What follows `-A CHAIN `. */
  readonly text: string;
  /** The entry since which it stands there. */
  readonly began: LedgerStep;
  /** The entry that first applied it for the commit that asks for it; null for one that somebody made by hand. */
  readonly brought: LedgerStep | null;
  /** The entry that has it no more; null: it still stands. */
  readonly ended: LedgerStep | null;
}

/** Whether natroute itself made the table so, on somebody's word or to keep it; not what it only found or agreed to leave. */
export function isOurs({ heading }: LedgerStep): boolean {
  if (heading.about === 'guests') return false;
  return heading.cause !== 'drift' && heading.cause !== 'suspend' && heading.outcome !== 'failed';
}

interface Standing {
  /** How often: a doubled rule is there until its last copy goes. */
  count: number;
  readonly began: LedgerStep;
  readonly brought: LedgerStep | null;
}

interface Rule {
  readonly family: Family;
  readonly chain: string;
  readonly text: string;
}

function ruleOf(family: Family, line: string): Rule {
  const cut = line.indexOf(' ', 3);
  return { family, chain: line.slice(3, cut), text: line.slice(cut + 1) };
}

export const nameOf = (family: Family, line: string): string => `${family} ${line}`;

/** What a rule goes by while its words change. */
export function ruleKey(family: Family, line: string): string {
  return `${ruleOf(family, line).chain} ${commentOf(line) ?? line}`;
}

/** All lives, those that ended in the order of their ends, then those that last in the order of their beginnings. */
export function ruleLives(steps: readonly LedgerStep[]): readonly RuleLife[] {
  const standing = new Map<string, Standing>();
  // For which commit a rule was applied, kept while only hands take it away.
  const brought = new Map<string, LedgerStep>();
  const missing = new Set<string>();
  // Missing still after natroute had made the table its own: no longer asked for, or left alone for a while.
  const left = new Set<string>();
  const lives: RuleLife[] = [];
  let commit: string | null = null;
  for (const step of steps) {
    const ours = isOurs(step);
    const next: string | null = ours ? (step.heading.desired?.commit ?? null) : commit;
    for (const family of families) {
      if (step.came[family].length + step.gone[family].length === 0) continue;
      const came = new Set(step.came[family]);
      const respelled =
        ours && next !== null && next === commit ? respelledBy(step, family, brought) : new Map<string, LedgerStep>();
      for (const line of step.gone[family]) {
        const name = nameOf(family, line);
        const rule = standing.get(name);
        // A line that moved comes again at once.
        if (rule === undefined || came.has(line)) continue;
        rule.count -= 1;
        if (rule.count > 0) continue;
        standing.delete(name);
        lives.push({ ...ruleOf(family, line), began: rule.began, brought: rule.brought, ended: step });
        left.delete(name);
        if (ours) brought.delete(name);
        else if (brought.has(name)) missing.add(name);
      }
      const gone = new Set(step.gone[family]);
      for (const line of step.came[family]) {
        const name = nameOf(family, line);
        const rule = standing.get(name);
        if (rule !== undefined) {
          if (!gone.has(line)) rule.count += 1;
          continue;
        }
        // A heal only puts back what was in force; who else asks again is another commit.
        const known = !left.has(name) || step.heading.cause === 'heal' ? brought.get(name) : undefined;
        const origin = known ?? respelled.get(line) ?? (ours ? step : null);
        missing.delete(name);
        left.delete(name);
        standing.set(name, { count: 1, began: step, brought: origin });
        if (origin !== null) brought.set(name, origin);
      }
    }
    if (ours) {
      for (const name of missing) left.add(name);
      missing.clear();
    }
    commit = next;
  }
  for (const [name, { began, brought: origin }] of standing) {
    const family: Family = name.startsWith('v4') ? 'v4' : 'v6';
    lives.push({ ...ruleOf(family, name.slice(3)), began, brought: origin, ended: null });
  }
  return lives;
}

/**
 * Lines that the same commit has under the same key in other words, because another natroute or iptables spells them:
 * the commit did not change them, so they stay with the entry that brought them.
 */
function respelledBy(
  step: LedgerStep,
  family: Family,
  brought: ReadonlyMap<string, LedgerStep>,
): ReadonlyMap<string, LedgerStep> {
  const before = new Map<string, LedgerStep>();
  for (const line of step.gone[family]) {
    const origin = brought.get(nameOf(family, line));
    if (origin !== undefined) before.set(ruleKey(family, line), origin);
  }
  const found = new Map<string, LedgerStep>();
  for (const line of step.came[family]) {
    const origin = before.get(ruleKey(family, line));
    if (origin !== undefined) found.set(line, origin);
  }
  return found;
}
