/** What a pass, a lane or a gate has to tell, as alerts: short lines that read on a phone. */
import type { Alert } from '../../model/alert.ts';
import type { Change, Impact } from '../../model/change.ts';
import type { GuestHeal } from '../../model/guest-status.ts';
import { limits } from '../../model/limits.ts';
import type { Actor, CommitFacts, LedgerSummary } from '../../model/record.ts';
import { showForward, suspensionText } from '../drift/suspension.ts';
import { identity } from '../drift/track.ts';
import { fightWords } from '../drift/words.ts';
import { whyLeftFile } from '../files/compare.ts';
import type { DriftItem, Suspension } from '../../model/drift.ts';
import { actorStory, changeCounts } from '../ledger/subject.ts';
import { oneLine } from '../ledger/plain.ts';
import { commentOf } from '../nat/rule.ts';
import { isOurComment, mark } from '../nat/ours.ts';
import { counted } from '../views/words.ts';

type Words = Pick<Alert, 'event' | 'topic' | 'at' | 'title'> & Partial<Alert>;

function alert({ what = [], ...words }: Words): Alert {
  return {
    state: 'trouble',
    who: null,
    done: '',
    more: 'natroute status',
    ...words,
    title: tellable(words.title),
    what: atMostLines(what),
  };
}

/** One line that shows no password of a URL in it, whoever wrote it. */
export function tellable(text: string): string {
  return oneLine(text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1***@'), limits.alertLineCharacters);
}

function atMostLines(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, limits.alertLines).map(tellable);
  const more = lines.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

export interface DriftNews {
  readonly at: string;
  readonly changes: readonly Change[];
  /** Of each change, as far as anybody was seen. */
  readonly actors: readonly (Actor | null)[];
  /** What the drift means outside. */
  readonly impact: readonly Impact[];
  readonly healed: boolean;
}

/** Healed in the same pass: told once. Left as it is: a trouble until it is gone. */
export function driftAlert({ at, changes, actors, impact, healed }: DriftNews): Alert {
  const rules = changes.map(changeWords);
  const onlyRules = changes.every(({ kind }) => kind !== 'file' && kind !== 'sysctl');
  return alert({
    event: 'drift',
    topic: 'drift',
    state: healed ? 'news' : 'trouble',
    at,
    title: `${changeCounts(changes)} by hand${healed ? ', put back' : ''}`,
    what: impact.length > 0 ? [...impact.map(({ text }) => text), ...rules] : rules,
    who: whoDid(actors),
    done: healed ? `healed: ${onlyRules ? 'the rules are as they were' : 'all is as it was'}` : 'left as it is',
    more: healed ? 'natroute history' : 'natroute drift',
  });
}

/** Null where no guest had to be put right. */
export function guestHealAlert(at: string, heals: readonly GuestHeal[]): Alert | null {
  if (heals.length === 0) return null;
  return alert({
    event: 'drift',
    topic: 'drift',
    state: 'news',
    at,
    title: `${counted(heals.length, 'guest')} changed by hand or ended, put back`,
    what: heals.map(({ name, text }) => `${name}: ${text}`),
    done: 'healed: it is as it was',
  });
}

/** Somebody else insists on another state: it is healed again and again, with growing pauses. */
export function fightAlert(at: string, items: readonly DriftItem[]): Alert {
  return alert({
    event: 'drift',
    topic: 'drift',
    at,
    title: fightWords(items),
    what: items.map(({ change }) => changeWords(change)).sort(),
    who: whoDid(items.map(({ actor }) => actor)),
    done: 'healed again and again, with growing pauses; stop one of the two',
    more: 'natroute drift',
  });
}

/** Null where nothing is suspended. */
export function suspendedAlert(at: string, suspensions: readonly Suspension[]): Alert | null {
  const [first, ...rest] = suspensions;
  if (first === undefined) return null;
  const what = first.only === null ? 'everything' : showForward(first.only);
  return alert({
    event: 'suspended',
    topic: 'suspended',
    at,
    title: `suspended: ${what}${rest.length === 0 ? '' : ` and ${rest.length} more`}`,
    what: suspensions.map(suspensionText),
    done: 'left alone until then; `natroute resume` ends it',
  });
}

function whoDid(actors: readonly (Actor | null)[]): string | null {
  // A process gives itself any name that it likes.
  const all = actors.map((actor) => tellable(actorStory(actor).replace(/^by /, ''))).filter((words) => words !== '');
  return all.length === 0 ? null : [...new Set(all)].slice(0, 3).join('; ');
}

/** `- web main:80/tcp`: what a person would call the rule. */
export function changeWords(change: Change): string {
  const { action, kind, chain, key, before, after, note } = change;
  const comment = kind === 'file' ? null : commentOf(after ?? before ?? '');
  const label = comment !== null && comment !== mark && isOurComment(comment) ? comment.slice(mark.length + 1) : null;
  const sign = { create: '+', update: '~', replace: '~', delete: '-' }[action];
  const left = whyLeftFile(change);
  if (left !== null) return `${sign} ${left}`;
  const place = kind === 'jump' && note === 'moved' ? ' is not the first rule any more' : '';
  return `${sign} ${label ?? (kind === 'rule' ? `${chain ?? ''}: ${key}` : `${kind} ${chain ?? key}${place}`)}`;
}

export interface AppliedNews {
  readonly at: string;
  readonly commit: CommitFacts | null;
  readonly text: string;
  readonly impact: readonly Impact[];
  readonly changes: readonly Change[];
}

export function appliedAlert({ at, commit, text, impact, changes }: AppliedNews): Alert {
  const lines = impact.length > 0 ? impact.map((one) => one.text) : changes.map(changeWords);
  return alert({
    event: 'applied',
    topic: 'applied',
    state: 'news',
    at,
    title: commit === null ? 'applied' : `applied "${commit.subject}"`,
    what: lines,
    who: commit === null ? null : tellable(commit.author),
    done: tellable(text),
    more: 'natroute history',
  });
}

/** What a commit had changed while it was suspended: nobody did it by hand. */
export function heldBackAlert({ changes, ...news }: AppliedNews): Alert {
  return {
    ...appliedAlert({ ...news, changes: changes.map(undone) }),
    title: `applied what a suspension had held back: ${changeCounts(changes.map(undone))}`,
    done: 'all is as the commit in force says',
  };
}

function undone(change: Change): Change {
  const action = change.action === 'create' ? 'delete' : change.action === 'delete' ? 'create' : change.action;
  return { ...change, action, before: change.after, after: change.before };
}

/** What passes wrote down that were killed before they could tell it; drift that is still there is told as that. */
export function untoldAlerts(records: readonly LedgerSummary[], there: readonly Change[]): readonly Alert[] {
  const open = new Set(there.map(identity));
  return records.flatMap(({ at, cause, outcome, desired, changes, impact, actor, reason, about }) => {
    // Whoever looks after guests tells of them.
    if (about === 'guests') return [];
    const news = { at, commit: desired, text: reason ?? 'applied', impact, changes };
    if (outcome === 'applied' && cause !== 'boot') return [appliedAlert(news)];
    if (outcome === 'recovered' && cause !== 'boot' && cause !== 'heal' && desired !== null)
      return [{ ...appliedAlert(news), title: tellable(`after a crash "${desired.subject}" is in force`) }];
    const over = cause === 'drift' && outcome === 'reported' ? changes.filter((one) => !open.has(identity(one))) : [];
    return over.length === 0 ? [] : [driftAlert({ at, changes: over, actors: [actor], impact, healed: true })];
  });
}

/** A commit that is not applied, and why. */
export function commitAlert(
  why: 'held' | 'rejected' | 'quarantined',
  { at, commit, text }: { readonly at: string; readonly commit: CommitFacts | null; readonly text: string },
): Alert {
  const event = why === 'held' ? 'held' : 'rejected';
  return alert({
    event,
    topic: event,
    at,
    title: commit === null ? `new commits are ${why}` : `${why}: "${commit.subject}"`,
    what: [text],
    who: commit === null ? null : tellable(commit.author),
    done: 'not applied; what is in force stays',
    more: event === 'held' ? 'natroute plan' : 'natroute status',
  });
}

export interface Failure {
  readonly at: string;
  /** What failed: `network`, `fetch`, `guests`. */
  readonly lane: string;
  readonly reason: string;
  readonly help: string | null;
}

export function failedAlert({ at, lane, reason, help }: Failure): Alert {
  const titles: Readonly<Record<string, string>> = {
    network: 'the firewall could not be brought to its target',
    fetch: 'new commits cannot be fetched',
    guests: 'guests are not as they should be',
    ledger: 'the ledger cannot be kept as the local config asks',
  };
  return alert({
    event: 'failed',
    topic: lane,
    at,
    title: titles[lane] ?? `${lane} failed`,
    what: [reason, ...(help === null ? [] : [help])],
    done: 'tried again by itself; what was applied last stays enforced',
  });
}

/** What is gone stays gone: told once. */
export function gapAlert({ at, text }: { readonly at: string; readonly text: string }): Alert {
  return alert({
    event: 'failed',
    topic: 'ledger',
    state: 'news',
    at,
    title: 'the ledger has a gap: what was written down is gone',
    what: [text],
    done: 'it goes on from here, and says so; the rules are kept as before',
    more: 'natroute history --verify',
  });
}

export function testAlert(at: string): Alert {
  return alert({
    event: 'test',
    topic: 'test',
    state: 'news',
    at,
    title: 'a test alert',
    what: ['If you can read this, alerts of this host reach you.'],
    done: 'nothing was changed',
    more: 'natroute status',
  });
}
