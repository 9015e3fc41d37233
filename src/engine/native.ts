/** Reads a nat table to its end: what iptables prints, and on nft what its listing tells beyond that. */
import { parseListing, spellingsOf, unspelled, withNative, type Spellings } from '../core/nat/native.ts';
import { tableText, type SaveReader } from '../core/nat/save.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { NatTable } from '../model/nat.ts';
import type { Netfilter } from '../ports.ts';

export interface WholeLook {
  (family: Family, options: { readonly filter: boolean; readonly shown?: NatTable }): Promise<NatTable>;
}

/** `shown` is what iptables printed just now, where that was read already. Faults: those of Netfilter.save and listing. */
export function createWholeLook(netfilter: Netfilter, readSave: SaveReader): WholeLook {
  const known = new Map<Family, Spellings>(families.map((family) => [family, new Map()]));

  /** A rule that a throw-away namespace does not take, as one that asks for an ipset, must not hide the rest from us. */
  async function learn(family: Family, table: NatTable): Promise<Spellings> {
    const before = known.get(family) ?? new Map<string, string>();
    for (const which of ['all', 'ours'] as const) {
      const asked = unspelled(table, before, which);
      if (asked === null) return before;
      try {
        const listing = parseListing(await netfilter.listingOf(family, asked));
        return new Map([...before, ...spellingsOf(asked, listing)]);
      } catch (error) {
        if (!(error instanceof Fault) || (error.code !== 'command-failed' && error.code !== 'no-permission'))
          throw error;
      }
    }
    return before;
  }

  return async (family, { filter, shown }) => {
    const save = async (): Promise<NatTable> =>
      readSave(family, await netfilter.save(family, filter), filter ? 'all' : 'nat');
    let table = shown ?? (await save());
    for (let again = 0; again < limits.looksAgain; again++) {
      const listed = table.chains.length === 0 ? null : await netfilter.listing(family, filter);
      if (listed === null) return table;
      const compared = withNative(table, parseListing(listed), await learn(family, table));
      known.set(family, compared.known);
      if (compared.table === table) return table;
      // Whoever changed the table between the two readings would be taken for one who used nft.
      const second = await save();
      if (tableText(second) === tableText(table)) return compared.table;
      table = second;
    }
    return table;
  };
}
