/** The artefact `nat.v4` or `nat.v6`: a nat target in restore form, and read back from it. */
import { Fault } from '../../model/fault.ts';
import type { ChainTarget, JumpTarget, NatTarget } from '../../model/target.ts';
import { builtins, isBuiltin, isOurComment } from './ours.ts';
import { commentOf } from './rule.ts';
import { parseTables } from './save.ts';
import { placeOf, restoreOf, type TableName } from './tables.ts';

/** The whole target as `iptables-restore` takes it and as iptables-save would print our part; '' for an empty one. */
export function renderNat(target: NatTarget): string {
  return restoreOf([
    ...target.chains.map((chain) => `:${chain.name} - [0:0]`),
    ...target.jumps.map((jump) => `-A ${jump.chain} ${jump.text}`),
    ...target.chains.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name} ${rule.text}`)),
  ]);
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
