/**
 * Whether a connection that was destination-translated passes a chain of filter rules, as far as that can be said
 * without knowing the connection: what takes everything is known, what takes some is only counted.
 */
import type { NatTable } from '../../model/nat.ts';
import { parseRule, type ParsedRule } from '../nat/rule.ts';
import type { NftRule } from './nft.ts';

export interface Step {
  /** The rule, for a person. */
  readonly about: string;
  /** Whether it takes every translated connection, or some. */
  readonly takes: 'all' | 'some';
  readonly does:
    { readonly kind: 'accept' | 'drop' | 'return' | 'nothing' } | { readonly kind: 'call'; readonly chain: string };
}

export type StepsByChain = ReadonlyMap<string, readonly Step[]>;

export interface Fate {
  /** Null: it passes. What drops it: a rule, or null for the policy at the end. */
  readonly dropped: { readonly by: string | null } | null;
  /** Rules before that let some through. */
  readonly lets: number;
  /** Rules that drop some. */
  readonly drops: readonly string[];
}

/** Chains within chains; the kernel allows no loops, and few go deeper than three. */
const deepest = 16;

export function fateOf(steps: StepsByChain, start: string, policy: string): Fate {
  const drops: string[] = [];
  let lets = 0;
  // Gives the rule that drops, `accept`, or that the chain was left at its end.
  const walk = (chain: string, depth: number): Step | 'accept' | 'end' => {
    for (const step of steps.get(chain) ?? []) {
      const { does } = step;
      if (step.takes === 'some') {
        if (does.kind === 'accept') lets++;
        if (does.kind === 'drop') drops.push(step.about);
        if (does.kind === 'call' && depth < deepest) {
          const inner = walk(does.chain, depth + 1);
          if (inner === 'accept') lets++;
          else if (inner !== 'end') drops.push(inner.about);
        }
        continue;
      }
      if (does.kind === 'accept') return 'accept';
      if (does.kind === 'drop') return step;
      if (does.kind === 'return') return 'end';
      if (does.kind === 'call' && depth < deepest) {
        const inner = walk(does.chain, depth + 1);
        if (inner !== 'end') return inner;
      }
    }
    return 'end';
  };
  const end = walk(start, 0);
  if (end === 'accept') return { dropped: null, lets, drops };
  if (end !== 'end') return { dropped: { by: end.about }, lets, drops };
  return { dropped: policy.toUpperCase() === 'DROP' ? { by: null } : null, lets, drops };
}

/** Of a filter table as iptables-save prints it. */
export function iptablesSteps({ chains }: NatTable): StepsByChain {
  return new Map(
    chains.map(({ name, rules }) => [name, rules.map(({ text }) => iptablesStep(`-A ${name} ${text}`, text))]),
  );
}

function iptablesStep(about: string, text: string): Step {
  const rule = parseRule(text);
  const takes = takesAllTranslated(rule) ? 'all' : 'some';
  const to = rule.jump?.to ?? null;
  switch (to) {
    case 'ACCEPT':
      return { about, takes, does: { kind: 'accept' } };
    case 'DROP':
    case 'REJECT':
      return { about, takes, does: { kind: 'drop' } };
    case 'RETURN':
      return { about, takes, does: { kind: 'return' } };
    case null:
      return { about, takes, does: { kind: 'nothing' } };
    default:
      // A target of an extension (LOG, MARK) is no chain of the table, and the walk finds nothing in it.
      return { about, takes, does: { kind: 'call', chain: to } };
  }
}

function takesAllTranslated({ basics, matches, unknown }: ParsedRule): boolean {
  if (basics.length > 0 || unknown.length > 0) return false;
  return matches.every(({ name, options }) => {
    if (name === 'comment') return true;
    const [option] = options;
    if (name !== 'conntrack' || options.length !== 1 || option === undefined || option.negated) return false;
    return option.name === '--ctstate' && (option.values[0] ?? '').split(',').includes('DNAT');
  });
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

function nftStep({ chain, handle, statements, to, onlyTranslated }: NftRule): Step {
  const about = `${chain} (handle ${handle})`;
  const limiting = statements.filter((one) => !always.has(one));
  const takes =
    limiting.length === 0 || (onlyTranslated && limiting.length === 1 && limiting[0] === 'match') ? 'all' : 'some';
  if (to !== null) return { about, takes, does: { kind: 'call', chain: to } };
  if (statements.includes('accept')) return { about, takes, does: { kind: 'accept' } };
  if (statements.includes('drop') || statements.includes('reject')) return { about, takes, does: { kind: 'drop' } };
  if (statements.includes('return')) return { about, takes, does: { kind: 'return' } };
  return { about, takes, does: { kind: 'nothing' } };
}
