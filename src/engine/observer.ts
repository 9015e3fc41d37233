/**
 * Reads the nat tables, and keeps what was read for as long as a witness swears that nobody changed them since: a check
 * in a quiet hour runs no command, and a push is planned at once. Whatever is planned on a kept table is compared with
 * the live one before it is changed.
 */
import { parseSave, parseTables } from '../core/nat/save.ts';
import { placeOf } from '../core/nat/tables.ts';
import { families, type Family } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { NatTable } from '../model/nat.ts';
import type { Target } from '../model/target.ts';
import type { Clock, Netfilter, Witness } from '../ports.ts';

export type Observed = Readonly<Record<Family, NatTable>>;

export interface Look {
  readonly observed: Observed;
  /** When it was begun: whoever was seen until then is accounted for. */
  readonly at: Date;
  /** Whether it is one from before; its counters are as old as it is. */
  readonly kept: boolean;
}

export interface Observer {
  /** Reads now, the filter table too where something of ours is in it or shall be. Faults: those of Netfilter.save. */
  read(filter: boolean): Promise<Look>;
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
  let last: { readonly look: Look; readonly version: number } | null = null;

  async function read(filter: boolean): Promise<Look> {
    // Before the look: a change that comes during it leads to another.
    const version = witness.version();
    const at = clock.now();
    const [v4, v6] = await Promise.all([netfilter.save('v4', filter), netfilter.save('v6', filter)]);
    const parse = filter ? parseTables : parseSave;
    const look = { observed: { v4: parse(v4), v6: parse(v6) }, at, kept: false };
    // The witness swears for the nat table alone.
    last = version === null || filter ? null : { look: { ...look, kept: true }, version };
    return look;
  }

  function kept(): Look | null {
    if (last === null) return null;
    const age = clock.now().getTime() - last.look.at.getTime();
    const fresh = age >= 0 && age < limits.fullLookSeconds * 1000;
    return fresh && witness.version() === last.version ? last.look : null;
  }

  return {
    read,
    latest: async (filter) => (filter ? null : kept()) ?? read(filter),
    keeps: (observed) => kept()?.observed === observed,
  };
}
