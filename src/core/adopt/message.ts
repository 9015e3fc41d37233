/** The message of the commit that is pushed as a branch: what was done by hand, by whom, and where the ledger has it. */
import { limits } from '../../model/limits.ts';
import type { Actor } from '../../model/record.ts';
import { oneLine } from '../ledger/plain.ts';
import { actorWords } from '../ledger/subject.ts';
import { showTime } from '../views/words.ts';
import type { Adoption } from './adopt.ts';

export interface MessageFacts {
  readonly host: string;
  readonly adoption: Adoption;
  /** Null: found in the kernel just now. */
  readonly entry: { readonly id: string; readonly at: string } | null;
  readonly actor: Actor | null;
}

export function adoptMessage({ host, adoption, entry, actor }: MessageFacts): string {
  const { adopted } = adoption;
  const [first] = adopted;
  const what = adopted.length === 1 ? (first?.text ?? '') : `${adopted.length} changes`;
  const subject = oneLine(`Adopt what was changed on ${host}: ${what}`, limits.subjectCharacters);
  const lines = adopted.map(({ text }) => `- ${oneLine(text, limits.trailerCharacters)}`);
  const shown = lines.slice(0, limits.changeLines);
  const more = lines.length > shown.length ? [`... and ${lines.length - shown.length} more`] : [];
  const who = actorWords(actor);
  const found =
    entry === null ? 'Found in the kernel' : `Found ${showTime(entry.at)}, ledger entry ${entry.id.slice(0, 10)}`;
  return `${subject}\n\nChanged by hand${who === '' ? '' : ` ${oneLine(who, limits.trailerCharacters)}`}:\n\n${[...shown, ...more].join('\n')}\n\n${found}.\n`;
}
