/** What a command shows while a change waits for its confirmation. */
import { proofText, unconfirmedText } from '../core/confirm/words.ts';
import { printable } from '../core/views/paint.ts';
import { watchConfirmation } from '../engine/watch.ts';
import type { World } from '../engine/world.ts';
import type { Settlement } from '../model/confirmation.ts';
import type { CliContext, GlobalOptions } from './context.ts';

/**
 * Follows it to its end and says what becomes of it: on stdout, or with --json only trouble, on stderr. Null where nothing
 * waits. If this command is cut off, the daemon or the fuse goes on.
 */
export async function followConfirmation(
  context: CliContext,
  world: World,
  options: GlobalOptions,
): Promise<Settlement | null> {
  const say = options.json === true ? (): void => undefined : context.out;
  const settlement = await watchConfirmation(world, new AbortController().signal, (confirmation, missing) =>
    say(`${printable(unconfirmedText(confirmation, missing.map(proofText)))}\n`),
  );
  if (settlement === null) return null;
  const { outcome, text } = settlement;
  if (outcome === 'confirmed') say(`${printable(text)}\n`);
  else context.error(`natroute: ${printable(text)}\n`);
  return settlement;
}
