/** Drift, change by change -> which ways went and which came; and what of it no state repository can say. */
import type { Change } from '../../model/change.ts';
import type { Family } from '../../model/family.ts';
import { addressChainPrefix, destinationChain, isOurComment, sourceChain } from '../nat/ours.ts';
import { commentOf } from '../nat/rule.ts';
import type { State } from './state.ts';
import { showEntrance, wayId, waysOf, type Way } from './way.ts';

/** One thing that somebody did, in one or two changes. */
export interface Step {
  readonly changes: readonly Change[];
  readonly removed: readonly Way[];
  readonly added: readonly Way[];
  /** What its author wrote beside a new rule. */
  readonly description: string | null;
}

/** A change that is not adopted, and why: a sentence's part for `because ...`. */
export interface LeftChange {
  readonly change: Change;
  readonly why: string;
}

export interface Steps {
  readonly steps: readonly Step[];
  readonly left: readonly LeftChange[];
}

/** `there`: the ids of the ways that the table still had, whichever rule said them. */
export function stepsOf(changes: readonly Change[], state: State, there: ReadonlySet<string>): Steps {
  const steps: Step[] = [];
  const left: LeftChange[] = [];
  for (const change of changes) {
    const step = stepOf(change, state, there);
    if (typeof step === 'string') left.push({ change, why: step });
    else steps.push(step);
  }
  return { steps: joined(steps), left };
}

function stepOf(change: Change, state: State, there: ReadonlySet<string>): Step | string {
  const { kind, family, chain, before, after, note } = change;
  if (kind !== 'rule' || family === null || chain === null) return whyNotOfKind(change);
  if (!chain.startsWith(addressChainPrefix)) return whyNotOfChain(chain);
  if (before === after) return 'only its place changed, and the order of rules follows from what they say';
  const name = chain.slice(addressChainPrefix.length);
  const address = state.desired.host.addresses.find((one) => one.name === name);
  if (address === undefined) return `host.yaml has no address ${name}`;
  const place = { family, chain, own: address.ips[family] ?? null };
  const removed = before === null ? [] : waysOf(before, place);
  const added = after === null ? [] : waysOf(after, place);
  if (typeof removed === 'string') return removed;
  if (typeof added === 'string') return added;
  const gone = removed.find((way) => !state.ways.has(wayId(way)));
  if (gone !== undefined) return `the repository does not say ${showEntrance(gone)} like that any more`;
  if (before === null && added.every((way) => state.ways.has(wayId(way))))
    return note === 'doubled' ? 'it is there twice, and once is enough' : 'the repository says it already';
  const news = added.filter((way) => !state.ways.has(wayId(way)));
  const losses = removed.filter((way) => !there.has(wayId(way)));
  if (news.length === 0 && losses.length === 0) return 'the host still does the same, only in other words';
  const comment = after === null ? null : commentOf(after);
  return {
    changes: [change],
    removed: losses,
    added: news,
    description: comment === null || isOurComment(comment) ? null : comment,
  };
}

function whyNotOfKind({ kind, chain }: Change): string {
  switch (kind) {
    case 'jump':
      return "it is natroute's own way into its chains, which no repository speaks of";
    case 'chain':
      return `the chain ${chain ?? ''} itself follows from the forwards in it`;
    case 'foreign-rule':
    case 'guest':
    case 'file':
    case 'sysctl':
    case 'rule':
      return 'only forwards are adopted';
    default:
      return kind satisfies never;
  }
}

function whyNotOfChain(chain: string): string {
  if (chain === sourceChain)
    return 'it is about how guests leave: change `snat` or `hairpin` in host.yaml or the guest';
  if (chain === destinationChain)
    return 'it leads an address to its forwards, and follows from host.yaml and the guests';
  return `it stands in the chain ${chain}, which is no address's`;
}

/** A rule that was deleted and typed anew is one change of it. */
function joined(steps: readonly Step[]): readonly Step[] {
  const left = new Set(steps);
  const found: Step[] = [];
  for (const step of steps) {
    if (!left.delete(step)) continue;
    const other = [...left].find((one) => belongTogether(step, one) || belongTogether(one, step));
    if (other === undefined) {
      found.push(step);
      continue;
    }
    left.delete(other);
    found.push({
      changes: [...step.changes, ...other.changes],
      removed: [...step.removed, ...other.removed],
      added: [...step.added, ...other.added],
      description: null,
    });
  }
  return found;
}

function belongTogether(gone: Step, come: Step): boolean {
  const [before, after] = [gone.changes[0], come.changes[0]];
  if (gone.added.length > 0 || come.removed.length > 0 || gone.removed.length !== 1 || come.added.length !== 1)
    return false;
  const [from, to] = [gone.removed[0], come.added[0]];
  if (from === undefined || to === undefined || from.family !== to.family) return false;
  const named = commentOf(after?.after ?? '');
  if (named !== null && named === commentOf(before?.before ?? '')) return true;
  if (from.address !== to.address || from.protocol !== to.protocol) return false;
  const samePorts = from.ports.first === to.ports.first && from.ports.last === to.ports.last;
  const sameEnd = from.ip === to.ip && from.to.first === to.to.first && from.to.last === to.to.last;
  return (samePorts || sameEnd) && (from.source === to.source || (samePorts && sameEnd));
}

/** The IP of an address, as a rule's text without prefix has it. */
export function ipOfAddress({ desired }: State, name: string, family: Family): string | null {
  return desired.host.addresses.find((one) => one.name === name)?.ips[family] ?? null;
}
