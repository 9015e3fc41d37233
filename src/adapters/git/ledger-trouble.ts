/** What a failed git says of the ledger: that it is damaged, that the disk is, or that another one writes to it. */
import { Fault } from '../../model/fault.ts';

const diskTroubles: readonly (readonly [words: RegExp, why: string])[] = [
  [/no space left|out of disk ?space/i, 'the disk is full'],
  [/disk quota exceeded/i, 'the disk quota is used up'],
  [/read-only file system/i, 'the file system is mounted read-only'],
  [/permission denied/i, 'permission denied'],
  [/input\/output error/i, 'the disk reports an input/output error'],
];

/** Git's words for another writer that was faster, or is at work: the branch stands as that one left it. */
export const overtakenWords =
  /not updating .* does not contain|cannot lock ref .*(is at .* but expected|reference already exists|file exists)/is;

export function damagedLedger(path: string, what: string, cause: unknown): Fault {
  const detail = cause instanceof Fault ? cause.detail : {};
  return new Fault('ledger-damaged', `The ledger in ${path} is damaged: ${what}.`, {
    ...detail,
    help:
      `Nothing is applied until it is whole, and natroute never resets it. Look at it with \`git -C ${path} fsck\` and restore it from a backup; ` +
      'or move the folder away, and a new ledger begins. The live rules stay as they are.',
    cause,
  });
}

export function ledgerFault(path: string, what: string, error: unknown): Fault {
  if (!(error instanceof Fault)) return damagedLedger(path, what, error);
  const output = error.detail.output ?? '';
  // Only git's own verdict is one on the ledger: not that it is missing, or was stopped from outside.
  const stopped = error.code === 'command-failed' && error.detail.exitCode === undefined;
  if (stopped || (error.code !== 'command-failed' && error.code !== 'git-refused')) return error;
  const [, why] = diskTroubles.find(([words]) => words.test(output)) ?? [];
  if (why !== undefined) {
    return new Fault('disk', `The ledger in ${path} cannot be written: ${why}.`, {
      ...error.detail,
      help: 'Free some space or correct the rights of that folder, then try again.',
      cause: error,
    });
  }
  if (overtakenWords.test(output)) {
    return new Fault('lock-held', `Another git is writing to the ledger in ${path}.`, {
      ...error.detail,
      help: 'Wait until it is done; a lock that a crash left there is taken away after two minutes.',
      cause: error,
    });
  }
  return damagedLedger(path, what, error);
}
