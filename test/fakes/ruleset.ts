/** What else is in the packet filter, as texts that a test sets; every question is counted. */
import type { Family } from '../../src/model/family.ts';
import type { Ruleset } from '../../src/ports.ts';

export interface FakeRuleset extends Ruleset {
  /** `nft -j` prints these objects. */
  nft: readonly object[];
  readonly filters: Record<Family, string>;
  readonly others: Record<Family, string | null>;
  asked: number;
}

export function createFakeRuleset(): FakeRuleset {
  const answer = <T>(value: T): Promise<T> => {
    fake.asked += 1;
    return Promise.resolve(value);
  };
  const isOf = (family: string, name: string) => (object: object) =>
    Object.values(object).some(
      (one: { family?: string; table?: string }) => one.family === family && one.table === name,
    );
  const json = (objects: readonly object[]): string => JSON.stringify({ nftables: [{ metainfo: {} }, ...objects] });
  const fake: FakeRuleset = {
    nft: [],
    filters: { v4: '', v6: '' },
    others: { v4: '', v6: '' },
    asked: 0,
    chains: () => answer(json(fake.nft.filter((object) => 'chain' in object))),
    table: (family, name) => {
      const own = fake.nft.filter(isOf(family, name));
      return answer(own.length === 0 ? '' : json(own));
    },
    filter: (family) => answer(fake.filters[family]),
    otherBackend: (family) => answer(fake.others[family]),
  };
  return fake;
}
