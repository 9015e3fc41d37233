/** What `nft -j` prints, as far as it may touch packets that natroute forwards (libnftables-json(5)). */
import { Fault } from '../../model/fault.ts';

export interface BaseChain {
  /** ip, ip6 or inet; of others no packet of ours is seen. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly hook: string;
  readonly priority: number;
  readonly policy: string;
}

export interface NftRule {
  readonly chain: string;
  readonly handle: number;
  /** The keys of its statements, in order: `match`, `counter`, `dnat`, `jump`... */
  readonly statements: readonly string[];
  /** The chain that it jumps or goes to. */
  readonly to: string | null;
  /** Whether it looks at the connection's state so that it takes all that was destination-translated, or nothing of it. */
  readonly about: 'translated' | 'untracked' | null;
}

type Json = Readonly<Record<string, unknown>>;

/** Of `nft -j list chains` (or a table). Throws Fault table-unreadable for what is not nft's JSON. */
export function parseBaseChains(text: string): readonly BaseChain[] {
  return objectsOf(text, 'chain').flatMap((chain) => {
    const { family, table, name, type, hook, prio, policy } = chain;
    if (typeof hook !== 'string' || typeof type !== 'string') return [];
    return [
      {
        family: String(family),
        table: String(table),
        name: String(name),
        type,
        hook,
        priority: Number(prio),
        policy: typeof policy === 'string' ? policy : 'accept',
      },
    ];
  });
}

/** Of `nft -j list table`; none of '', for a table that is gone. */
export function parseNftRules(text: string): readonly NftRule[] {
  if (text === '') return [];
  return objectsOf(text, 'rule').map((rule) => {
    const expressions = Array.isArray(rule['expr']) ? (rule['expr'] as readonly unknown[]).filter(isObject) : [];
    const statements = expressions.flatMap((expression) => Object.keys(expression));
    const jump = expressions.flatMap((one) => [one['jump'], one['goto']]).find(isObject);
    return {
      chain: String(rule['chain']),
      handle: Number(rule['handle']),
      statements,
      to: jump === undefined ? null : String(jump['target']),
      about: expressions.some((one) => matches(one, 'status', (to) => to.includes('dnat')))
        ? 'translated'
        : expressions.some((one) => matches(one, 'state', (to) => to.every((state) => untracked.has(state))))
          ? 'untracked'
          : null,
    };
  });
}

const untracked = new Set<unknown>(['invalid', 'untracked']);

/** A match of `ct status` or `ct state` with these values: one, a list, or a set of them. */
function matches(expression: Json, key: string, fits: (values: readonly unknown[]) => boolean): boolean {
  const match = expression['match'];
  if (!isObject(match) || match['op'] === '!=') return false;
  const { left, right } = match;
  const selector = isObject(left) ? left['ct'] : undefined;
  if (!isObject(selector) || selector['key'] !== key) return false;
  const values: unknown = isObject(right) ? right['set'] : right;
  return fits(Array.isArray(values) ? (values as readonly unknown[]) : [values]);
}

function objectsOf(text: string, kind: string): readonly Json[] {
  let list: unknown;
  try {
    list = (JSON.parse(text) as Json)['nftables'];
  } catch (cause) {
    throw new Fault('table-unreadable', `nft printed what is no JSON: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(list)) throw new Fault('table-unreadable', 'nft printed JSON without a list of its objects.');
  return (list as readonly unknown[]).filter(isObject).flatMap((object) => {
    const one = object[kind];
    return isObject(one) ? [one] : [];
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
