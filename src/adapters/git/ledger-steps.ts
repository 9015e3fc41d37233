/**
 * What each entry of the ledger did to our rules, by `git log -p`, and an index of it beside the ledger. The index is a
 * cache and never the truth: where it is gone, torn, or does not end in an entry of the branch, it is made anew.
 */
import { createHash } from 'node:crypto';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { LedgerHeading, LedgerStep } from '../../model/record.ts';
import type { Progress } from '../../ports.ts';
import { createFiles } from '../files.ts';
import type { GitCall, GitResult } from './factory.ts';

export interface StepsSource {
  /** Runs git in the ledger; its faults are verdicts on the ledger, except where `accept` takes the exit code. */
  readonly run: (what: string, call: GitCall) => Promise<GitResult>;
  readonly branch: string;
  readonly indexPath: string;
  readonly parseHeading: (id: string, message: string) => LedgerHeading;
  readonly damaged: (what: string) => Fault;
}

/** Of what an index file says first; another format is no index. */
const indexFormat = 1;

export async function readSteps(source: StepsSource, progress: Progress): Promise<readonly LedgerStep[]> {
  return readOn(source, await readIndex(source.indexPath), progress);
}

/** From the ledger itself, whatever the index says. */
export async function readAllSteps(source: StepsSource, progress: Progress): Promise<readonly LedgerStep[]> {
  return readOn(source, [], progress);
}

async function readOn(
  source: StepsSource,
  known: readonly LedgerStep[],
  progress: Progress,
): Promise<readonly LedgerStep[]> {
  const last = known.at(-1)?.id ?? null;
  const newer = last === null ? null : await idsAfter(source, last);
  const ids = newer ?? (await idsAfter(source, null)) ?? [];
  const steps = newer === null ? [] : [...known];
  for (let from = 0; from < ids.length; from += limits.ledgerStepsAtOnce) {
    if (from > 0) progress(from, ids.length);
    const wanted = ids.slice(from, from + limits.ledgerStepsAtOnce);
    steps.push(...(await readRange(source, { after: steps.at(-1)?.id ?? null, ids: wanted })));
  }
  if (ids.length >= limits.ledgerIndexBehind) {
    progress(ids.length, ids.length);
    // A person without root's rights reads without it, only slower.
    await writeIndex(source.indexPath, steps).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
    });
  }
  return steps;
}

/** The ids of the branch behind that entry, oldest first; null where the branch does not go on from it. */
async function idsAfter(source: StepsSource, last: string | null): Promise<readonly string[] | null> {
  const { stdout, exitCode } = await source.run('its history cannot be read', {
    args: ['rev-list', '--reverse', '--parents', source.branch, ...(last === null ? [] : [`^${last}`]), '--'],
    outputBytes: limits.ledgerReadBytes,
    // An entry that the ledger does not have: the index is of another one.
    ...(last === null ? {} : { accept: [0, 128] }),
  });
  if (exitCode !== 0) return null;
  const ids: string[] = [];
  for (const line of stdout.toString('utf8').split('\n')) {
    if (line === '') continue;
    const [id = '', ...parents] = line.split(' ');
    const before = ids.at(-1) ?? last;
    if (parents.length > 1 || (ids.length > 0 && parents[0] !== before))
      throw source.damaged(`entry ${id.slice(0, 10)} does not stand on the one before it alone`);
    if (ids.length === 0 && (parents[0] ?? null) !== last) return null;
    ids.push(id);
  }
  if (ids.length > 0 || last === null) return ids;
  // Nothing is newer: the branch ends in that very entry, or somewhere before it.
  const head = await source.run('its branch cannot be read', {
    args: ['for-each-ref', '--format=%(objectname)', source.branch],
  });
  return head.stdout.toString('utf8').trim() === last ? [] : null;
}

async function readRange(
  source: StepsSource,
  { after, ids }: { readonly after: string | null; readonly ids: readonly string[] },
): Promise<readonly LedgerStep[]> {
  const to = ids.at(-1) ?? '';
  const { stdout } = await source.run('its history cannot be read', {
    args: [
      ...['log', '--reverse', '--no-show-signature', '--format=%x00%H%n%B%x00'],
      ...['-p', '-U0', '--text', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color'],
      ...[to, ...(after === null ? [] : [`^${after}`]), '--'],
    ],
    outputBytes: limits.ledgerReadBytes,
  });
  const parts = stdout.toString('utf8').split('\0').slice(1);
  const steps: LedgerStep[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [top = '', patch = ''] = [parts[i], parts[i + 1]];
    const end = top.indexOf('\n');
    const [id, message] = [top.slice(0, end), top.slice(end + 1)];
    const subject = message.slice(0, message.indexOf('\n'));
    steps.push({ id, subject, heading: source.parseHeading(id, message), ...parsePatch(patch) });
  }
  if (steps.length !== ids.length || steps.some(({ id }, n) => id !== ids[n]))
    throw source.damaged('its entries are not what its chain says');
  return steps;
}

/** The rules in git's patch of an entry; what it did to other files is passed over. */
export function parsePatch(patch: string): Pick<LedgerStep, 'came' | 'gone'> {
  const came: Record<Family, string[]> = { v4: [], v6: [] };
  const gone: Record<Family, string[]> = { v4: [], v6: [] };
  let family: Family | null = null;
  let inHunk = false;
  for (const line of patch.split('\n')) {
    if (line.startsWith('diff --git ')) {
      const [, name] = /^diff --git a\/nat\.(v4|v6) b\//.exec(line) ?? [];
      family = name === 'v4' || name === 'v6' ? name : null;
      inHunk = false;
    } else if (line.startsWith('@@ ')) inHunk = true;
    else if (inHunk && family !== null && line.startsWith('+-A ')) came[family].push(line.slice(1));
    else if (inHunk && family !== null && line.startsWith('--A ')) gone[family].push(line.slice(1));
  }
  return { came, gone };
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** [] for no index, one that is not whole, and one that this user may not read. */
export async function readIndex(path: string): Promise<readonly LedgerStep[]> {
  let bytes: Uint8Array | null;
  try {
    bytes = await createFiles().read(path);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [];
  }
  if (bytes === null) return [];
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf('\n');
  const rest = text.slice(end + 1);
  if (text.slice(0, end) !== heading(rest)) return [];
  return JSON.parse(rest) as readonly LedgerStep[];
}

function heading(rest: string): string {
  return `natroute ledger index ${indexFormat} ${digestOf(rest)}`;
}

/** Fault disk. */
export async function writeIndex(path: string, steps: readonly LedgerStep[]): Promise<void> {
  const rest = `[\n${steps.map((step) => JSON.stringify(step)).join(',\n')}\n]\n`;
  await createFiles().write(path, `${heading(rest)}\n${rest}`, 0o600);
}
