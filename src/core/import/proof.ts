/**
 * Nothing is imported on trust: the state is compiled, taken on a model of the table as `apply --take` does it, and each
 * forward is walked before and after. What ends elsewhere is taken out again and listed.
 */
import type { Desired } from '../../model/desired.ts';
import { families, showPorts, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import { ownerOfChain, ownerOfRule } from '../coexist/owner.ts';
import { applyRestore } from '../nat/apply.ts';
import { compileNat } from '../nat/compile.ts';
import { diffNat } from '../nat/diff.ts';
import { meaningOf } from '../nat/meaning.ts';
import { hasOurName, isBuiltin, isOurJump } from '../nat/ours.ts';
import { parseRule } from '../nat/rule.ts';
import { takeable } from '../nat/take.ts';
import { endKey } from '../trace/walk.ts';
import type { Left } from './domu.ts';
import { destinationCandidates, outsideOf, type Outside, type RuleLine, type Tables } from './nat.ts';
import type { StateForward, StateGuest, StateHost } from './state.ts';

export interface Claimed {
  readonly host: StateHost;
  readonly guests: readonly StateGuest[];
  readonly forwards: readonly StateForward[];
  /** By a rule's text why it is no forward. */
  readonly odd: ReadonlyMap<string, string>;
  /** The state without forwards: as whom and where the guests are. */
  readonly bare: Desired;
  readonly now: Date;
}

export interface Proven {
  readonly guests: readonly StateGuest[];
  readonly desired: Desired;
  readonly taken: readonly RuleLine[];
  readonly left: readonly Left[];
  readonly changed: readonly string[];
}

/** `parse` reads the state as natroute will. */
export function prove(
  tables: Tables,
  claimed: Claimed,
  parse: (host: StateHost, guests: readonly StateGuest[]) => Desired,
): Proven {
  const { now } = claimed;
  const before = outsideOf(tables, claimed.bare, now);
  const failed: StateForward[] = [];
  for (;;) {
    const forwards = claimed.forwards.filter((one) => !failed.includes(one));
    const guests = claimed.guests.map((guest) => ({ ...guest, forwards: forwards.filter(({ ip }) => has(guest, ip)) }));
    const desired = parse(claimed.host, guests);
    const { after, taken } = takeAll(tables, desired);
    const walked = outsideOf(after, { ...desired, guests: claimed.bare.guests }, now);
    const wrong = forwards.filter(
      (one) => !guests.some((guest) => has(guest, one.ip)) || !sameEnds(one, { before, walked, desired }),
    );
    if (wrong.length === 0) {
      const changed = [...changes(tables, { before, walked, desired })];
      return { guests, desired, taken, left: leftRules(after, { claimed, failed }), changed };
    }
    failed.push(...wrong);
  }
}

function has({ interfaces }: StateGuest, ip: string): boolean {
  return interfaces.some((one) => one.kind === 'nat' && one.ips.includes(ip));
}

function takeAll(tables: Tables, desired: Desired): { readonly after: Tables; readonly taken: readonly RuleLine[] } {
  const nat = compileNat(desired);
  const take = { host: desired.host, nat };
  const after = (family: Family): NatTable => {
    const { restore } = diffNat(nat[family], tables[family], { family, previous: null, take });
    return restore === null ? tables[family] : applyRestore(tables[family], restore);
  };
  return {
    after: { v4: after('v4'), v6: after('v6') },
    taken: families.flatMap((family) =>
      takeable(take, tables[family], family).map(({ chain, text }) => ({ family, chain, text })),
    ),
  };
}

interface Walked {
  readonly before: Outside;
  readonly walked: Outside;
  readonly desired: Desired;
}

function sameEnds(
  { address, family, ports, protocol, source }: StateForward,
  { before, walked, desired }: Walked,
): boolean {
  const ip = desired.host.addresses.find(({ name }) => name === address)?.ips[family];
  if (ip === undefined) return false;
  return [...new Set([ports.first, ports.last])].every((port) => {
    const to = { ip, port, protocol };
    const sender =
      source === null ? ({ kind: 'internet' } as const) : ({ kind: 'ip', ip: source.split('/')[0] ?? '' } as const);
    const [old, now] = [before.see(sender, to), walked.see(sender, to)];
    return old !== null && now !== null && endKey(old) === endKey(now);
  });
}

/** Packets that an old rule took and a forward does not mean: to a guest's own address, or from a guest to anywhere. */
function* changes(tables: Tables, { before, walked, desired }: Walked): Iterable<string> {
  const own = desired.guests
    .flatMap(({ forwards }) => forwards)
    .filter(({ address, ports, protocol }) =>
      Object.values(desired.host.addresses.find(({ name }) => name === address)?.ips ?? {}).some((ip) => {
        const to = { ip, port: ports.first, protocol };
        const [old, now] = [before.see({ kind: 'host' }, to), walked.see({ kind: 'host' }, to)];
        return old !== null && now !== null && endKey(old) !== endKey(now);
      }),
    );
  if (own.length > 0)
    yield `the host itself reaches ${own.length === 1 ? 'a forward' : `${own.length} forwards`} by its public address, where it met its own ports`;
  const carried = desired.host.addresses.filter(({ carriedBy }) => carriedBy !== null);
  for (const family of families)
    for (const { rule, text } of destinationCandidates(tables[family])) {
      const [range] = rule.ports;
      if (range === undefined) continue;
      for (const { name, ips } of carried) {
        const ip = ips[family];
        if (ip === undefined) continue;
        const to = { ip, port: range.first, protocol: rule.protocol };
        const [old, now] = [before.see({ kind: 'internet' }, to), walked.see({ kind: 'internet' }, to)];
        if (old !== null && now !== null && endKey(old) !== endKey(now))
          yield `${name}:${showPorts(range)}/${rule.protocol} reaches its own guest again: "${text}" took it`;
      }
      if (rule.destination === null && rule.inInterface === null)
        yield `guests that connect to port ${showPorts(range)}/${rule.protocol} of anybody outside get there: "${text}" took that too`;
    }
}

interface Leftover {
  readonly claimed: Claimed;
  readonly failed: readonly StateForward[];
}

/** All rules of others that stay behind natroute's. */
function leftRules(after: Tables, { claimed, failed }: Leftover): readonly Left[] {
  return families.flatMap((family) =>
    after[family].chains.flatMap(({ name, rules }) =>
      hasOurName(name)
        ? []
        : rules.flatMap(({ text }): readonly Left[] => {
            if (isOurJump(text)) return [];
            const what = `${family === 'v4' ? 'iptables' : 'ip6tables'} -t nat -A ${name} ${text}`;
            return [{ at: null, what, why: whyLeft({ chain: name, text }, claimed, failed) }];
          }),
    ),
  );
}

function whyLeft(
  { chain, text }: Pick<RuleLine, 'chain' | 'text'>,
  { odd }: Claimed,
  failed: readonly StateForward[],
): string {
  const owner = ownerOfRule(text) ?? (isBuiltin(chain) ? null : ownerOfChain(chain));
  if (owner !== null) return `it is ${owner}'s, and left alone`;
  const said = odd.get(text);
  if (said !== undefined) return said;
  const meaning = meaningOf(text);
  if (meaning?.kind === 'dnat') {
    if (failed.some(({ ip }) => ip === meaning.ip)) return 'as a forward it would end elsewhere';
    return isBuiltin(chain)
      ? 'no packet from outside is sent on by it'
      : `a forward says it now; it stays in ${chain}, behind natroute's`;
  }
  if (meaning?.kind === 'snat' && meaning.source === null)
    return 'it translates whatever leaves, and natroute names networks: it stays behind';
  return whyNoMeaning(text);
}

function whyNoMeaning(text: string): string {
  const { basics, matches, jump } = parseRule(text);
  const negated = [...basics, ...matches.flatMap(({ options }) => options)].find((option) => option.negated);
  if (negated !== undefined)
    return `it means all but ${negated.name} ${negated.values.join(' ')}, and natroute knows no exceptions`;
  const to = jump?.to ?? '';
  if (jump !== null && !['DNAT', 'SNAT', 'MASQUERADE'].includes(to))
    return /^[A-Z]+$/.test(to) && !to.includes('-') ? `natroute has no ${to}` : `it leads to the chain ${to}`;
  const match = matches.find(({ name }) => !['tcp', 'udp', 'sctp', 'multiport', 'comment'].includes(name));
  if (match !== undefined) return `natroute knows no ${match.name} match`;
  if (to === 'DNAT' && basics.every(({ name }) => name !== '-p')) return 'it sends on every protocol and port';
  return jump === null ? 'it only counts' : 'it has options that natroute has no word for';
}
