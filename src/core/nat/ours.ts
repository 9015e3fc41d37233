/**
 * What in a nat table is ours: our chains and our marked jumps, nothing else. A chain that only looks
 * like ours stays a stranger's.
 */
import { limits } from '../../model/limits.ts';
import type { NatTable, SavedChain } from '../../model/nat.ts';
import type { ChainTarget, NatTarget } from '../../model/target.ts';
import { commentOf, jumpOf } from './rule.ts';
import { fullName, placeOf } from './tables.ts';

export type Builtin =
  'PREROUTING' | 'INPUT' | 'OUTPUT' | 'POSTROUTING' | 'filter INPUT' | 'filter FORWARD' | 'filter OUTPUT';

/** In the order in which iptables-save prints them, table by table. */
export const builtins: readonly Builtin[] = [
  ...(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] as const),
  ...(['filter INPUT', 'filter FORWARD', 'filter OUTPUT'] as const),
];

/** The whole comment of a jump of ours. */
export const mark = 'natroute';
/** What every chain of ours begins with. */
const namePrefix = 'NR-';
export const destinationChain = 'NR-DST';
export const sourceChain = 'NR-SRC';
export const addressChainPrefix = 'NR-A-';
export const forwardingChain = 'filter NR-FWD';

export function isBuiltin(chain: string): chain is Builtin {
  return (builtins as readonly string[]).includes(chain);
}

export function isOurComment(comment: string): boolean {
  return comment === mark || comment.startsWith(`${mark} `);
}

export function hasOurName(chain: string): boolean {
  return [destinationChain, sourceChain, forwardingChain].includes(chain) || chain.startsWith(addressChainPrefix);
}

/**
 * The mark is what counts, not where the jump goes: one that was edited in place is still ours. One that no restore
 * line can delete is a stranger's: it was never made by us, and every plan that wanted it away would fail.
 */
export function isOurJump(text: string): boolean {
  return text.includes(mark) && commentOf(text) === mark && canBeSaid(text);
}

/** A restore line ends at a newline, and a long one is split by iptables-restore. */
export function canBeSaid(text: string): boolean {
  return !text.includes('\n') && Buffer.byteLength(text) + limits.chainNameCharacters + 16 <= limits.restoreLineBytes;
}

export function carriesOurMark(chain: SavedChain): boolean {
  return chain.rules.some((rule) => {
    if (!rule.text.includes(mark)) return false;
    const comment = commentOf(rule.text);
    return comment !== null && isOurComment(comment);
  });
}

/**
 * The names of the observed chains that are ours: of the target, of the one before, named and marked as ours, or renamed
 * by somebody.
 */
export function ownedChains(observed: NatTable, target: NatTarget, previous: NatTarget | null): ReadonlySet<string> {
  const known = new Map([...target.chains, ...(previous?.chains ?? [])].map((chain) => [chain.name, chain]));
  const owned = new Set<string>();
  const others = observed.chains.filter((chain) => !isBuiltin(chain.name) && chain.policy === null);
  for (const chain of others)
    if (known.has(chain.name) || (hasOurName(chain.name) && carriesOurMark(chain))) owned.add(chain.name);
  const missing = [...known.values()].filter(({ name, rules }) => !owned.has(name) && rules.length > 0);
  for (const chain of missing.length === 0 ? [] : others)
    if (missing.some((one) => isRenamed(chain, one))) owned.add(chain.name);
  return owned;
}

/** Rule by rule what was in ours, which is gone: `iptables -E` leaves that behind. */
function isRenamed(chain: SavedChain, ours: ChainTarget): boolean {
  return (
    placeOf(chain.name).table === placeOf(ours.name).table &&
    chain.rules.length === ours.rules.length &&
    chain.rules.every(({ text }, i) => text === ours.rules[i]?.text)
  );
}

/** Chains named as ours are named, that nothing else says are ours. */
export function lookalikes(observed: NatTable, owned: ReadonlySet<string>): readonly SavedChain[] {
  return observed.chains.filter((chain) => hasOurName(chain.name) && !owned.has(chain.name));
}

/** Rules of strangers' that jump into chains of ours, with the chain they stand in and the one they lead to. */
export function foreignJumps(
  observed: NatTable,
  owned: ReadonlySet<string>,
): readonly { readonly chain: string; readonly text: string; readonly to: string }[] {
  const found: { chain: string; text: string; to: string }[] = [];
  for (const chain of observed.chains) {
    if (owned.has(chain.name)) continue;
    for (const { text } of chain.rules) {
      if (!text.includes(namePrefix)) continue;
      const jump = jumpOf(text);
      const to = jump === null ? null : fullName(placeOf(chain.name).table, jump);
      if (to === null || !owned.has(to) || (isBuiltin(chain.name) && isOurJump(text))) continue;
      found.push({ chain: chain.name, text, to });
    }
  }
  return found;
}

/** Our comment where the rule has one, else its whole text. */
export function observedKey(text: string): string {
  if (!text.includes(mark)) return text;
  const comment = commentOf(text);
  return comment !== null && isOurComment(comment) ? comment : text;
}
