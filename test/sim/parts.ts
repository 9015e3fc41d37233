/** A table parted in two, natroute's rules and the strangers' in their own order; and the ledger's entries by where they led. */
import { hasOurName, isBuiltin, isOurJump } from '../../src/core/nat/ours.ts';
import type { NatTable } from '../../src/model/nat.ts';
import type { LedgerRecord } from '../../src/model/record.ts';

/** Chain by chain: its policy and rules, without ours. */
export function strangersOf({ chains }: NatTable): readonly string[] {
  return chains
    .filter(({ name, rules }) => !hasOurName(name) && (rules.length > 0 || !isBuiltin(name)))
    .map(({ name, policy, rules }) =>
      [`${name} ${policy ?? '-'}`, ...rules.filter(({ text }) => !isOurJump(text)).map(({ text }) => text)].join('\n'),
    )
    .filter((chain) => chain.includes('\n') || !isBuiltin(chain.split(' ')[0] ?? ''));
}

/** The lines that take all of ours away. */
export function withoutOurs({ chains }: NatTable): readonly string[] {
  const ours = chains.filter(({ name }) => hasOurName(name)).map(({ name }) => name);
  const jumps = chains
    .filter(({ name }) => isBuiltin(name))
    .flatMap(({ name, rules }) => rules.filter(({ text }) => isOurJump(text)).map(({ text }) => `-D ${name} ${text}`));
  return [...jumps, ...ours.map((name) => `-F ${name}`), ...ours.map((name) => `-X ${name}`)];
}

/** Not back: to what was meant. */
export function wentForth({ outcome, reason }: LedgerRecord): boolean {
  const finished = outcome === 'recovered' && reason?.startsWith('finished') === true;
  return finished || outcome === 'applied' || outcome === 'confirmed';
}
