/** The nft chains on the nat hooks that iptables does not show: what they do, and whether before natroute or after. */
import type { Finding } from '../../model/change.ts';
import type { Family } from '../../model/family.ts';
import type { BaseChain, NftRule } from './nft.ts';
import { ownerOfNftTable } from './owner.ts';
import { concerns, isOfFamily, type NftTable, type Surroundings } from './surroundings.ts';

export function hiddenChains({ chains, nftTables }: Surroundings, family: Family): readonly Finding[] {
  if ('trouble' in chains) return [];
  return chains.value
    .filter((chain) => chain.type === 'nat' && concerns(chain) && isOfFamily(chain, family))
    .flatMap((chain) => hiddenChain(chain, family, nftTables));
}

/** Where our own chains stand among those of a hook: NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC. */
const ourPriority: Readonly<Record<string, number>> = { prerouting: -100, output: -100, postrouting: 100, input: 100 };

function hiddenChain(chain: BaseChain, family: Family, tables: readonly NftTable[]): readonly Finding[] {
  const rules = tables.find((one) => one.family === chain.family && one.name === chain.table)?.rules;
  if (rules === undefined) return [];
  const what = 'trouble' in rules ? `what it does is not known (${rules.trouble})` : describe(chain, rules.value);
  // A chain without a rule that does anything, as firewalld keeps them, touches nobody.
  if (what === null) return [];
  const owner = ownerOfNftTable(chain.table);
  const name = `${chain.family} ${chain.table} ${chain.name}`;
  const text = `The nft chain ${name}${owner === null ? '' : ` of ${owner}`}, which iptables does not show, ${whenWords(chain)}: ${what} (nft list table ${chain.family} ${chain.table}).`;
  // A known program's chain at our own priority translates what is its own.
  const ours = ourPriority[chain.hook] ?? 0;
  const beside = chain.priority > ours || (chain.priority === ours && owner !== null);
  return [{ code: beside ? 'nft-chain-beside' : 'hidden-nft-chain', family, chain: name, rule: null, text }];
}

/** Of chains with one priority the kernel asks the one first that was hooked in last (nf_hook_entries_grow). */
function whenWords({ hook, priority }: BaseChain): string {
  const ours = ourPriority[hook] ?? 0;
  if (priority < ours)
    return `sees packets BEFORE natroute's rules (priority ${priority}, ours ${ours}), and what it translates natroute never sees`;
  if (priority > ours) return `sees what natroute's rules leave (priority ${priority}, ours ${ours})`;
  return `has the priority of natroute's rules (${ours}), and whichever was made last is asked first`;
}

const translations = ['dnat', 'snat', 'masquerade', 'redirect'] as const;

function describe(chain: BaseChain, rules: readonly NftRule[]): string | null {
  const here = rulesFrom(chain.name, rules);
  const kinds = translations.flatMap((kind) => {
    const n = here.filter(({ statements }) => statements.includes(kind)).length;
    return n === 0 ? [] : [`${n} ${kind}`];
  });
  if (kinds.length > 0) return `it has ${kinds.join(', ')}`;
  const drops = here.some(({ statements }) => statements.includes('drop'));
  return drops || chain.policy === 'drop' ? 'it drops packets' : null;
}

/** Those of the chain and of all that it may lead to; a map of verdicts may lead to any chain of its table. */
function rulesFrom(start: string, rules: readonly NftRule[]): readonly NftRule[] {
  const reached = new Set([start]);
  for (let size = 0; size < reached.size;) {
    size = reached.size;
    for (const { chain, to, statements } of rules) {
      if (!reached.has(chain)) continue;
      if (statements.includes('vmap')) return rules;
      if (to !== null) reached.add(to);
    }
  }
  return rules.filter(({ chain }) => reached.has(chain));
}
