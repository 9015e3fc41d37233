/** What the picture of a host shows, before anybody decides where it stands. */
import type { Address, Desired, Forward, Guest, Network } from '../../model/desired.ts';
import { families, showPorts } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';

export interface Picture {
  readonly host: string;
  readonly addresses: readonly PictureAddress[];
  /** Networks with their guests; last, without a network, the guests that carry an address themselves. */
  readonly groups: readonly PictureGroup[];
}

export interface PictureAddress {
  readonly name: string;
  readonly lines: readonly string[];
}

export interface PictureGroup {
  readonly title: string;
  readonly lines: readonly string[];
  readonly guests: readonly PictureGuest[];
}

export interface PictureGuest {
  readonly name: string;
  readonly lines: readonly string[];
  readonly running: boolean;
  readonly ways: readonly PictureWay[];
}

/** From an address to a guest. */
export interface PictureWay {
  readonly address: string;
  readonly kind: 'forward' | 'carried';
  /** `25, 443 tcp`, `2222 → 22 tcp`, `only 192.0.2.77`. */
  readonly lines: readonly string[];
}

export function pictureOf({ host, guests }: Pick<Desired, 'host' | 'guests'>): Picture {
  const shown = guests.filter(({ state }) => state !== 'absent');
  const home = (guest: Guest): string | null => {
    for (const entry of guest.interfaces) if (entry.kind === 'nat') return entry.network;
    return null;
  };
  const group = (title: string, lines: readonly string[], own: readonly Guest[]): PictureGroup => ({
    title,
    lines,
    guests: own.map(guestOf),
  });
  const guestOf = (guest: Guest): PictureGuest => ({
    name: shortened(guest.name, limits.pictureNameCharacters),
    lines: guestLines(guest, host.addresses),
    running: guest.state === 'running' || guest.state === 'unmanaged',
    ways: [...carriedWays(guest), ...forwardWays(guest)],
  });
  const carriers = shown.filter((guest) => home(guest) === null && guest.interfaces.length > 0);
  const alone = shown.filter((guest) => guest.interfaces.length === 0);
  return {
    host: host.name,
    addresses: host.addresses.map((address) => ({ name: address.name, lines: addressLines(address) })),
    groups: [
      ...host.networks.map((network) =>
        group(
          network.name,
          networkLines(network),
          shown.filter((guest) => home(guest) === network.name),
        ),
      ),
      ...(carriers.length === 0 ? [] : [group('routed', ['each carries a public address itself'], carriers)]),
      ...(alone.length === 0 ? [] : [group('alone', ['guests without a network'], alone)]),
    ],
  };
}

function addressLines(address: Address): readonly string[] {
  const ips = families.flatMap((family) => address.ips[family] ?? []);
  const way = { arp: 'asked for by ARP', mac: `sent to ${address.mac ?? 'its MAC'}`, route: 'routed to the host' };
  return [...ips, ...(address.reached === null ? [] : [way[address.reached]])];
}

function networkLines({ bridge, subnets, snat }: Network): readonly string[] {
  const out = { address: '', masquerade: 'leaves masqueraded', none: 'does not leave translated' };
  const leaves = snat.kind === 'address' ? `leaves as ${snat.address}` : out[snat.kind];
  return [...subnets.map(({ cidr }) => cidr), `${bridge}, ${leaves}`];
}

function guestLines(guest: Guest, addresses: readonly Address[]): readonly string[] {
  const ips = guest.interfaces.flatMap((entry) => {
    const own = entry.kind === 'nat' ? entry.ips : addresses.find(({ name }) => name === entry.address)?.ips;
    return families.flatMap((family) => own?.[family] ?? []);
  });
  const about = [
    ...(guest.state === 'running' ? [] : [guest.state]),
    ...(guest.memory === null ? [] : [`${guest.memory} MiB`]),
    ...(guest.vcpus === null ? [] : [`${guest.vcpus} vCPU`]),
  ].join(' · ');
  const lines = [...ips, guest.description ?? '', about].filter((line) => line !== '');
  return lines.map((line) => shortened(line, limits.pictureLineCharacters + 6));
}

function carriedWays(guest: Guest): readonly PictureWay[] {
  return guest.interfaces.flatMap((entry) =>
    entry.kind === 'routed' ? [{ address: entry.address, kind: 'carried', lines: ['carries it itself'] } as const] : [],
  );
}

/** One for each address, with all ports that lead to the guest from there. */
function forwardWays(guest: Guest): readonly PictureWay[] {
  const byAddress = grouped(guest.forwards, ({ address }) => address);
  return [...byAddress].map(([address, forwards]) => {
    const byTerms = grouped(forwards, (forward) => JSON.stringify([forward.protocol, termsOf(forward)]));
    const lines = [...byTerms.values()].flatMap((same) => {
      const [first] = same;
      const terms = first === undefined ? [] : termsOf(first);
      const ports = same.map(({ ports: from, to }) =>
        from.first === to.first ? showPorts(from) : `${showPorts(from)} → ${showPorts(to)}`,
      );
      return [...wrapped(ports, first?.protocol ?? ''), ...terms];
    });
    const most = limits.pictureLines;
    const cut =
      lines.length > most ? [...lines.slice(0, most - 1), `and ${lines.length - most + 1} lines more`] : lines;
    return { address, kind: 'forward', lines: cut };
  });
}

function grouped(forwards: readonly Forward[], by: (forward: Forward) => string): ReadonlyMap<string, Forward[]> {
  const groups = new Map<string, Forward[]>();
  for (const forward of forwards) {
    const key = by(forward);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [forward]);
    else group.push(forward);
  }
  return groups;
}

function termsOf({ sources, until }: Forward): readonly string[] {
  const [first = '', ...more] = sources ?? [];
  return [
    ...(sources === null ? [] : [`  only ${first}${more.length === 0 ? '' : ` and ${more.length} more`}`]),
    ...(until === null ? [] : [`  until ${until.slice(0, 10)}`]),
  ];
}

function wrapped(ports: readonly string[], protocol: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const port of ports) {
    const next = line === '' ? port : `${line}, ${port}`;
    if (next.length + protocol.length + 1 <= limits.pictureLineCharacters) {
      line = next;
      continue;
    }
    if (line !== '') lines.push(`${line},`);
    line = port;
  }
  return [...lines, `${line} ${protocol}`];
}

function shortened(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
