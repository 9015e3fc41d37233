/**
 * Reads the nat tables, and keeps what was read for as long as a witness swears that nobody changed them since: a check
 * in a quiet hour runs no command, and a push is planned at once. Whatever is planned on a kept table is compared with
 * the live one before it is changed.
 */
import { carryNative } from '../core/nat/native.ts';
import { parseSave, parseTables } from '../core/nat/save.ts';
import { placeOf } from '../core/nat/tables.ts';
import { families, type Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { NatTable } from '../model/nat.ts';
import type { Target } from '../model/target.ts';
import type { Clock, Netfilter, Witness } from '../ports.ts';
import { createWholeLook } from './native.ts';

export type Observed = Readonly<Record<Family, NatTable>>;

export interface Look {
  readonly observed: Observed;
  /** When it was begun: whoever was seen until then is accounted for. */
  readonly at: Date;
  /** Whether it is one from before; its counters are as old as it is. */
  readonly kept: boolean;
}

export interface Observer {
  /**
   * Reads now and to the end, the filter table too where something of ours is in it or shall be. Faults: those of
   * Netfilter.save and Netfilter.listing.
   */
  read(filter: boolean): Promise<Look>;
  /** Reads what iptables shows of our own work, just after it: what it does not show is as it was at the look before. */
  readBack(filter: boolean): Promise<Look>;
  /** What was read last, if nobody can have changed it since and it is not older than `limits.fullLookSeconds`. */
  latest(filter: boolean): Promise<Look>;
  /** Whether `latest` would give these tables again. */
  keeps(observed: Observed): boolean;
}

export function usesFilter(target: Pick<Target, 'nat'> | null): boolean {
  if (target === null) return false;
  return families.some((family) => target.nat[family].jumps.some(({ chain }) => placeOf(chain).table === 'filter'));
}

export function createObserver(netfilter: Netfilter, witness: Witness, clock: Clock): Observer {
  const whole = createWholeLook(netfilter);
  let last: { readonly look: Look; readonly version: number | null; readonly wholeAt: Date } | null = null;

  async function shown(family: Family, filter: boolean): Promise<NatTable> {
    const saved = await netfilter.save(family, filter);
    return carryNative(filter ? parseTables(saved) : parseSave(saved), last?.look.observed[family]);
  }

  async function look(filter: boolean, reads: 'all' | 'shown'): Promise<Look> {
    // Before the look: a change that comes during it leads to another.
    const version = witness.version();
    const at = clock.now();
    const one = (family: Family): Promise<NatTable> =>
      reads === 'all' ? whole(family, filter) : shown(family, filter);
    const [v4, v6] = await Promise.all([one('v4'), one('v6')]);
    const made = { observed: { v4, v6 }, at, kept: false };
    const wholeAt = reads === 'all' ? at : (last?.wholeAt ?? new Date(0));
    // The witness swears for the nat table alone.
    last = { look: { ...made, kept: true }, version: filter ? null : version, wholeAt };
    return made;
  }

  function kept(): Look | null {
    if (last === null || last.version === null) return null;
    const age = clock.now().getTime() - last.wholeAt.getTime();
    const fresh = age >= 0 && age < limits.fullLookSeconds * 1000;
    return fresh && witness.version() === last.version ? last.look : null;
  }

  const read = (filter: boolean): Promise<Look> => look(filter, 'all');
  return {
    read,
    readBack: (filter) => look(filter, 'shown'),
    latest: async (filter) => (filter ? null : kept()) ?? read(filter),
    keeps: (observed) => kept()?.observed === observed,
  };
}
