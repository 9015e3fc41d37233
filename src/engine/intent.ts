/** The intent: what a pass is about to do, on disk from before its first change until its outcome is recorded. */
import { Fault } from '../model/fault.ts';
import type { Intent } from '../model/record.ts';
import type { Memory } from './memory.ts';
import type { World } from './world.ts';

export async function writeIntent(world: World, intent: Intent): Promise<void> {
  await world.files.write(world.paths.intent, `${JSON.stringify(intent)}\n`, 0o600);
}

export async function clearIntent(world: World): Promise<void> {
  await world.files.remove(world.paths.intent);
}

/** What is remembered of it, whoever came to its end: the pass itself or the next start. Then it is over. */
export async function conclude(world: World, intent: Intent, seen: Partial<Memory>): Promise<void> {
  const { filesLeft, hold, undone = false, at } = intent;
  await world.memory.update({
    ...seen,
    ...(filesLeft === undefined ? {} : { filesLeft: undone ? filesLeft.before : filesLeft.after }),
    ...(hold === undefined || undone
      ? {}
      : { quarantined: null, rejected: null, held: hold === null ? null : { since: at, reason: hold } }),
  });
  await clearIntent(world);
}

/** Null where no pass was interrupted. Fault generation-damaged. */
export async function readIntent(world: World): Promise<Intent | null> {
  const bytes = await world.files.read(world.paths.intent);
  if (bytes === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Intent;
  } catch (cause) {
    throw new Fault('generation-damaged', `${world.paths.intent} is not readable`, {
      help: 'It says what was being applied when the host went down. Look at `natroute plan`, then remove the file.',
      cause,
    });
  }
}
