/**
 * Forwards that no packet can ever reach: without a single rule, behind rules that take all of their packets, or only
 * for senders whose bridge does not reach forwards.
 */
import type { Desired, Forward, Network } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { families, showPorts, type Family } from '../../model/family.ts';
import { claimsOf, guestIps, orderClaims, type Claim } from '../nat/claims.ts';
import { createCoverage, type Coverage } from './coverage.ts';
import { isIn, parseMasked, prefixLength } from './ip.ts';

/** One warning for each such forward, at its place. Of a `Desired` that linted without errors. */
export function findUnreachable(whole: Desired): readonly Diagnostic[] {
  const desired = doubtful(whole);
  if (desired === null) return [];
  const claims = claimsOf(desired);
  const verdicts = new Map<string, Verdict>();
  for (const family of families) judge(desired, claims[family], { family, verdicts });
  const addresses = new Map(desired.host.addresses.map((address) => [address.name, address]));
  const found: Diagnostic[] = [];
  for (const guest of desired.guests) {
    if (guest.state === 'absent') continue;
    const ips = guestIps(guest);
    for (const forward of guest.forwards) {
      const own = addresses.get(forward.address)?.ips;
      const served = families.filter((family) => own?.[family] !== undefined && ips[family] !== undefined);
      // Without a common family it is said elsewhere that the guest lacks an IP.
      if (served.length === 0) continue;
      const verdict = verdicts.get(keyOf(forward));
      if (verdict === undefined) found.push(warning(forward, noSource(served)));
      else if (verdict.reached === 0) found.push(warning(forward, verdict.why));
    }
  }
  return found;
}

/**
 * Only the forwards of addresses where some forward names its senders, or that a guest carries: where everybody may
 * come, lint has seen to it that no two forwards want the same packets. Null where there are none.
 */
function doubtful(desired: Desired): Desired | null {
  const names = new Set(desired.host.addresses.filter((one) => one.carriedBy !== null).map((one) => one.name));
  for (const { forwards } of desired.guests) {
    for (const { address, sources } of forwards) if (sources !== null) names.add(address);
  }
  const guests = desired.guests.map((guest) => ({
    ...guest,
    forwards: guest.forwards.filter(({ address }) => names.has(address)),
  }));
  return guests.every(({ forwards }) => forwards.length === 0) ? null : { ...desired, guests };
}

interface Verdict {
  /** Rules of the forward that some packet can meet. */
  reached: number;
  /** Why the last one of the others is never met. */
  why: string;
}

interface Ground {
  readonly family: Family;
  readonly verdicts: Map<string, Verdict>;
}

function judge(desired: Desired, claims: readonly Claim[], { family, verdicts }: Ground): void {
  const shielded = new Set(desired.host.addresses.filter((one) => one.carriedBy !== null).map((one) => one.name));
  const closed = desired.host.networks.filter((network) => !network.hairpin);
  const byAddress = new Map<string, Claim[]>();
  for (const claim of claims) {
    const own = byAddress.get(claim.address);
    if (own === undefined) byAddress.set(claim.address, [claim]);
    else own.push(claim);
  }
  for (const own of byAddress.values()) {
    const coverages = new Map<string, Coverage>();
    for (const claim of orderClaims(own)) {
      const coverage = coverages.get(claim.protocol) ?? createCoverage(family);
      coverages.set(claim.protocol, coverage);
      const key = keyOf(claim);
      const verdict = verdicts.get(key) ?? { reached: 0, why: '' };
      verdicts.set(key, verdict);
      const why = whyNot(claim, { shielded, closed, coverage });
      if (why === null) verdict.reached++;
      else verdict.why = why;
      // What has a date lets later rules be reached once that has passed.
      if (claim.until === null) coverage.add(claim.source, claim.ports);
    }
  }
}

interface Obstacles {
  readonly shielded: ReadonlySet<string>;
  readonly closed: readonly Network[];
  readonly coverage: Coverage;
}

function whyNot(claim: Claim, { shielded, closed, coverage }: Obstacles): string | null {
  if (shielded.has(claim.address)) return `a guest carries ${claim.address} itself`;
  const network = closed.find((one) => isWithin(claim.source, one));
  if (network !== undefined) return `its senders are on ${network.name}, which has hairpin: false`;
  return coverage.covers(claim.source, claim.ports) ? 'other forwards take all of its packets first' : null;
}

function isWithin(source: string | null, network: Network): boolean {
  const from = source === null ? null : parseMasked(source);
  if (from === null) return false;
  return network.subnets.some(({ cidr }) => {
    const subnet = parseMasked(cidr);
    return subnet !== null && prefixLength(from) >= prefixLength(subnet) && isIn(from, subnet);
  });
}

/** A forward is known by its place and by what it forwards: a list in the file becomes several at one place. */
function keyOf(one: Pick<Forward, 'guest' | 'address' | 'protocol' | 'ports' | 'to' | 'at'>): string {
  const { at } = one;
  return `${at.file}:${at.line}:${at.column} ${one.guest} ${one.address} ${one.protocol} ${showPorts(one.ports)} ${one.to.first}`;
}

function noSource(served: readonly Family[]): string {
  const kind = served.map((family) => (family === 'v4' ? 'IPv4' : 'IPv6')).join(' and ');
  return `its address and its guest have only ${kind} in common, and none of its sources has`;
}

function warning(forward: Forward, why: string): Diagnostic {
  const place = `${forward.address}:${showPorts(forward.ports)}/${forward.protocol}`;
  return {
    code: 'unreachable-forward',
    severity: 'warning',
    message: `no packet can reach this forward of ${place} to ${forward.guest}: ${why}`,
    help: 'remove it, or change its sources, ports or address',
    at: forward.at,
  };
}
