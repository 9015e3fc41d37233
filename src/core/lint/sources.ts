/**
 * A set of networks that answers quickly whether a network meets one of them. Two networks meet only where one
 * contains the other, so looking up all prefixes that occur is enough.
 */
import ipaddr from 'ipaddr.js';

export interface SourceSet<T> {
  add(cidr: string, owner: T): void;
  remove(cidr: string, owner: T): void;
  /** The owner of some network in the set that shares an IP with this one. */
  meeting(cidr: string): T | null;
}

interface Network {
  /** `4` or `6` */
  readonly family: string;
  readonly prefix: number;
  readonly bits: string;
}

/** `all` are the networks that may ever come in: only their prefix lengths are looked up. */
export function createSourceSet<T>(all: readonly string[]): SourceSet<T> {
  const networks = new Map<string, Network>();
  for (const cidr of all) if (!networks.has(cidr)) networks.set(cidr, read(cidr));
  const lengths: Readonly<Record<string, readonly number[]>> = {
    4: lengthsOf(networks, '4'),
    6: lengthsOf(networks, '6'),
  };
  const own = new Map<string, Set<T>>();
  /** For each network that contains others of the set: the owners of those. */
  const inner = new Map<string, Map<T, number>>();

  const network = (cidr: string): Network => {
    const known = networks.get(cidr);
    if (known === undefined) throw new Error(`the network ${cidr} was not announced`);
    return known;
  };
  /** The keys of all networks that contain this one, itself last. */
  const chain = ({ family, prefix, bits }: Network): readonly string[] =>
    (lengths[family] ?? []).filter((l) => l <= prefix).map((l) => `${family}${bits.slice(0, l)}`);

  return {
    add(cidr, owner) {
      const keys = chain(network(cidr));
      const self = keys.at(-1) ?? '';
      own.set(self, (own.get(self) ?? new Set()).add(owner));
      for (const key of keys.slice(0, -1)) {
        const owners = inner.get(key) ?? new Map<T, number>();
        inner.set(key, owners.set(owner, (owners.get(owner) ?? 0) + 1));
      }
    },
    remove(cidr, owner) {
      const keys = chain(network(cidr));
      own.get(keys.at(-1) ?? '')?.delete(owner);
      for (const key of keys.slice(0, -1)) {
        const owners = inner.get(key);
        const count = (owners?.get(owner) ?? 0) - 1;
        if (count > 0) owners?.set(owner, count);
        else owners?.delete(owner);
      }
    },
    meeting(cidr) {
      const keys = chain(network(cidr));
      for (const key of keys) for (const owner of own.get(key) ?? []) return owner;
      for (const owner of inner.get(keys.at(-1) ?? '')?.keys() ?? []) return owner;
      return null;
    },
  };
}

function lengthsOf(networks: ReadonlyMap<string, Network>, family: string): readonly number[] {
  const found = [...networks.values()].filter((n) => n.family === family).map((n) => n.prefix);
  return [...new Set(found)].sort((a, b) => a - b);
}

function read(cidr: string): Network {
  const [ip = '', prefix = ''] = cidr.split('/');
  const bits = ipaddr
    .parse(ip)
    .toByteArray()
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return { family: ip.includes(':') ? '6' : '4', prefix: Number(prefix), bits: bits.slice(0, Number(prefix)) };
}
