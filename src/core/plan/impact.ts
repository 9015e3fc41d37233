/** What a plan means for people outside: what opens, closes, moves, for whom, and what falls to the host instead. */
import type { Impact } from '../../model/change.ts';
import type { Host } from '../../model/desired.ts';
import type { Counters } from '../../model/nat.ts';
import { showSlot, type Slot, type SlotRule } from './slots.ts';

interface Side {
  /** Destination -> sources; null among the sources means anyone. */
  readonly ends: ReadonlyMap<string, ReadonlySet<string | null>>;
  readonly sources: ReadonlySet<string | null>;
  readonly counters: Counters | null;
}

/**
 * The impact of going from the rules `before` to the rules `after`, one item a slot, in the order of address and port.
 * `touched` limits it to the slots that the plan changes.
 */
export function impactOf(
  host: Host | null,
  before: readonly SlotRule[],
  after: readonly SlotRule[],
  touched: ReadonlySet<string>,
): readonly Impact[] {
  const befores = sides(before, touched);
  const afters = sides(after, touched);
  const slots = new Map<string, Slot>();
  for (const rule of [...before, ...after]) {
    const name = showSlot(rule.slot);
    if (touched.has(name)) slots.set(name, rule.slot);
  }
  const impacts: Impact[] = [];
  for (const [name, slot] of [...slots].sort(([, a], [, b]) => compareSlots(a, b))) {
    const impact = slotImpact(host, slot, befores.get(name) ?? nothing, afters.get(name) ?? nothing);
    if (impact !== null) impacts.push(impact);
  }
  return impacts;
}

const nothing: Side = { ends: new Map(), sources: new Set(), counters: null };

function sides(rules: readonly SlotRule[], touched: ReadonlySet<string>): ReadonlyMap<string, Side> {
  const found = new Map<
    string,
    { ends: Map<string, Set<string | null>>; sources: Set<string | null>; counters: Counters | null }
  >();
  for (const rule of rules) {
    const name = showSlot(rule.slot);
    if (!touched.has(name)) continue;
    const side = found.get(name) ?? {
      ends: new Map<string, Set<string | null>>(),
      sources: new Set<string | null>(),
      counters: null,
    };
    found.set(name, side);
    const end = `${rule.guest} ${rule.destination ?? '(edited by hand)'}`;
    side.ends.set(end, (side.ends.get(end) ?? new Set()).add(rule.source));
    side.sources.add(rule.source);
    if (rule.counters !== null)
      side.counters = {
        packets: (side.counters?.packets ?? 0) + rule.counters.packets,
        bytes: (side.counters?.bytes ?? 0) + rule.counters.bytes,
      };
  }
  return found;
}

function slotImpact(host: Host | null, slot: Slot, before: Side, after: Side): Impact | null {
  const effect = effectOf(before, after);
  if (effect === null) return null;
  const sources = effect === 'closes' ? listSources(before.sources) : listSources(after.sources);
  const common = {
    address: slot.address,
    protocol: slot.protocol,
    ports: slot.ports,
    sources,
    before: showEnds(before),
    after: showEnds(after),
    counters: effect === 'closes' || effect === 'retargets' ? before.counters : null,
  };
  return {
    effect,
    ...common,
    text: sentence(host, slot, effect, { before, after, sources, counters: common.counters }),
  };
}

function effectOf(before: Side, after: Side): Impact['effect'] | null {
  if (before.ends.size === 0 && after.ends.size === 0) return null;
  if (before.ends.size === 0) return 'opens';
  if (after.ends.size === 0) return 'closes';
  const sameEnds = [...before.ends.keys()].sort().join() === [...after.ends.keys()].sort().join();
  if (!sameEnds) return 'retargets';
  const lost = [...before.sources].filter((s) => !after.sources.has(s));
  const won = [...after.sources].filter((s) => !before.sources.has(s));
  if (lost.length === 0 && won.length === 0) return null;
  if (after.sources.has(null) && !before.sources.has(null)) return 'widens';
  if (before.sources.has(null) && !after.sources.has(null)) return 'narrows';
  return lost.length > 0 ? 'narrows' : 'widens';
}

function listSources(sources: ReadonlySet<string | null>): readonly string[] | null {
  return sources.has(null) ? null : [...sources].filter((s) => s !== null).sort();
}

function showEnds(side: Side): string | null {
  return side.ends.size === 0 ? null : [...side.ends.keys()].sort().join(', ');
}

interface Words {
  readonly before: Side;
  readonly after: Side;
  readonly sources: readonly string[] | null;
  readonly counters: Counters | null;
}

function sentence(host: Host | null, slot: Slot, effect: Impact['effect'], words: Words): string {
  const place = showSlot(slot);
  const whom = words.sources === null ? 'anyone' : words.sources.join(', ');
  const carried = words.counters === null ? '' : ` (it carried ${words.counters.packets} connections)`;
  const others = words.sources === null ? '' : `; anyone else reaches ${hostEnd(host, slot)}`;
  switch (effect) {
    case 'opens':
      return `${place} opens for ${whom} -> ${showEnds(words.after) ?? ''}${others}`;
    case 'closes':
      return `${place} closes; it went to ${showEnds(words.before) ?? ''}${carried}; from now on it reaches ${hostEnd(host, slot)}`;
    case 'retargets':
      return `${place} moves from ${showEnds(words.before) ?? ''} to ${showEnds(words.after) ?? ''} for ${whom}${carried}${others}`;
    case 'narrows':
      return `${place} narrows to ${whom}${others}`;
    case 'widens':
      return `${place} widens to ${whom}${others}`;
    case 'falls-to-host':
      return `${place} falls to ${hostEnd(host, slot)}`;
    default:
      return effect satisfies never;
  }
}

/** What answers at a slot once no forward catches it. */
function hostEnd(host: Host | null, slot: Slot): string {
  const listens = host?.listens.some(
    (l) => l.protocol === slot.protocol && l.ports.first <= slot.ports.last && l.ports.last >= slot.ports.first,
  );
  const what =
    slot.ports.first === slot.ports.last ? `port ${slot.ports.first}` : `ports ${slot.ports.first}-${slot.ports.last}`;
  return `the HOST's own ${what} (${listens === true ? 'in `listens`: its service answers' : 'not in `listens`'})`;
}

function compareSlots(a: Slot, b: Slot): number {
  return (
    a.address.localeCompare(b.address, 'en') ||
    a.ports.first - b.ports.first ||
    a.ports.last - b.ports.last ||
    a.protocol.localeCompare(b.protocol, 'en')
  );
}
