/**
 * What a plain DNAT, SNAT or MASQUERADE rule does, read from its text. Strict: a rule with anything in it that is
 * not understood to the last word has no meaning here, and is never taken.
 */
import type { Ports, Protocol } from '../../model/family.ts';
import { parseRule, type ParsedRule, type RuleOption } from './rule.ts';

/** Where a packet may come from and go to; null: anywhere. CIDRs without the prefix of a single host. */
interface Scope {
  readonly source: string | null;
  readonly destination: string | null;
  readonly inInterface: string | null;
  readonly outInterface: string | null;
}

export interface DestinationRule extends Scope {
  readonly kind: 'dnat';
  readonly protocol: Protocol;
  /** The ports that it catches. */
  readonly ports: readonly Ports[];
  readonly ip: string;
  /** What is added to a port; null where the ports stay what they are. */
  readonly to: { readonly port: number; readonly offset: boolean } | null;
}

export interface SourceRule extends Scope {
  readonly kind: 'snat';
  /** Null: MASQUERADE. */
  readonly ip: string | null;
  /** Only what a DNAT has turned: a hairpin. */
  readonly onlyTurned: boolean;
}

export type NatMeaning = DestinationRule | SourceRule;

/** Null for a rule that is not understood in full. */
export function meaningOf(text: string): NatMeaning | null {
  const rule = parseRule(text);
  if (rule.unknown.length > 0 || rule.jump?.kind !== 'jump') return null;
  const scope = scopeOf(rule);
  if (scope === null) return null;
  if (rule.jump.to === 'DNAT') return destinationRule(rule, scope);
  if (rule.jump.to === 'SNAT' || rule.jump.to === 'MASQUERADE') return sourceRule(rule, scope);
  return null;
}

function scopeOf(rule: ParsedRule): Scope | null {
  const values = new Map<string, string>();
  for (const { name, negated, values: given } of rule.basics) {
    const [value] = given;
    if (negated || value === undefined || given.length > 1 || values.has(name) || name === '-f') return null;
    values.set(name, value);
  }
  const address = (name: string): string | null => values.get(name)?.replace(/(^[\d.]+)\/32$|\/128$/, '$1') ?? null;
  return {
    source: address('-s'),
    destination: address('-d'),
    inInterface: values.get('-i') ?? null,
    outInterface: values.get('-o') ?? null,
  };
}

function destinationRule(rule: ParsedRule, scope: Scope): DestinationRule | null {
  const protocol = rule.basics.find((option) => option.name === '-p')?.values[0];
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return null;
  let ports: readonly Ports[] | null = null;
  for (const match of rule.matches) {
    if (match.name === 'comment') continue;
    const option = onlyOption(match.options);
    const isPorts =
      (match.name === protocol && option?.name === '--dport') ||
      (match.name === 'multiport' && option?.name === '--dports');
    if (!isPorts || ports !== null) return null;
    ports = readPorts(option);
  }
  const to = onlyOption(rule.jump?.options ?? []);
  if (ports === null || to?.name !== '--to-destination') return null;
  const parts =
    /^(?:\[([0-9a-f:.]+)\]|([0-9.]+|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*))(?::(\d+)(?:-(\d+)\/(\d+))?)?$/.exec(
      to.values[0] ?? '',
    );
  const ip = parts?.[1] ?? parts?.[2];
  if (parts === null || ip === undefined) return null;
  const [, , , first, last, base] = parts;
  if (first === undefined) return { kind: 'dnat', ...scope, protocol, ports, ip, to: null };
  const shifted = last !== undefined;
  if (shifted && ports.some((range) => range.first !== Number(base))) return null;
  return { kind: 'dnat', ...scope, protocol, ports, ip, to: { port: Number(first), offset: shifted } };
}

function sourceRule(rule: ParsedRule, scope: Scope): SourceRule | null {
  if (rule.basics.some((option) => option.name === '-p')) return null;
  let onlyTurned = false;
  for (const match of rule.matches) {
    if (match.name === 'comment') continue;
    const option = onlyOption(match.options);
    if (match.name !== 'conntrack' || option?.name !== '--ctstate' || option.values[0] !== 'DNAT') return null;
    onlyTurned = true;
  }
  const options = rule.jump?.options ?? [];
  if (rule.jump?.to === 'MASQUERADE') {
    return options.length > 0 ? null : { kind: 'snat', ...scope, ip: null, onlyTurned };
  }
  const to = onlyOption(options);
  const ip = to?.values[0];
  if (to?.name !== '--to-source' || ip === undefined || !/^[0-9a-f:.]+$/.test(ip)) return null;
  return { kind: 'snat', ...scope, ip, onlyTurned };
}

/** The match's single option, where it has one and not negated, with one value. */
function onlyOption(options: readonly RuleOption[]): RuleOption | null {
  const [option] = options;
  return option === undefined || options.length > 1 || option.negated || option.values.length !== 1 ? null : option;
}

function readPorts(option: RuleOption): readonly Ports[] | null {
  const ranges: Ports[] = [];
  for (const part of (option.values[0] ?? '').split(',')) {
    const [, first, last] = /^(\d+)(?::(\d+))?$/.exec(part) ?? [];
    if (first === undefined) return null;
    ranges.push({ first: Number(first), last: Number(last ?? first) });
  }
  return ranges;
}
