/** `-m time`, as the kernel's xt_time reckons it; the times are UTC unless the rule asks for the kernel's time zone. */
import type { RuleMatch, RuleOption } from '../nat/rule.ts';
import { yesIf, type Condition } from './flight.ts';

interface Times {
  /** Seconds since 1970. */
  dateStart: number;
  dateStop: number;
  /** Seconds since midnight. */
  dayStart: number;
  dayStop: number;
  /** 1 is Monday. */
  weekdays: ReadonlySet<number>;
  monthdays: ReadonlySet<number>;
  contiguous: boolean;
}

const secondsPerDay = 86_400;
const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

export function timeCondition(match: RuleMatch): Condition {
  const words = match.options.flatMap((o) => [...(o.negated ? ['!'] : []), o.name, ...o.values]);
  const text = ['-m time', ...words].join(' ');
  const times = readTimes(match.options);
  if (times === null) return { text, answer: () => 'unknown' };
  return { text, answer: (_flight, { now }) => yesIf(holds(times, Math.floor(now.getTime() / 1000))) };
}

/** Null where an option is not known, or the kernel's time zone counts, which only that kernel knows. */
function readTimes(options: readonly RuleOption[]): Times | null {
  const times: Times = {
    dateStart: -Infinity,
    dateStop: Infinity,
    dayStart: 0,
    dayStop: secondsPerDay - 1,
    weekdays: new Set(upTo(7)),
    monthdays: new Set(upTo(31)),
    contiguous: false,
  };
  return options.every((option) => readOption(times, option)) ? times : null;
}

function readOption(times: Times, { name, values, negated }: RuleOption): boolean {
  const [value = ''] = values;
  switch (name) {
    case '--utc':
      return true;
    case '--contiguous':
      times.contiguous = true;
      return true;
    case '--datestart':
    case '--datestop': {
      const seconds = readDate(value);
      if (seconds === null) return false;
      if (name === '--datestart') times.dateStart = seconds;
      else times.dateStop = seconds;
      return true;
    }
    case '--timestart':
    case '--timestop': {
      const [, hours, minutes, seconds] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(value) ?? [];
      if (hours === undefined) return false;
      const reckoned = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
      if (name === '--timestart') times.dayStart = reckoned;
      else times.dayStop = reckoned;
      return true;
    }
    case '--weekdays': {
      const days = value.split(',').map((day) => (/^[1-7]$/.test(day) ? Number(day) : dayNames.indexOf(day) + 1));
      times.weekdays = new Set(upTo(7).filter((day) => days.includes(day) !== negated));
      return !days.includes(0);
    }
    case '--monthdays': {
      const days = value.split(',').map(Number);
      times.monthdays = new Set(upTo(31).filter((day) => days.includes(day) !== negated));
      return days.every((day) => Number.isInteger(day));
    }
    default:
      return false;
  }
}

/** `2026-12-31T22:59:59`, UTC. */
function readDate(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return null;
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) ? null : ms / 1000;
}

function holds(times: Times, now: number): boolean {
  if (now < times.dateStart || now > times.dateStop) return false;
  let day = Math.floor(now / secondsPerDay);
  const second = now - day * secondsPerDay;
  if (times.dayStart < times.dayStop) {
    if (second < times.dayStart || second > times.dayStop) return false;
  } else {
    if (second < times.dayStart && second > times.dayStop) return false;
    // After midnight the night still belongs to the day on which it began.
    if (times.contiguous && second <= times.dayStop) day--;
  }
  const date = new Date(day * secondsPerDay * 1000);
  return times.weekdays.has(((date.getUTCDay() + 6) % 7) + 1) && times.monthdays.has(date.getUTCDate());
}
