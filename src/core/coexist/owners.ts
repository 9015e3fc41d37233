/** Whose the foreign chains and rules of a nat table are, one finding for each owner. */
import type { Finding } from '../../model/change.ts';
import type { Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import { hasOurName, isBuiltin, isOurJump } from '../nat/ours.ts';
import { placeOf } from '../nat/tables.ts';
import { ownerOfChain, ownerOfRule } from './owner.ts';

interface Holding {
  readonly chains: string[];
  /** Built-in chain -> its rules of this owner. */
  readonly rules: Map<string, number>;
}

const nobody = '';

export function ownersIn({ chains }: NatTable, family: Family): readonly Finding[] {
  const holdings = new Map<string, Holding>();
  const of = (owner: string): Holding => {
    const known = holdings.get(owner) ?? { chains: [], rules: new Map<string, number>() };
    holdings.set(owner, known);
    return known;
  };
  const lone: { readonly chain: string; readonly text: string }[] = [];
  for (const chain of chains) {
    if (placeOf(chain.name).table === 'filter') continue;
    if (!isBuiltin(chain.name)) {
      if (!hasOurName(chain.name))
        of(ownerOfChain(chain.name) ?? commonOwner(chain.rules) ?? nobody).chains.push(chain.name);
      continue;
    }
    for (const { text } of chain.rules) {
      if (isOurJump(text)) continue;
      const owner = ownerOfRule(text) ?? nobody;
      if (owner === nobody) lone.push({ chain: chain.name, text });
      const { rules } = of(owner);
      rules.set(chain.name, (rules.get(chain.name) ?? 0) + 1);
    }
  }
  return [...holdings].map(([owner, holding]): Finding => {
    const rule = owner === nobody ? (lone[0]?.text ?? null) : null;
    const [chain = [...holding.rules.keys()][0] ?? ''] = holding.chains;
    const whose = owner === nobody ? 'Of nobody that natroute knows' : `Of ${owner}`;
    return { code: 'foreign-owner', family, chain, rule, text: `${whose}: ${holdingWords(holding)}.` };
  });
}

/** A chain without a telling name may have telling rules. */
function commonOwner(rules: NatTable['chains'][number]['rules']): string | null {
  const owners = new Set(rules.map(({ text }) => ownerOfRule(text)));
  const [owner] = owners;
  return owners.size === 1 && owner !== undefined ? owner : null;
}

const namesShown = 8;

function holdingWords({ chains, rules }: Holding): string {
  const parts: string[] = [];
  const more = chains.length - namesShown;
  if (chains.length > 0)
    parts.push(
      `chain${chains.length === 1 ? '' : 's'} ${chains.slice(0, namesShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    );
  const total = [...rules.values()].reduce((sum, n) => sum + n, 0);
  if (total > 0) parts.push(`${total} rule${total === 1 ? '' : 's'} in ${[...rules.keys()].join(', ')}`);
  return parts.join('; ');
}
