/**
 * NR-SRC: as which address a packet leaves. Only what comes from a private network is translated, and only
 * where it leaves by an uplink; a routed guest's packets leave as they are.
 */
import type { Address, Desired, Host, Network } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import type { RuleTarget } from '../../model/target.ts';
import type { Claim } from './claims.ts';
import { byName, spellRule, withPrefix } from './spell.ts';

/** Shields, hairpins, guests that leave as an address of their own, networks: in this order. */
export function sourceRules(desired: Desired, family: Family, claims: readonly Claim[]): readonly RuleTarget[] {
  const { host } = desired;
  const networks = host.networks.toSorted(byName);
  return [
    ...shields(host, family),
    ...networks.flatMap((network) => hairpins(network, family, claims, desired)),
    ...guestRules(desired, family),
    ...networks.flatMap((network) => networkRules(host, network, family)),
  ];
}

function shields(host: Host, family: Family): readonly RuleTarget[] {
  return host.addresses
    .filter((address) => address.carriedBy !== null && address.ips[family] !== undefined)
    .toSorted(byName)
    .map((address) =>
      spellRule({
        about: address.name,
        matches: [`-s ${withPrefix(address.ips[family] ?? '')}`],
        jump: 'ACCEPT',
        at: address.at,
      }),
    );
}

/**
 * A guest that reaches its neighbour by the public address must get the answers back through this host, or the
 * neighbour would answer it directly, from an address that it never spoke to. In IPv6 the rule only comes with a
 * forward that needs it: there nothing is translated unasked.
 */
function hairpins(network: Network, family: Family, claims: readonly Claim[], desired: Desired): readonly RuleTarget[] {
  if (!network.hairpin) return [];
  if (family === 'v6' && !claims.some((claim) => leadsInto(claim, network, desired))) return [];
  const subnets = subnetsOf(network, family);
  return subnets.map((cidr) =>
    spellRule({
      about: `${network.name}${subnets.length > 1 ? ` ${cidr}` : ''} hairpin`,
      matches: [`-s ${cidr} -d ${cidr} -o ${network.bridge}`, '-m conntrack --ctstate DNAT'],
      jump: 'MASQUERADE',
      at: network.at,
    }),
  );
}

function leadsInto(claim: Claim, network: Network, desired: Desired): boolean {
  const guest = desired.guests.find((one) => one.name === claim.guest);
  return (
    guest?.interfaces.some(
      (one) => one.kind === 'nat' && one.network === network.name && Object.values(one.ips).includes(claim.guestIp),
    ) ?? false
  );
}

/** Before the networks' rules, because those would catch the guest too. */
function guestRules(desired: Desired, family: Family): readonly RuleTarget[] {
  const rules: RuleTarget[] = [];
  for (const guest of desired.guests.toSorted(byName)) {
    if (guest.state === 'absent') continue;
    for (const one of guest.interfaces) {
      if (one.kind !== 'nat' || one.snat === null) continue;
      const address = desired.host.addresses.find((candidate) => candidate.name === one.snat);
      const [from, to] = [one.ips[family], address?.ips[family]];
      if (address === undefined || from === undefined || to === undefined) continue;
      rules.push(
        spellRule({
          about: `${guest.name} ${from} snat`,
          matches: [`-s ${withPrefix(from)} -o ${address.interface}`],
          jump: `SNAT --to-source ${to}`,
          at: one.at,
        }),
      );
    }
  }
  return rules;
}

function networkRules(host: Host, network: Network, family: Family): readonly RuleTarget[] {
  const subnets = subnetsOf(network, family);
  const primary = host.uplink.interface;
  const others = new Set(host.addresses.map((address) => address.interface).filter((name) => name !== primary));
  const uplinks = [primary, ...[...others].sort()];
  // A name that a carried address has too would stand twice in this chain.
  const clash = host.addresses.some((address) => address.name === network.name && address.carriedBy !== null);
  const name = clash ? `network ${network.name}` : network.name;
  return subnets.flatMap((cidr) =>
    uplinks.flatMap((uplink) => {
      const jump = snatJump(host, network, family, uplink);
      if (jump === null) return [];
      const which = subnets.length > 1 ? ` ${cidr}` : '';
      const where = uplink === primary ? '' : ` by ${uplink}`;
      return spellRule({
        about: `${name}${which}${where}`,
        matches: [`-s ${cidr} -o ${uplink}`],
        jump,
        at: network.at,
      });
    }),
  );
}

/**
 * By each uplink a packet leaves as an address that this uplink's provider takes: the network's own where it
 * belongs there, else the first one there that no guest carries. IPv6 leaves untranslated unless `snat` was written.
 */
function snatJump(host: Host, network: Network, family: Family, uplink: string): string | null {
  const { snat } = network;
  switch (snat.kind) {
    case 'none':
      return null;
    case 'masquerade':
      return 'MASQUERADE';
    case 'address': {
      if (family === 'v6' && snat.written !== true) return null;
      const here = (address: Address): boolean => address.interface === uplink && address.ips[family] !== undefined;
      const address =
        host.addresses.find((one) => one.name === snat.address && here(one)) ??
        host.addresses.find((one) => one.carriedBy === null && here(one));
      return address === undefined ? null : `SNAT --to-source ${address.ips[family] ?? ''}`;
    }
    default:
      return snat satisfies never;
  }
}

function subnetsOf(network: Network, family: Family): readonly string[] {
  return [...new Set(network.subnets.filter((subnet) => subnet.family === family).map((subnet) => subnet.cidr))].sort();
}
