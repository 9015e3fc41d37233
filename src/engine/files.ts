/** Files and kernel settings of the host, as the transaction needs them: looked at, carried out, read back, undone. */
import type { Found } from '../core/files/compare.ts';
import { pathsOf } from '../core/files/compare.ts';
import { Fault } from '../model/fault.ts';
import type { FilesPlan, FileSwap, FoundFile, SysctlSwap, WantedFile } from '../model/file.ts';
import type { Intent } from '../model/record.ts';
import { sysctlValue } from '../model/sysctl.ts';
import type { Target } from '../model/target.ts';
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

/** Files and settings that a change touches, with what they were. */
export type Undoable = Pick<Intent, 'files' | 'sysctls'>;

/** What the intent says of it, so that it can be undone. */
export function intentOf(plan: FilesPlan | undefined): Undoable {
  const { swaps = [], sysctls = [] } = plan ?? {};
  return { ...(swaps.length === 0 ? {} : { files: swaps }), ...(sysctls.length === 0 ? {} : { sysctls }) };
}

/** Files first, then settings, each read back. Faults: stale-file, verify-failed, those of the ports. */
export async function carryOutFiles(world: World, plan: FilesPlan | undefined): Promise<void> {
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

/** Puts back what stood there before, wherever it still is what natroute wrote. What could not be, one sentence each. */
export async function undoFiles(world: World, { files = [], sysctls = [] }: Undoable): Promise<readonly string[]> {
  const now = await world.hostFiles.look(files.map(({ path }) => path));
  const back: FileSwap[] = [];
  const kept: string[] = [];
  for (const { path, found, wanted } of files) {
    const there = now.get(path) ?? { kind: 'absent' };
    const before = wantedLike(found);
    if (before === null || is(there, before)) continue;
    if (is(there, wanted)) back.push({ path, found: there, wanted: before });
    else kept.push(`${path} was changed by another program meanwhile and was left as it is`);
  }
  if (back.length > 0) await world.hostFiles.swap(back);
  const settings = await world.sysctls.read(sysctls.map(({ key }) => key));
  for (const { key, found, wanted } of sysctls.toReversed())
    if (sysctlValue(settings.get(key) ?? '') === sysctlValue(wanted)) await world.sysctls.write(key, found);
  return kept;
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

function wantedLike(found: FoundFile): WantedFile | null {
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
