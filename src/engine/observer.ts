/**
 * Reads the nat tables, and keeps what was read for as long as a witness swears that nobody changed them since: a check
 * in a quiet hour runs no command, and a push is planned at once. Whatever is planned on a kept table is compared with
 * the live one before it is changed.
 */
import { carryNative } from '../core/nat/native.ts';
import type { SaveReader } from '../core/nat/save.ts';
import { placeOf } from '../core/nat/tables.ts';
import { families, type Family } from '../model/family.ts';
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
  /** False where only iptables was asked, and nft may know of more: the next look finds that. */
  readonly whole: boolean;
}

export interface Observer {
  /**
   * Reads now and to the end, the filter table too where something of ours is in it or shall be. Faults: those of
   * Netfilter.save and Netfilter.listing.
   */
  read(filter: boolean): Promise<Look>;
  /** Reads what iptables shows of our own work, just after it: what it does not show is as it was at the look before. */
  readBack(filter: boolean): Promise<Look>;
  /**
   * What was read last, if nobody can have changed it since and it is not older than the witness's silence counts. Where
   * somebody was seen and what iptables shows tells enough already, that alone, once: the look after it is a whole one.
   */
  latest(filter: boolean, tells?: (observed: Observed) => boolean): Promise<Look>;
  /** Whether `latest` would give these tables again. */
  keeps(observed: Observed): boolean;
}

export function usesFilter(target: Pick<Target, 'nat'> | null): boolean {
  if (target === null) return false;
  return families.some((family) => target.nat[family].jumps.some(({ chain }) => placeOf(chain).table === 'filter'));
}

interface ObserverWorld {
  readonly netfilter: Netfilter;
  readonly witness: Witness;
  readonly clock: Clock;
  readonly readSave: SaveReader;
}

interface Last {
  readonly look: Look;
  /** The witness's number before it; null where another look is needed whatever the witness says. */
  readonly version: number | null;
  readonly wholeAt: Date;
  /** Whether a whole look is due, because somebody was answered on less. */
  readonly owesWhole: boolean;
}

export function createObserver({ netfilter, witness, clock, readSave }: ObserverWorld): Observer {
  const whole = createWholeLook(netfilter, readSave);
  let last: Last | null = null;

  async function shown(family: Family, filter: boolean): Promise<NatTable> {
    return readSave(family, await netfilter.save(family, filter), filter ? 'all' : 'nat');
  }

  const both = async (look: (family: Family) => Promise<NatTable>): Promise<Observed> => {
    const [v4, v6] = await Promise.all([look('v4'), look('v6')]);
    return { v4, v6 };
  };

  /** Before a look: a change that comes during it leads to another. */
  const begin = (): { readonly version: number | null; readonly at: Date } => ({
    version: witness.version(),
    at: clock.now(),
  });

  async function read(filter: boolean, begun = begin(), saved?: Observed): Promise<Look> {
    const { version, at } = begun;
    const observed = await both((family) =>
      whole(family, { filter, ...(saved === undefined ? {} : { shown: saved[family] }) }),
    );
    const look = { observed, at, kept: false, whole: true };
    // The witness swears for the nat table alone.
    last = { look, version: filter ? null : version, wholeAt: at, owesWhole: false };
    return look;
  }

  function lend(saved: Observed): Observed {
    const observed = last?.look.observed;
    return { v4: carryNative(saved.v4, observed?.v4), v6: carryNative(saved.v6, observed?.v6) };
  }

  async function readBack(filter: boolean): Promise<Look> {
    const { version, at } = begin();
    const all = !(await nftMayHide());
    const look = { observed: lend(await both((family) => shown(family, filter))), at, kept: false, whole: all };
    // Somebody who came after the whole look may have done what only such a look shows.
    const known = all || version === last?.version;
    last = {
      look,
      version: known && !filter ? version : null,
      wholeAt: last?.wholeAt ?? new Date(0),
      owesWhole: !all && (last?.owesWhole ?? true),
    };
    return look;
  }

  const nftMayHide = async (): Promise<boolean> => (await netfilter.probe('v4')).backend === 'nft';

  const isFresh = ({ wholeAt }: Last): boolean => {
    const age = clock.now().getTime() - wholeAt.getTime();
    return age >= 0 && age < witness.silenceSeconds() * 1000;
  };

  function kept(): Look | null {
    if (last === null || last.version === null || !isFresh(last)) return null;
    return witness.version() === last.version ? { ...last.look, kept: true, whole: true } : null;
  }

  async function afterEvent(filter: boolean, tells: (observed: Observed) => boolean): Promise<Look> {
    const begun = begin();
    const saved = await both((family) => shown(family, filter));
    const observed = lend(saved);
    if (!tells(observed)) return read(filter, begun, saved);
    const look = { observed, at: begun.at, kept: false, whole: false };
    last = { look, version: null, wholeAt: last?.wholeAt ?? new Date(0), owesWhole: true };
    return look;
  }

  return {
    read: (filter) => read(filter),
    readBack,
    async latest(filter, tells) {
      const before = filter ? null : kept();
      if (before !== null) return before;
      const enough = last !== null && !last.owesWhole && isFresh(last) && witness.version() !== null;
      if (tells === undefined || !enough || !(await nftMayHide())) return read(filter);
      return afterEvent(filter, tells);
    },
    keeps: (observed) => kept()?.observed === observed,
  };
}
