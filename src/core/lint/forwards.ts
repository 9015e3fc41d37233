/** Forwards that cannot work, that take something away, or whose time is over. */
import type { Address, Desired, Forward, Guest } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { families, showPorts } from '../../model/family.ts';
import { finding, placeOf } from './finding.ts';
import type { LintOptions } from './finding.ts';

export function lintForwards(desired: Desired, options: LintOptions): readonly Diagnostic[] {
  const addresses = new Map(desired.host.addresses.map((a) => [a.name, a]));
  const found: Diagnostic[] = [];
  for (const guest of desired.guests)
    for (const forward of guest.forwards) {
      const address = addresses.get(forward.address);
      if (address === undefined) continue;
      const problems = [
        carried(forward, address, options),
        address.carriedBy === null ? shadowed(desired, forward) : null,
        unreachable(guest, forward, { address, options }),
        expired(forward, options),
      ];
      found.push(...problems.filter((d) => d !== null));
    }
  return onceEach(found);
}

/** A list of ports becomes several forwards: what is wrong with all of them is told once. */
function onceEach(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set<string>();
  return found.filter((d) => {
    const key = `${d.code} ${d.at?.file ?? ''}:${d.at?.line ?? 0}:${d.at?.column ?? 0} ${d.message}`;
    if (told.has(key)) return false;
    told.add(key);
    return true;
  });
}

function carried(forward: Forward, address: Address, options: LintOptions): Diagnostic | null {
  if (address.carriedBy === null) return null;
  const own = address.carriedBy === forward.guest;
  return finding(
    'carried-address',
    placeOf(options, forward, 'address'),
    `the guest ${address.carriedBy} carries ${address.name} itself: its ports are not forwarded`,
    own
      ? 'remove the forward: the guest answers on this address directly'
      : `remove the forward, or the routed interface in guests/${address.carriedBy}.yaml`,
  );
}

function shadowed({ host }: Desired, forward: Forward): Diagnostic | null {
  const service = host.listens.find(
    (l) =>
      l.protocol === forward.protocol && l.ports.first <= forward.ports.last && forward.ports.first <= l.ports.last,
  );
  if (service === undefined) return null;
  const name = `${showPorts(service.ports)}/${service.protocol}`;
  const who = forward.sources === null ? 'nobody' : 'none of its sources';
  return finding(
    'shadows-listens',
    forward.at,
    `the host itself listens on ${name}, and ${who} would reach it any more`,
    `take another public port, or remove ${name} from listens in host.yaml`,
  );
}

interface Reach {
  readonly address: Address;
  readonly options: LintOptions;
}

function unreachable(guest: Guest, forward: Forward, { address, options }: Reach): Diagnostic | null {
  if (options.unfinishedGuests?.has(guest.name) === true || address.carriedBy !== null) return null;
  const wanted = families.filter((f) => address.ips[f] !== undefined);
  const served = wanted.filter((f) => guest.interfaces.some((i) => i.kind === 'nat' && i.ips[f] !== undefined));
  if (served.length > 0 || wanted.length === 0) return null;
  const kind = wanted.map((f) => (f === 'v4' ? 'IPv4' : 'IPv6')).join(' or ');
  return finding(
    'no-guest-ip',
    forward.at,
    `${guest.name} has no ${kind} to which ${address.name} could lead`,
    'add an interface with network and ip',
  );
}

/** A warning: time passes by itself, and the kernel refuses such packets without our help. */
function expired(forward: Forward, options: LintOptions): Diagnostic | null {
  if (forward.until === null || options.now.getTime() <= Date.parse(`${forward.until}Z`) + 999) return null;
  return {
    ...finding(
      'expired',
      placeOf(options, forward, 'until'),
      `this forward ended on ${forward.until.replace('T', ' ')} UTC: the kernel refuses it`,
      'delete it, or write a later date',
    ),
    severity: 'warning',
  };
}
