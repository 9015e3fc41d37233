/** Whether the ledger still is what was written: every object, the chain, the end that it had, and its signatures. */
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { LedgerVerdict, Progress } from '../../ports.ts';
import { verdictOf } from './commit.ts';
import type { Git } from './factory.ts';
import { beginningOf, type KeptLedger, withEarlier } from './ledger-keep.ts';
import { readAllSteps } from './ledger-steps.ts';
import { readObjects } from './objects.ts';

export interface CheckedLedger {
  readonly git: Git;
  readonly branch: string;
  /** The last entry that this host appended, '' where it kept none. */
  readonly marker: () => Promise<string>;
  readonly damaged: (what: string, cause?: unknown) => Fault;
}

/** Fault ledger-damaged. */
export async function checkHead(ledger: CheckedLedger): Promise<void> {
  const { git, branch, damaged } = ledger;
  const [commit, tree] = await objectsOf(ledger, [`${branch}^{commit}`, `${branch}:changes.json`]);
  if (commit === undefined || typeof commit === 'string') throw damaged('its last entry cannot be read');
  if (tree === undefined || typeof tree === 'string') throw damaged('its last entry has lost its files');
  const known = await ledger.marker();
  // Ledgers of earlier versions have words there.
  if (known === commit.id || !/^[0-9a-f]{40,64}$/.test(known)) return;
  const { exitCode } = await git({ args: ['merge-base', '--is-ancestor', known, branch], accept: [0, 1, 128] });
  if (exitCode !== 0)
    throw damaged(`its history was rewritten: entry ${known.slice(0, 10)}, which was its end, is no more in it`);
}

async function objectsOf(ledger: CheckedLedger, names: readonly string[]): ReturnType<typeof readObjects> {
  try {
    return await readObjects(ledger.git, names, limits.ledgerReadBytes);
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'command-missing' || error.code === 'command-timeout') throw error;
    throw ledger.damaged('its last entry cannot be read', error);
  }
}

export async function verifyLedger(ledger: CheckedLedger & KeptLedger, progress: Progress): Promise<LedgerVerdict> {
  const damage: string[] = [];
  const told = async <Part>(work: () => Promise<Part>, otherwise: Part): Promise<Part> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'ledger-damaged') throw error;
      damage.push(error.message);
      return otherwise;
    }
  };
  await told(() => checkHead(ledger), undefined);
  // Git looks at each object before the first entry is read, and does not say how far it is.
  const entries = await entriesOf(ledger);
  if (entries >= limits.ledgerStepsAtOnce) progress(0, entries);
  damage.push(...(await fsck(ledger)));
  const steps = await told(() => readAllSteps(ledger, progress), []);
  const signatures = await told(
    () =>
      readSignatures(
        ledger,
        steps.map(({ id }) => id),
      ),
    [],
  );
  await told(() => withEarlier(ledger, steps), []);
  const letGo = await told(() => parentOfFirst(ledger), null);
  return { steps, damage: [...new Set(damage)], signatures, letGo };
}

/** As the first entry itself says, which git does not follow any more; null where none was let go. */
async function parentOfFirst(ledger: CheckedLedger & KeptLedger): Promise<string | null> {
  const beginning = await beginningOf(ledger.folder);
  if (beginning === null) return null;
  const [first] = await objectsOf(ledger, [beginning]);
  if (first === undefined || typeof first === 'string') throw ledger.damaged('its first entry cannot be read');
  return /^parent ([0-9a-f]+)$/m.exec(headersOf(first.content))?.[1] ?? null;
}

/** 0 where git cannot say. */
async function entriesOf({ git, branch }: CheckedLedger): Promise<number> {
  const { stdout } = await git({ args: ['rev-list', '--count', branch, '--'], accept: [0, 128] });
  return Number(stdout.toString('utf8').trim()) || 0;
}

async function fsck({ git }: CheckedLedger): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await git({
    args: ['fsck', '--strict', '--full', '--no-dangling', '--no-progress'],
    seconds: limits.ledgerFsckSeconds,
    accept: Array.from({ length: 256 }, (_, code) => code),
  });
  const lines = `${stdout.toString('utf8')}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  if (exitCode === 0) return [];
  const shown = lines.slice(0, limits.ledgerDamageShown);
  const more = lines.length - shown.length;
  return [
    ...(shown.length === 0 ? [`git fsck ended with ${exitCode}`] : shown.map((line) => `git fsck: ${line}`)),
    ...(more > 0 ? [`git fsck: ... and ${more} lines more`] : []),
  ];
}

/** Of those entries that carry a signature; each costs a run of ssh-keygen. */
async function readSignatures(ledger: CheckedLedger, ids: readonly string[]): Promise<LedgerVerdict['signatures']> {
  const commits = await objectsOf(ledger, ids);
  const signed = ids.filter((_, i) => {
    const commit = commits[i];
    return commit !== undefined && typeof commit !== 'string' && /^gpgsig(-sha256)? /m.test(headersOf(commit.content));
  });
  if (signed.length === 0) return [];
  const { stdout } = await ledger.git({
    args: ['log', '--no-walk=unsorted', '--stdin', '--no-show-signature', '--format=%H %G?'],
    input: `${signed.join('\n')}\n`,
    seconds: limits.ledgerFsckSeconds,
  });
  return stdout
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', letter = ''] = line.split(' ');
      return { id, signature: verdictOf(letter) };
    });
}

function headersOf(content: Buffer): string {
  const end = content.indexOf('\n\n');
  return content.toString('latin1', 0, end < 0 ? content.length : end);
}
