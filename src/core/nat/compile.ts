/**
 * Desired -> the nat target of each family (DESIGN section 3), spelled as this kernel's iptables-save spells it.
 * The order of rules follows from what they say, never from where they stand in a file.
 */
import type { Address, Desired, Host } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';
import type { ChainTarget, JumpTarget, NatTarget, RuleTarget } from '../../model/target.ts';
import { claimRule, claimsOf, orderClaims, type Claim } from './claims.ts';
import { addressChainPrefix, destinationChain, mark, sourceChain } from './ours.ts';
import { sourceRules } from './source.ts';
import { byName, spellRule, withPrefix } from './spell.ts';

/** Total over every `Desired` that parsed and linted without errors; the same in any file order gives the same target. */
export function compileNat(desired: Desired): Record<Family, NatTarget> {
  const claims = claimsOf(desired);
  return { v4: compileFamily(desired, 'v4', claims.v4), v6: compileFamily(desired, 'v6', claims.v6) };
}

function compileFamily(desired: Desired, family: Family, claims: readonly Claim[]): NatTarget {
  const byAddress = new Map<string, Claim[]>();
  for (const claim of claims) {
    const own = byAddress.get(claim.address);
    if (own === undefined) byAddress.set(claim.address, [claim]);
    else own.push(claim);
  }
  const chains: ChainTarget[] = [];
  for (const [address, own] of byAddress) {
    chains.push({ name: addressChainPrefix + address, rules: orderClaims(own).map(claimRule) });
  }
  const destination = destinationRules(desired.host, family, new Set(byAddress.keys()));
  const source = sourceRules(desired, family, claims);
  if (destination.length > 0) chains.push({ name: destinationChain, rules: destination });
  if (source.length > 0) chains.push({ name: sourceChain, rules: source });
  chains.sort(byName);
  for (const chain of chains) mustHaveOneRulePerKey(chain);

  const jumps: JumpTarget[] = [];
  const jump = (to: string): string => `-m comment --comment ${mark} -j ${to}`;
  if (destination.length > 0) {
    const text = jump(destinationChain);
    jumps.push({ chain: 'PREROUTING', text }, { chain: 'OUTPUT', text });
  }
  if (source.length > 0) jumps.push({ chain: 'POSTROUTING', text: jump(sourceChain) });
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

/** Rules are told apart by their keys alone, so lint must not have let two pass with the same. */
function mustHaveOneRulePerKey(chain: ChainTarget): void {
  if (chain.name.length > limits.chainNameCharacters) throw new Error(`chain name too long: ${chain.name}`);
  const keys = new Set<string>();
  for (const { key } of chain.rules) {
    if (keys.has(key)) throw new Error(`two rules of ${chain.name} have the key "${key}"`);
    keys.add(key);
  }
}
