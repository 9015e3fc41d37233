/**
 * The old end of a ledger, let go: git's own mark of a shallow history, so that every entry that stays is what it was, bit
 * for bit, and a note of what the rules that still stand go back to. The note comes first; the mark is what counts.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerStep } from '../../model/record.ts';
import { createFiles } from '../files.ts';
import { readIndex, type StepsSource, writeIndex } from './ledger-steps.ts';
import { repackConfig } from './store.ts';

export interface KeptLedger extends StepsSource {
  readonly folder: string;
  readonly earlierSteps: (steps: readonly LedgerStep[]) => readonly LedgerStep[];
}

/** The first entry that is still there; null where none was let go. */
export async function beginningOf(folder: string): Promise<string | null> {
  const content = await createFiles().read(join(folder, 'shallow'));
  return content === null ? null : new TextDecoder().decode(content).trim();
}

const notePath = (folder: string, beginning: string): string => join(folder, `natroute-earlier-${beginning}`);

/** `steps` as git tells them: the first one looks as if it had brought the whole table. Fault ledger-damaged. */
export async function withEarlier(ledger: KeptLedger, steps: readonly LedgerStep[]): Promise<readonly LedgerStep[]> {
  const beginning = await beginningOf(ledger.folder);
  if (beginning === null) return steps;
  const noted = await readIndex(notePath(ledger.folder, beginning));
  const [first, ...rest] = steps;
  const own = noted.at(-1);
  if (own === undefined || own.id !== beginning || first?.id !== beginning)
    throw ledger.damaged('what its rules go back to, before its first entry, cannot be read');
  return [...noted.slice(0, -1), { ...first, came: own.came, gone: own.gone }, ...rest];
}

/** `all` is withEarlier's, `pushed` the entry that the remote has, null where there is no remote; how many went. */
export async function letGo(
  ledger: KeptLedger,
  all: readonly LedgerStep[],
  { before, pushed }: { readonly before: Date; readonly pushed: string | null },
): Promise<number> {
  const { folder, indexPath, earlierSteps, run } = ledger;
  const from = all.findIndex((step) => step.letGo !== true);
  const to = all.findLastIndex(({ heading }) => Date.parse(heading.at) <= before.getTime());
  const beginning = all[to];
  if (beginning === undefined || to <= from) return 0;
  if (pushed !== null && !all.slice(to).some(({ id }) => id === pushed)) return 0;
  const earlier = earlierSteps(all.slice(0, to)).map((step): LedgerStep => ({ ...step, letGo: true }));
  const old = await beginningOf(folder);
  await writeIndex(notePath(folder, beginning.id), [...earlier, beginning]);
  // The index goes first: it must not tell of what is no more there.
  await rm(indexPath, { force: true });
  await createFiles().write(join(folder, 'shallow'), `${beginning.id}\n`, 0o644);
  if (old !== null) await rm(notePath(folder, old), { force: true });
  await run('its old entries cannot be dropped', { args: [...repackConfig, 'repack', '-a', '-d', '-l', '-n', '-q'] });
  await run('its old entries cannot be dropped', { args: ['prune', '--expire=now'] });
  return to - from;
}
