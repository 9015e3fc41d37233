/** Who else lives in this host's packet filter, and what of it may keep natroute's forwards from working. */
import type { Finding } from '../../model/change.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { addressChainPrefix, isOurComment } from '../nat/ours.ts';
import { commentOf } from '../nat/rule.ts';
import { fateOf, iptablesSteps, nftSteps, type Fate, type Spot } from './fate.ts';
import { hiddenChains } from './hidden.ts';
import { ownerOfChain, ownerOfNftTable, ownerOfRule } from './owner.ts';
import { ownersIn } from './owners.ts';
import { concerns, isOfFamily, type Surroundings } from './surroundings.ts';

export interface CoexistGround {
  readonly target: Readonly<Record<Family, NatTarget>>;
  /** The nat tables that the plan leads to: what it takes away is nobody's any more. */
  readonly nat: Readonly<Record<Family, NatTable>>;
}

/** Only for families in which there are rules of ours. What may stop forwards comes first. */
export function findCoexistence(around: Surroundings, { target, nat }: CoexistGround): readonly Finding[] {
  const here = families.filter((family) => target[family].chains.length > 0);
  return [
    ...here.slice(0, 1).flatMap((family) => unseenChains(around, nat[family], family)),
    ...here.flatMap((family) => {
      const forwards = target[family].chains.some(({ name }) => name.startsWith(addressChainPrefix));
      return [
        ...(forwards ? forwardPolicy(around, family, isLetThrough(target[family])) : []),
        ...hiddenChains(around, family),
        ...otherBackend(around, family, forwards),
        ...ownersIn(nat[family], family),
      ];
    }),
  ];
}

/** Where nft cannot be asked, iptables may at least have said that there is something that it does not show. */
function unseenChains({ chains }: Surroundings, { notes = [] }: NatTable, family: Family): readonly Finding[] {
  if ('value' in chains) return [];
  const said = notes.length === 0 ? '' : `; iptables says: ${notes.join('; ')}`;
  return [notLookedAt(family, "nft's own chains", chains.trouble.replace(/\.$/, '') + said)];
}

const saves = {
  legacy: { v4: 'iptables-legacy-save', v6: 'ip6tables-legacy-save' },
  nft: { v4: 'iptables-nft-save', v6: 'ip6tables-nft-save' },
} as const;

function otherBackend(around: Surroundings, family: Family, forwards: boolean): readonly Finding[] {
  const backend = around.backend[family] === 'nft' ? 'legacy' : 'nft';
  const save = saves[backend][family];
  const other = around.other[family];
  if ('trouble' in other) return [notLookedAt(family, `the rules of the ${backend} backend`, other.trouble)];
  const { tables } = other.value;
  if (tables === null) {
    // Where nft itself shows no table of that backend, there is nothing to miss.
    if (backend === 'nft' && !hasIptablesTable(around, family)) return [];
    return [notLookedAt(family, `the rules of the ${backend} backend`, `${save} is not installed`)];
  }
  const found = [...otherNat(tables.nat, { family, backend, save })];
  if (forwards) {
    const fate = fateOf(iptablesSteps(tables.filter), 'FORWARD', policyOf(tables.filter));
    const place = `The FORWARD chain of the ${backend} backend, which works as well (${save}),`;
    found.push(...fateFindings(fate, { family, chain: 'FORWARD', place, owner: null, own: false }));
  }
  return found;
}

function hasIptablesTable({ chains }: Surroundings, family: Family): boolean {
  const wanted = family === 'v4' ? 'ip' : 'ip6';
  return (
    'value' in chains &&
    chains.value.some((chain) => (chain.table === 'nat' || chain.table === 'filter') && chain.family === wanted)
  );
}

interface OtherPlace {
  readonly family: Family;
  readonly backend: 'nft' | 'legacy';
  readonly save: string;
}

function otherNat({ chains }: NatTable, { family, backend, save }: OtherPlace): readonly Finding[] {
  const rules = chains.flatMap(({ name, rules: own }) => own.map(({ text }) => ({ chain: name, text })));
  const [first] = rules;
  if (first === undefined) return [];
  const ours = rules.filter(({ text }) => isOurComment(commentOf(text) ?? '')).length;
  const owners = [...new Set(rules.flatMap(({ chain, text }) => ownerOfChain(chain) ?? ownerOfRule(text) ?? []))];
  const whose = [
    ...(ours === 0 ? [] : [`${ours} of them natroute's own from when iptables was the ${backend} one`]),
    ...(owners.length === 0 ? [] : [`some of ${owners.join(' and ')}`]),
  ];
  const shown = `-A ${first.chain} ${first.text}`;
  const text = `The nat table of the ${backend} backend holds ${count(rules.length, 'rule')} as well${whose.length === 0 ? '' : `, ${whose.join(', ')}`}. Both backends are active: the table that was made last is asked first, and what it translates the other never sees (${save} shows it). The first rule: ${shown}`;
  return [{ code: 'other-backend', family, chain: first.chain, rule: null, text }];
}

function isLetThrough({ jumps }: NatTarget): boolean {
  return jumps.some(({ chain }) => chain === 'filter FORWARD');
}

/** The filter table's own FORWARD chain, and nft's on the same hook: each of them may drop. */
function forwardPolicy(around: Surroundings, family: Family, letThrough: boolean): readonly Finding[] {
  const found: Finding[] = [];
  const filter = around.filter[family];
  if ('trouble' in filter) found.push(notLookedAt(family, 'the filter table', filter.trouble));
  // Our own chain is asked first there, and lets all forwards through.
  else if (!letThrough) {
    const fate = fateOf(iptablesSteps(filter.value), 'FORWARD', policyOf(filter.value));
    const place = 'The FORWARD chain of the filter table';
    found.push(...fateFindings(fate, { family, chain: 'FORWARD', place, owner: null, own: true }));
  }
  if ('trouble' in around.chains) return found;
  for (const chain of around.chains.value) {
    if (chain.type !== 'filter' || !concerns(chain) || !isOfFamily(chain, family)) continue;
    const rules = around.nftTables.find((one) => one.family === chain.family && one.name === chain.table)?.rules;
    if (rules === undefined) continue;
    const name = `${chain.family} ${chain.table} ${chain.name}`;
    if ('trouble' in rules) {
      found.push(notLookedAt(family, `the nft chain ${name}`, rules.trouble));
      continue;
    }
    const owner = ownerOfNftTable(chain.table);
    const place = `The nft chain ${name}${owner === null ? '' : ` of ${owner}`}`;
    const fate = fateOf(nftSteps(rules.value), chain.name, chain.policy);
    found.push(...fateFindings(fate, { family, chain: name, place, owner, own: false }));
  }
  return found;
}

function policyOf({ chains }: NatTable): string {
  return chains.find(({ name }) => name === 'FORWARD')?.policy ?? 'ACCEPT';
}

interface Place {
  readonly family: Family;
  readonly chain: string;
  readonly place: string;
  /** Whose the whole chain is; null where each rule must tell. */
  readonly owner: string | null;
  /** Whether it is the filter table of this host's own iptables. */
  readonly own: boolean;
}

function fateFindings(fate: Fate, { family, chain, place, owner, own }: Place): readonly Finding[] {
  const finding = (by: Spot | null, text: string, what = ''): Finding => ({
    code: 'forward-policy',
    family,
    ...(by !== null && own ? { chain: by.chain, rule: by.text, table: 'filter' } : { chain, rule: null }),
    text: by === null ? text : `${text} ${what}: ${spotWords(by)}`,
  });
  if (fate.dropped !== null) {
    const { by } = fate.dropped;
    const text = `${place} drops what is forwarded${by === null ? ' by its policy' : ''}; ${letWords(fate.lets)}, so what natroute forwards may never arrive. ${own ? '`forwarding: accept` in host.yaml lets it through.' : 'A rule there lets it through: -m conntrack --ctstate DNAT -j ACCEPT (in nft: ct status dnat accept).'}`;
    return [finding(by, text, 'What drops it')];
  }
  // What a known program drops concerns its own guests; what a person's rule drops may concern ours.
  const unknown =
    owner !== null ? [] : fate.drops.filter((by) => (ownerOfChain(by.chain) ?? ownerOfRule(by.text)) === null);
  const [first] = unknown;
  if (first === undefined) return [];
  const text = `${place} has ${count(unknown.length, 'rule')} that may drop what natroute forwards; whether ${unknown.length === 1 ? 'it does' : 'they do'}, natroute cannot tell.`;
  return [finding(first, text, 'The first')];
}

function letWords(lets: readonly Spot[]): string {
  if (lets.length === 0) return 'nothing passes';
  const owners = [...new Set(lets.flatMap(({ chain, text }) => ownerOfChain(chain) ?? ownerOfRule(text) ?? []))];
  const whose = owners.length === 0 ? '' : ` (some of ${owners.join(' and ')})`;
  return `only what ${count(lets.length, 'rule')} before that${whose} ${lets.length === 1 ? 'lets' : 'let'} through passes`;
}

function spotWords({ chain, text }: Spot): string {
  return text.startsWith('handle ') ? `${chain} (${text})` : `-A ${chain} ${text}`;
}

function notLookedAt(family: Family, what: string, why: string): Finding {
  const text = `natroute could not look at ${what}: ${why.replace(/\.$/, '')}. What may happen there to forwarded packets is not known.`;
  return { code: 'not-looked-at', family, chain: '', rule: null, text };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
