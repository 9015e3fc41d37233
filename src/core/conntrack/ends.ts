/** Where the rules of one family end a new connection to a public address: the answer that a live flow is held against. */
import type { Network } from '../../model/desired.ts';
import type { Family } from '../../model/family.ts';
import type { Flow, FlowEnd } from '../../model/flow.ts';
import { linesOf } from '../nat/lines.ts';
import { addressChainPrefix, destinationChain, isOurJump } from '../nat/ours.ts';
import { jumpOf } from '../nat/rule.ts';
import { readEntrances, type Entrance, type EntranceRule, type RulesByChain } from '../plan/entrances.ts';
import { isIn, mustParseIp, parseMasked, type Ip, type Masked } from '../trace/ip.ts';

/** The part of a flow that the rules look at. */
export type Knock = Pick<Flow, 'protocol' | 'source' | 'destination' | 'port'>;

export interface Ends {
  /** The public IPs that our rules say anything about. */
  readonly ips: ReadonlySet<string>;
  /** Null: the host itself, or whoever else's rules come behind ours. */
  endOf(knock: Knock): FlowEnd | null;
  /** The source CIDRs on which the answer for this port depends. */
  sourcesAt(knock: Omit<Knock, 'source'>): readonly Masked[];
  /** Whether some rule for this IP ends at that one. */
  leadsTo(knock: Omit<Knock, 'source' | 'port'>, ip: string): boolean;
  /** Differs wherever the answers to some knock at this IP differ. */
  digestOf(ip: string): string;
}

export interface EndsWorld {
  readonly family: Family;
  /** Whose bridges rules name. */
  readonly networks: readonly Network[];
  /** Rules that have ended by themselves by then end nothing; null: every dated rule counts. */
  readonly now: Date | null;
}

interface EndRule extends Entrance {
  readonly from: Masked | null;
}

export function createEnds(chains: RulesByChain, world: EndsWorld): Ends {
  const { byIp, turnedAway } = readDestinations(chains);
  const away = turnedAway.flatMap((bridge) => subnetsOf(bridge, world));
  // Most rules stay what they are, and only the IPs whose rules do not are ever asked about.
  const read = new Map<string, readonly EndRule[]>();
  const rulesOf = (ip: string): readonly EndRule[] => {
    let rules = read.get(ip);
    if (rules === undefined) {
      rules = (byIp.get(ip) ?? nothing).rules.flatMap((rule) =>
        readEntrances(rule).flatMap((one) => endRule(one, world)),
      );
      read.set(ip, rules);
    }
    return rules;
  };
  // Most flows of a host go to few ports, and an address may have thousands of rules.
  const known = new Map<string, readonly EndRule[]>();
  const rulesAt = ({ protocol, destination, port }: Omit<Knock, 'source'>): readonly EndRule[] => {
    const key = `${destination} ${protocol} ${port}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const rules = rulesOf(destination).filter(
      (rule) => rule.protocol === protocol && rule.ports.first <= port && port <= rule.ports.last,
    );
    known.set(key, rules);
    return rules;
  };
  return {
    ips: new Set(byIp.keys()),
    endOf(knock) {
      const rules = rulesAt(knock);
      if (rules.length === 0) return null;
      const source = mustParseIp(knock.source);
      if (isInAny(source, away)) return null;
      const rule = rules.find(({ from }) => from === null || isIn(source, from));
      return rule === undefined ? null : { ip: rule.ip, port: portBehind(rule, knock.port) };
    },
    sourcesAt: (knock) => [...away, ...rulesAt(knock).flatMap(({ from }) => (from === null ? [] : [from]))],
    leadsTo: ({ protocol, destination }, ip) =>
      rulesOf(destination).some((rule) => rule.protocol === protocol && rule.ip === ip),
    digestOf(ip) {
      const turned = away.map(({ words, mask }) => `${words.join()}/${mask.join()}\n`).join('');
      const { chain, rules } = byIp.get(ip) ?? nothing;
      const lines = linesOf(chain, rules);
      if (world.now === null || !lines.includes(' --datestop ')) return turned + lines;
      const left = rules.filter(({ text }) => !isOver(text, world.now));
      return turned + linesOf(chain, left.length === rules.length ? rules : left);
    },
  };
}

interface ChainRules {
  readonly chain: string;
  readonly rules: readonly EntranceRule[];
}

const nothing: ChainRules = { chain: '', rules: [] };

interface Destinations {
  readonly byIp: ReadonlyMap<string, ChainRules>;
  /** Bridges without hairpin: for whoever comes by them a forward is not there. */
  readonly turnedAway: readonly string[];
}

function readDestinations(chains: RulesByChain): Destinations {
  const byIp = new Map<string, ChainRules>();
  const turnedAway: string[] = [];
  const jump = (chains.get('PREROUTING') ?? []).some(
    ({ text }) => isOurJump(text) && jumpOf(text) === destinationChain,
  );
  for (const { text } of jump ? (chains.get(destinationChain) ?? []) : []) {
    const bridge = /^-i (\S+) .*-j RETURN$/.exec(text)?.[1];
    if (bridge !== undefined) turnedAway.push(bridge);
    const [, ip, to = ''] = /^-d ([^\s/]+)\/(?:32|128) .*-j (\S+)$/.exec(text) ?? [];
    // The first rule for an address takes the packet: a shield keeps what stands behind it from being met.
    if (ip === undefined || byIp.has(ip)) continue;
    byIp.set(ip, to.startsWith(addressChainPrefix) ? { chain: to, rules: chains.get(to) ?? [] } : nothing);
  }
  return { byIp, turnedAway };
}

function subnetsOf(bridge: string, { networks, family }: EndsWorld): readonly Masked[] {
  return networks
    .filter((network) => network.bridge === bridge)
    .flatMap((network) => network.subnets)
    .flatMap((subnet) => (subnet.family === family ? (parseMasked(subnet.cidr) ?? []) : []));
}

function endRule(entrance: Entrance, { now }: EndsWorld): readonly EndRule[] {
  if (now !== null && hasEnded(entrance.until, now)) return [];
  const { source } = entrance;
  if (source === null) return [{ ...entrance, from: null }];
  // A mask with gaps, which only a person's edit can have brought: the rule is as if it were not there.
  const from = /\/\d+\./.test(source) ? null : parseMasked(source);
  return from === null ? [] : [{ ...entrance, from }];
}

function isOver(text: string, now: Date | null): boolean {
  if (now === null) return false;
  if (!text.includes(' --datestop ')) return false;
  const until = / --datestop (\S+)/.exec(text)?.[1];
  return until !== undefined && hasEnded(until, now);
}

/** The kernel compares whole seconds of UTC, the last one included. */
export function hasEnded(until: string | null, now: Date): boolean {
  return until !== null && now.getTime() >= Date.parse(`${until}Z`) + 1000;
}

function portBehind({ to, ports }: Entrance, port: number): number {
  if (to === null) return port;
  return to.offset ? to.port + port - ports.first : to.port;
}

function isInAny(ip: Ip, list: readonly Masked[]): boolean {
  return list.some((masked) => isIn(ip, masked));
}
