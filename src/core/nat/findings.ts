/** What a person should know about foreign rules around ours; nothing of it is changed by us. */
import type { Finding } from '../../model/change.ts';
import type { Family, Ports } from '../../model/family.ts';
import { showPorts } from '../../model/family.ts';
import type { NativeTrouble, NatTable, SavedRule } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { indexForwards, type ForwardIndex } from './forwards.ts';
import { meaningOf, type DestinationRule } from './meaning.ts';
import { addressChainPrefix, builtins, destinationChain, foreignJumps, isOurJump, lookalikes } from './ours.ts';
import { jumpOf } from './rule.ts';
import { fullName, placeOf } from './tables.ts';
import { ownerOfRule } from '../coexist/owner.ts';

interface Ground {
  readonly family: Family;
  /** As it is before the plan. */
  readonly observed: NatTable;
  readonly owned: ReadonlySet<string>;
}

/**
 * `table` is what the plan leads to: of what it puts right only those rules are told that were ahead of our jump until
 * then, because their packets never came to us.
 */
export function findNat(target: NatTarget, table: NatTable, ground: Ground): readonly Finding[] {
  return [
    ...aheadOfOurs(table, ground, ''),
    ...(ground.observed === table ? [] : aheadUntilNow(table, ground)),
    ...staysOpen(target, table, ground),
    ...lookalikes(table, ground.owned).map((chain): Finding => {
      const text = `Chain ${placeOf(chain.name).name} is named like one of natroute's, but nothing in it is natroute's: it is left alone.`;
      return { code: 'lookalike-chain', family: ground.family, ...where(chain.name), rule: null, text };
    }),
    ...jumpsIntoOurs(table, ground),
    ...droppedByPolicy(table, ground.family),
    ...(table.native ?? []).map((trouble): Finding => {
      const { table: of, chain } = trouble;
      const at = { ...(of === undefined ? {} : { table: of }), chain: chain ?? of ?? 'nat' };
      return {
        code: 'native-nft',
        family: ground.family,
        ...at,
        rule: null,
        text: nativeWords(trouble, ground.family),
      };
    }),
  ];
}

/** `The table ip nat is switched off ...: mend it with ...`, in one sentence or two. */
export function nativeWords({ table: of, chain, text, mend }: NativeTrouble, family: Family): string {
  const table = `${family === 'v4' ? 'ip' : 'ip6'} ${of ?? 'nat'}`;
  const what = chain === null ? `The table ${table}` : `The chain ${chain} of the table ${table}`;
  const place = `${table} ${chain ?? ''}`;
  switch (mend) {
    case null:
      return `${what} ${text}. See it with: nft list chain ${place}`;
    case 'add table':
      return `${what} ${text}. Switch it on again with: nft add table ${table}`;
    case 'delete chain':
      return `${what} ${text}. Delete it, natroute makes it anew: nft 'flush chain ${place}; delete chain ${place}'`;
    case 'free name':
      return `${what} ${text}. natroute's own chains have such names: rename it, nft rename chain ${place} NEWNAME, or delete it, nft 'flush chain ${place}; delete chain ${place}'`;
    case 'end owner':
      return `${what} ${text}. End that program, or make it use a table of its own: nft list table ${table} names it`;
    default:
      return mend satisfies never;
  }
}

/** iptables refuses such a policy in the nat table; nft does not. */
function droppedByPolicy({ chains }: NatTable, family: Family): readonly Finding[] {
  const dropping = chains.filter(({ name, policy }) => policy === 'DROP' && placeOf(name).table === 'nat');
  return dropping.map(({ name }): Finding => {
    const mend = `${family === 'v4' ? 'iptables' : 'ip6tables'} -t nat -P ${name} ACCEPT`;
    const text = `The policy of ${name} in the nat table is DROP: new connections that no rule there translates or accepts are dropped, forwarded ones too. Undo it with: ${mend}`;
    return { code: 'forward-policy', family, chain: name, rule: null, text };
  });
}

const terminal = new Set(['REJECT', 'ACCEPT', 'DROP', 'RETURN', 'DNAT', 'REDIRECT', 'SNAT', 'MASQUERADE', 'NETMAP']);

function where(chain: string): Pick<Finding, 'table' | 'chain'> {
  const { table, name } = placeOf(chain);
  return table === 'filter' ? { table, chain: name } : { chain: name };
}

/** `until` ends the sentence: until when it is so. */
function aheadOfOurs(table: NatTable, ground: Ground, until: string): readonly Finding[] {
  return table.chains
    .filter((chain) => (builtins as readonly string[]).includes(chain.name))
    .flatMap((chain) => {
      const ours = chain.rules.findIndex((rule) => isOurJump(rule.text));
      return chain.rules.slice(0, Math.max(0, ours)).map(({ text, beyond }): Finding => {
        const ends = terminal.has(jumpOf(text) ?? '') || beyond !== undefined;
        const owner = ownerOfRule(text);
        const whose = owner === null ? '' : ` of ${owner}`;
        return {
          code: ends ? 'foreign-shadows' : 'foreign-ahead',
          family: ground.family,
          ...where(chain.name),
          rule: text,
          text: ends
            ? `A foreign rule${whose} in ${placeOf(chain.name).name} stands before natroute's and ${beyond === undefined ? 'takes' : 'may take'} packets from it${until}: ${text}${partWords(beyond)}`
            : `A foreign rule${whose} in ${placeOf(chain.name).name} sees packets before natroute does${until}: ${text}`,
        };
      });
    });
}

function partWords(beyond: string | undefined): string {
  return beyond === undefined ? '' : ` (iptables does not show all of it; nft lists it as: ${beyond})`;
}

function aheadUntilNow(table: NatTable, ground: Ground): readonly Finding[] {
  const still = new Set(
    aheadOfOurs(table, ground, '').map(({ table: of, chain, rule }) => `${of ?? ''} ${chain} ${rule ?? ''}`),
  );
  const goesBehind = ({ table: of, chain, rule }: Finding): boolean => {
    const rules = rulesOf(table, fullName(of ?? 'nat', chain));
    return rules.some(({ text }) => isOurJump(text)) && rules.some(({ text }) => text === rule);
  };
  return aheadOfOurs(ground.observed, ground, ', until this plan puts it behind').filter(
    (one) => !still.has(`${one.table ?? ''} ${one.chain} ${one.rule ?? ''}`) && goesBehind(one),
  );
}

/** What the target does with a public IP: the name of its address, or null where a shield keeps every rule behind ours away. */
type Openings = ReadonlyMap<string, string | null>;

function openingsOf(target: NatTarget): Openings {
  const openings = new Map<string, string | null>();
  for (const { text } of target.chains.find((chain) => chain.name === destinationChain)?.rules ?? []) {
    const [, ip, jump] = /^-d (\S+)\/(?:32|128) .*-j (\S+)$/.exec(text) ?? [];
    if (ip === undefined || jump === undefined || openings.has(ip)) continue;
    openings.set(ip, jump === 'ACCEPT' ? null : jump.slice(addressChainPrefix.length));
  }
  return openings;
}

function staysOpen(target: NatTarget, table: NatTable, ground: Ground): readonly Finding[] {
  const found: Finding[] = [];
  const add = (chain: string, rule: string, text: string): void => {
    found.push({ code: 'stays-open', family: ground.family, chain, rule, text: `${text}: ${rule}` });
  };
  let known: { readonly openings: Openings; readonly forwards: ForwardIndex } | null = null;
  for (const { text, beyond } of rulesOf(table, 'PREROUTING')) {
    if (!['DNAT', 'REDIRECT'].includes(jumpOf(text) ?? '')) continue;
    const meaning = beyond === undefined ? meaningOf(text) : null;
    known ??= { openings: openingsOf(target), forwards: indexForwards(target) };
    if (meaning?.kind !== 'dnat') {
      add('PREROUTING', text, 'A foreign rule may keep ports open that git does not open; natroute cannot tell which');
      continue;
    }
    if (meaning.destination !== null && known.openings.get(meaning.destination) === null) continue;
    const what = `${meaning.ports.map(showPorts).join(',')}/${meaning.protocol}`;
    if (isClosed(meaning, known.openings, known.forwards))
      add('PREROUTING', text, `${what} stays open although git says closed`);
    else add('PREROUTING', text, `${what} is open by a foreign rule as well, and would stay open if git closed it`);
  }
  for (const { text, beyond } of rulesOf(table, 'POSTROUTING')) {
    const meaning = meaningOf(text);
    if (beyond !== undefined || meaning?.kind !== 'snat' || meaning.source !== null || meaning.destination !== null)
      continue;
    add('POSTROUTING', text, 'A foreign rule translates the source of more than git says');
  }
  return found;
}

function rulesOf(table: NatTable, chain: string): readonly SavedRule[] {
  return table.chains.find((one) => one.name === chain)?.rules ?? [];
}

/** Whether it opens a port of some address that no forward opens for everybody. */
function isClosed(meaning: DestinationRule, openings: Openings, forwards: ForwardIndex): boolean {
  const { destination, ports, protocol } = meaning;
  // An address that has no forwards has no chain: everything about it is closed.
  const addresses = destination === null ? [...openings.values()] : [openings.get(destination) ?? ''];
  if (addresses.length === 0) return true;
  const isOpen = (address: string, range: Ports): boolean => {
    let port = range.first;
    while (port <= range.last) {
      const one = forwards.at(address, protocol, port).find((forward) => !forward.restricted);
      if (one === undefined) return false;
      port = one.ports.last + 1;
    }
    return true;
  };
  return addresses.some((address) => address !== null && ports.some((range) => !isOpen(address, range)));
}

function jumpsIntoOurs(table: NatTable, ground: Ground): readonly Finding[] {
  return foreignJumps(table, ground.owned).map(({ chain, text, to }): Finding => {
    const said = `A foreign rule in ${placeOf(chain).name} jumps into natroute's chain ${placeOf(to).name}: ${text}`;
    return { code: 'foreign-jump-into-ours', family: ground.family, ...where(chain), rule: text, text: said };
  });
}
