/** Our part of an observed table as text, in the form of renderNat: what the ledger keeps as nat.v4 and nat.v6. */
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { isBuiltin, isOurJump, ownedChains } from './ours.ts';
import { renderNat } from './render.ts';

const none: NatTarget = { chains: [], jumps: [] };

/** Without counters, whatever somebody did to our rules; equal to `renderNat(known)` where nobody did anything. */
export function excerptNat(observed: NatTable, known: NatTarget | null): string {
  const owned = ownedChains(observed, known ?? none, null);
  const chains = observed.chains
    .filter((chain) => owned.has(chain.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const jumps = observed.chains.flatMap(({ name, rules }) =>
    isBuiltin(name) ? rules.filter((rule) => isOurJump(rule.text)).map(({ text }) => ({ chain: name, text })) : [],
  );
  return renderNat({ chains, jumps });
}
