/** The first line of a ledger entry: what a person sees in `git log --oneline` and `natroute history`. */
import type { Change, Impact } from '../../model/change.ts';
import { showPorts } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';
import type { Actor, LedgerSummary } from '../../model/record.ts';
import { oneLine } from './plain.ts';

function place(impact: Impact): string {
  const family = impact.family === null ? '' : ` on ${impact.family}`;
  return `${impact.address}:${showPorts(impact.ports)}/${impact.protocol}${family}`;
}

function impactWords(impact: Impact): string {
  const { effect } = impact;
  const after = impact.after ?? 'nobody';
  switch (effect) {
    case 'opens':
      return `Open ${place(impact)} to ${after}`;
    case 'closes':
      return `Close ${place(impact)}`;
    case 'narrows':
      return `Narrow ${place(impact)}${impact.sources === null ? '' : ` to ${impact.sources.join(', ')}`}`;
    case 'widens':
      return `Widen ${place(impact)} to ${impact.sources === null ? 'anyone' : impact.sources.join(', ')}`;
    case 'retargets':
      return `Move ${place(impact)} to ${after}`;
    case 'falls-to-host':
      return `Let ${place(impact)} fall to the host`;
    default:
      return effect satisfies never;
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `2 rules deleted, 1 rule created`, in a fixed order. */
export function changeCounts(changes: readonly Change[]): string {
  const words = { create: 'created', update: 'changed', replace: 'replaced', delete: 'deleted' } as const;
  const kinds = [...new Set(changes.map((change) => change.kind))];
  const parts = (['create', 'update', 'replace', 'delete'] as const).flatMap((action) =>
    kinds.flatMap((kind) => {
      const count = changes.filter((change) => change.action === action && change.kind === kind).length;
      return count === 0 ? [] : [`${counted(count, kind.replace('-', ' '))} ${words[action]}`];
    }),
  );
  return parts.length === 0 ? 'nothing changed' : parts.join(', ');
}

function whatChanged(record: LedgerSummary): string {
  const [first, ...rest] = record.impact;
  if (first !== undefined) return impactWords(first) + (rest.length === 0 ? '' : ` and ${rest.length} more`);
  if (record.changes.length > 0) return `Apply: ${changeCounts(record.changes)}`;
  return record.generation === null ? 'Apply, with nothing to change' : `Apply generation ${record.generation}`;
}

/** `by iptables, pid 4393, user bob`; '' where nothing is known. */
export function actorWords(actor: Actor | null): string {
  if (actor === null) return '';
  const parts = [
    ...(actor.process === null ? [] : [actor.process]),
    ...(actor.pid === null ? [] : [`pid ${actor.pid}`]),
    ...(actor.user === null ? [] : [`user ${actor.user}`]),
  ];
  return parts.length === 0 ? '' : `by ${parts.join(', ')}`;
}

/** As actorWords, and all else that is known: `... (as root), on pts0, started by bash (pid 22): iptables -t nat -F`. */
export function actorStory(actor: Actor | null): string {
  if (actor === null) return '';
  const { ranAs, terminal, parent, command } = actor;
  const as = ranAs === undefined || ranAs === actor.user ? '' : ` (as ${ranAs})`;
  const where = terminal === undefined ? '' : `, on ${terminal}`;
  const from =
    parent === undefined ? '' : `, started by ${parent.process ?? 'a process that is gone'} (pid ${parent.pid})`;
  return `${actorWords(actor)}${as}${where}${from}${command === undefined ? '' : `: ${command}`}`;
}

/** `Bring back the guest web: start web`, `Change 2 guests: mail, web`. */
function guestsSentence({ cause, outcome, changes }: LedgerSummary): string {
  const [first, ...more] = changes;
  const one = first !== undefined && more.length === 0;
  const who = one ? `the guest ${first.key}` : counted(changes.length, 'guest');
  const what = one ? (first.after ?? '') : changes.map(({ key }) => key).join(', ');
  const words = (verb: string, end = ''): string => `${verb} ${who}${end}${what === '' ? '' : `: ${what}`}`;
  switch (outcome) {
    case 'applied':
      return cause === 'boot' ? words('Bring up', ' after the boot') : words('Change');
    case 'healed':
      return words('Bring back');
    case 'reported':
      return cause === 'drift' ? words('Find drift of', ', left as it is') : words('Let', ' wait for a restart');
    case 'failed':
      return words('Fail with');
    case 'confirmed':
    case 'rolled-back':
    case 'recovered':
    case 'unloaded':
    case 'suspended':
    case 'resumed':
    case 'unknown':
      return words('Tell of');
    default:
      return outcome satisfies never;
  }
}

function sentence(record: LedgerSummary): string {
  if (record.gap !== undefined) return `Go on after a gap: ${record.gap}`;
  const { outcome } = record;
  if (record.about === 'guests') return guestsSentence(record);
  const why = record.reason === null ? '' : `: ${record.reason}`;
  switch (outcome) {
    case 'applied':
      return whatChanged(record);
    case 'confirmed':
      return `Confirm generation ${record.generation ?? 'none'}${why}`;
    case 'reported':
      return `Find drift: ${changeCounts(record.changes)} ${actorWords(record.actor)}${why}`;
    case 'healed':
      return record.changes.length === 0 ? `Heal drift${why}` : `Heal drift: ${changeCounts(record.changes)}`;
    case 'failed':
      return `Fail${why}`;
    case 'rolled-back':
      return `Roll back to generation ${record.generation ?? 'none'}${why}`;
    case 'recovered':
      return `Recover after an interruption${why}`;
    case 'unloaded':
      return `Unload: ${changeCounts(record.changes)}`;
    case 'suspended':
      return `Suspend${why}`;
    case 'resumed':
      return `End the suspension${why}`;
    case 'unknown':
      return `Do what only natroute ${record.versions.natroute} knows${why}`;
    default:
      return outcome satisfies never;
  }
}

/** At most `limits.subjectCharacters` characters, ending in the cause and the desired commit: `(push 3f2a91c)`. */
export function subjectOf(record: LedgerSummary): string {
  const commit = record.desired === null ? '' : ` ${record.desired.commit.slice(0, 7)}`;
  const tail = oneLine(`(${record.cause}${commit})`, 30);
  return `${oneLine(sentence(record), limits.subjectCharacters - tail.length - 1)} ${tail}`;
}
