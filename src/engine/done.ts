/** What an interrupted pass did, for its entry: told from the two generations and the intent, for its plan died with it. */
import type { Leaving } from '../core/drift/leave.ts';
import { changesOf } from '../core/files/compare.ts';
import { isBuiltin } from '../core/nat/ours.ts';
import type { Plan } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import type { SysctlSwap } from '../model/file.ts';
import type { NatTable, SavedRule } from '../model/nat.ts';
import type { Intent, TakenRule } from '../model/record.ts';
import type { NatTarget, Target } from '../model/target.ts';
import type { Generation } from './generations.ts';
import { planFor } from './propose.ts';

export interface Finished {
  readonly target: Target;
  /** What was in force before; null for nothing of ours. */
  readonly previous: Generation | null;
  readonly leaving: Leaving;
  /** What was still to be set. */
  readonly sysctls: readonly SysctlSwap[];
}

/** With what stood in files and rules that were taken over: it may stand nowhere else any more. */
export function whatWasDone(
  { files = [], sysctls = [], taken = [] }: Pick<Intent, 'files' | 'sysctls' | 'taken'>,
  { target, previous, leaving, sysctls: since }: Finished,
): Pick<Plan, 'changes' | 'impact'> {
  const before = (family: Family): NatTable => tableOf(previous?.target.nat[family] ?? null, family, taken);
  const rules = planFor(
    target,
    { v4: before('v4'), v6: before('v6') },
    { applied: previous, take: taken, fights: [], leaving },
  );
  const known = new Set(sysctls.map(({ key }) => key));
  const settings = [...sysctls, ...since.filter(({ key }) => !known.has(key))];
  const rest = changesOf({ swaps: files, sysctls: settings, taken: new Set() });
  return { changes: [...rules.changes, ...rest], impact: rules.impact };
}

/** The table as a generation wants it, with the foreign rules that were about to go. */
function tableOf(nat: NatTarget | null, family: Family, taken: readonly TakenRule[]): NatTable {
  const chains = new Map<string, readonly SavedRule[]>();
  const add = (chain: string, text: string, counters: SavedRule['counters']): void => {
    chains.set(chain, [...(chains.get(chain) ?? []), { text, counters }]);
  };
  for (const { chain, text } of nat?.jumps ?? []) add(chain, text, null);
  for (const rule of taken) if (rule.family === family) add(rule.chain, rule.text, rule.counters);
  const own = nat?.chains.map(({ name, rules }) => ({
    name,
    rules: rules.map(({ text }) => ({ text, counters: null })),
  }));
  const all = [...[...chains].map(([name, rules]) => ({ name, rules })), ...(own ?? [])];
  return {
    chains: all.map((chain) => ({ ...chain, policy: isBuiltin(chain.name) ? 'ACCEPT' : null, counters: null })),
  };
}
