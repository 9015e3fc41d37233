/** A little network in throw-away namespaces, real packets sent through it, and what came of each. */
import type { Family } from './family.ts';

export interface Stage {
  /** One network namespace each; the one called `host` has the nat tables. */
  readonly places: readonly Place[];
  readonly rounds: readonly Round[];
}

export interface Place {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Below /proc/sys/net, set before the links are made; one that the kernel has not is passed over. */
  readonly sysctls: readonly (readonly [key: string, value: string])[];
  /** Lines of `ip -batch`; each place's are run after those of the places before it. */
  readonly links: readonly string[];
}

export type Service =
  /** On every IP of the place. */
  | { readonly protocol: 'tcp'; readonly port: number }
  /** On one IP, so that the answer leaves from there. */
  | { readonly protocol: 'udp'; readonly ip: string; readonly port: number };

export interface Round {
  /** For `iptables-restore`, whole tables, '' for an empty one; null: as they are. */
  readonly tables: Readonly<Partial<Record<Family, string>>> | null;
  /** By place that takes part, senders too: where it answers, whether or not somebody should come. */
  readonly services: Readonly<Record<string, readonly Service[]>>;
  readonly shots: readonly Shot[];
}

/** The first packet of a connection. */
export interface Shot {
  readonly from: string;
  /** Null: as the kernel chooses. */
  readonly source: string | null;
  readonly destination: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  /** How long to wait for an answer. */
  readonly waitMs: number;
}

export type Observation =
  /** `by` is a place; `ip` and `port` are those at which it was reached, `sender` the source that it saw. */
  | {
      readonly kind: 'answered';
      readonly by: string;
      readonly ip: string;
      readonly port: number;
      readonly sender: string;
    }
  | { readonly kind: 'silent' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' }
  /** It could not be sent at all. */
  | { readonly kind: 'unsent'; readonly why: string };
