/** The forwards of a target read back from its own rules, and found by address, protocol and port. */
import type { Ports } from '../../model/family.ts';
import type { NatTarget } from '../../model/target.ts';
import { addressChainPrefix } from './ours.ts';

/** A rule of an address's chain, in numbers. */
export interface OwnForward {
  readonly key: string;
  readonly address: string;
  readonly protocol: string;
  readonly ports: Ports;
  readonly ip: string;
  readonly toFirst: number;
  readonly restricted: boolean;
}

export interface ForwardIndex {
  /** Those whose ports hold this one, in no order. */
  at(address: string, protocol: string, port: number): readonly OwnForward[];
}

interface Bucket {
  readonly single: Map<number, OwnForward[]>;
  readonly ranges: OwnForward[];
}

/** One address may have ten thousand single ports, and as many foreign rules may ask about them. */
export function indexForwards(target: NatTarget): ForwardIndex {
  const buckets = new Map<string, Bucket>();
  for (const forward of ownForwards(target)) {
    const name = `${forward.address} ${forward.protocol}`;
    const bucket = buckets.get(name) ?? { single: new Map<number, OwnForward[]>(), ranges: [] };
    buckets.set(name, bucket);
    const { first, last } = forward.ports;
    if (first !== last) bucket.ranges.push(forward);
    else bucket.single.set(first, [...(bucket.single.get(first) ?? []), forward]);
  }
  return {
    at(address, protocol, port) {
      const bucket = buckets.get(`${address} ${protocol}`);
      if (bucket === undefined) return [];
      const ranges = bucket.ranges.filter(({ ports }) => ports.first <= port && port <= ports.last);
      return [...(bucket.single.get(port) ?? []), ...ranges];
    },
  };
}

const ownRule =
  /-p (\w+) -m \w+ --dport (\d+)(?::(\d+))? .*-j DNAT --to-destination (?:\[(.+)\]|([0-9.]+|[0-9a-f:.]+))(?::(\d+)(?:-\d+\/\d+)?)?$/;

function ownForwards(target: NatTarget): readonly OwnForward[] {
  return target.chains.flatMap((chain) =>
    chain.name.startsWith(addressChainPrefix)
      ? chain.rules.flatMap(({ key, text }) => {
          const forward = forwardOf(chain.name, text);
          return forward === null ? [] : [{ ...forward, key }];
        })
      : [],
  );
}

/**
 * What a rule of an address's chain forwards, by one pattern, because these are our own rules and there may be many.
 * Null for a rule of another kind.
 */
export function forwardOf(chain: string, text: string): Omit<OwnForward, 'key'> | null {
  const [, protocol, first, last, bracketed, bare, to] = ownRule.exec(text) ?? [];
  const ip = bracketed ?? bare;
  if (protocol === undefined || first === undefined || ip === undefined) return null;
  return {
    address: chain.slice(addressChainPrefix.length),
    protocol,
    ports: { first: Number(first), last: Number(last ?? first) },
    ip,
    toFirst: Number(to ?? first),
    restricted: text.startsWith('-s '),
  };
}
