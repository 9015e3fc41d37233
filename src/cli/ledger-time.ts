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
  const spelled = spellInstant(text, timezone);
  if (!('problem' in spelled)) return spelled.value;
  const { message } = spelled.problem;
  throw new Fault('usage', /^\d{4}-/.test(text) ? message : `${JSON.stringify(text)} is no time`, {
    help: 'Write 2026-11-01, 2026-11-01T03:00, 2026-11-01T03:00Z, or how long ago: 90m, 2h, 7d.',
  });
}
