/**
 * The difference between a nat target and a nat table: what a person reads (changes, findings) and the one
 * `iptables-restore --noflush` that removes it. Every plan is tried on a model of the table before it is handed
 * out. Drift is the same difference, read from the other end.
 */
import { isLeftFile } from '../files/compare.ts';
import type { Change, Finding, NatPlan } from '../../model/change.ts';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { NatTable, SavedChain } from '../../model/nat.ts';
import type { NatTarget, Target } from '../../model/target.ts';
import { applyRestore } from './apply.ts';
import { createBuiltinPlan } from './builtin.ts';
import { createChainPlan, createChangeList, createObsoletePlan, newChainPlan, type ChainPlan } from './chain.ts';
import { mustConverge } from './converge.ts';
import { findNat, nativeWords } from './findings.ts';
import { builtins, carriesOurMark, foreignJumps, ownedChains } from './ours.ts';
import { tableText } from './save.ts';
import { fullName, placeOf, restoreOf } from './tables.ts';
import { takeable, type TakenRule } from './take.ts';

export interface DiffOptions {
  readonly family: Family;
  /** What was applied last: its chains are ours even where nothing in them says so any more. */
  readonly previous: NatTarget | null;
  /** With a target: the foreign rules that it expresses itself go too. */
  readonly take?: Pick<Target, 'host' | 'nat'> | null;
  /** Of those only these, as `CHAIN TEXT`. */
  readonly takeOnly?: ReadonlySet<string>;
  /** Built-in chains in which our jump may stand where it stands: another tool insists on being first there. */
  readonly unmoved?: ReadonlySet<string>;
  /** Empty and refill every chain of ours that differs: for when the kernel refused to delete a stranger's rule by its text. */
  readonly refill?: boolean;
}

export type NatDiff = NatPlan & { readonly findings: readonly Finding[] };

/**
 * From `observed` to `target`. Throws Fault `guarded` where a stranger's chain has the name of one that is needed;
 * a plan that would not end in the target is a broken invariant (Error).
 */
export function diffNat(target: NatTarget, observed: NatTable, options: DiffOptions): NatDiff {
  const { plans, owned, taken } = planChains(target, observed, options);
  const restore = restoreText(plans);
  const after = restore === null ? observed : applyRestore(observed, restore);
  mustConverge(target, { observed, after, owned, taken, unmoved: options.unmoved ?? new Set() });
  return {
    changes: plans.flatMap((plan) => plan.changes),
    restore,
    plannedOn: tableText(observed),
    findings: findNat(target, after, {
      family: options.family,
      observed,
      owned: ownedChains(after, target, options.previous),
    }),
  };
}

/** Takes out exactly what is ours. */
export function unloadNat(observed: NatTable, previous: NatTarget | null, family: Family): NatDiff {
  return diffNat({ chains: [], jumps: [] }, observed, { family, previous });
}

/** What somebody did behind our back: the changes that lead from `applied` to what is there now. */
export function driftNat(applied: NatTarget, observed: NatTable, family: Family): readonly Change[] {
  const { plans } = planChains(applied, observed, { family, previous: applied });
  return [...nativeDrift(applied, observed, family), ...plans.flatMap((plan) => plan.changes).map(turnRound)];
}

/** A drift that stays until a person mends it. */
export function isUnmendable(change: Change): boolean {
  return (change.kind === 'chain' && change.key === nativeKey) || isLeftFile(change);
}

const nativeKey = 'as nft has it';

/** Why no restore can carry this plan out, and what mends it; null where nothing is in its way. */
export function obstacleTo({ restore }: NatPlan, { native = [] }: NatTable, family: Family): string | null {
  const lines = restore?.split('\n') ?? [];
  const inTheWay = native.find(({ table = 'nat', chain, mend }) => {
    if (mend === 'end owner') return lines.includes(`*${table}`);
    return (mend === 'delete chain' || mend === 'free name') && lines.some((line) => line.split(' ')[1] === chain);
  });
  return inTheWay === undefined ? null : nativeWords(inTheWay, family);
}

/** What no restore can put right: it is told, with what a person must type. */
function nativeDrift(applied: NatTarget, { native = [] }: NatTable, family: Family): readonly Change[] {
  if (applied.jumps.length === 0) return [];
  return native.flatMap((trouble): Change[] => {
    const { table = 'nat', chain, mend } = trouble;
    const isOurs = mend !== 'free name' || applied.chains.some(({ name }) => name === fullName(table, chain ?? ''));
    if (mend === null || !isOurs) return [];
    const note = nativeWords(trouble, family);
    const changes = createChangeList(family, chain === null ? table : fullName(table, chain));
    changes.add({ action: 'update', kind: 'chain', key: nativeKey, note });
    return changes.list;
  });
}

interface Planned {
  readonly plans: readonly ChainPlan[];
  readonly owned: ReadonlySet<string>;
  readonly taken: readonly TakenRule[];
}

function planChains(target: NatTarget, observed: NatTable, options: DiffOptions): Planned {
  const owned = ownedChains(observed, target, options.previous);
  const there = new Map(observed.chains.map((chain) => [chain.name, chain]));
  refuseForeignNames(target, there, options.previous);
  const { takeOnly } = options;
  const taken = (options.take ? takeable(options.take, observed, options.family) : []).filter(
    ({ chain, text }) => takeOnly?.has(`${chain} ${text}`) ?? true,
  );
  const plans: ChainPlan[] = [];
  for (const name of builtins) {
    const wish = {
      name,
      family: options.family,
      wanted: target.jumps.find((jump) => jump.chain === name)?.text ?? null,
      taken: taken.filter((rule) => rule.chain === name),
      mayStandAnywhere: options.unmoved?.has(name) === true,
    };
    plans.push(createBuiltinPlan(there.get(name)?.rules ?? [], wish));
  }
  for (const chain of target.chains) {
    const current = there.get(chain.name);
    plans.push(current === undefined ? newChainPlan(chain, options.family) : createChainPlan(chain, current, options));
  }
  const wanted = new Set(target.chains.map((chain) => chain.name));
  const obsolete = observed.chains.filter((chain) => owned.has(chain.name) && !wanted.has(chain.name));
  const held = obsolete.length === 0 ? new Set() : new Set(foreignJumps(observed, owned).map((jump) => jump.to));
  for (const chain of obsolete) {
    plans.push(createObsoletePlan(chain, { held: held.has(chain.name), family: options.family }));
  }
  return { plans, owned, taken };
}

function turnRound(change: Change): Change {
  const turned = { ...change, before: change.after, after: change.before };
  switch (change.action) {
    case 'create':
      return { ...turned, action: 'delete' };
    case 'delete':
      return { ...turned, action: 'create' };
    case 'update':
    case 'replace':
      return turned;
    default:
      return change.action satisfies never;
  }
}

/** Chains must exist before rules jump to them, and may only go once nothing does. */
function restoreText(plans: readonly ChainPlan[]): string | null {
  const stages = ['declare', 'delete', 'insert', 'flush', 'remove'] as const;
  const lines = stages.flatMap((stage) => plans.flatMap((plan) => plan[stage]));
  return lines.length === 0 ? null : restoreOf(lines);
}

/** Filling a stranger's chain would change what the stranger's jumps do; emptying it would lose the stranger's rules. */
function refuseForeignNames(
  target: NatTarget,
  there: ReadonlyMap<string, SavedChain>,
  previous: NatTarget | null,
): void {
  const before = new Set(previous?.chains.map((chain) => chain.name));
  for (const { name } of target.chains) {
    const chain = there.get(name);
    if (chain === undefined || chain.rules.length === 0 || before.has(name) || carriesOurMark(chain)) continue;
    const { table, name: bare } = placeOf(name);
    throw new Fault('guarded', `The ${table} table already has a chain ${bare} with rules that are not natroute's.`, {
      output: `-A ${bare} ${chain.rules[0]?.text ?? ''}`,
      help: `Find out whose it is (iptables -t ${table} -S ${bare}); rename or remove it, then try again.`,
    });
  }
}
