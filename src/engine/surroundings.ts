/**
 * The look at what else is in this host's packet filter: too dear for every pass, and it changes seldom. It is taken
 * when a command begins, and by the daemon every few minutes; a push does not wait for it.
 */
import { findCoexistence, type CoexistGround } from '../core/coexist/findings.ts';
import { parseBaseChains, parseNftRules } from '../core/coexist/nft.ts';
import {
  readOther,
  tablesToRead,
  troubleOf,
  type NftTable,
  type Read,
  type Surroundings,
} from '../core/coexist/surroundings.ts';
import { parseSave } from '../core/nat/save.ts';
import type { Finding } from '../model/change.ts';
import type { Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { Clock, Netfilter, Ruleset } from '../ports.ts';

export interface Lookout {
  /** Never throws for what could not be read: that is a finding. */
  find(ground: CoexistGround): Promise<readonly Finding[]>;
}

export function createLookout(netfilter: Netfilter, ruleset: Ruleset, clock: Clock): Lookout {
  let last: { readonly at: number; readonly around: Surroundings } | null = null;
  return {
    async find(ground) {
      const at = clock.now().getTime();
      const fresh = last !== null && Math.abs(at - last.at) <= limits.lookoutSeconds * 1000;
      if (last === null || !fresh) last = { at, around: await look(netfilter, ruleset) };
      return findCoexistence(last.around, ground);
    },
  };
}

async function look(netfilter: Netfilter, ruleset: Ruleset): Promise<Surroundings> {
  const backend = async (family: Family): Promise<'nft' | 'legacy'> => (await netfilter.probe(family)).backend;
  const chains = await tried(async () => parseBaseChains(await ruleset.chains()));
  const nftTables: NftTable[] = [];
  for (const place of 'value' in chains ? tablesToRead(chains.value) : []) {
    const rules = await tried(async () => parseNftRules(await ruleset.table(place.family, place.name)));
    nftTables.push({ ...place, rules });
  }
  const filter = (family: Family): Promise<Surroundings['filter'][Family]> =>
    tried(async () => parseSave(await ruleset.filter(family), 'filter'));
  const other = (family: Family): Promise<Surroundings['other'][Family]> =>
    tried(async () => readOther(await ruleset.otherBackend(family)));
  return {
    backend: { v4: await backend('v4'), v6: await backend('v6') },
    chains,
    nftTables,
    filter: { v4: await filter('v4'), v6: await filter('v6') },
    other: { v4: await other('v4'), v6: await other('v6') },
  };
}

async function tried<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    return troubleOf(error);
  }
}
