/** A kernel that for a while, over boots too, takes no rule with a certain port: as where a module of it is missing. */
import type { Family } from '../../src/model/family.ts';
import { Fault } from '../../src/model/fault.ts';
import type { FakeNetfilter } from '../fakes/netfilter.ts';

export interface Refusal {
  readonly port: number;
  readonly families: readonly Family[];
  /** Whether it says so when it is asked how it spells a rule; else only when it shall take it. */
  readonly early: boolean;
}

/** Null: from now on it takes everything again. What is there goes without its leave, and what a person types comes. */
export function refuse(netfilter: FakeNetfilter, refusal: Refusal | null): void {
  const has = (text: string): boolean =>
    refusal !== null && new RegExp(`^-[AIR] .*--dport ${refusal.port} `, 'm').test(text);
  netfilter.before = (family, text) => {
    if (refusal?.families.includes(family) === true && has(text))
      throw new Fault('rules-refused', `the kernel takes no rule for port ${refusal.port}`);
  };
  netfilter.spell = (text) => {
    if (refusal?.early === true && has(text)) throw new Fault('command-failed', 'the kernel has no such match');
    return text;
  };
}
