/** Strangers' rules of the nat tables as they are remembered: since when each stands there, and who was seen to make it. */
import { families, type Family } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';
import type { NatTable } from '../../model/nat.ts';
import type { Actor } from '../../model/record.ts';
import type { NatTarget } from '../../model/target.ts';
import { isBuiltin, isOurJump, ownedChains } from '../nat/ours.ts';
import { placeOf } from '../nat/tables.ts';

export interface StrangerRule {
  readonly family: Family;
  readonly chain: string;
  /** What follows `-A CHAIN `. */
  readonly text: string;
}

export interface KnownStranger extends StrangerRule {
  /** ISO 8601: when it was found. */
  readonly at: string;
  /** Null where nobody was seen. */
  readonly actor: Actor | null;
  /** Whether it stood there already when natroute looked for the first time. */
  readonly before: boolean;
}

/** Each rule once, though it may stand there twice; of the nat tables alone. */
export function strangersIn(
  observed: Readonly<Record<Family, NatTable>>,
  applied: Readonly<Record<Family, NatTarget>>,
): readonly StrangerRule[] {
  return families.flatMap((family) => {
    const owned = ownedChains(observed[family], applied[family], null);
    return observed[family].chains.flatMap(({ name, rules }) => {
      if (owned.has(name) || placeOf(name).table !== 'nat') return [];
      const texts = new Set(rules.map(({ text }) => text));
      return [...texts].flatMap((text) =>
        isBuiltin(name) && isOurJump(text) ? [] : [{ family, chain: name, text } satisfies StrangerRule],
      );
    });
  });
}

export const strangerKey = ({ family, chain, text }: StrangerRule): string => `${family} ${chain} ${text}`;

export interface StrangersNow {
  readonly known: readonly KnownStranger[];
  /** Those that came since. */
  readonly news: readonly StrangerRule[];
  /** Whether some went. */
  readonly gone: boolean;
}

/** `known` null: nobody looked before. Of more than `limits.strangersKept` the rest is not remembered. */
export function strangersSince(known: readonly KnownStranger[] | null, there: readonly StrangerRule[]): StrangersNow {
  const before = new Map((known ?? []).map((rule) => [strangerKey(rule), rule]));
  const still = there.flatMap((rule) => before.get(strangerKey(rule)) ?? []);
  const news = there.filter((rule) => !before.has(strangerKey(rule)));
  const room = Math.max(0, limits.strangersKept - still.length);
  return { known: still, news: news.slice(0, room), gone: still.length < before.size };
}
