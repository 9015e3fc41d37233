/** A thought packet, the way that it takes through the nat table, and where it ends. All of it prints as JSON. */
import type { Position } from '../../model/diagnostic.ts';
import type { Family, Protocol } from '../../model/family.ts';

/** The first packet of a connection: the nat table never sees another one. */
export interface Packet {
  readonly family: Family;
  /** Canonical IPs. */
  readonly source: string;
  readonly destination: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** Null: whichever the sender's kernel picks, so that no rule's `--sport` is known to match. */
  readonly sourcePort: number | null;
  readonly entry: Entry;
}

/** Where a packet comes from. */
export type Entry =
  | { readonly kind: 'outside'; readonly interface: Interface }
  /** `guest` is null for something on the bridge that no guest's file knows. */
  | { readonly kind: 'guest'; readonly guest: string | null; readonly interface: Interface }
  | { readonly kind: 'host' };

/** An interface of dom0, as far as its name is known: Xen numbers a guest's vif anew at each start. */
export interface Interface {
  /** The name, or how it begins. */
  readonly name: string;
  readonly whole: boolean;
  /** Names that it has not, where `name` is only a beginning. */
  readonly not: readonly string[];
}

export type Hook = 'PREROUTING' | 'INPUT' | 'OUTPUT' | 'POSTROUTING';

/** Whether a rule matches; `unknown` where it asks for something that no rule of the nat table tells. */
export type Answer = 'yes' | 'no' | 'unknown';

/** A rule of the table, as a person finds it again: `chain` and `index` (from 1) as iptables counts. */
export interface RulePlace {
  readonly chain: string;
  readonly index: number;
  /** What follows `-A CHAIN `. */
  readonly text: string;
  /** The comment's text, for rules of ours; null for a stranger's. */
  readonly key: string | null;
  /** Where the state repository asks for it. */
  readonly at: Position | null;
  /** Under our key, but not as the target has it: somebody edited it. */
  readonly edited: boolean;
}

export type Step =
  | { readonly kind: 'hook'; readonly hook: Hook }
  | {
      readonly kind: 'rule';
      readonly rule: RulePlace;
      readonly answer: Answer;
      /** What did not match, or what is unknown. */
      readonly why: string | null;
      /** What the rule did to the packet or where it sent it; null where it did nothing. */
      readonly effect: string | null;
    }
  /** Rules `first` to `last` of a chain are for other protocols or ports. */
  | { readonly kind: 'passed-over'; readonly chain: string; readonly first: number; readonly last: number }
  /** A chain's end, or a RETURN, leads back to another chain. */
  | { readonly kind: 'return'; readonly chain: string; readonly to: string }
  | { readonly kind: 'policy'; readonly chain: Hook; readonly policy: string }
  /** The routing decision, in words. */
  | { readonly kind: 'route'; readonly text: string };

export type End =
  | { readonly kind: 'guest'; readonly guest: string; readonly ip: string; readonly port: number }
  /** `listening`: whether host.yaml's `listens` has the port. */
  | { readonly kind: 'host'; readonly ip: string; readonly port: number; readonly listening: boolean }
  /** `by` is the interface; `via` the router that is no uplink's gateway, with its name where it is a guest. */
  | {
      readonly kind: 'outside';
      readonly ip: string;
      readonly port: number;
      readonly by: string;
      readonly via: { readonly ip: string; readonly guest: string | null } | null;
    }
  /** Nobody has the address, or there is no way to it. */
  | { readonly kind: 'nobody'; readonly ip: string; readonly port: number; readonly why: string }
  | { readonly kind: 'dropped'; readonly why: string }
  | { readonly kind: 'unknowable'; readonly why: string };

/** What had to be assumed of a rule, because the nat table alone does not tell. */
export interface Assumption {
  readonly rule: RulePlace;
  /** `matches`, `does not match`, `picks 192.168.1.7`. */
  readonly assumed: string;
}

/** One way that the packet can take. */
export interface Path {
  /** Empty where nothing had to be assumed. */
  readonly assumptions: readonly Assumption[];
  readonly steps: readonly Step[];
  readonly end: End;
  /** The source that the end sees; null where natroute does not know it. */
  readonly sender: string | null;
  /** The guest answers straight over the bridge to a sender that never spoke to it: the connection cannot come about. */
  readonly answerLost: boolean;
}

export interface Trace {
  /** Only the nat table was walked: what FORWARD, INPUT and OUTPUT of the filter table let through is out of sight. */
  readonly scope: 'nat-only';
  readonly packet: Packet;
  /** At least one; several only where something had to be assumed. */
  readonly paths: readonly Path[];
  /** There are more ways than these (`limits.tracePaths`). */
  readonly more: boolean;
  /** `known` where all ways have the same end and sender. */
  readonly verdict: 'known' | 'unknown';
}

export function nameOf(one: Interface): string {
  return one.whole ? one.name : `${one.name}...`;
}

export function wholeInterface(name: string): Interface {
  return { name, whole: true, not: [] };
}
