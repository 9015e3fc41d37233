/** The daemon's side of telling: nothing that is wrong with an alert fails a lane, and nothing untold counts as told. */
import { Fault } from '../model/fault.ts';
import { remember } from './memory.ts';
import { createNotifyLanes, type NotifyLanes } from './notify.ts';
import type { PassReport } from './request.ts';
import type { World } from './world.ts';

/** Whether what was told is safe on disk. What cannot even be queued is said in the journal; it is no reason to fail. */
export type Telling = (tell: () => Promise<void>) => Promise<boolean>;

export function createTelling(
  world: World,
  log: (line: string) => void,
): { readonly notify: NotifyLanes; readonly telling: Telling } {
  const notify = createNotifyLanes(world, log);
  let refused = '';
  const telling: Telling = async (tell) => {
    try {
      await tell();
      const refusal = await world.alertFiles.settle();
      const line = refusal === null ? '' : `alerts are only in memory until they can be kept: ${explain(refusal)}`;
      if (line !== refused && line !== '') log(line);
      refused = line;
      return refusal === null;
    } catch (error) {
      log(`an alert could not be queued: ${explain(error)}`);
      return false;
    } finally {
      notify.wake();
    }
  };
  return { notify, telling };
}

/** The last pass that did something, and until when all that passes did was told: the next process tells the rest. */
export function createRemembering(world: World): (report: PassReport, told: boolean) => Promise<void> {
  let owed = false;
  return async ({ at, outcome, text }, told) => {
    const news = outcome !== 'unchanged';
    owed ||= news;
    if (!news && !(owed && told)) return;
    await remember(world, {
      ...(news ? { lastPass: { at, outcome, text } } : {}),
      ...(told ? { told: world.clock.now().toISOString() } : {}),
    });
    if (told) owed = false;
  };
}

/** One line of the journal, whatever a program says over several. */
export function explain(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { output, help } = error.detail;
  const parts = [error.message, output, help].filter((part) => part !== undefined && part !== '');
  return parts.join(' - ').replace(/\s*\n\s*/g, ' ');
}
