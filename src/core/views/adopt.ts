/** What is adopted, what is left and why, and what happens next: beside the patch, which is for git. */
import type { Adoption } from '../adopt/adopt.ts';
import { actorWords } from '../ledger/subject.ts';
import { commentOf } from '../nat/rule.ts';
import { isOurComment, mark } from '../nat/ours.ts';
import type { Change } from '../../model/change.ts';
import type { Actor, CommitFacts } from '../../model/record.ts';
import { printable, type Paint } from './paint.ts';
import { counted, row, showTime } from './words.ts';

export interface AdoptFacts {
  readonly host: string;
  readonly note: string | null;
  /** Null: nothing was applied on this host yet. */
  readonly base: CommitFacts | null;
  readonly found: {
    readonly entry: { readonly id: string; readonly at: string } | null;
    readonly actor: Actor | null;
    readonly changes: readonly Change[];
  } | null;
  readonly adoption: Adoption;
  readonly heals: boolean;
}

interface Shape {
  readonly paint: Paint;
  readonly columns: number;
  /** The commit that was pushed, and as which branch; null where the patch is printed. */
  readonly branch: { readonly name: string; readonly commit: string } | null;
}

export function adoptText(facts: AdoptFacts, { paint, columns, branch }: Shape): string {
  const { host, note, base, found, adoption } = facts;
  const lines: string[] = note === null ? [] : [...row('', printable(note), { indent: '', columns })];
  if (base === null) return `${[...lines, `${host}: nothing was applied on this host yet`].join('\n')}\n`;
  if (found === null) {
    lines.push(`${host}: nothing to adopt: no drift is there, and the ledger has none`, ...foreignHint(columns));
    return `${lines.join('\n')}\n`;
  }
  const { adopted, left } = adoption;
  const some = adopted.flatMap(({ changes }) => changes).length;
  const all = found.changes.length;
  lines.push(paint('strong', `${host}: ${some} of ${counted(all, 'change')} can be adopted, ${foundWords(found)}`));
  for (const { text, files } of adopted)
    lines.push(...row('  + ', `${printable(text)} (${files.map(printable).join(', ')})`, { indent: '', columns }));
  for (const { change, why } of left) {
    lines.push(...row('  ! ', `not ${printable(changeWords(change))}`, { indent: '', columns }));
    lines.push(...row('    ', `because ${printable(why)}`, { indent: '', columns }));
  }
  lines.push(...nextSteps(facts, base, { columns, branch }));
  return `${lines.join('\n')}\n`;
}

function foundWords({ entry, actor }: NonNullable<AdoptFacts['found']>): string {
  const who = actorWords(actor);
  const by = who === '' ? '' : `, ${printable(who)}`;
  if (entry === null) return `as it is now${by}`;
  return `as the ledger has it: entry ${entry.id.slice(0, 10)} of ${showTime(entry.at)}${by}`;
}

/** `deleted web main:80/tcp`; the whole rule where it is not ours. */
function changeWords({ action, kind, chain, before, after, key }: Change): string {
  const words = { create: 'added', delete: 'deleted', update: 'changed', replace: 'changed' } as const;
  const text = after ?? before;
  const comment = text === null ? null : commentOf(text);
  if (kind === 'rule' && comment !== null && isOurComment(comment) && comment !== mark)
    return `${words[action]}: ${comment.slice(mark.length + 1)}`;
  if (kind === 'file' || kind === 'sysctl') return `${words[action]}: ${kind} ${key}`;
  return `${words[action]}: ${kind === 'chain' || text === null ? key : `-A ${chain ?? ''} ${text}`}`;
}

function nextSteps(
  { adoption, heals, found }: AdoptFacts,
  base: CommitFacts,
  { columns, branch }: Pick<Shape, 'columns' | 'branch'>,
): readonly string[] {
  const next = (text: string): readonly string[] => row('next: ', text, { indent: '', columns });
  if (adoption.adopted.length === 0) return foreignHint(columns);
  const healed = heals && found?.entry === null ? '; until then the next heal takes the change away' : '';
  const back = found?.entry === null ? '' : '; what was healed comes back with it';
  if (branch !== null)
    return next(`look at ${branch.name} (commit ${branch.commit.slice(0, 10)}) and merge it${healed}${back}`);
  return next(
    `\`natroute adopt | git apply\` in a working copy of commit ${base.commit.slice(0, 10)}, then commit and push it${healed}${back}`,
  );
}

function foreignHint(columns: number): readonly string[] {
  const text =
    "rules outside of natroute's own chains are no drift: write them into guests/, and `natroute apply --take` moves them";
  return row('note: ', text, { indent: '', columns });
}
