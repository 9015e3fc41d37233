/**
 * Which live flows a new target would end elsewhere: conntrack keeps a flow's old DNAT after its rule is gone, so what
 * is closed must be cut, and a retargeted UDP flow would be stuck for as long as somebody sends.
 */
import { BlockList } from 'node:net';
import type { Family } from '../../model/family.ts';
import type { Flow } from '../../model/flow.ts';
import type { Address } from '../../model/desired.ts';
import type { NatTarget } from '../../model/target.ts';
import { readSlotRule, type SlotRule } from '../plan/slots.ts';

export interface Affected {
  /** To delete now: closed or narrowed, and UDP that moves. */
  readonly cut: readonly Flow[];
  /** TCP that moves: goes on to its old end until it ends by itself. */
  readonly draining: readonly Flow[];
}

/** Where a new connection would end: the guest's IP and port, or the host (null). */
type End = { readonly ip: string; readonly port: number } | null;

/** `flows` are those to the host's own public addresses; `now` decides about rules that end by themselves. */
export function affectedFlows(
  target: NatTarget,
  flows: readonly Flow[],
  context: { readonly family: Family; readonly addresses: readonly Address[]; readonly now: Date },
): Affected {
  const cut: Flow[] = [];
  const draining: Flow[] = [];
  const ends = endsByAddress(target, context);
  for (const flow of flows) {
    const rules = ends.get(flow.destination);
    if (rules === undefined) continue;
    const end = rules.find((rule) => rule.matches(flow))?.end(flow) ?? null;
    const wanted = end ?? { ip: flow.destination, port: flow.port };
    if (flow.replySource === wanted.ip && flow.replyPort === wanted.port) continue;
    if (end !== null && flow.protocol !== 'udp') draining.push(flow);
    else cut.push(flow);
  }
  return { cut, draining };
}

interface EndRule {
  matches(flow: Flow): boolean;
  end(flow: Flow): End;
}

/** Only addresses of the host itself: what a routed guest carries is none of our flows. */
function endsByAddress(
  target: NatTarget,
  { family, addresses, now }: Parameters<typeof affectedFlows>[2],
): ReadonlyMap<string, readonly EndRule[]> {
  const ends = new Map<string, readonly EndRule[]>();
  for (const address of addresses) {
    const ip = address.ips[family];
    if (ip === undefined || address.carriedBy !== null) continue;
    const chain = target.chains.find((c) => c.name === `NR-A-${address.name}`);
    ends.set(
      ip,
      (chain?.rules ?? []).flatMap((rule) =>
        endRule(readSlotRule(rule.key, rule.text, null), rule.text, { family, now }),
      ),
    );
  }
  return ends;
}

function endRule(
  rule: SlotRule | null,
  text: string,
  { family, now }: { readonly family: Family; readonly now: Date },
): readonly EndRule[] {
  const destination = rule?.destination ?? null;
  if (rule === null || destination === null || hasEnded(text, now)) return [];
  const to = /^\[?(.*?)\]?:(\d+)(?:-\d+)?$/.exec(destination);
  if (to === null) throw new Error(`invariant: ${destination} is no destination of ours`);
  const [, ip = '', first = ''] = to;
  const { slot, source } = rule;
  const from = source === null ? null : sourceList(source, family);
  return [
    {
      matches: (flow) =>
        flow.protocol === slot.protocol &&
        flow.port >= slot.ports.first &&
        flow.port <= slot.ports.last &&
        (from === null || from.check(flow.source, family === 'v4' ? 'ipv4' : 'ipv6')),
      end: (flow) => ({ ip, port: Number(first) + flow.port - slot.ports.first }),
    },
  ];
}

function sourceList(source: string, family: Family): BlockList {
  const [ip = '', length] = source.split('/');
  const list = new BlockList();
  const type = family === 'v4' ? 'ipv4' : 'ipv6';
  list.addSubnet(ip, Number(length ?? (family === 'v4' ? 32 : 128)), type);
  return list;
}

/** The kernel compares whole seconds of UTC, the last one included. */
function hasEnded(text: string, now: Date): boolean {
  const stop = / --datestop (\S+)/.exec(text)?.[1];
  return stop !== undefined && now.getTime() >= Date.parse(`${stop}Z`) + 1000;
}
