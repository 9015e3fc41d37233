/** The guests of a host as a table: those in trouble first, each with what is forwarded to it and what waits. */
import { printable, type Paint } from './paint.ts';
import { defaultColumns, row } from './words.ts';

export interface GuestRow {
  readonly name: string;
  /** Null: no file names it. */
  readonly desired: string | null;
  readonly state: string;
  readonly detail: string | null;
  readonly pending: readonly string[];
  readonly uptimeSeconds: number | null;
  /** MiB. */
  readonly memory: number | null;
  readonly addresses: readonly string[];
  readonly forwards: readonly string[];
}

const columns = ['guest', 'wanted', 'is', 'up', 'MiB', 'address'] as const;
const mostWidth = 32;

export function guestLines(guests: readonly GuestRow[], paint: Paint): readonly string[] {
  if (guests.length === 0) return [];
  const rank = ({ state }: GuestRow): number => ['failed', 'drift', 'held', 'pending'].indexOf(state) >>> 0;
  const sorted = guests.toSorted((a, b) => rank(a) - rank(b));
  const cells = [columns, ...sorted.map(cellsOf)];
  const widths = columns.map((_, i) => Math.min(mostWidth, Math.max(...cells.map((line) => line[i]?.length ?? 0))));
  const line = (texts: readonly string[]): string =>
    `  ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd();
  return [
    '',
    line(columns),
    ...sorted.flatMap((guest) => {
      const trouble = guest.state === 'failed' || guest.state === 'drift';
      const own = printable(line(cellsOf(guest)));
      return [trouble ? paint('error', own) : own, ...moreOf(guest, paint)];
    }),
  ];
}

function cellsOf({ name, desired, state, uptimeSeconds, memory, addresses }: GuestRow): readonly string[] {
  const up = uptimeSeconds === null ? '-' : showUptime(uptimeSeconds);
  return [name, desired ?? '-', state, up, memory === null ? '-' : String(memory), addresses.join(' ') || '-'];
}

function moreOf({ detail, pending, forwards }: GuestRow, paint: Paint): readonly string[] {
  const under = (name: string, text: string): readonly string[] =>
    text === '' ? [] : row(`${name} `, printable(text), { indent: '      ', columns: defaultColumns });
  return [
    ...(detail === null ? [] : row('', printable(detail), { indent: '      ', columns: defaultColumns })),
    ...under('waits for a restart:', pending.join(', ')).map((line) => paint('warning', line)),
    ...under('forwards:', forwards.join(', ')),
  ];
}

/** `3d 4h`, `4h 5m`, `5m`: the two largest parts. */
export function showUptime(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days}d ${hours}h`;
  return hours > 0 ? `${hours}h ${minutes % 60}m` : `${minutes}m`;
}
