/** The artefact `nat.v4` or `nat.v6`: a nat target in restore form, and read back from it. */
import { Fault } from '../../model/fault.ts';
import type { ChainTarget, JumpTarget, NatTarget } from '../../model/target.ts';
import { builtins, isBuiltin, isOurComment } from './ours.ts';
import { commentOf } from './rule.ts';
import { parseSave } from './save.ts';

/** The whole target as `iptables-restore` takes it and as iptables-save would print our part; '' for an empty one. */
export function renderNat(target: NatTarget): string {
  if (target.chains.length === 0 && target.jumps.length === 0) return '';
  const lines = ['*nat'];
  for (const chain of target.chains) lines.push(`:${chain.name} - [0:0]`);
  for (const jump of target.jumps) lines.push(`-A ${jump.chain} ${jump.text}`);
  for (const chain of target.chains) for (const rule of chain.rules) lines.push(`-A ${chain.name} ${rule.text}`);
  lines.push('COMMIT');
  return `${lines.join('\n')}\n`;
}

/**
 * A target from what renderNat printed or from what a kernel saved of it; rules have no positions.
 * Throws Fault `table-unreadable` where the text holds anything but rules of ours.
 */
export function parseNatTarget(text: string): NatTarget {
  // What renderNat prints does not declare the built-in chains, a save does.
  const declared = text.replace(/^\*nat\n/m, (header) => {
    const missing = builtins.filter((name) => !text.includes(`\n:${name} `));
    return header + missing.map((name) => `:${name} ACCEPT [0:0]\n`).join('');
  });
  const chains: ChainTarget[] = [];
  const jumps: JumpTarget[] = [];
  for (const chain of parseSave(declared).chains) {
    const keyed = chain.rules.map((rule) => ({ key: ourKey(rule.text, chain.name), text: rule.text }));
    if (!isBuiltin(chain.name)) {
      chains.push({ name: chain.name, rules: keyed });
      continue;
    }
    for (const rule of keyed) {
      if (chain.name === 'INPUT') throw notOurs(chain.name, rule.text);
      jumps.push({ chain: chain.name, text: rule.text });
    }
  }
  chains.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { chains, jumps };
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
