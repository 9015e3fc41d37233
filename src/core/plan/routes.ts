/** Who ends where at some ports, and what changes when the rules there do. */
import { BlockList } from 'node:net';
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
  const everyone = new Set(
    [...before, ...after].flatMap(({ sources }): readonly (string | null)[] => sources ?? [null]),
  );
  const pairs = [...everyone].map((source) => [guestRoute(before, source), guestRoute(after, source)] as const);
  if (pairs.every(([had]) => had === null)) return pairs.every(([, has]) => has === null) ? null : 'opens';
  if (pairs.every(([, has]) => has === null)) return hostListens ? 'falls-to-host' : 'closes';
  if (pairs.some(([had, has]) => had !== null && has !== null && had.to !== has.to)) return 'retargets';
  const ends = pairs.map(([had, has]) => [lastSecond(had), lastSecond(has)] as const);
  if (ends.some(([had, has]) => has < had)) return 'narrows';
  return ends.some(([had, has]) => has > had) ? 'widens' : null;
}

/** The way of a source to a guest, null where it has none; a source of null is everyone whom no route names. */
function guestRoute(routes: readonly Route[], source: string | null): Route | null {
  const route = routes.find(
    ({ sources }) => sources === null || (source !== null && sources.some((one) => covers(one, source))),
  );
  return route === undefined || route.to === null ? null : route;
}

/** Sorts as text: no way at all before every date, a way for good behind them. */
function lastSecond(route: Route | null): string {
  return route === null ? '' : (route.until ?? '9999');
}

/** Whether every host of `inner` is in `outer`; both CIDRs or single IPs of one family. */
function covers(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  const [network = '', length] = outer.split('/');
  const [host = '', innerLength] = inner.split('/');
  if (length === undefined || Number(innerLength ?? 128) < Number(length)) return false;
  const type = network.includes(':') ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(length), type);
  return list.check(host, type);
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
