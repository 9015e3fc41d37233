/** Who else lives in this host's packet filter, and what of it may keep natroute's forwards from working. */
import type { Finding } from '../../model/change.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { addressChainPrefix } from '../nat/ours.ts';
import { fateOf, iptablesSteps, nftSteps, type Fate } from './fate.ts';
import type { BaseChain, NftRule } from './nft.ts';
import { ownerOfNftTable, ownerOfRule } from './owner.ts';
import { ownersIn } from './owners.ts';
import { concerns, type NftTable, type OtherBackend, type Surroundings } from './surroundings.ts';

export interface CoexistGround {
  readonly target: Readonly<Record<Family, NatTarget>>;
  readonly observed: Readonly<Record<Family, NatTable>>;
}

/** Only for families in which there are rules of ours. */
export function findCoexistence(around: Surroundings, { target, observed }: CoexistGround): readonly Finding[] {
  return families.flatMap((family) => {
    if (target[family].chains.length === 0) return [];
    const forwards = target[family].chains.some(({ name }) => name.startsWith(addressChainPrefix));
    return [
      ...ownersIn(observed[family], family),
      ...otherBackend(around, family, forwards),
      ...hiddenChains(around, family),
      ...(forwards ? forwardPolicy(around, family) : []),
    ];
  });
}

const commands = {
  legacy: { v4: 'iptables-legacy-save', v6: 'ip6tables-legacy-save' },
  nft: { v4: 'iptables-nft-save', v6: 'ip6tables-nft-save' },
} as const;

function otherBackend(around: Surroundings, family: Family, forwards: boolean): readonly Finding[] {
  const other = around.other[family];
  const backend = around.backend === 'nft' ? 'legacy' : 'nft';
  if ('trouble' in other) return [notLookedAt(family, `the rules of the ${backend} backend`, other.trouble)];
  const { tables }: OtherBackend = other.value;
  if (tables === null) {
    const why = `${commands[backend][family]} is not installed`;
    // Where nft itself shows no table of the other backend, there is nothing to miss.
    if (backend === 'nft' && !('value' in around.chains && around.chains.value.some(isIptablesNat(family)))) return [];
    return [notLookedAt(family, `the rules of the ${backend} backend`, why)];
  }
  const found: Finding[] = [];
  const rules = tables.nat.chains.flatMap(({ name, rules: own }) => own.map(({ text }) => ({ chain: name, text })));
  const [first] = rules;
  if (first !== undefined) {
    const owners = [...new Set(rules.map(({ text }) => ownerOfRule(text)).filter((owner) => owner !== null))];
    const whose = owners.length === 0 ? '' : `, some of them of ${owners.join(' and ')}`;
    found.push({
      code: 'other-backend',
      family,
      chain: first.chain,
      rule: first.text,
      text: `The nat table of the ${backend} backend holds ${count(rules.length, 'rule')} as well${whose}. Both backends are active: the table that was made first is asked first, and what it translates the other never sees (${commands[backend][family]} shows it).`,
    });
  }
  if (forwards) {
    const policy = tables.filter.chains.find(({ name }) => name === 'FORWARD')?.policy ?? 'ACCEPT';
    const fate = fateOf(iptablesSteps(tables.filter), 'FORWARD', policy);
    const place = `The FORWARD chain of the ${backend} backend’s filter table`;
    found.push(...fateFindings(fate, { family, chain: 'FORWARD', place }));
  }
  return found;
}

const isIptablesNat =
  (family: Family) =>
  (chain: BaseChain): boolean =>
    chain.table === 'nat' && chain.family === (family === 'v4' ? 'ip' : 'ip6');

/** Where our own chains stand among those of a hook: NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC. */
const ourPriority: Readonly<Record<string, number>> = { prerouting: -100, output: -100, postrouting: 100, input: 100 };
const translations = new Set(['dnat', 'snat', 'masquerade', 'redirect']);

function hiddenChains(around: Surroundings, family: Family): readonly Finding[] {
  if ('trouble' in around.chains) return [notLookedAt(family, "nft's own chains", around.chains.trouble)];
  return around.chains.value
    .filter((chain) => chain.type === 'nat' && concerns(chain) && isOfFamily(chain, family))
    .flatMap((chain) => hiddenChain(chain, family, around.nftTables));
}

function hiddenChain(chain: BaseChain, family: Family, tables: readonly NftTable[]): readonly Finding[] {
  const rules = tables.find((one) => one.family === chain.family && one.name === chain.table)?.rules ?? null;
  const what = rules === null ? 'it has too many rules to be looked at' : describe(chain, rules);
  // A chain without a rule that does anything, as firewalld keeps them, touches nobody.
  if (what === null) return [];
  const ours = ourPriority[chain.hook] ?? 0;
  const when =
    chain.priority < ours
      ? `sees packets BEFORE natroute's rules (priority ${chain.priority}, ours ${ours}); what it translates, natroute never sees`
      : chain.priority > ours
        ? `sees what natroute's rules leave (priority ${chain.priority}, ours ${ours})`
        : `has the same priority as natroute's rules (${ours}): whichever was made first is asked first`;
  const owner = ownerOfNftTable(chain.table);
  const name = `${chain.family} ${chain.table} ${chain.name}`;
  const text = `The nft chain ${name}${owner === null ? '' : ` of ${owner}`}, which iptables does not show, ${when}: ${what} (nft list table ${chain.family} ${chain.table}).`;
  return [{ code: 'hidden-nft-chain', family, chain: name, rule: null, text }];
}

function describe(chain: BaseChain, rules: readonly NftRule[]): string | null {
  const reached = new Set([chain.name]);
  // A chain may only jump to others of its table; each round follows one jump more.
  for (let size = 0; size < reached.size;) {
    size = reached.size;
    for (const { chain: from, to } of rules) if (to !== null && reached.has(from)) reached.add(to);
  }
  const here = rules.filter((rule) => reached.has(rule.chain));
  const kinds = [...translations].flatMap((kind) => {
    const n = here.filter(({ statements }) => statements.includes(kind)).length;
    return n === 0 ? [] : [`${n} ${kind}`];
  });
  if (kinds.length > 0) return `it has ${kinds.join(', ')}`;
  const drops = here.filter(({ statements }) => statements.includes('drop')).length;
  return drops > 0 || chain.policy === 'drop' ? 'it drops packets' : null;
}

function isOfFamily(chain: BaseChain, family: Family): boolean {
  return chain.family === 'inet' || chain.family === (family === 'v4' ? 'ip' : 'ip6');
}

function forwardPolicy(around: Surroundings, family: Family): readonly Finding[] {
  const filter = around.filter[family];
  const found: Finding[] = [];
  if ('trouble' in filter) found.push(notLookedAt(family, 'the filter table', filter.trouble));
  else {
    const policy = filter.value.chains.find(({ name }) => name === 'FORWARD')?.policy ?? 'ACCEPT';
    const fate = fateOf(iptablesSteps(filter.value), 'FORWARD', policy);
    const place = 'The FORWARD chain of the filter table';
    const help = ' `forwarding: accept` in host.yaml lets DNATed connections through.';
    found.push(...fateFindings(fate, { family, chain: 'FORWARD', place, help }));
  }
  if ('trouble' in around.chains) return found;
  for (const chain of around.chains.value) {
    if (chain.type !== 'filter' || !concerns(chain) || !isOfFamily(chain, family)) continue;
    const rules = around.nftTables.find((one) => one.family === chain.family && one.name === chain.table)?.rules;
    if (rules === null || rules === undefined) continue;
    const name = `${chain.family} ${chain.table} ${chain.name}`;
    const owner = ownerOfNftTable(chain.table);
    const place = `The nft chain ${name}${owner === null ? '' : ` of ${owner}`}`;
    found.push(...fateFindings(fateOf(nftSteps(rules), chain.name, chain.policy), { family, chain: name, place }));
  }
  return found;
}

interface Place {
  readonly family: Family;
  readonly chain: string;
  readonly place: string;
  readonly help?: string;
}

function fateFindings(fate: Fate, { family, chain, place, help = '' }: Place): readonly Finding[] {
  const common = { code: 'forward-policy', family, chain } as const;
  if (fate.dropped !== null) {
    const { by } = fate.dropped;
    const how = by === null ? 'by its policy' : `by the rule ${by}`;
    const some =
      fate.lets === 0
        ? 'nothing'
        : `only what ${count(fate.lets, 'rule')} before that ${fate.lets === 1 ? 'lets' : 'let'} through`;
    const text = `${place} drops what is forwarded ${how}; ${some} passes, so what natroute forwards may not arrive.${help}`;
    return [{ ...common, rule: by, text }];
  }
  // What a known program drops concerns its own guests; what a person's rule drops may concern ours.
  const unknown = fate.drops.filter((rule) => ownerOfRule(rule) === null);
  const [first] = unknown;
  if (first === undefined) return [];
  const text = `${place} has ${count(unknown.length, 'rule')} that may drop what natroute forwards; whether they do, natroute cannot tell. The first: ${first}`;
  return [{ ...common, rule: first, text }];
}

function notLookedAt(family: Family, what: string, why: string): Finding {
  const text = `natroute could not look at ${what}: ${why.replace(/\.$/, '')}. What it may do to forwarded packets is not known.`;
  return { code: 'not-looked-at', family, chain: '', rule: null, text };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
