/** Who ends where at some ports, and what changes when the rules there do. */
import type { Impact, Route } from '../../model/change.ts';
import type { Ports } from '../../model/family.ts';
import { showEnd, type Entrance } from './entrances.ts';

const everyoneElse: Route = { sources: null, to: null, until: null };

/** In the order of the rules, those to one end together; the last is the route of everyone whom no other names. */
export function routesOf(entrances: readonly Entrance[], ports: Ports): readonly Route[] {
  const routes: Route[] = [];
  for (const entrance of entrances) {
    const { source, until } = entrance;
    const to = showEnd(entrance, ports);
    const last = routes.at(-1);
    if (source === null) return [...routes, { sources: null, to, until }];
    if (last?.to === to && last.until === until)
      routes[routes.length - 1] = { ...last, sources: [...(last.sources ?? []), source] };
    else routes.push({ sources: [source], to, until });
  }
  return [...routes, everyoneElse];
}

/** Null where nobody notices a difference. `hostListens`: whether the host's own service takes what no guest gets. */
export function effectOf(
  before: readonly Route[],
  after: readonly Route[],
  hostListens: boolean,
): Impact['effect'] | null {
  const [had, has] = [waysOf(before), waysOf(after)];
  if (had.size === 0 && has.size === 0) return null;
  if (had.size === 0) return 'opens';
  if (has.size === 0) return hostListens ? 'falls-to-host' : 'closes';
  if (endsOf(before) !== endsOf(after)) return 'retargets';
  const lost = [...had.keys()].some((source) => !has.has(source)) && !has.has(null);
  const won = [...has.keys()].some((source) => !had.has(source)) && !had.has(null);
  if (lost) return 'narrows';
  if (won) return 'widens';
  return effectOnShared(had, has);
}

/** The same people on the same ends: some may have been exchanged, or may stay for another time. */
function effectOnShared(had: Ways, has: Ways): Impact['effect'] | null {
  const shared = [...had].flatMap(([source, before]) => {
    const after = has.get(source);
    return after === undefined ? [] : [[before, after] as const];
  });
  if (shared.some(([before, after]) => before.to !== after.to)) return 'retargets';
  const ends = shared.map(([before, after]) => [before.until ?? '9999', after.until ?? '9999'] as const);
  if (ends.some(([before, after]) => after < before)) return 'narrows';
  return ends.some(([before, after]) => after > before) ? 'widens' : null;
}

type Ways = ReadonlyMap<string | null, Route>;

/** Source -> its route, for those that end at a guest. */
function waysOf(routes: readonly Route[]): Ways {
  const ways = new Map<string | null, Route>();
  for (const route of routes) {
    if (route.to === null) continue;
    for (const source of route.sources ?? [null]) if (!ways.has(source)) ways.set(source, route);
  }
  return ways;
}

/** The guests' ends, for a person and for comparing; null where there is none. */
export function endsOf(routes: readonly Route[]): string | null {
  const ends = [...new Set(routes.flatMap(({ to }) => to ?? []))].sort();
  return ends.length === 0 ? null : ends.join(', ');
}

/** Of all routes to guests; null: anyone. */
export function sourcesOf(routes: readonly Route[]): readonly string[] | null {
  const led = routes.filter(({ to }) => to !== null);
  if (led.some(({ sources }) => sources === null)) return null;
  return led.flatMap(({ sources }) => sources ?? []).sort();
}
