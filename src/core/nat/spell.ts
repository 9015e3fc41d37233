/** Our own rules in the kernel's spelling: the order of matches, prefixes, brackets and quotes of iptables-save. */
import type { Position } from '../../model/diagnostic.ts';
import type { Family, Ports } from '../../model/family.ts';
import { limits } from '../../model/limits.ts';
import type { RuleTarget } from '../../model/target.ts';
import { mark } from './ours.ts';
import { quoteValue } from './rule.ts';

export interface RuleWords {
  /** What follows `natroute ` in the comment. */
  readonly about: string;
  /** In iptables-save's order: `-s -d -i -o -p`, then the matches. */
  readonly matches: readonly string[];
  /** What follows `-j `. */
  readonly jump: string;
  readonly at: Position;
}

/** A rule that carries its identity in its comment. */
export function spellRule({ about, matches, jump, at }: RuleWords): RuleTarget {
  const key = `${mark} ${about}`;
  if (Buffer.byteLength(key) > limits.commentBytes) throw new Error(`comment too long for the kernel: ${key}`);
  return { key, text: [...matches, `-m comment --comment ${quoteValue(key)}`, `-j ${jump}`].join(' '), at };
}

/** `203.0.113.10/32`; a CIDR stays as it is. */
export function withPrefix(ip: string): string {
  if (ip.includes('/')) return ip;
  return ip.includes(':') ? `${ip}/128` : `${ip}/32`;
}

/** `203.0.113.10`, also for `203.0.113.10/32`; a wider CIDR stays as it is. */
export function withoutHostPrefix(cidr: string): string {
  return cidr.replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');
}

export function familyOf(ip: string): Family {
  return ip.includes(':') ? 'v6' : 'v4';
}

/** `--dport 25`, `--dport 50000:50100` */
export function spellPorts({ first, last }: Ports): string {
  return `--dport ${first === last ? first : `${first}:${last}`}`;
}

/**
 * What follows `--to-destination `. A range whose ports stay is the IP alone; a shifted one names its first public
 * port as base, because without it the kernel sends every port to the first one (kernel 4.18 and later).
 */
export function spellDestination(ip: string, ports: Ports, to: Ports): string {
  const host = ip.includes(':') ? `[${ip}]` : ip;
  if (ports.first === ports.last) return `${host}:${to.first}`;
  if (ports.first === to.first) return ip;
  return `${host}:${to.first}-${to.last}/${ports.first}`;
}

/** Orders by name, by code point: the same on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
