/** `until`: a day or a date-time in the host's timezone -> UTC seconds, as the kernel's time match takes them. */
import { TZDate } from '@date-fns/tz';
import { quoted } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

/** The kernel counts these dates in 31 bits; the last of them means "no end" to it. */
const lastSecond = 2 ** 31 - 2;
const shape =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(Z|[+-][0-9]{2}:[0-9]{2})?)?$/;
const help = 'write a day such as 2026-12-31 (to its end), or a date-time such as 2026-12-31T18:00';

interface Written {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Null for a day: its last second is meant. */
  readonly time: { readonly hour: number; readonly minute: number; readonly second: number } | null;
  readonly offset: string | null;
}

/** Spelling and calendar alone, without a timezone; problem `date`. */
export function spellDate(text: string): Spelled<Written> {
  const parts = shape.exec(text);
  if (parts === null) return wrong('date', `${quoted(text)} is not a date`, help);
  const [year = 0, month = 0, day = 0] = parts.slice(1, 4).map(Number);
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth)
    return wrong('date', `there is no ${text.slice(0, 10)} in the calendar`, help);
  if (year < 1970) return wrong('date', `${text} is long past`, help);
  const offset = parts[7] ?? null;
  if (parts[4] === undefined) return { value: { year, month, day, time: null, offset } };
  const [hour = 0, minute = 0, second = 0] = parts.slice(4, 7).map((p: string | undefined) => Number(p ?? 0));
  if (hour > 23 || minute > 59 || second > 59)
    return wrong('date', `there is no ${text.slice(11, 19)} on the clock`, 'hours go to 23, minutes and seconds to 59');
  if (offset !== null && offset !== 'Z' && (Number(offset.slice(1, 3)) > 14 || Number(offset.slice(4)) > 59))
    return wrong('date', `${offset} is no offset from UTC`, 'write Z, or an offset such as +01:00');
  return { value: { year, month, day, time: { hour, minute, second }, offset } };
}

/**
 * `YYYY-MM-DDTHH:MM:SS` in UTC: the last second. Problem `date`, also for a time that the timezone skips and for
 * dates that the kernel cannot hold. Of a time that comes twice when clocks go back, the first is taken: it closes sooner.
 */
export function spellUntil(text: string, timezone: string): Spelled<string> {
  const written = spellDate(text);
  if ('problem' in written) return written;
  const instant = toInstant(written.value, timezone);
  if (instant === null)
    return wrong(
      'date',
      `${text} does not exist in ${timezone}: clocks are put forward then`,
      'write a time that exists, an hour later, or add its offset such as +01:00',
    );
  if (instant > lastSecond * 1000)
    return wrong(
      'date',
      `${text} is later than the kernel can count`,
      'write a date before 2038-01-19, or none at all',
    );
  return { value: new Date(instant).toISOString().slice(0, 19) };
}

/** The instant of a date-time; a day is its first second. Problem `date`, also for a time that the timezone skips. */
export function spellInstant(text: string, timezone: string): Spelled<Date> {
  const written = spellDate(text);
  if ('problem' in written) return written;
  const time = written.value.time ?? { hour: 0, minute: 0, second: 0 };
  const instant = toInstant({ ...written.value, time }, timezone);
  if (instant !== null) return { value: new Date(instant) };
  return wrong(
    'date',
    `${text} does not exist in ${timezone}: clocks are put forward then`,
    'write a time that exists, or add its offset such as +01:00',
  );
}

/** Milliseconds since 1970, or null for a local time that the timezone skips. */
function toInstant(written: Written, timezone: string): number | null {
  const { year, month, day, time, offset } = written;
  if (time === null) {
    // The second before the next day begins, however long this day is.
    const next = new Date(Date.UTC(year, month - 1, day + 1));
    return TZDate.tz(timezone, next.getUTCFullYear(), next.getUTCMonth(), next.getUTCDate()).getTime() - 1000;
  }
  const { hour, minute, second } = time;
  if (offset !== null) {
    const utc = Date.UTC(year, month - 1, day, hour, minute, second);
    return utc - offsetMinutes(offset) * 60_000;
  }
  const local = TZDate.tz(timezone, year, month - 1, day, hour, minute, second);
  if (local.getHours() !== hour || local.getMinutes() !== minute || local.getDate() !== day) return null;
  return earliest(local, timezone);
}

function offsetMinutes(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  return offset.startsWith('-') ? -minutes : minutes;
}

/** The first of the two instants that show the same local time, where clocks go back by up to two hours. */
function earliest(local: TZDate, timezone: string): number {
  for (const minutesBack of [120, 60, 30]) {
    const before = new TZDate(local.getTime() - minutesBack * 60_000, timezone);
    if (
      before.getDate() === local.getDate() &&
      before.getHours() === local.getHours() &&
      before.getMinutes() === local.getMinutes()
    )
      return before.getTime();
  }
  return local.getTime();
}

/** A timezone that this Node knows; problem `timezone`. */
export function spellTimezone(text: string): Spelled<string> {
  // Offsets such as +01:00 are taken by Intl but say nothing about summer time: a name is asked for.
  if (/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(text)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: text });
      return { value: text };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return wrong('timezone', `${quoted(text)} is not a timezone`, 'write a name such as Europe/Paris, or UTC');
}

/** `60s`, `10m`, `2h`, `1d` in seconds; problem `wrong-value`. */
export function spellDuration(text: string): Spelled<number> {
  const parts = /^([1-9][0-9]{0,5})([smhd])$/.exec(text);
  const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 }[parts?.[2] ?? ''];
  if (parts === null || unitSeconds === undefined)
    return wrong(
      'wrong-value',
      `${quoted(text)} is not a duration`,
      'write a number with its unit: 60s, 10m, 2h or 1d',
    );
  return { value: Number(parts[1]) * unitSeconds };
}
