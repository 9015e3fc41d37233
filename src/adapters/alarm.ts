/** The schedule: croner, and nothing of our own. */
import { Cron } from 'croner';
import { Fault } from '../model/fault.ts';
import type { Alarm } from '../ports.ts';

export function createAlarm(): Alarm {
  return {
    every(pattern, ring) {
      try {
        const cron = new Cron(pattern, { mode: '5-or-6-parts' }, ring);
        return { stop: () => cron.stop(), next: () => cron.nextRun() };
      } catch (cause) {
        throw new Fault(
          'usage',
          `the schedule ${JSON.stringify(pattern)} cannot be read: ${(cause as Error).message}`,
          {
            help: 'It is a cron pattern with an optional first field for seconds, such as "*/15 * * * * *".',
            cause,
          },
        );
      }
    },
  };
}
