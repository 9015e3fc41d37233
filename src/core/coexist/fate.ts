/**
 * Whether a connection that was destination-translated passes a chain of filter rules, as far as that can be said
 * without knowing the connection: what takes everything is known, what takes some is only counted.
 */
import type { NatTable } from '../../model/nat.ts';
import { parseRule, type ParsedRule, type RuleMatch } from '../nat/rule.ts';
import type { NftRule } from './nft.ts';

/** A rule as a person finds it again. */
export interface Spot {
  readonly chain: string;
  /** What follows `-A CHAIN `, or nft's handle. */
  readonly text: string;
}

export interface Step extends Spot {
  /** Which of the translated connections it takes. */
  readonly takes: Share;
  readonly does:
    | { readonly kind: 'accept' | 'drop' | 'return' | 'nothing' }
    | { readonly kind: 'jump' | 'goto'; readonly chain: string };
}

export type Share = 'all' | 'some' | 'none';
export type StepsByChain = ReadonlyMap<string, readonly Step[]>;

export interface Fate {
  /** Null: it passes. What drops it: a rule, or null for the policy at the end. */
  readonly dropped: { readonly by: Spot | null } | null;
  /** Rules before that let some through. */
  readonly lets: readonly Spot[];
  /** Rules that drop some. */
  readonly drops: readonly Spot[];
}

/** Chains within chains; the kernel allows no loops, and few go deeper than three. */
const deepest = 16;

export function fateOf(steps: StepsByChain, start: string, policy: string): Fate {
  const drops: Spot[] = [];
  const lets: Spot[] = [];
  // Gives the rule that accepts or drops, or null where the chain was left at its end.
  const walk = (chain: string, depth: number): Verdict | null => {
    for (const step of steps.get(chain) ?? []) {
      const { takes, does } = step;
      if (takes === 'none' || does.kind === 'nothing') continue;
      const leads = does.kind === 'jump' || does.kind === 'goto';
      if (leads && depth === deepest) continue;
      const end = leads ? walk(does.chain, depth + 1) : endOf(step);
      if (takes === 'all' && (end !== null || !leads)) return end;
      // A chain that was gone to ends the one that it was gone to from.
      if (takes === 'all' && does.kind === 'goto') return null;
      if (end !== null) (end.kind === 'accept' ? lets : drops).push(end.by);
    }
    return null;
  };
  const end = walk(start, 0);
  if (end?.kind === 'drop') return { dropped: { by: end.by }, lets, drops };
  const byPolicy = end === null && policy.toUpperCase() === 'DROP';
  return { dropped: byPolicy ? { by: null } : null, lets, drops };
}

interface Verdict {
  readonly kind: 'accept' | 'drop';
  readonly by: Spot;
}

function endOf({ chain, text, does }: Step): Verdict | null {
  return does.kind === 'accept' || does.kind === 'drop' ? { kind: does.kind, by: { chain, text } } : null;
}

/** Of a filter table as iptables-save prints it. */
export function iptablesSteps({ chains }: NatTable): StepsByChain {
  return new Map(chains.map(({ name, rules }) => [name, rules.map(({ text }) => iptablesStep(name, text))]));
}

function iptablesStep(chain: string, text: string): Step {
  const rule = parseRule(text);
  const step = { chain, text, takes: shareOf(rule) };
  if (rule.jump === null) return { ...step, does: { kind: 'nothing' } };
  const { kind, to } = rule.jump;
  switch (to) {
    case 'ACCEPT':
      return { ...step, does: { kind: 'accept' } };
    case 'DROP':
    case 'REJECT':
      return { ...step, does: { kind: 'drop' } };
    case 'QUEUE':
    case 'NFQUEUE':
      // A program decides, which nobody can ask.
      return { ...step, takes: step.takes === 'none' ? 'none' : 'some', does: { kind: 'drop' } };
    case 'RETURN':
      return { ...step, does: { kind: 'return' } };
    default:
      // A target of an extension (LOG, MARK) is no chain of the table, and the walk finds nothing in it.
      return { ...step, does: { kind, chain: to } };
  }
}

function shareOf({ basics, matches, unknown }: ParsedRule): Share {
  if (matches.some(isUntracked)) return 'none';
  if (basics.length > 0 || unknown.length > 0) return 'some';
  return matches.every((match) => match.name === 'comment' || statesOf(match)?.includes('DNAT') === true)
    ? 'all'
    : 'some';
}

/** What conntrack does not know it did not translate either. */
function isUntracked(match: RuleMatch): boolean {
  return statesOf(match)?.every((state) => untracked.has(state)) === true;
}

const untracked = new Set(['INVALID', 'UNTRACKED']);

/** Of a match by nothing but the connection's state; null for any other. */
function statesOf({ name, options }: RuleMatch): readonly string[] | null {
  const [option] = options;
  if ((name !== 'conntrack' && name !== 'state') || options.length !== 1 || option?.negated !== false) return null;
  return option.name === '--ctstate' || option.name === '--state' ? (option.values[0] ?? '').split(',') : null;
}

/** Of one table of nft. */
export function nftSteps(rules: readonly NftRule[]): StepsByChain {
  const chains = new Map<string, Step[]>();
  for (const rule of rules) {
    const step = nftStep(rule);
    const chain = chains.get(rule.chain);
    if (chain === undefined) chains.set(rule.chain, [step]);
    else chain.push(step);
  }
  return chains;
}

// Whatever else a rule holds looks at the packet or at its rate, and so takes some only.
const always = new Set(['counter', 'log', 'accept', 'drop', 'reject', 'return', 'jump', 'goto', 'continue']);

function nftStep({ chain, handle, statements, to, about }: NftRule): Step {
  const limiting = statements.filter((one) => !always.has(one));
  const all = limiting.length === 0 || (about === 'translated' && limiting.length === 1);
  const takes = about === 'untracked' ? 'none' : all ? 'all' : 'some';
  const step = { chain, text: `handle ${handle}`, takes } as const;
  if (to !== null) return { ...step, does: { kind: statements.includes('goto') ? 'goto' : 'jump', chain: to } };
  // A map of verdicts lets some through; what else it does is not looked at.
  if (statements.includes('accept') || statements.includes('vmap')) return { ...step, does: { kind: 'accept' } };
  if (statements.includes('drop') || statements.includes('reject')) return { ...step, does: { kind: 'drop' } };
  if (statements.includes('return')) return { ...step, does: { kind: 'return' } };
  if (statements.includes('queue'))
    return { ...step, takes: takes === 'none' ? 'none' : 'some', does: { kind: 'drop' } };
  return { ...step, does: { kind: 'nothing' } };
}
