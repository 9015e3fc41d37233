/** When a port was open, for whom and to which guest, read from the lives of our rules. */
import type { Family, Ports } from '../../model/family.ts';
import type { LedgerHeading, LedgerStep } from '../../model/record.ts';
import { forwardOf, type OwnForward } from '../nat/forwards.ts';
import { addressChainPrefix, destinationChain, isOurComment, mark } from '../nat/ours.ts';
import { commentOf, jumpOf } from '../nat/rule.ts';
import type { RuleLife } from './lives.ts';
import { actorWords } from './subject.ts';

/** `2222/tcp`, `main:2222/tcp`; null: any. */
export interface PortQuestion {
  readonly address: string | null;
  readonly port: number;
  readonly protocol: string | null;
}

export interface Opening {
  readonly family: Family;
  readonly address: string;
  readonly protocol: string;
  readonly ports: Ports;
  /** Null for a rule that somebody made by hand. */
  readonly guest: string | null;
  /** `192.168.1.2:22`, `[2001:db8::2]:60000-60100` */
  readonly to: string;
  /** CIDRs; null: anyone. */
  readonly sources: readonly string[] | null;
  /** The entry since which it was open. */
  readonly began: LedgerStep;
  /** The entry that brought it for its commit; null for one that somebody made by hand. */
  readonly brought: LedgerStep | null;
  /** When it ends by itself, ISO 8601, UTC; null: never. */
  readonly until: string | null;
  /** Null: still open. */
  readonly end: OpeningEnd | null;
}

export interface OpeningEnd {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly why: 'changed' | 'removed' | 'drift' | 'booted' | 'unloaded' | 'rolled-back' | 'date-past';
  /** Null where its own date ended it: the kernel did, and no entry. */
  readonly entry: LedgerStep | null;
  /** One sentence for a person. */
  readonly text: string;
}

/** Null for what names no port. */
export function parsePortQuestion(text: string): PortQuestion | null {
  const [, address, digits = '', protocol] = /^(?:([^:\s]+):)?([1-9]\d{0,4})(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  const port = Number(digits);
  return digits === '' || port > 65_535 ? null : { address: address ?? null, port, protocol: protocol ?? null };
}

export interface OpeningsQuestion {
  /** Null asks for every port. */
  readonly port: PortQuestion | null;
  /** Later dates of rules are still to come. */
  readonly now: Date;
}

/** Newest first. `lives` are those of the rules of these steps. */
export function openings(
  steps: readonly LedgerStep[],
  lives: readonly RuleLife[],
  { port, now }: OpeningsQuestion,
): readonly Opening[] {
  const order = new Map(steps.map(({ id }, i) => [id, i]));
  const spanOf = ({ began, ended }: Pick<RuleLife, 'began' | 'ended'>): Span => ({
    from: order.get(began.id) ?? 0,
    to: ended === null ? steps.length : (order.get(ended.id) ?? steps.length),
  });
  const boots = steps.flatMap(({ heading }, i) => (cutsAll(heading) ? [i] : []));
  const reach = createReach(lives, spanOf);
  const found: Opening[] = [];
  for (const life of lives) {
    const { family, chain, text } = life;
    if (!chain.startsWith(addressChainPrefix)) continue;
    const forward = forwardOf(chain, text);
    if (forward === null || (port !== null && !isAsked(forward, port))) continue;
    const dated = dateOf(text);
    for (const span of cutAt(overlaps(spanOf(life), reach(family, chain)), boots)) {
      const began = steps[span.from] ?? life.began;
      if (dated !== null && dated.getTime() <= Date.parse(began.heading.at)) continue;
      const end = endOf(life, { ended: steps[span.to] ?? null, dated, now });
      const { address, protocol, ports, ip, toFirst } = forward;
      found.push({
        ...{ family, address, protocol, ports, began, end },
        brought: life.brought,
        until: dated?.toISOString() ?? null,
        guest: guestOf(text),
        to: endpoint(ip, toFirst, ports),
        sources: sourceOf(text),
      });
    }
  }
  const newest = (opening: Opening): number => order.get(opening.began.id) ?? 0;
  return merged(found).toSorted(
    (a, b) => newest(b) - newest(a) || Number(a.end !== null) - Number(b.end !== null) || a.ports.first - b.ports.first,
  );
}

/** Whether the host came up with this entry: what was open before had ended, also where the same rules came again. */
export function cutsAll({ cause, about }: LedgerHeading): boolean {
  return cause === 'boot' && about !== 'guests';
}

/** From one entry up to, not including, another; both by their place in the chain. */
interface Span {
  readonly from: number;
  readonly to: number;
}

export function isAsked(forward: Omit<OwnForward, 'key'>, question: PortQuestion): boolean {
  const { address, port, protocol } = question;
  return (
    (address === null || address === forward.address) &&
    (protocol === null || protocol === forward.protocol) &&
    forward.ports.first <= port &&
    port <= forward.ports.last
  );
}

/** When packets from outside came to a chain at all: a forward behind a jump that is gone is closed. */
function createReach(
  lives: readonly RuleLife[],
  spanOf: (life: RuleLife) => Span,
): (family: Family, chain: string) => readonly Span[] {
  const known = new Map<string, Span[]>();
  for (const life of lives) {
    if (life.chain !== 'PREROUTING' && life.chain !== destinationChain) continue;
    const to = jumpOf(life.text);
    if (to === null || (life.chain === 'PREROUTING') !== (to === destinationChain)) continue;
    const name = `${life.family} ${to}`;
    const spans = known.get(name) ?? [];
    spans.push(spanOf(life));
    known.set(name, spans);
  }
  const joined = new Map([...known].map(([name, spans]) => [name, union(spans)]));
  const reached = new Map<string, readonly Span[]>();
  return (family, chain) => {
    const name = `${family} ${chain}`;
    const before = reached.get(name);
    if (before !== undefined) return before;
    const ways = joined.get(`${family} ${destinationChain}`) ?? [];
    const spans = (joined.get(name) ?? []).flatMap((span) => overlaps(span, ways));
    reached.set(name, spans);
    return spans;
  };
}

function union(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && span.from <= last.to)
      joined.splice(-1, 1, { from: last.from, to: Math.max(last.to, span.to) });
    else joined.push(span);
  }
  return joined;
}

function overlaps(span: Span, others: readonly Span[]): readonly Span[] {
  return others.flatMap((other) => {
    const [from, to] = [Math.max(span.from, other.from), Math.min(span.to, other.to)];
    return from < to ? [{ from, to }] : [];
  });
}

/** A host that starts has no rules until natroute puts them back, which is an entry of its own. */
function cutAt(spans: readonly Span[], places: readonly number[]): readonly Span[] {
  return spans.flatMap(({ from, to }) => {
    const edges = [from, ...places.filter((place) => from < place && place < to), to];
    return edges.slice(1).map((edge, i) => ({ from: edges[i] ?? from, to: edge }));
  });
}

/** When the kernel stops taking new connections by itself; null for a rule without a date. */
function dateOf(text: string): Date | null {
  const date = / --datestop (\S+)/.exec(text)?.[1];
  // The last second still counts.
  return date === undefined ? null : new Date(Date.parse(`${date}Z`) + 1000);
}

function endOf(
  life: RuleLife,
  { ended, dated, now }: { readonly ended: LedgerStep | null; readonly dated: Date | null; readonly now: Date },
): OpeningEnd | null {
  const end = ended === null ? null : entryEnd(life, ended);
  if (dated === null || dated > now || (end !== null && Date.parse(end.at) <= dated.getTime())) return end;
  return { at: dated.toISOString(), why: 'date-past', entry: null, text: 'its date was past' };
}

function entryEnd(life: RuleLife, ended: LedgerStep): OpeningEnd {
  const { heading } = ended;
  const { desired } = heading;
  const who =
    desired === null
      ? 'a folder applied by hand'
      : `commit ${desired.commit.slice(0, 10)} "${desired.subject}" by ${desired.author}`;
  const end = (why: OpeningEnd['why'], text: string): OpeningEnd => ({ at: heading.at, why, entry: ended, text });
  if (cutsAll(heading)) return end('booted', 'the host was started again');
  if (heading.cause === 'drift')
    return end('drift', `changed behind natroute's back ${actorWords(heading.actor)}`.trim());
  if (heading.outcome === 'unloaded') return end('unloaded', 'natroute unload');
  if (heading.cause === 'heal')
    return end(
      'removed',
      life.brought === null
        ? 'natroute took away what was no rule of its own'
        : `not asked for by ${who}; it was left alone until then`,
    );
  if (heading.outcome === 'rolled-back' || heading.outcome === 'recovered')
    return end('rolled-back', heading.reason ?? 'natroute went back to the last good generation');
  return isReplaced(life, ended) ? end('changed', `changed by ${who}`) : end('removed', `taken away by ${who}`);
}

function isReplaced({ family, chain, text }: RuleLife, { came }: LedgerStep): boolean {
  const key = commentOf(text);
  return key !== null && came[family].some((line) => line.startsWith(`-A ${chain} `) && commentOf(line) === key);
}

function guestOf(text: string): string | null {
  const comment = commentOf(text);
  return comment === null || !isOurComment(comment) ? null : (comment.slice(mark.length + 1).split(' ')[0] ?? null);
}

function sourceOf(text: string): readonly string[] | null {
  const [, not = '', source] = /^(! )?-s (\S+) /.exec(text) ?? [];
  return source === undefined ? null : [`${not === '' ? '' : 'all but '}${source.replace(/\/(32|128)$/, '')}`];
}

function endpoint(ip: string, first: number, ports: Ports): string {
  const host = ip.includes(':') ? `[${ip}]` : ip;
  return ports.first === ports.last ? `${host}:${first}` : `${host}:${first}-${first + ports.last - ports.first}`;
}

/** One rule for each source is one opening, as long as they came and went together. */
function merged(found: readonly Opening[]): readonly Opening[] {
  const groups = new Map<string, Opening>();
  for (const opening of found) {
    const { family, address, protocol, ports, guest, to, sources, began, brought, end } = opening;
    const key = JSON.stringify([
      ...[family, address, protocol, ports, guest, to, sources === null],
      ...[began.id, brought?.id ?? null, end?.at ?? null, end?.entry?.id ?? null],
    ]);
    const before = groups.get(key);
    groups.set(
      key,
      before?.sources && sources !== null ? { ...before, sources: [...before.sources, ...sources] } : opening,
    );
  }
  return [...groups.values()];
}
