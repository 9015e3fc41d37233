/**
 * What a rollback asks for: the network of an earlier generation with the guests of the one in force. Guests are left as
 * they are, so the earlier network must have a place for each of them.
 */
import type { Address, Guest, GuestInterface, Host, Network } from '../model/desired.ts';
import { families } from '../model/family.ts';
import type { Target } from '../model/target.ts';
import { hostNetworkFile, sysctlFile } from './render/files.ts';
import { isIn, mustParseIp, parseMasked } from './trace/ip.ts';

/** Rules, network files and settings of `earlier`; what guests start from is that of `now`. */
export function withNetworkOf(earlier: Target, now: Target): Target {
  const ofNetwork = (path: string): boolean => path === sysctlFile || path === hostNetworkFile;
  const files = [
    ...earlier.files.filter(({ path }) => ofNetwork(path)),
    ...now.files.filter(({ path }) => !ofNetwork(path)),
  ];
  const forwards = new Map(earlier.guests.map((guest) => [guest.name, guest.forwards]));
  const { toolstack, guestDefaults } = now.host;
  return {
    host: { ...earlier.host, toolstack, guestDefaults },
    nat: earlier.nat,
    // Forwards are the network's, whoever they lead to.
    guests: now.guests.map((guest) => ({ ...guest, forwards: forwards.get(guest.name) ?? [] })),
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    sysctls: earlier.sysctls,
  };
}

/** What of the guests that are in force has no place in the network of generation `number`: one sentence each, without a stop. */
export function misplacedGuests(earlier: Target, now: Target, number: number): readonly string[] {
  return now.guests
    .filter(({ state }) => state !== 'absent')
    .flatMap((guest) =>
      guest.interfaces.flatMap((entry) => {
        const why = misfit(entry, { guest, number, then: earlier.host, now: now.host });
        return why === null ? [] : [`the guest ${guest.name} ${why}`];
      }),
    );
}

interface Sides {
  readonly guest: Guest;
  readonly number: number;
  readonly then: Host;
  readonly now: Host;
}

function misfit(entry: GuestInterface, sides: Sides): string | null {
  const { then, now, number } = sides;
  switch (entry.kind) {
    case 'nat': {
      const named = ({ name }: Network): boolean => name === entry.network;
      const [network, today] = [then.networks.find(named), now.networks.find(named)];
      if (network === undefined) return `is in the network ${entry.network}, which generation ${number} does not have`;
      if (network.bridge !== today?.bridge)
        return `is in the network ${entry.network}, which in generation ${number} is on the bridge ${network.bridge} instead of ${today?.bridge ?? 'none'}`;
      const outside = families.flatMap((family) => entry.ips[family] ?? []).find((ip) => !hasPlaceFor(network, ip));
      return outside === undefined
        ? null
        : `has ${outside} in the network ${entry.network}, which in generation ${number} has only ${network.subnets.map(({ cidr }) => cidr).join(' and ')}`;
    }
    case 'routed': {
      const named = ({ name }: Address): boolean => name === entry.address;
      const [address, today] = [then.addresses.find(named), now.addresses.find(named)];
      const why =
        address === undefined ? `generation ${number} does not have` : carriedOtherwise(address, today, sides);
      return why === null ? null : `carries the address ${entry.address}, which ${why}`;
    }
    default:
      return entry satisfies never;
  }
}

function hasPlaceFor({ subnets }: Network, ip: string): boolean {
  return subnets.some(({ cidr }) => {
    const masked = parseMasked(cidr);
    return masked !== null && isIn(mustParseIp(ip), masked);
  });
}

/** The vif of a guest that carries an address has its IP and its MAC, and is routed by the uplink. */
function carriedOtherwise(then: Address, now: Address | undefined, sides: Sides): string | null {
  const { guest, number } = sides;
  if (then.carriedBy !== guest.name)
    return `in generation ${number} ${then.carriedBy === null ? "is the host's own" : `the guest ${then.carriedBy} carries`}`;
  const shown = ({ ips, mac }: Address, { uplink }: Host): string =>
    [...families.flatMap((family) => ips[family] ?? []), mac ?? 'no MAC of its own', uplink.interface].join(', ');
  const before = shown(then, sides.then);
  const today = now === undefined ? '' : shown(now, sides.now);
  return before === today ? null : `in generation ${number} is ${before} instead of ${today}`;
}
