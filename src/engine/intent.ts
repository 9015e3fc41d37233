/** The intent: what a pass is about to do, on disk from before its first change until its outcome is recorded. */
import { Fault } from '../model/fault.ts';
import type { Intent } from '../model/record.ts';
import type { World } from './world.ts';

export async function writeIntent(world: World, intent: Intent): Promise<void> {
  await world.files.write(world.paths.intent, `${JSON.stringify(intent)}\n`, 0o600);
}

export async function clearIntent(world: World): Promise<void> {
  await world.files.remove(world.paths.intent);
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
