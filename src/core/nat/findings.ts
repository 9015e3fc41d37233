/** What a person should know about foreign rules around ours; nothing of it is changed by us. */
import type { Finding } from '../../model/change.ts';
import type { Family, Ports } from '../../model/family.ts';
import { showPorts } from '../../model/family.ts';
import type { NatTable, SavedRule } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { meaningOf, type DestinationRule } from './meaning.ts';
import { builtins, foreignJumpsInto, isOurJump, lookalikes } from './ours.ts';
import { jumpOf } from './rule.ts';
import { ownForwards, type OwnForward } from './take.ts';

interface Ground {
  readonly family: Family;
  readonly owned: ReadonlySet<string>;
}

/** `table` is what the plan leads to: what it puts right is no finding. */
export function findNat(target: NatTarget, table: NatTable, ground: Ground): readonly Finding[] {
  return [
    ...hiddenChains(table, ground),
    ...aheadOfOurs(table, ground),
    ...staysOpen(target, table, ground),
    ...lookalikes(table, ground.owned).map((chain): Finding => {
      const text = `Chain ${chain.name} is named like one of natroute's, but nothing in it is natroute's: it is left alone.`;
      return { code: 'lookalike-chain', family: ground.family, chain: chain.name, rule: null, text };
    }),
    ...jumpsIntoOurs(table, ground),
  ];
}

function hiddenChains(table: NatTable, { family }: Ground): readonly Finding[] {
  return (table.notes ?? []).map((note) => ({
    code: 'hidden-nft-chain',
    family,
    chain: '',
    rule: null,
    text: `Native nft chains in the nat table may see packets before natroute's rules; iptables says: ${note}`,
  }));
}

const terminal = new Set(['ACCEPT', 'DROP', 'RETURN', 'DNAT', 'REDIRECT', 'SNAT', 'MASQUERADE', 'NETMAP']);

function aheadOfOurs(table: NatTable, ground: Ground): readonly Finding[] {
  return table.chains
    .filter((chain) => (builtins as readonly string[]).includes(chain.name))
    .flatMap((chain) => {
      const ours = chain.rules.findIndex((rule) => isOurJump(rule.text));
      return chain.rules.slice(0, Math.max(0, ours)).map(({ text }): Finding => {
        const ends = terminal.has(jumpOf(text) ?? '');
        return {
          code: ends ? 'foreign-shadows' : 'foreign-ahead',
          family: ground.family,
          chain: chain.name,
          rule: text,
          text: ends
            ? `A foreign rule in ${chain.name} stands before natroute's and takes packets from it: ${text}`
            : `A foreign rule in ${chain.name} sees packets before natroute does: ${text}`,
        };
      });
    });
}

function staysOpen(target: NatTarget, table: NatTable, ground: Ground): readonly Finding[] {
  const rules = table.chains.find((chain) => chain.name === 'PREROUTING')?.rules ?? [];
  const turning = rules.filter((rule) => ['DNAT', 'REDIRECT'].includes(jumpOf(rule.text) ?? ''));
  if (turning.length === 0) return [];
  const forwards = ownForwards(target);
  return turning.map((rule) => ({
    code: 'stays-open',
    family: ground.family,
    chain: 'PREROUTING',
    rule: rule.text,
    text: staysOpenText(rule, forwards),
  }));
}

function staysOpenText(rule: SavedRule, forwards: readonly OwnForward[]): string {
  const meaning = meaningOf(rule.text);
  if (meaning?.kind !== 'dnat') {
    return `A foreign rule may keep ports open that git does not open; natroute cannot tell which: ${rule.text}`;
  }
  const what = `${meaning.ports.map(showPorts).join(',')}/${meaning.protocol}`;
  if (isClosed(meaning, forwards)) return `${what} stays open although git says closed: ${rule.text}`;
  return `${what} is open by a foreign rule as well, and would stay open if git closed it: ${rule.text}`;
}

/** Whether there is a port that no unrestricted forward of ours opens. */
function isClosed(meaning: DestinationRule, forwards: readonly OwnForward[]): boolean {
  const open = forwards.filter((one) => !one.restricted && one.protocol === meaning.protocol);
  return meaning.ports.some((range) => !covered(range, open));
}

function covered(range: Ports, open: readonly OwnForward[]): boolean {
  let port = range.first;
  while (port <= range.last) {
    const at = port;
    const one = open.find(({ ports }) => ports.first <= at && at <= ports.last);
    if (one === undefined) return false;
    port = one.ports.last + 1;
  }
  return true;
}

function jumpsIntoOurs(table: NatTable, ground: Ground): readonly Finding[] {
  return [...ground.owned].flatMap((name) =>
    foreignJumpsInto(name, table, ground.owned).map(({ chain, text }): Finding => ({
      code: 'foreign-jump-into-ours',
      family: ground.family,
      chain,
      rule: text,
      text: `A foreign rule in ${chain} jumps into natroute's chain ${name}: ${text}`,
    })),
  );
}
