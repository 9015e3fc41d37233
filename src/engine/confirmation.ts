/** What is on disk about a change that must be confirmed, and which generation rules while it is not. */
import { armedName, confirmedName, firedName } from '../core/confirm/fuse.ts';
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import type { Confirmation } from '../model/confirmation.ts';
import { Fault } from '../model/fault.ts';
import type { Generation } from './generations.ts';
import type { World } from './world.ts';

/** Null: nothing is under way. Fault generation-damaged. */
export async function readConfirmation(world: Pick<World, 'files' | 'paths'>): Promise<Confirmation | null> {
  const path = recordOf(world);
  const bytes = await world.files.read(path);
  if (bytes === null) return null;
  try {
    const confirmation = JSON.parse(new TextDecoder().decode(bytes)) as Confirmation;
    const format: number = confirmation.format;
    if (format !== 1) throw new Error(`its format is ${format}; this natroute knows format 1`);
    return confirmation;
  } catch (cause) {
    throw new Fault('generation-damaged', `${path} is not readable: ${(cause as Error).message}`, {
      help: 'It says which change waits for its confirmation. Look at `natroute plan`, then remove the file.',
      cause,
    });
  }
}

export async function writeConfirmation(world: World, confirmation: Confirmation): Promise<void> {
  await world.files.write(recordOf(world), `${JSON.stringify(confirmation)}\n`, 0o600);
}

function recordOf({ paths }: Pick<World, 'paths'>): string {
  return `${paths.confirm}/confirmation.json`;
}

/** What a person does now would be undone by the end of that change. Fault guarded. */
export function refuseUnconfirmed(unconfirmed: Confirmation | null): void {
  if (unconfirmed === null) return;
  throw new Fault('guarded', unconfirmedText(unconfirmed, unconfirmed.proofs.map(proofText)), {
    help: 'Confirm it (`natroute confirm` over a new connection) or take it back (`natroute rollback`) first.',
  });
}

/**
 * The record goes first, in one step: the rest goes in any order, and a mark that is missing must not be read as an answer.
 * The fuse looks for its marks there too, and ends when they are gone.
 */
export async function standDown(world: World): Promise<void> {
  await world.files.remove(recordOf(world));
  await world.files.removeFolder(world.paths.confirm);
}

/** What a crash left of a change that was decided already. */
export async function clearDecided(world: World): Promise<void> {
  const { files, paths } = world;
  const names = await files.list(paths.state);
  if (names.some((name) => `${paths.state}/${name}` === paths.confirm)) await standDown(world);
}

/** `lost`: no mark says it, and what is not known to be confirmed must not stay. */
export type Decision = 'open' | 'confirmed' | 'fired' | 'lost';

/** All but `open` are for good, whoever decided; the caller holds the fuse's lock. */
export async function decisionOn(world: World, { generation }: Confirmation): Promise<Decision> {
  const marks = new Set(await world.files.list(world.paths.confirm));
  if (marks.has(firedName(generation))) return 'fired';
  if (marks.has(confirmedName(generation))) return 'confirmed';
  if (marks.has(armedName(generation))) return 'open';
  // Older versions made no mark for yes; what they had put in force for good was confirmed.
  return (await world.generations.current())?.number === generation ? 'confirmed' : 'lost';
}

/** After another boot its time is over: the rules went with the old one. */
export function isOverdue(world: Pick<World, 'clock' | 'bootId'>, confirmation: Confirmation): boolean {
  return confirmation.bootId !== world.bootId || world.clock.uptime() >= confirmation.untilUptime;
}

/** The generation whose rules are to be in the kernel now: one that is not confirmed yet goes before `current`. */
export async function inForce(world: World): Promise<Generation | null> {
  const confirmation = await readConfirmation(world);
  return confirmation?.live ? world.generations.read(confirmation.generation) : world.generations.current();
}

/** Puts a generation in force for good; one that must be confirmed first only rules for the time being. */
export async function enforce(world: World, number: number): Promise<void> {
  if ((await readConfirmation(world))?.generation !== number) await world.generations.enforce(number);
}
