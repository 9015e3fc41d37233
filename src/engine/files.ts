/** Files and kernel settings of the host, as the transaction needs them: looked at, carried out, read back, undone. */
import type { Found } from '../core/files/compare.ts';
import { changesOf, leftAfter, pathsOf } from '../core/files/compare.ts';
import { readHeader } from '../core/render/header.ts';
import type { Change } from '../model/change.ts';
import { Fault } from '../model/fault.ts';
import type { FilesPlan, FileSwap, FoundFile, SysctlSwap, WantedFile } from '../model/file.ts';
import type { FilesLeft, Intent } from '../model/record.ts';
import { sysctlValue } from '../model/sysctl.ts';
import type { Target } from '../model/target.ts';
import type { Proposal } from './request.ts';
import type { World } from './world.ts';

/** Whatever these targets name. */
export async function lookAtFiles(world: World, ...targets: readonly (Target | null)[]): Promise<Found> {
  const keys = new Set(targets.flatMap((target) => target?.sysctls.map(({ key }) => key) ?? []));
  const [files, sysctls] = await Promise.all([
    world.hostFiles.look(pathsOf(...targets)),
    world.sysctls.read([...keys]),
  ]);
  return { files, sysctls };
}

/** Another text where anything of the target's may have been changed. */
export async function filesSignature(world: World, target: Target | null): Promise<string> {
  if (target === null) return '';
  const [files, sysctls] = await Promise.all([
    world.hostFiles.signature(pathsOf(target)),
    world.sysctls.read(target.sysctls.map(({ key }) => key)),
  ]);
  return JSON.stringify([files, [...sysctls]]);
}

/** Files and settings that a change touches, with what they were, and others' files that it leaves. */
export type Undoable = Pick<Intent, 'files' | 'sysctls'> & { readonly filesLeft: FilesLeft };

/** What the intent says of it, so that it can be finished or undone. `before`: where others' files are left so far. */
export function undoableOf({ plan, applied, fresh }: Proposal, before: readonly string[]): Undoable {
  const { swaps = [], sysctls = [], left = [] } = plan.files ?? {};
  const after = leftAfter({ swaps, left }, { previous: applied?.target ?? null, fresh, before });
  return {
    ...(swaps.length === 0 ? {} : { files: swaps }),
    ...(sysctls.length === 0 ? {} : { sysctls }),
    filesLeft: { before, after },
  };
}

/** Files first, then settings, each read back. Faults: stale-file, verify-failed, those of the ports. */
export async function carryOutFiles(
  world: World,
  plan: Pick<FilesPlan, 'swaps' | 'sysctls'> | undefined,
): Promise<void> {
  const { swaps = [], sysctls = [] } = plan ?? {};
  if (swaps.length > 0) {
    await world.hostFiles.swap(swaps);
    const found = await world.hostFiles.look(swaps.map(({ path }) => path));
    const other = swaps.find(({ path, wanted }) => !is(found.get(path), wanted));
    if (other !== undefined)
      throw new Fault('verify-failed', `${other.path} is not as it was written: another program changed it at once`);
  }
  await setSysctls(world, sysctls);
}

/** Some settings put others back (ip_forward does): what is not as it was written is written once more. */
async function setSysctls(world: World, sysctls: readonly SysctlSwap[]): Promise<void> {
  let wrong = sysctls;
  for (let round = 0; round < 2 && wrong.length > 0; round++) {
    for (const { key, wanted } of wrong) await world.sysctls.write(key, wanted);
    const found = await world.sysctls.read(sysctls.map(({ key }) => key));
    wrong = sysctls.filter(({ key, wanted }) => sysctlValue(found.get(key) ?? '') !== sysctlValue(wanted));
  }
  const [first] = wrong;
  if (first === undefined) return;
  throw new Fault('verify-failed', `${first.key} is not ${first.wanted} after it was written`, {
    help: 'The kernel or another program keeps another value; look with `sysctl`.',
  });
}

export interface Undone {
  /** Where somebody else wrote meanwhile, so that it was left. */
  readonly others: readonly FileSwap[];
  /** What is not as it was before, one sentence each, without a stop. */
  readonly said: readonly string[];
  /** At which paths others' files stand again: to be remembered once it is sure that it stays undone. */
  readonly filesLeft: readonly string[];
}

/**
 * Puts back what stood there before, wherever it still is what natroute wrote. A setting that the kernel does not take
 * back is no reason to go back no further: it is said.
 */
export async function undoFiles(world: World, begun: Begun): Promise<Undone> {
  const { files = [], sysctls = [] } = begun;
  const { due, others } = await partFiles(world, files, ({ found, wanted }) => ({ from: wanted, to: asWanted(found) }));
  if (due.length > 0) await world.hostFiles.swap(due);
  const settings = await world.sysctls.read(sysctls.map(({ key }) => key));
  const stuck: string[] = [];
  for (const { key, found, wanted } of sysctls.toReversed())
    if (sysctlValue(settings.get(key) ?? '') === sysctlValue(wanted))
      await world.sysctls.write(key, found).catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        stuck.push(`${key} stays ${wanted} and is not ${found} again: ${error.message}`);
      });
  const { filesLeft: now = [] } = await world.memory.read();
  const filesLeft = begun.filesLeft?.before ?? [...new Set([...now, ...withoutHeader(files)])];
  return { others, said: [...othersText(others), ...stuck], filesLeft };
}

/** What an intent or a confirmation says of it, also one that an older natroute wrote. */
type Begun = Pick<Intent, 'files' | 'sysctls' | 'filesLeft'>;

/** Where nobody wrote down whose these were, they count as others'. */
function withoutHeader(files: readonly FileSwap[]): readonly string[] {
  return files.flatMap(({ path, found }) => (isForeign(found) ? [path] : []));
}

/** Goes on with what was begun, wherever it still is what that was made on. What could not be is left: those. */
export async function finishFiles(
  world: World,
  files: readonly FileSwap[],
  sysctls: readonly SysctlSwap[],
): Promise<readonly FileSwap[]> {
  const { due, others } = await partFiles(world, files, ({ found, wanted }) => ({ from: asWanted(found), to: wanted }));
  await carryOutFiles(world, { swaps: due, sysctls });
  return others;
}

/** What is still to be done; and where neither stands, so that somebody else wrote there meanwhile. */
async function partFiles(
  world: World,
  files: readonly FileSwap[],
  way: (swap: FileSwap) => { readonly from: WantedFile | null; readonly to: WantedFile | null },
): Promise<{ readonly due: readonly FileSwap[]; readonly others: readonly FileSwap[] }> {
  const now = await world.hostFiles.look(files.map(({ path }) => path));
  const [due, others]: [FileSwap[], FileSwap[]] = [[], []];
  for (const swap of files) {
    const there = now.get(swap.path) ?? { kind: 'absent' };
    const { from, to } = way(swap);
    if (to === null || is(there, to)) continue;
    if (from !== null && is(there, from)) due.push({ path: swap.path, found: there, wanted: to });
    else others.push(swap);
  }
  return { due, others };
}

/** One sentence each. */
export function othersText(others: readonly FileSwap[]): readonly string[] {
  return others.map(({ path }) => `${path} was changed by another program meanwhile and was left as it is`);
}

/** What of others stood there before them, and may stand nowhere any more: the ledger keeps it. */
export function othersChanges(others: readonly FileSwap[]): readonly Change[] {
  return changesOf({ swaps: others.filter(({ found }) => isForeign(found)), sysctls: [], taken: new Set() });
}

/** Without our header; a link has none, and is told rather once too often. */
function isForeign(found: FoundFile): boolean {
  return found.kind === 'link' || (found.kind === 'file' && readHeader(found.content) === null);
}

function is(there: FoundFile | undefined, wanted: WantedFile): boolean {
  switch (wanted.kind) {
    case 'absent':
      return there === undefined || there.kind === 'absent';
    case 'file':
      return there?.kind === 'file' && there.content === wanted.content;
    case 'link':
      return there?.kind === 'link' && there.to === wanted.to;
    default:
      return wanted satisfies never;
  }
}

function asWanted(found: FoundFile): WantedFile | null {
  switch (found.kind) {
    case 'absent':
      return { kind: 'absent' };
    case 'file':
      return { kind: 'file', content: found.content, like: { mode: found.mode, uid: found.uid, gid: found.gid } };
    case 'link':
      return { kind: 'link', to: found.to };
    case 'other':
      return null;
    default:
      return found satisfies never;
  }
}
