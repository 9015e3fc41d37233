/** What a change means for people outside, as a table: which port, what happens to it, and who ends where now. */
import type { Impact, Route } from '../../model/change.ts';
import { showPorts } from '../../model/family.ts';
import { carried, hostEnd } from '../plan/impact.ts';
import { printable, type Paint, type Style } from './paint.ts';
import { defaultColumns, row } from './words.ts';

const signs: Readonly<Record<Impact['effect'], readonly [sign: string, verb: string, style: Style]>> = {
  'opens': ['+', 'opens', 'create'],
  'widens': ['+', 'widens', 'create'],
  'retargets': ['~', 'moves', 'update'],
  'narrows': ['-', 'narrows', 'delete'],
  'closes': ['-', 'closes', 'delete'],
  'falls-to-host': ['!', 'to host', 'error'],
};

const verbWidth = 9;
const mostPlaceWidth = 32;

/** Indented by two; no lines for no impact. */
export function impactLines(impacts: readonly Impact[], paint: Paint, columns = defaultColumns): readonly string[] {
  const places = impacts.map(showPlace);
  const width = Math.min(mostPlaceWidth, Math.max(0, ...places.map((place) => place.length)));
  return impacts.flatMap((impact, i) => {
    const [sign, verb, style] = signs[impact.effect];
    const name = `${sign} ${(places[i] ?? '').padEnd(width)}  ${verb.padEnd(verbWidth)}`;
    const lines = wayWords(impact).flatMap((words, n) =>
      row(n === 0 ? name : ' '.repeat(name.length), printable(words), { indent: '  ', columns }),
    );
    return lines.map((line) => paint(style, line));
  });
}

/** `main:2222/tcp`, and the family where the other one fares differently. */
export function showPlace({ address, ports, protocol, family }: Impact): string {
  return printable(
    `${address}:${showPorts(ports)}/${protocol}${family === null ? '' : family === 'v4' ? ' IPv4' : ' IPv6'}`,
  );
}

/** Who ends where from now on, then how it was; one line each. */
export function wayWords(impact: Impact): readonly string[] {
  const { routes, ports, hostListens, counters, effect } = impact;
  const host = hostEnd(ports, hostListens);
  const ways = routes.after.map((route, i) => `${whom(route, i)} -> ${end(route, host)}`);
  if (effect === 'opens') return ways;
  const was = routes.before
    .filter(({ to }) => to !== null)
    .map((route, i) => `${end(route, host)} for ${whom(route, i)}`);
  return [...ways, `before: ${was.join('; ')}${carried(counters)}`];
}

function whom({ sources }: Route, position: number): string {
  return sources?.join(', ') ?? (position === 0 ? 'anyone' : 'everyone else');
}

function end({ to, until }: Route, host: string): string {
  return `${to ?? host}${until === null ? '' : ` until ${until}Z`}`;
}

/** `9 forwards open, 1 closes`; '' for none. */
export function impactTally(impacts: readonly Impact[]): string {
  const words: readonly (readonly [Impact['effect'], one: string, several: string])[] = [
    ['opens', 'opens', 'open'],
    ['widens', 'widens', 'widen'],
    ['retargets', 'moves', 'move'],
    ['narrows', 'narrows', 'narrow'],
    ['closes', 'closes', 'close'],
    ['falls-to-host', 'falls to the host', 'fall to the host'],
  ];
  const parts = words.flatMap(([effect, one, several]) => {
    const n = impacts.filter((impact) => impact.effect === effect).length;
    return n === 0 ? [] : [[n, n === 1 ? one : several] as const];
  });
  return parts
    .map(([n, verb], i) => (i === 0 ? `${n} forward${n === 1 ? '' : 's'} ${verb}` : `${n} ${verb}`))
    .join(', ');
}
