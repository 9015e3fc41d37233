/**
 * Most passes of a host find nothing to do. Where nothing can have changed since the last such pass, the next one is not
 * made: no lock, no command but git's, nothing compared.
 */
import { nextEnd } from '../core/nat/ended.ts';
import { families } from '../model/family.ts';
import { inForce } from './confirmation.ts';
import { filesSignature } from './files.ts';
import { ledgerEnd } from './ledger-end.ts';
import type { PassReport, PassRequest, Quiet } from './request.ts';
import type { World } from './world.ts';

/** That pass's report, if a pass now would come to the same; null where one must be made. */
export async function stillQuiet(world: World, request: PassRequest): Promise<PassReport | null> {
  const { last } = world.quiet;
  if (last === null || !isDaemons(request)) return null;
  const now = world.clock.now();
  if (now.getTime() >= last.until || !world.observer.keeps(last.report.proposal.observed)) return null;
  if ((await circumstancesOf(world)) !== last.circumstances) return null;
  return { ...last.report, at: now.toISOString() };
}

/** `circumstances` are those from before the pass: what came meanwhile, it may not have seen. */
export async function rememberQuiet(
  world: World,
  request: PassRequest,
  { report, circumstances }: Pick<Quiet, 'report' | 'circumstances'>,
): Promise<void> {
  const { applied } = report.proposal;
  world.quiet.last = null;
  if (report.outcome !== 'unchanged' || !isDaemons(request) || applied === null) return;
  const ends = families.map((family) => nextEnd(applied.target.nat[family], new Date(report.at)) ?? Infinity);
  const suspensions = (await world.memory.read()).suspensions.map(({ until }) => Date.parse(until));
  const until = Math.min(...ends, ...suspensions);
  world.quiet.last = { report, circumstances, until };
}

function isDaemons({ source, take, approved }: PassRequest): boolean {
  return source.kind === 'trusted' && !take && approved === null;
}

/** Everything on disk that decides what a pass does, beside the commit in force itself. */
export async function circumstancesOf(world: World): Promise<string> {
  const applied = (await inForce(world))?.target ?? null;
  const [trusted, link, intent, confirmation, memory, files, end] = await Promise.all([
    world.mirror.trusted(),
    world.files.readLink(world.paths.current),
    world.files.read(world.paths.intent),
    world.files.list(world.paths.confirm),
    world.memory.read(),
    filesSignature(world, applied),
    ledgerEnd(world),
  ]);
  return JSON.stringify([trusted, link, intent !== null, confirmation, memory, files, end, world.bootId]);
}
