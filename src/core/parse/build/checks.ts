/** checks.yaml -> checks, one for each IP of a destination that has several. */
import type { Check, CheckEnd, Guest, Host } from '../../../model/desired.ts';
import { families } from '../../../model/family.ts';
import type { Family } from '../../../model/family.ts';
import type { Check as WrittenCheck, ChecksFile } from '../../../model/generated/checks-file.ts';
import { didYouMean, listed } from '../nearest.ts';
import { spellDestination, spellReached, spellSender } from '../spell/checks.ts';
import type { Destination, Sender } from '../spell/checks.ts';
import { sure } from '../spell/spelled.ts';
import { positionOf, report, spanOfKey, spanOfSelf, unknownAddress } from './draft.ts';
import type { Draft, Known } from './draft.ts';

export interface CheckSurroundings {
  readonly host: Host;
  readonly known: Known;
  readonly guests: readonly Guest[];
}

export function buildChecks(draft: Draft, data: ChecksFile, around: CheckSurroundings): readonly Check[] {
  return (data?.checks ?? []).flatMap((raw) => buildCheck(draft, raw, around));
}

function buildCheck(draft: Draft, raw: WrittenCheck, around: CheckSurroundings): readonly Check[] {
  const { file } = draft;
  const from = sure(spellSender(raw.from));
  const to = sure(spellDestination(raw.to));
  const sender = senderOf(draft, raw, from, around);
  const ips = destinationIps(draft, raw, to, around);
  const expect = expectationOf(draft, raw, from, around);
  if (sender === null || ips === null || expect === null) return [];
  const usable = families.filter((f) => sender.families.includes(f) && ips[f] !== undefined);
  if (usable.length === 0) {
    report(draft, spanOfKey(file, raw, 'to'), {
      code: 'ip',
      message: `${raw.from} and ${raw.to} have no IPv4 or IPv6 in common`,
      help: 'write a sender and a destination of one family',
    });
    return [];
  }
  return usable.map((family) => ({
    from: sender.end,
    to: {
      name: to.end.kind === 'name' ? to.end.name : to.end.ip.text,
      ip: ips[family] ?? '',
      port: to.port,
      protocol: to.protocol,
    },
    expect,
    at: positionOf(file, spanOfSelf(file, raw)),
  }));
}

interface KnownSender {
  readonly end: CheckEnd;
  readonly families: readonly Family[];
}

function senderOf(draft: Draft, raw: WrittenCheck, from: Sender, around: CheckSurroundings): KnownSender | null {
  switch (from.kind) {
    case 'internet':
      return { end: from, families };
    case 'ip':
      return { end: { kind: 'ip', ip: from.ip.text }, families: [from.ip.family] };
    case 'guest': {
      if (!guestExists(draft, raw, 'from', { name: from.guest, around })) return null;
      const guest = around.guests.find((g) => g.name === from.guest);
      const own = guest === undefined ? [] : familiesOf(guest, around.host);
      // A guest whose file could not be read has had its say there.
      if (guest === undefined) return null;
      if (own.length > 0) return { end: from, families: own };
      report(draft, spanOfKey(draft.file, raw, 'from'), {
        code: 'no-guest-ip',
        message: `${guest.name} has no ip to send from`,
        help: `add ip to an interface in guests/${guest.name}.yaml`,
      });
      return null;
    }
    default: {
      const never: never = from;
      return never;
    }
  }
}

function familiesOf(guest: Guest, host: Host): readonly Family[] {
  return families.filter((f) =>
    guest.interfaces.some((i) =>
      i.kind === 'nat'
        ? i.ips[f] !== undefined
        : host.addresses.find((a) => a.name === i.address)?.ips[f] !== undefined,
    ),
  );
}

function guestExists(
  draft: Draft,
  raw: WrittenCheck,
  key: 'from' | 'reaches',
  { name, around }: { readonly name: string; readonly around: CheckSurroundings },
): boolean {
  const names = [...around.known.guests];
  if (around.known.guests.has(name)) return true;
  const words = key === 'from' ? [...names, 'internet'] : names;
  report(draft, spanOfKey(draft.file, raw, key), {
    code: 'unknown-reference',
    message: `there is no guest ${name}`,
    help: didYouMean(
      name,
      words,
      names.length === 0 ? 'there is no file in guests/' : `the guests are ${listed(names)}`,
    ),
  });
  return false;
}

function destinationIps(
  draft: Draft,
  raw: WrittenCheck,
  to: Destination,
  { known }: CheckSurroundings,
): Readonly<Partial<Record<Family, string>>> | null {
  if (to.end.kind === 'ip') return { [to.end.ip.family]: to.end.ip.text };
  const address = known.addresses.get(to.end.name);
  if (address !== undefined) return address.ips;
  unknownAddress(draft, raw, 'to', { name: to.end.name, known });
  return null;
}

function expectationOf(
  draft: Draft,
  raw: WrittenCheck,
  from: Sender,
  around: CheckSurroundings,
): Check['expect'] | null {
  const { file } = draft;
  const leavesAs = raw['leaves-as'];
  if (raw.reaches !== undefined && leavesAs !== undefined) {
    report(draft, spanOfKey(file, raw, 'leaves-as'), {
      code: 'wrong-value',
      message: 'a check has either reaches or leaves-as',
      help: 'write two checks',
    });
    return null;
  }
  if (raw.reaches !== undefined) {
    const reached = sure(spellReached(raw.reaches));
    if (reached.kind === 'host') return { kind: 'reaches-host' };
    if (reached.kind === 'nothing') return { kind: 'reaches-nothing' };
    if (!guestExists(draft, raw, 'reaches', { name: reached.guest, around })) return null;
    return { kind: 'reaches-guest', guest: reached.guest, port: reached.port };
  }
  if (leavesAs === undefined) {
    if (draft.whole)
      report(draft, spanOfSelf(file, raw), {
        code: 'missing-key',
        message: 'the check does not say where the packet must end',
        help: 'add reaches: GUEST:PORT, host or nothing; or leaves-as: ADDRESS',
      });
    return null;
  }
  if (from.kind === 'internet') {
    report(draft, spanOfKey(file, raw, 'from'), {
      code: 'wrong-value',
      message: 'what comes from the internet does not leave as an address of this host',
      help: 'write the guest that sends: from: GUEST',
    });
    return null;
  }
  if (!around.known.addresses.has(leavesAs)) {
    unknownAddress(draft, raw, 'leaves-as', { name: leavesAs, known: around.known });
    return null;
  }
  return { kind: 'leaves-as', address: leavesAs };
}
