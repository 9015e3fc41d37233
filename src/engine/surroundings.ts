/**
 * The look at what else is in this host's packet filter: too dear for every pass, and it changes seldom. It is taken
 * anew when a person asks for a plan or a commit is new, and else every few minutes.
 */
import { findCoexistence } from '../core/coexist/findings.ts';
import {
  readChains,
  readOther,
  readTable,
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
import type { Target } from '../model/target.ts';
import type { Clock, Netfilter, Ruleset } from '../ports.ts';
import type { Observed } from './propose.ts';

export interface Lookout {
  /** `now`: not what was seen before. Never throws for what could not be read: that is a finding. */
  find(target: Pick<Target, 'nat'>, observed: Observed, now: boolean): Promise<readonly Finding[]>;
}

export function createLookout(netfilter: Netfilter, ruleset: Ruleset, clock: Clock): Lookout {
  let seen: { readonly at: number; readonly around: Surroundings } | null = null;
  return {
    async find(target, observed, now) {
      const time = clock.now().getTime();
      if (seen === null || now || time - seen.at > limits.lookoutSeconds * 1000 || time < seen.at)
        seen = { at: time, around: await look(netfilter, ruleset) };
      return findCoexistence(seen.around, { target: target.nat, observed });
    },
  };
}

async function look(netfilter: Netfilter, ruleset: Ruleset): Promise<Surroundings> {
  const { backend } = await netfilter.probe('v4');
  const chains = await tried(async () => readChains(await ruleset.chains()));
  const nftTables: NftTable[] = [];
  for (const place of 'value' in chains ? tablesToRead(chains.value) : []) {
    const table = await tried(async () => readTable(place, await ruleset.table(place.family, place.name)));
    // A table that went between the two questions is no more.
    if ('value' in table) nftTables.push(table.value);
  }
  const filter = (family: Family): Promise<Surroundings['filter'][Family]> =>
    tried(async () => parseSave(await ruleset.filter(family), 'filter'));
  const other = (family: Family): Promise<Surroundings['other'][Family]> =>
    tried(async () => readOther(await ruleset.otherBackend(family)));
  return {
    backend,
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
