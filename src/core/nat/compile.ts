/**
 * Desired -> the nat target of each family (DESIGN section 3), spelled as this kernel's iptables-save spells it.
 * The order of rules follows from what they say, never from where they stand in a file.
 */
import type { Address, Desired, Host } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';
import type { ChainTarget, JumpTarget, NatTarget, RuleTarget } from '../../model/target.ts';
import { claimRule, claimsOf, orderClaims, type Claim, type ClaimsOfGuests } from './claims.ts';
import { addressChainPrefix, destinationChain, forwardingChain, mark, sourceChain } from './ours.ts';
import { sourceRules } from './source.ts';
import { byName, spellRule, withPrefix } from './spell.ts';
import { placeOf } from './tables.ts';

/** What the last compile made, for a host with thousands of forwards of which few change. */
export interface CompileMemo {
  readonly claims: ClaimsOfGuests;
  readonly rules: WeakMap<Claim, RuleTarget>;
  /** By family and chain name. */
  chains: ReadonlyMap<string, AddressChain>;
}

interface AddressChain {
  readonly claims: readonly Claim[];
  readonly chain: ChainTarget;
}

export function createCompileMemo(): CompileMemo {
  return { claims: new WeakMap(), rules: new WeakMap(), chains: new Map() };
}

/**
 * Total over every `Desired` that parsed and linted without errors; the same in any file order gives the same target.
 * The memo makes it quicker and never another.
 */
export function compileNat(desired: Desired, memo: CompileMemo = createCompileMemo()): Record<Family, NatTarget> {
  const claims = claimsOf(desired, memo.claims);
  const made = new Map<string, AddressChain>();
  const nat = (family: Family): NatTarget => compileFamily(desired, family, { claims: claims[family], memo, made });
  const both = { v4: nat('v4'), v6: nat('v6') };
  memo.chains = made;
  return both;
}

interface Claimed {
  readonly claims: readonly Claim[];
  readonly memo: CompileMemo;
  readonly made: Map<string, AddressChain>;
}

function compileFamily(desired: Desired, family: Family, { claims, memo, made }: Claimed): NatTarget {
  const byAddress = new Map<string, Claim[]>();
  for (const claim of claims) {
    const own = byAddress.get(claim.address);
    if (own === undefined) byAddress.set(claim.address, [claim]);
    else own.push(claim);
  }
  const chains: ChainTarget[] = [];
  for (const [address, own] of byAddress) {
    const name = addressChainPrefix + address;
    const known = memo.chains.get(`${family} ${name}`);
    const kept = known !== undefined && sameClaims(known.claims, own) ? known : null;
    const { chain } = kept ?? { chain: addressChain(name, own, memo) };
    made.set(`${family} ${name}`, kept ?? { claims: own, chain });
    chains.push(chain);
  }
  const destination = destinationRules(desired.host, family, new Set(byAddress.keys()));
  const source = sourceRules(desired, family, claims);
  if (destination.length > 0) chains.push(oneRulePerKey({ name: destinationChain, rules: destination }));
  if (source.length > 0) chains.push(oneRulePerKey({ name: sourceChain, rules: source }));
  const forwarding = desired.host.forwarding === 'accept' ? forwardingRules(desired.host, family, claims) : [];
  if (forwarding.length > 0) chains.push(oneRulePerKey({ name: forwardingChain, rules: forwarding }));
  chains.sort(byName);

  const jumps: JumpTarget[] = [];
  const jump = (to: string): string => `-m comment --comment ${mark} -j ${to}`;
  if (destination.length > 0) {
    const text = jump(destinationChain);
    jumps.push({ chain: 'PREROUTING', text }, { chain: 'OUTPUT', text });
  }
  if (source.length > 0) jumps.push({ chain: 'POSTROUTING', text: jump(sourceChain) });
  if (forwarding.length > 0) jumps.push({ chain: 'filter FORWARD', text: jump(placeOf(forwardingChain).name) });
  return { chains, jumps };
}

/**
 * What happens to a packet by the address it goes to. Shields come first: neither a bridge's RETURN nor anything
 * behind us may reach a routed guest's address. A RETURN for a bridge without hairpin names the interface a packet
 * came in by, which one of the host's own (from OUTPUT) has not: the host reaches every forward all the same.
 */
function destinationRules(host: Host, family: Family, forwarded: ReadonlySet<string>): readonly RuleTarget[] {
  const here = host.addresses.filter((address) => address.ips[family] !== undefined).toSorted(byName);
  const rule = (address: Address, jump: string): RuleTarget => {
    const matches = [`-d ${withPrefix(address.ips[family] ?? '')}`];
    return spellRule({ about: address.name, matches, jump, at: address.at });
  };
  const shields = here.filter((address) => address.carriedBy !== null).map((address) => rule(address, 'ACCEPT'));
  const jumps = here
    .filter((address) => forwarded.has(address.name))
    .map((address) => rule(address, addressChainPrefix + address.name));
  if (jumps.length === 0) return shields;
  const returns = host.networks
    .filter((network) => !network.hairpin && network.subnets.some((subnet) => subnet.family === family))
    .toSorted(byName)
    .map((network) =>
      spellRule({
        about: `${network.name} hairpin`,
        matches: [`-i ${network.bridge}`],
        jump: 'RETURN',
        at: network.at,
      }),
    );
  return [...shields, ...returns, ...jumps];
}

/** Most are the same objects; the others come from a file that changed elsewhere. */
function sameClaims(before: readonly Claim[], now: readonly Claim[]): boolean {
  return (
    before.length === now.length &&
    now.every((claim, i) => claim === before[i] || JSON.stringify(claim) === JSON.stringify(before[i]))
  );
}

function addressChain(name: string, claims: readonly Claim[], memo: CompileMemo): ChainTarget {
  const rules = orderClaims(claims).map((claim) => {
    const rule = memo.rules.get(claim) ?? claimRule(claim);
    memo.rules.set(claim, rule);
    return rule;
  });
  return oneRulePerKey({ name, rules });
}

/**
 * What came to an address of ours and was translated to a guest passes, its answers too: conntrack knows both ends from
 * either direction. Where another program sends what comes to our address to somebody else, nothing is let through.
 */
function forwardingRules(host: Host, family: Family, claims: readonly Claim[]): readonly RuleTarget[] {
  const pairs = new Map(claims.map((claim) => [`${claim.guest} ${claim.address}`, claim]));
  const accepts = [...pairs.values()].flatMap(({ guest, guestIp, address }) => {
    const carrier = host.addresses.find(({ name }) => name === address);
    const ip = carrier?.ips[family];
    if (carrier === undefined || ip === undefined) return [];
    const match = `-m conntrack --ctstate DNAT --ctorigdst ${ip} --ctreplsrc ${guestIp}`;
    return spellRule({ about: `${guest} ${address} forwarding`, matches: [match], jump: 'ACCEPT', at: carrier.at });
  });
  if (accepts.length === 0) return [];
  // Most of what is forwarded was not translated, and need not be held against every guest.
  const others = spellRule({
    about: 'forwarding',
    matches: ['-m conntrack ! --ctstate DNAT'],
    jump: 'RETURN',
    at: accepts[0]?.at ?? { file: 'host.yaml', line: 1, column: 1 },
  });
  return [others, ...accepts.toSorted((a, b) => (a.key < b.key ? -1 : 1))];
}

/** Rules are told apart by their keys alone, so lint must not have let two pass with the same. */
function oneRulePerKey(chain: ChainTarget): ChainTarget {
  if (chain.name.length > limits.chainNameCharacters) throw new Error(`chain name too long: ${chain.name}`);
  const keys = new Set<string>();
  for (const { key } of chain.rules) {
    if (keys.has(key)) throw new Error(`two rules of ${chain.name} have the key "${key}"`);
    keys.add(key);
  }
  return chain;
}
