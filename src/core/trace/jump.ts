/** What a rule does to a packet that it matches, read from its `-j` or `-g`. */
import type { Ports } from '../../model/family.ts';
import type { ParsedRule, RuleOption } from '../nat/rule.ts';
import { parseIp, parseMasked, type Ip, type Masked } from './ip.ts';

/** Where DNAT or SNAT may send a packet; null: as it is. */
export interface Turn {
  readonly ips: { readonly first: Ip; readonly last: Ip } | null;
  readonly ports: Ports | null;
  /** The port that is sent to the first of `ports`, the next one to the next. */
  readonly base: number | null;
  /** The kernel throws dice for the port. */
  readonly random: boolean;
}

export type Jump =
  /** The packet goes on to the next rule. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  | { readonly kind: 'chain'; readonly chain: string; readonly goto: boolean }
  | { readonly kind: 'destination'; readonly to: Turn }
  | { readonly kind: 'redirect'; readonly to: Turn }
  | { readonly kind: 'source'; readonly to: Turn }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'netmap'; readonly to: Masked }
  | { readonly kind: 'unknown'; readonly target: string };

/** Targets after which the packet goes on as it was, as far as the nat table is concerned. */
const goesOn = new Set([
  'ACCOUNT',
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNMARK',
  'CONNSECMARK',
  'IDLETIMER',
  'LED',
  'LOG',
  'MARK',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'SET',
  'TRACE',
  'ULOG',
]);

/** `isChain` tells the table's own chains: a chain may be called as it likes. */
export function jumpOfRule(rule: ParsedRule, isChain: (name: string) => boolean): Jump {
  const { jump } = rule;
  if (jump === null) return { kind: 'nothing' };
  const { to, options } = jump;
  if (isChain(to)) return { kind: 'chain', chain: to, goto: jump.kind === 'goto' };
  if (goesOn.has(to)) return { kind: 'nothing' };
  const unknown: Jump = { kind: 'unknown', target: to };
  switch (to) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
      return { kind: 'drop' };
    case 'RETURN':
      return { kind: 'return' };
    case 'MASQUERADE':
      return { kind: 'masquerade' };
    case 'DNAT': {
      const turn = readTurn(options, '--to-destination');
      return turn === null ? unknown : { kind: 'destination', to: turn };
    }
    case 'SNAT': {
      const turn = readTurn(options, '--to-source');
      return turn === null ? unknown : { kind: 'source', to: turn };
    }
    case 'REDIRECT': {
      const turn = readRedirect(options);
      return turn === null ? unknown : { kind: 'redirect', to: turn };
    }
    case 'NETMAP': {
      const network = parseMasked(valueOf(options, '--to') ?? '');
      return network === null ? unknown : { kind: 'netmap', to: network };
    }
    default:
      return unknown;
  }
}

/**
 * The ports that the kernel may give the packet, one where it has no choice: a port that already lies in the range
 * stays, any other goes to the first; with a base they are shifted (get_unique_tuple in the kernel's nf_nat_core.c).
 */
export function turnPort(turn: Turn, port: number): Ports {
  const { ports, base, random } = turn;
  if (ports === null) return { first: port, last: port };
  const size = ports.last - ports.first + 1;
  if (base !== null) {
    const shifted = ports.first + (((port - base) & 0xffff) % size);
    return { first: shifted, last: shifted };
  }
  if (random) return ports;
  const kept = port >= ports.first && port <= ports.last ? port : ports.first;
  return { first: kept, last: kept };
}

function valueOf(options: readonly RuleOption[], name: string): string | null {
  const found = options.filter((option) => option.name === name);
  return found.length === 1 ? (found[0]?.values[0] ?? null) : null;
}

function isRandom(options: readonly RuleOption[]): boolean {
  return options.some(({ name }) => name === '--random' || name === '--random-fully');
}

function readTurn(options: readonly RuleOption[], name: string): Turn | null {
  const text = valueOf(options, name);
  if (text === null) return null;
  const split = splitPorts(text);
  if (split === null) return null;
  const ips = split.ips === '' ? null : readIps(split.ips);
  if (split.ips !== '' && ips === null) return null;
  const ports = readPorts(split.ports);
  return ports === null ? null : { ips, ...ports, random: isRandom(options) };
}

/** `IP`, `IP-IP`, `:PORTS`, `IP:PORTS`, `[IP]:PORTS`, `[IP]-[IP]:PORTS`. */
function splitPorts(text: string): { readonly ips: string; readonly ports: string } | null {
  if (text.startsWith('[')) {
    const [, ips, ports] = /^((?:\[[^\]]*\]-?)+)(?::(.*))?$/.exec(text) ?? [];
    return ips === undefined ? null : { ips: ips.replace(/[[\]]/g, ''), ports: ports ?? '' };
  }
  if (text.startsWith(':') && !text.startsWith('::')) return { ips: '', ports: text.slice(1) };
  const isV6 = /^[^-]*:[^-]*:/.test(text);
  const colon = isV6 ? -1 : text.indexOf(':');
  return colon === -1 ? { ips: text, ports: '' } : { ips: text.slice(0, colon), ports: text.slice(colon + 1) };
}

function readIps(text: string): Turn['ips'] {
  const [low = '', high = low, ...more] = text.split('-');
  const first = parseIp(low);
  const last = parseIp(high);
  return first === null || last?.family !== first.family || more.length > 0 ? null : { first, last };
}

/** `8080`, `60000-60100`, `60000-60100/50000`, or nothing. */
function readPorts(text: string): Pick<Turn, 'ports' | 'base'> | null {
  if (text === '') return { ports: null, base: null };
  const [, low, high, base] = /^(\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(text) ?? [];
  if (low === undefined) return null;
  const ends = [Number(low), Number(high ?? low)];
  return {
    ports: { first: Math.min(...ends), last: Math.max(...ends) },
    base: base === undefined ? null : Number(base),
  };
}

function readRedirect(options: readonly RuleOption[]): Turn | null {
  const text = valueOf(options, '--to-ports');
  if (text === null && options.some(({ name }) => name === '--to-ports')) return null;
  const ports = readPorts(text ?? '');
  return ports === null ? null : { ips: null, ...ports, random: isRandom(options) };
}
