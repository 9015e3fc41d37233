/** Whether a proposal may be carried out now, and if not, what it waits for. */
import { changesForward } from '../core/drift/leave.ts';
import { showForward, suspensionText } from '../core/drift/suspension.ts';
import { waitingText } from '../core/drift/words.ts';
import type { DriftItem } from '../model/drift.ts';
import { fightText } from '../core/fight.ts';
import { takenOver } from '../core/files/compare.ts';
import { isUnmendable } from '../core/nat/diff.ts';
import { guardText } from '../core/plan/guard.ts';
import { isEmpty } from '../core/plan/plan.ts';
import { bootLosses } from '../core/render/by-hand.ts';
import type { Config } from '../config.ts';
import type { Cause } from '../model/record.ts';
import type { Memory } from './memory.ts';
import type { PassReport, PassRequest, Proposal } from './request.ts';

export type Verdict =
  | { readonly kind: 'apply'; readonly cause: Cause }
  | { readonly kind: 'unchanged'; readonly text: string }
  /** The source is not applied; what is in force is still enforced. */
  | {
      readonly kind: 'wait';
      readonly outcome: PassReport['outcome'] & ('waiting' | 'held' | 'rejected' | 'quarantined');
      readonly text: string;
    }
  /** It is only told: drift by policy, and a fight for the first place that nobody can win. */
  | { readonly kind: 'report'; readonly text: string };

interface Circumstances {
  readonly request: PassRequest;
  readonly policy: Config['policy'];
  readonly memory: Memory;
  readonly bootId: string | null;
  readonly now: Date;
}

export function judge(proposal: Proposal, { request, policy, memory, bootId, now }: Circumstances): Verdict {
  const errors = proposal.diagnostics.filter((d) => d.severity === 'error').length;
  if (errors > 0) {
    const first = proposal.diagnostics.find((d) => d.severity === 'error')?.message ?? '';
    return wait('rejected', `${source(proposal)} has ${errors} error${errors === 1 ? '' : 's'}: ${first}`);
  }
  if (proposal.target === null) return wait('waiting', 'nothing was fetched yet');
  const inTheWay = proposal.fresh ? proposal.plan.files?.left.find(({ stops }) => stops) : undefined;
  if (inTheWay !== undefined) return wait('rejected', `${source(proposal)} cannot be applied: ${inTheWay.why}`);
  const left = proposal.mustConfirm ? leftAlone(proposal) : null;
  if (left !== null) return wait('held', left);
  const approved = request.approved === proposal.digest;
  if (proposal.applied === null && !approved)
    return wait('waiting', 'first run on this host: look at `natroute plan`, then `natroute apply`');
  if (isEmpty(proposal.plan) && !proposal.fresh) return nothingToDo(proposal);
  if (approved) return { kind: 'apply', cause: causeOf(proposal, request, memory, bootId) };
  const boot = afterBoot(memory, bootId);
  const [suspension] = proposal.suspensions;
  // What a boot took is put back as it was in force, and only then is there something to leave alone.
  if (boot && proposal.fresh && suspension !== undefined)
    return wait(
      'held',
      `${source(proposal)} waits until the host is as before the boot: ${suspensionText(suspension)}`,
    );
  const suspended = proposal.suspensions.find(({ only }) => only === null);
  if (suspended !== undefined && !boot) {
    const text = suspensionText(suspended);
    return proposal.fresh ? wait('held', `${source(proposal)} waits: ${text}`) : { kind: 'report', text };
  }
  if (proposal.fresh) {
    const { quarantined } = memory;
    if (quarantined && quarantined.commit.commit === proposal.commit?.commit)
      return wait(
        'quarantined',
        `${source(proposal)} is not tried again until a newer one comes, or by \`natroute approve\`: ${quarantined.reason}`,
      );
    if (memory.held !== null) return wait('held', `${source(proposal)} is held: ${memory.held.reason}`);
    if (policy.commits === 'hold')
      return wait('held', `${source(proposal)} is held by policy (commits: hold); apply it with \`natroute approve\``);
    const closed = policy.deletions === 'hold' ? closedByCommit(proposal) : 0;
    if (closed > 0)
      return wait(
        'held',
        `${source(proposal)} deletes ${closed} rules and is held by policy (deletions: hold); apply it with \`natroute approve\``,
      );
    const much = takesAway(proposal, policy.mostDeletions, now);
    if (much !== null)
      return wait('held', `${source(proposal)} ${much}: look at \`natroute plan\`, then \`natroute approve\``);
  } else if (policy.drift === 'report' && !boot) {
    return { kind: 'report', text: reportedText };
  }
  return { kind: 'apply', cause: causeOf(proposal, request, memory, bootId) };
}

/** What is left alone now comes into force when the suspension ends, and then nobody would be asked to confirm it. */
function leftAlone({ suspensions, leaving, applied, target, ...proposal }: Proposal): string | null {
  const forwards = suspensions.filter(
    ({ only }) => only !== null && leaving.only.includes(only) && changesForward(only, applied?.target ?? null, target),
  );
  const [first] = forwards.flatMap(({ only }) => only ?? []);
  if (first === undefined) return null;
  const ends = `it waits for that, or for \`natroute resume --only ${showForward(first)}\``;
  return `${source(proposal)} must be confirmed and changes what is suspended: ${forwards.map(suspensionText).join('; ')}; ${ends}`;
}

const reportedText = 'drift is reported and left as it is (drift: report)';

/** There may be things to tell all the same. */
function nothingToDo({ fights, items, suspensions, drift }: Proposal): Verdict {
  if (fights.length > 0) return { kind: 'report', text: fightText(fights, items) };
  const says: readonly (readonly [DriftItem['done'], string])[] = [
    ['reported', reportedText],
    ['waiting', waitingText(items)],
    ['suspended', suspensions.map(suspensionText).join('; ')],
  ];
  // The words of what no restore can mend say what a person must do.
  const texts = [
    ...drift.changes.filter(isUnmendable).flatMap(({ note }) => note ?? []),
    ...says.flatMap(([done, text]) => (items.some((item) => item.done === done) ? [text] : [])),
  ];
  return texts.length === 0 ? { kind: 'unchanged', text: 'nothing to do' } : { kind: 'report', text: texts.join('; ') };
}

function takesAway({ applied, target }: Proposal, mostDeletions: number, now: Date): string | null {
  if (applied === null || target === null) return null;
  const losses = bootLosses(applied.target, target);
  const boot = losses.length === 0 ? [] : [`would leave ${losses.join(' and ')} after the next boot`];
  const much = guardText(applied.target, target, { mostDeletions, now });
  const texts = [...boot, ...(much === null ? [] : [much])];
  return texts.length === 0 ? null : texts.join(' and ');
}

/** Rules that the generation in force has and the new target has not: deleted by the commit, not by drift. */
function closedByCommit({ applied, target }: Proposal): number {
  if (applied === null || target === null) return 0;
  const keys = (nat: typeof target.nat.v4): string[] =>
    nat.chains.flatMap((c) => c.rules.map((r) => `${c.name} ${r.key}`));
  const kept = { v4: new Set(keys(target.nat.v4)), v6: new Set(keys(target.nat.v6)) };
  const lost = (family: 'v4' | 'v6'): number =>
    keys(applied.target.nat[family]).filter((k) => !kept[family].has(k)).length;
  return lost('v4') + lost('v6');
}

/** Rules that a reboot took are no drift: nobody did it behind our back. */
export function afterBoot(memory: Memory, bootId: string | null): boolean {
  return bootId !== null && memory.bootId !== null && memory.bootId !== bootId;
}

function causeOf(proposal: Proposal, request: PassRequest, memory: Memory, bootId: string | null): Cause {
  if (request.take && takesOver(proposal)) return 'take';
  if (request.approves === true) return 'approve';
  if (proposal.restores !== null) return 'rollback';
  if (!proposal.fresh) return afterBoot(memory, bootId) ? 'boot' : 'heal';
  const { applied, commit } = proposal;
  const sameCommit = commit !== null && applied?.commit?.commit === commit.commit && applied.restores === undefined;
  return sameCommit ? 'upgrade' : 'push';
}

function takesOver({ plan }: Proposal): boolean {
  return plan.changes.some(({ kind, note }) => kind === 'foreign-rule' || (kind === 'file' && note === takenOver));
}

function wait(outcome: 'waiting' | 'held' | 'rejected' | 'quarantined', text: string): Verdict {
  return { kind: 'wait', outcome, text };
}

function source(proposal: Pick<Proposal, 'restores' | 'commit'>): string {
  if (proposal.restores !== null) return `generation ${proposal.restores}`;
  return proposal.commit === null ? 'the folder' : `commit ${proposal.commit.commit.slice(0, 10)}`;
}
