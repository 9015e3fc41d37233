/** Remembers since when strangers' rules stand in the nat tables and who made them, for whoever asks later. */
import { strangersIn, strangersSince, type KnownStranger } from '../core/coexist/strangers.ts';
import { Fault } from '../model/fault.ts';
import type { Actor } from '../model/record.ts';
import type { Proposal } from './request.ts';
import { whoWasThere } from './who.ts';
import type { World } from './world.ts';

/** Before who was seen is forgotten. Faults: disk. */
export async function rememberStrangers(world: World, proposal: Proposal): Promise<void> {
  const { applied, observed, observedAt, kept, tracked } = proposal;
  if (kept || applied === null) return;
  const before = await readStrangers(world);
  const { known, news, gone } = strangersSince(before, strangersIn(observed, applied.target.nat));
  if (before !== null && news.length === 0 && !gone) return;
  const first = before === null;
  // Nobody can say who made what stood there before anybody looked.
  const actor: Actor | null = first || news.length === 0 ? null : (tracked.actor ?? (await whoWasThere(world)));
  const at = observedAt.toISOString();
  const rules = [...known, ...news.map((rule): KnownStranger => ({ ...rule, at, actor, before: first }))];
  await world.files.write(world.paths.strangers, `${JSON.stringify({ format: 1, rules })}\n`, 0o600);
}

/** Null before the first look. Faults: disk, generation-damaged. */
export async function readStrangers(world: World): Promise<readonly KnownStranger[] | null> {
  const bytes = await world.files.read(world.paths.strangers);
  if (bytes === null) return null;
  try {
    const read = JSON.parse(new TextDecoder().decode(bytes)) as { format: number; rules: readonly KnownStranger[] };
    if (read.format !== 1) throw new Error(`its format is ${read.format}; this natroute knows format 1`);
    return read.rules;
  } catch (cause) {
    throw new Fault('generation-damaged', `${world.paths.strangers} is not readable: ${(cause as Error).message}`, {
      help: 'It holds since when the rules of others stand there. Move it away to go on without that knowledge.',
      cause,
    });
  }
}
