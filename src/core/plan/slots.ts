/** Our forward rules read back into what they mean: who, from where, reaches which guest and port. */
import type { Protocol, Ports } from '../../model/family.ts';
import type { Counters } from '../../model/nat.ts';

/** One public address, protocol and port (or range): the place that a packet from outside knocks at. */
export interface Slot {
  readonly address: string;
  readonly protocol: Protocol;
  readonly ports: Ports;
}

export interface SlotRule {
  readonly slot: Slot;
  readonly guest: string;
  /** Null: anyone. */
  readonly source: string | null;
  /** `192.168.1.2:22` as the rule has it; null where the rule was edited into something else. */
  readonly destination: string | null;
  readonly counters: Counters | null;
}

const forwardKey = /^natroute (\S+) (\S+):(\d+)(?:-(\d+))?\/(tcp|udp|sctp)(?: from (\S+))?$/;

/** The forward that a rule of ours stands for; null where the key is that of a shield, a jump or a snat rule. */
export function readSlotRule(key: string, text: string, counters: Counters | null): SlotRule | null {
  const match = forwardKey.exec(key);
  if (match === null) return null;
  const [, guest, address, first, last, protocol, source] = match;
  if (guest === undefined || address === undefined || first === undefined) return null;
  const ports = { first: Number(first), last: Number(last ?? first) };
  return {
    slot: { address, protocol: protocol as Protocol, ports },
    guest,
    source: source ?? null,
    destination: readDestination(text, ports),
    counters,
  };
}

function readDestination(text: string, ports: Ports): string | null {
  const to = / -j DNAT --to-destination (\S+)$/.exec(text)?.[1];
  if (to === undefined) return null;
  const shifted = /^(.*):(\d+)-(\d+)\/\d+$/.exec(to);
  if (shifted !== null) return `${shifted[1] ?? ''}:${shifted[2] ?? ''}-${shifted[3] ?? ''}`;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(to) || (to.includes(':') && !to.includes('[') && !to.includes('.')))
    return `${to}:${ports.first === ports.last ? ports.first : `${ports.first}-${ports.last}`}`;
  return to;
}

/** `main:2222/tcp` */
export function showSlot(slot: Slot): string {
  const { first, last } = slot.ports;
  return `${slot.address}:${first === last ? first : `${first}-${last}`}/${slot.protocol}`;
}
