/**
 * The foreign rules that a commit expresses itself, such as those of a script that did the same by hand before:
 * with `--take` they go, in the same restore that brings ours.
 */
import type { Address } from '../../model/desired.ts';
import type { Family, Ports } from '../../model/family.ts';
import type { Counters, NatTable } from '../../model/nat.ts';
import type { Target } from '../../model/target.ts';
import { indexForwards, type ForwardIndex } from './forwards.ts';
import { meaningOf, type DestinationRule, type SourceRule } from './meaning.ts';
import { canBeSaid, isBuiltin, isOurJump, sourceChain, type Builtin } from './ours.ts';

export interface TakenRule {
  readonly chain: Builtin;
  readonly text: string;
  /** The key of a rule of ours that says the same. */
  readonly key: string;
  readonly counters: Counters | null;
}

/** In the order of the table. Sources do not count: a rule for anybody is expressed by a forward for some, and narrowed by it. */
export function takeable(
  target: Pick<Target, 'host' | 'nat'>,
  observed: NatTable,
  family: Family,
): readonly TakenRule[] {
  const found: TakenRule[] = [];
  let own: Own | null = null;
  for (const chain of observed.chains) {
    if (!isBuiltin(chain.name)) continue;
    // Of what iptables does not show whole, and of what looks the same, nobody can say what goes.
    const partly = new Set(chain.rules.flatMap(({ text, beyond }) => (beyond === undefined ? [] : [text])));
    for (const { text, counters } of chain.rules) {
      if (isOurJump(text) || !canBeSaid(text) || partly.has(text)) continue;
      const meaning = meaningOf(text);
      if (meaning === null) continue;
      own ??= ownOf(target, family);
      const key =
        meaning.kind === 'dnat' ? destinationKey(meaning, chain.name, own) : sourceKey(meaning, chain.name, own);
      if (key !== null) found.push({ chain: chain.name, text, key, counters });
    }
  }
  return found;
}

interface Own {
  readonly forwards: ForwardIndex;
  readonly sources: readonly { readonly key: string; readonly rule: SourceRule }[];
  readonly addresses: readonly Address[];
  readonly family: Family;
  readonly uplinks: ReadonlySet<string>;
}

function ownOf(target: Pick<Target, 'host' | 'nat'>, family: Family): Own {
  const { host } = target;
  const sources = target.nat[family].chains
    .filter((chain) => chain.name === sourceChain)
    .flatMap((chain) => chain.rules)
    .flatMap(({ key, text }) => {
      const rule = meaningOf(text);
      return rule?.kind === 'snat' ? [{ key, rule }] : [];
    });
  return {
    forwards: indexForwards(target.nat[family]),
    sources,
    addresses: host.addresses,
    family,
    uplinks: new Set([host.uplink.interface, ...host.addresses.map((address) => address.interface)]),
  };
}

/** Every port that it catches, some forward of one address sends to the same port of the same guest. */
function destinationKey(rule: DestinationRule, chain: Builtin, own: Own): string | null {
  if (chain !== 'PREROUTING' && chain !== 'OUTPUT') return null;
  if (rule.outInterface !== null || (rule.inInterface !== null && !own.uplinks.has(rule.inInterface))) return null;
  // In OUTPUT a rule without address catches what the host sends to anybody: no forward says that.
  if (chain === 'OUTPUT' && rule.destination === null) return null;
  for (const address of own.addresses) {
    if (rule.destination !== null && rule.destination !== address.ips[own.family]) continue;
    const keys = rule.ports.map((range) => coveringKey(range, rule, { own, address: address.name }));
    const [key] = keys;
    if (key !== undefined && keys.every((one) => one !== null)) return key;
  }
  return null;
}

function coveringKey(
  range: Ports,
  rule: DestinationRule,
  { own, address }: { readonly own: Own; readonly address: string },
): string | null {
  let port = range.first;
  let key: string | null = null;
  while (port <= range.last) {
    const wanted = rule.to === null ? port : rule.to.offset ? rule.to.port + port - range.first : rule.to.port;
    const at = port;
    const one = own.forwards
      .at(address, rule.protocol, at)
      .find(({ ip, ports, toFirst }) => ip === rule.ip && toFirst + at - ports.first === wanted);
    if (one === undefined) return null;
    key ??= one.key;
    // A range that all goes to one port is not what a forward says, so it goes on port by port.
    port = rule.to?.offset === false ? port + 1 : one.ports.last + 1;
  }
  return key;
}

/** The same subnet (and for a hairpin the same both ways) is translated by a rule of ours. */
function sourceKey(rule: SourceRule, chain: Builtin, own: Own): string | null {
  if (chain !== 'POSTROUTING' || rule.source === null || rule.inInterface !== null) return null;
  const match = own.sources.find(
    ({ rule: ours }) =>
      ours.source === rule.source &&
      ours.destination === rule.destination &&
      (rule.outInterface === null || rule.outInterface === ours.outInterface) &&
      (ours.onlyTurned || !rule.onlyTurned) &&
      (rule.ip === null || ours.ip === null || rule.ip === ours.ip),
  );
  return match?.key ?? null;
}
