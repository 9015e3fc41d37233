/** Times of the record commands: what people write, in the host's own timezone where they name none. */
import { spellInstant } from '../core/parse/spell/dates.ts';
import { Fault } from '../model/fault.ts';
import type { World } from '../engine/world.ts';

const secondsIn = { m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** That of host.yaml in force; UTC before the first generation, or where it cannot be read. */
export async function hostTimezone(world: World): Promise<string> {
  try {
    return (await world.generations.current())?.target.host.timezone ?? 'UTC';
  } catch (error) {
    // The record must be readable also where the generation is not.
    if (error instanceof Fault) return 'UTC';
    throw error;
  }
}

/** A day, which is its first second, a date-time, or how long ago. Fault usage. */
export function readTime(text: string, { now, timezone }: { readonly now: Date; readonly timezone: string }): Date {
  const ago = /^([1-9]\d{0,5})([mhdw])$/.exec(text);
  if (ago !== null) {
    const seconds = Number(ago[1]) * secondsIn[ago[2] as keyof typeof secondsIn];
    return new Date(now.getTime() - seconds * 1000);
  }
  // The times in our JSON have milliseconds.
  const [, fraction = ''] = /:\d{2}(\.\d{1,3})(?=$|Z|[+-])/.exec(text) ?? [];
  const spelled = spellInstant(fraction === '' ? text : text.replace(fraction, ''), timezone);
  if (!('problem' in spelled)) return new Date(spelled.value.getTime() + Math.round(Number(`0${fraction}`) * 1000));
  const { message } = spelled.problem;
  throw new Fault('usage', /^\d{4}-/.test(text) ? message : `${JSON.stringify(text)} is no time`, {
    help: 'Write 2026-11-01, 2026-11-01T03:00, 2026-11-01T03:00:05Z, or how long ago: 90m, 2h, 7d.',
  });
}

/** The moment that a person asks about: a time to the second, as lists show it, means that whole second. */
export function readMoment(text: string, clock: { readonly now: Date; readonly timezone: string }): Date {
  const time = readTime(text, clock);
  const whole = time.getMilliseconds() === 0 && time <= clock.now;
  return whole ? new Date(Math.min(time.getTime() + 999, clock.now.getTime())) : time;
}
