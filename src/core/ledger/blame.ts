/** For each rule of the nat tables: which commit brought it, who wrote that, and since when it stands there. */
import { families, type Family } from '../../model/family.ts';
import type { Counters, NatTable } from '../../model/nat.ts';
import type { LedgerEntry, LedgerStep } from '../../model/record.ts';
import type { NatTarget } from '../../model/target.ts';
import { forwardOf } from '../nat/forwards.ts';
import { addressChainPrefix, isBuiltin, isOurComment, isOurJump, ownedChains } from '../nat/ours.ts';
import { commentOf } from '../nat/rule.ts';
import { placeOf } from '../nat/tables.ts';
import type { RuleLife } from './lives.ts';
import { isAsked, type PortQuestion } from './openings.ts';

export interface BlamedRule {
  readonly family: Family;
  readonly chain: string;
  /** What follows `-A CHAIN `. */
  readonly text: string;
  /** `forward`: a port of a guest; `frame`: the jumps and shields around them, and what leaves; `stranger`: not natroute's. */
  readonly kind: 'forward' | 'frame' | 'stranger';
  /** Null where only the ledger could be asked. */
  readonly counters: Counters | null;
  /** The entry since which it stands there; null: the ledger does not know it. */
  readonly began: LedgerStep | null;
  /** The entry that brought it for a commit; null for what somebody made by hand. */
  readonly brought: LedgerStep | null;
}

export interface Blame {
  /** In the order of the tables; forwards first, then the frame, then strangers. */
  readonly rules: readonly BlamedRule[];
  /** What the ledger has and the kernel has no more: drift that is not yet written down. */
  readonly missing: readonly BlamedRule[];
}

export interface Live {
  readonly observed: Readonly<Record<Family, NatTable>>;
  /** What was applied last: its chains are ours whatever stands in them. */
  readonly applied: Readonly<Record<Family, NatTarget>> | null;
}

const none: NatTarget = { chains: [], jumps: [] };
const kinds: readonly BlamedRule['kind'][] = ['forward', 'frame', 'stranger'];
const nameOf = (family: Family, chain: string, text: string): string => `${family} ${chain} ${text}`;

/** `live` null: the rules as the newest entry has them. A question asks for the forwards of one port only. */
export function blame(lives: readonly RuleLife[], live: Live | null, question: PortQuestion | null): Blame {
  const standing = new Map(
    lives.flatMap((life) => (life.ended === null ? [[nameOf(life.family, life.chain, life.text), life] as const] : [])),
  );
  const wanted = (rule: BlamedRule): boolean => {
    if (question === null) return true;
    const forward = rule.kind === 'forward' ? forwardOf(rule.chain, rule.text) : null;
    return forward !== null && isAsked(forward, question);
  };
  const recorded = [...standing.values()].map((life) => blamedLife(life));
  const rules = live === null ? recorded : families.flatMap((family) => liveRules(family, live, standing));
  const there = new Set(rules.map(({ family, chain, text }) => nameOf(family, chain, text)));
  return {
    rules: rules.filter(wanted).toSorted((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind)),
    missing: recorded.filter(({ family, chain, text }) => !there.has(nameOf(family, chain, text))).filter(wanted),
  };
}

function blamedLife({ family, chain, text, began, brought }: RuleLife): BlamedRule {
  return { family, chain, text, kind: kindOf(chain, text), counters: null, began, brought };
}

function kindOf(chain: string, text: string): BlamedRule['kind'] {
  const comment = commentOf(text);
  if (comment === null || !isOurComment(comment)) return 'stranger';
  return chain.startsWith(addressChainPrefix) ? 'forward' : 'frame';
}

function liveRules(family: Family, live: Live, standing: ReadonlyMap<string, RuleLife>): readonly BlamedRule[] {
  const table = live.observed[family];
  const owned = ownedChains(table, live.applied?.[family] ?? none, null);
  return table.chains.flatMap((chain) => {
    const { table: of, name } = placeOf(chain.name);
    return chain.rules.flatMap(({ text, counters }): BlamedRule | readonly [] => {
      const ours = owned.has(chain.name) || (isBuiltin(chain.name) && isOurJump(text));
      // What strangers filter is nobody's way in.
      if (!ours && of === 'filter') return [];
      const life = ours ? standing.get(nameOf(family, name, text)) : undefined;
      return {
        ...{ family, chain: name, text, counters },
        kind: ours ? kindOf(chain.name, text) : 'stranger',
        began: life?.began ?? null,
        brought: life?.brought ?? null,
      };
    });
  });
}

/** When the ledger first told of a stranger's rule, and by whose hand; null where it never did. */
export function firstSeen(
  { family, chain, text }: Pick<BlamedRule, 'family' | 'chain' | 'text'>,
  drifts: readonly LedgerEntry[],
): LedgerEntry | null {
  const told = drifts.filter(({ record }) =>
    record.changes.some(
      (change) => change.family === family && placeOf(change.chain ?? '').name === chain && change.after === text,
    ),
  );
  return told.toSorted((a, b) => Date.parse(a.record.at) - Date.parse(b.record.at))[0] ?? null;
}
