/** The artefact `nat.v4` or `nat.v6`: a nat target in restore form, and read back from it. */
import { Fault } from '../../model/fault.ts';
import type { ChainTarget, JumpTarget, NatTarget } from '../../model/target.ts';
import { builtins, isBuiltin, isOurComment } from './ours.ts';
import { sectionsOf } from './lines.ts';
import { commentOf } from './rule.ts';
import { parseTables } from './save.ts';
import { placeOf, type TableName } from './tables.ts';

/** The whole target as `iptables-restore` takes it and as iptables-save would print our part; '' for an empty one. */
export function renderNat({ chains, jumps }: Shown): string {
  const begin: Record<TableName, string[]> = { nat: [], filter: [] };
  for (const chain of chains) {
    const { table, name } = placeOf(chain.name);
    begin[table].push(`:${name} - [0:0]`);
  }
  for (const jump of jumps) {
    const { table, name } = placeOf(jump.chain);
    begin[table].push(`-A ${name} ${jump.text}`);
  }
  return sectionsOf(chains, begin);
}

/** A target, or what of one stands in a table. */
interface Shown {
  readonly chains: readonly { readonly name: string; readonly rules: readonly { readonly text: string }[] }[];
  readonly jumps: readonly { readonly chain: string; readonly text: string }[];
}

/**
 * A target from what renderNat printed or from what a kernel saved of it; rules have no positions.
 * Throws Fault `table-unreadable` where the text holds anything but rules of ours.
 */
export function parseNatTarget(text: string): NatTarget {
  const chains: ChainTarget[] = [];
  const jumps: JumpTarget[] = [];
  for (const chain of parseTables(declared(text)).chains) {
    const keyed = chain.rules.map((rule) => ({ key: ourKey(rule.text, chain.name), text: rule.text }));
    if (!isBuiltin(chain.name)) {
      chains.push({ name: chain.name, rules: keyed });
      continue;
    }
    for (const rule of keyed) {
      if (!isJumpChain(chain.name)) throw notOurs(chain.name, rule.text);
      jumps.push({ chain: chain.name, text: rule.text });
    }
  }
  chains.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { chains, jumps };
}

function isJumpChain(chain: string): chain is JumpTarget['chain'] {
  return ['PREROUTING', 'OUTPUT', 'POSTROUTING', 'filter FORWARD'].includes(chain);
}

/** What renderNat prints does not declare the built-in chains, a save does. */
function declared(text: string): string {
  return text.replace(/^\*(nat|filter)\n[^]*?^COMMIT$/gm, (section, table: TableName) => {
    const own = builtins.filter((name) => placeOf(name).table === table).map((name) => placeOf(name).name);
    const missing = own.filter((name) => !section.includes(`\n:${name} `));
    return section.replace('\n', `\n${missing.map((name) => `:${name} ACCEPT [0:0]\n`).join('')}`);
  });
}

function ourKey(text: string, chain: string): string {
  const comment = commentOf(text);
  if (comment === null || !isOurComment(comment)) throw notOurs(chain, text);
  return comment;
}

function notOurs(chain: string, text: string): Fault {
  return new Fault(
    'table-unreadable',
    `A rule without natroute's mark stands in a stored target: -A ${chain} ${text}`,
    {
      output: text,
    },
  );
}
