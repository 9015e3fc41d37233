/** A packet on its way: what a rule can ask of it at one hook, and what a rule may ask of the host. */
import type { Family, Protocol } from '../../model/family.ts';
import { equalIps, type Ip } from './ip.ts';
import type { Answer, Hook, Interface } from './trace.ts';

export interface Flight {
  readonly hook: Hook;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly source: Ip;
  readonly sourcePort: number | null;
  readonly destination: Ip;
  readonly port: number;
  /** As the sender sent it: conntrack's original tuple. */
  readonly sent: { readonly source: Ip; readonly destination: Ip; readonly port: number };
  /** Null at hooks where the kernel has no such interface: there it compares with an empty name. */
  readonly in: Interface | null;
  readonly out: Interface | null;
  /** Sent by the host itself. */
  readonly local: boolean;
}

/** What else a rule may ask about. */
export interface Surroundings {
  readonly now: Date;
  isLocal(ip: Ip): boolean;
  isBroadcast(ip: Ip): boolean;
}

/** One condition of a rule; a rule matches when all of them do. */
export interface Condition {
  /** As iptables spells it. */
  readonly text: string;
  answer(flight: Flight, around: Surroundings): Answer;
}

export function not(answer: Answer): Answer {
  switch (answer) {
    case 'yes':
      return 'no';
    case 'no':
      return 'yes';
    case 'unknown':
      return 'unknown';
    default:
      return answer satisfies never;
  }
}

export function yesIf(is: boolean): Answer {
  return is ? 'yes' : 'no';
}

/** Whether any of them is so. */
export function any(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unknown') ? 'unknown' : 'no';
}

/** Whether its destination was translated; conntrack calls a connection DNATed only where that made a difference. */
export function isTurned(flight: Flight): boolean {
  return !equalIps(flight.destination, flight.sent.destination) || flight.port !== flight.sent.port;
}
