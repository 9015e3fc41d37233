/**
 * Whether the ledger goes on from the entry that was seen last. What was taken away, or put back from an older copy, stops
 * no pass, but it is written down for good before anything else is, and told.
 */
import { gapName, gapText } from '../core/ledger/gap.ts';
import { renderNat } from '../core/nat/render.ts';
import { Fault } from '../model/fault.ts';
import { inForce } from './confirmation.ts';
import type { Generation } from './generations.ts';
import { readIntent } from './intent.ts';
import { stateNow } from './state-now.ts';
import { versions } from './versions.ts';
import type { World } from './world.ts';

/** The newest entry, null for none, `damaged` where nobody can say: that is said by whoever must append. */
export async function ledgerEnd(world: World): Promise<string | null> {
  return unlessDamaged(() => world.ledger.end(), 'damaged');
}

async function unlessDamaged<T>(look: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Fault && error.code === 'ledger-damaged') return otherwise;
    throw error;
  }
}

interface Gap {
  readonly text: string;
  /** The newest entry that was seen; null where none was noted. */
  readonly known: string | null;
  readonly generation: Generation | null;
}

/** Null where everything is there that was seen. */
async function gapBefore(world: World, end: string | null): Promise<Gap | null> {
  const { ledgerEnd: known = null } = await world.memory.read();
  if (end === 'damaged' || (end !== null && (known === null || end === known.id))) return null;
  if (end !== null && known !== null && (await unlessDamaged(() => world.ledger.has(known.id), true))) return null;
  const generation = await inForce(world);
  // Before the first apply has its entry there is nothing to miss.
  if (known === null && (generation === null || (await readIntent(world))?.previous === null)) return null;
  return { generation, known: known?.id ?? null, text: gapText({ known, empty: end === null, generation }) };
}

/** One sentence where entries are missing and that is not written down yet; reads only. */
export async function unwrittenGap(world: World): Promise<string | null> {
  return (await gapBefore(world, await ledgerEnd(world)))?.text ?? null;
}

/** Writes a gap down and notes the end, from which the ledger must go on. The caller holds the lock of the pass. */
export async function followLedger(world: World): Promise<void> {
  const end = await ledgerEnd(world);
  if (end === 'damaged') return;
  const gap = await gapBefore(world, end);
  const written = gap === null ? null : await writeGap(world, gap);
  const now = written?.id ?? end;
  if (now === null || now === (await world.memory.read()).ledgerEnd?.id) return;
  const at = world.clock.now().toISOString();
  await world.memory.update({
    ledgerEnd: { id: now, at },
    ...(written === null ? {} : { ledgerGap: { at, text: written.text, told: false } }),
  });
}

/** The rules are those of the generation in force, so that what somebody did to them meanwhile is drift after it. */
async function writeGap(
  world: World,
  { generation, known, text }: Gap,
): Promise<{ readonly id: string; readonly text: string }> {
  const [newest] = await world.ledger.headings({ most: 1, since: null, author: null });
  const before = newest?.heading.gap;
  // Only the note of it was missing.
  if (newest !== undefined && before !== undefined && known !== null && before.includes(gapName(known)))
    return { id: newest.id, text: before };
  const nat = generation?.target.nat;
  const id = await world.ledger.append({
    cause: 'heal',
    outcome: 'recovered',
    at: world.clock.now().toISOString(),
    desired: generation?.commit ?? null,
    generation: generation?.number ?? null,
    actor: null,
    versions: await versions(world),
    changes: [],
    impact: [],
    reason: null,
    gap: text,
    nat: { v4: nat === undefined ? '' : renderNat(nat.v4), v6: nat === undefined ? '' : renderNat(nat.v6) },
    ...(await stateNow(world)),
  });
  return { id, text };
}
