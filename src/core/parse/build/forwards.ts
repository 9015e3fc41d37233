/** The forwards of one guest's file: one Forward for each port or range and protocol. */
import type { Address, Forward } from '../../../model/desired.ts';
import { families, showPorts } from '../../../model/family.ts';
import type { Ports, Protocol } from '../../../model/family.ts';
import type { Forward as WrittenForward, GuestFile } from '../../../model/generated/guest-file.ts';
import { limits } from '../../../model/limits.ts';
import { isNetworkSpelling } from '../formats.ts';
import { didYouMean, listed } from '../nearest.ts';
import type { Span } from '../source.ts';
import { spellUntil } from '../spell/dates.ts';
import { spellSourceNetwork } from '../spell/ips.ts';
import { spellPorts, spellProtocol } from '../spell/ports.ts';
import { sure } from '../spell/spelled.ts';
import { asList, positionOf, report, spanOfItem, spanOfKey, textsOf, unknownAddress } from './draft.ts';
import type { Draft, GuestSurroundings, Known } from './draft.ts';

export function buildForwards(
  draft: Draft,
  data: GuestFile,
  guest: string,
  around: GuestSurroundings,
): readonly Forward[] {
  const built: Forward[] = [];
  for (const raw of data.forwards ?? []) {
    const forwards = buildForward(draft, raw, guest, around);
    around.spent.rules += forwards.reduce((sum, f) => sum + (f.sources?.length ?? 1), 0);
    if (around.spent.rules > limits.forwards) {
      report(draft, spanOfKey(draft.file, raw, 'port'), {
        code: 'too-many-forwards',
        message: `with this forward the host has more than ${limits.forwards} rules`,
        help: 'use ranges for neighbouring ports, and networks instead of single IPs in groups',
      });
      break;
    }
    built.push(...forwards);
  }
  return built;
}

function buildForward(
  draft: Draft,
  raw: WrittenForward,
  guest: string,
  { host, known }: GuestSurroundings,
): readonly Forward[] {
  const { file } = draft;
  const pairs = portsOf(draft, raw);
  const address = addressOf(draft, raw, known);
  const sources = sourcesOf(draft, raw, known, address);
  const until = raw.until === undefined ? null : spellUntil(raw.until, host.timezone);
  if (until !== null && 'problem' in until) report(draft, spanOfKey(file, raw, 'until'), until.problem);
  if (pairs === null || address === null || sources === undefined || (until !== null && 'problem' in until)) return [];
  const protocols: readonly Protocol[] =
    raw.protocol === undefined ? ['tcp'] : asList(raw.protocol).map((text) => sure(spellProtocol(text)));
  return pairs.flatMap(({ ports, to, span }) =>
    protocols.map((protocol): Forward => {
      const forward: Forward = {
        guest,
        address: address.name,
        protocol,
        ports,
        to,
        sources,
        until: until === null ? null : until.value,
        description: raw.description ?? null,
        at: positionOf(file, span),
      };
      draft.origins.set(forward, { file, raw });
      return forward;
    }),
  );
}

interface PortPair {
  readonly ports: Ports;
  readonly to: Ports;
  readonly span: Span;
}

const length = (ports: Ports): number => ports.last - ports.first + 1;

/** Public ports with those of the guest; null where they do not go together (problem `port-range`). */
function portsOf(draft: Draft, raw: WrittenForward): readonly PortPair[] | null {
  const { file } = draft;
  const items = asList(raw.port).map((item, i) => ({
    ports: sure(spellPorts(String(item))),
    span: Array.isArray(raw.port) ? spanOfItem(file, raw, 'port', i) : spanOfKey(file, raw, 'port'),
  }));
  if (raw.to === undefined) return items.map(({ ports, span }) => ({ ports, to: ports, span }));
  const to = sure(spellPorts(String(raw.to)));
  const refuse = (message: string, help: string): null => {
    report(draft, spanOfKey(file, raw, 'to'), { code: 'port-range', message, help });
    return null;
  };
  if (Array.isArray(raw.port)) {
    if (length(to) > 1)
      return refuse('a list of ports cannot lead to a range', 'write a forward of its own for each port of the list');
    const range = items.find(({ ports }) => length(ports) > 1);
    if (range !== undefined)
      return refuse(
        `the range ${showPorts(range.ports)} cannot lead to the single port ${to.first}`,
        `write a forward of its own for the range: ${proposal(range.ports, to.first)}`,
      );
    return items.map(({ ports, span }) => ({ ports, to, span }));
  }
  const [{ ports, span } = { ports: to, span: draft.file.rootSpan }] = items;
  if (length(ports) === length(to)) return [{ ports, to, span }];
  if (length(ports) === 1)
    return refuse(`the single port ${ports.first} cannot lead to the range ${showPorts(to)}`, `write to: ${to.first}`);
  return refuse(
    `${showPorts(ports)} are ${length(ports)} ports, and ${showPorts(to)} ${length(to) === 1 ? 'is one' : `are ${length(to)}`}`,
    `ports keep their order in a range: ${proposal(ports, to.first)}`,
  );
}

function proposal(ports: Ports, first: number): string {
  const last = first + length(ports) - 1;
  return last > 65_535 ? `begin at ${65_536 - length(ports)} at the latest` : `write to: ${first}-${last}`;
}

function addressOf(draft: Draft, raw: WrittenForward, known: Known): Address | null {
  if (raw.address === undefined) return [...known.addresses.values()][0] ?? null;
  const address = known.addresses.get(raw.address);
  if (address === undefined) unknownAddress(draft, raw, 'address', { name: raw.address, known });
  return address ?? null;
}

/** Null for everyone; undefined where nobody would be left or a group is unknown, which is reported. */
function sourcesOf(
  draft: Draft,
  raw: WrittenForward,
  known: Known,
  address: Address | null,
): readonly string[] | null | undefined {
  if (raw.from === undefined) return null;
  const sources = new Set<string>();
  let sound = true;
  for (const { text, span } of textsOf(draft.file, raw, 'from')) {
    if (isNetworkSpelling(text)) {
      sources.add(sure(spellSourceNetwork(text)).text);
      continue;
    }
    const group = known.groups.get(text);
    for (const cidr of group ?? []) sources.add(cidr);
    if (group !== undefined && group.length > 0) continue;
    sound = false;
    if (known.groupsWhole) reportGroup(draft, span, text, known);
  }
  if (!sound) return undefined;
  if (address !== null && !servesAny([...sources], address)) {
    report(draft, spanOfKey(draft.file, raw, 'from'), {
      code: 'sources',
      message: `nobody could use this: ${address.name} has only an ${address.ips.v4 === undefined ? 'IPv6' : 'IPv4'}, and \`from\` has none`,
      help: `add sources of that family, or delete the forward`,
    });
    return undefined;
  }
  return [...sources];
}

function servesAny(sources: readonly string[], address: Address): boolean {
  return families.some((f) => address.ips[f] !== undefined && sources.some((s) => s.includes(':') === (f === 'v6')));
}

function reportGroup(draft: Draft, span: Span, name: string, known: Known): void {
  const names = [...known.groups.keys()];
  if (known.groups.has(name))
    report(draft, span, {
      code: 'sources',
      message: `the group ${name} is empty: nobody could use the forward`,
      help: 'put somebody into the group, or delete the forward',
    });
  else
    report(draft, span, {
      code: 'unknown-reference',
      message: `there is no group ${name}`,
      help: didYouMean(name, names, names.length === 0 ? 'groups.yaml has none' : `the groups are ${listed(names)}`),
    });
}
