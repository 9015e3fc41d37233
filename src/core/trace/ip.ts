/** IPs as 32-bit words, so that a packet is held against thousands of masks quickly. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Family } from '../../model/family.ts';

export interface Ip {
  readonly family: Family;
  /** Unsigned 32-bit words, the highest first: one for IPv4, four for IPv6. */
  readonly words: readonly number[];
}

/** What iptables writes behind `-s` and `-d`; the mask need not be contiguous. */
export interface Masked {
  readonly family: Family;
  readonly words: readonly number[];
  readonly mask: readonly number[];
}

export const bitsOf = (family: Family): number => (family === 'v4' ? 32 : 128);

/** Null for anything but one plain IP. */
export function parseIp(text: string): Ip | null {
  const kind = isIP(text);
  if (kind === 4) {
    let word = 0;
    for (const part of text.split('.')) word = word * 256 + Number(part);
    return { family: 'v4', words: [word] };
  }
  if (kind !== 6 || text.includes('%')) return null;
  const { parts } = ipaddr.IPv6.parse(text);
  const word = (i: number): number => (parts[i] ?? 0) * 65_536 + (parts[i + 1] ?? 0);
  return { family: 'v6', words: [word(0), word(2), word(4), word(6)] };
}

/** For text that was checked before; throws where it is no IP. */
export function mustParseIp(text: string): Ip {
  const ip = parseIp(text);
  if (ip === null) throw new Error(`not an IP: ${text}`);
  return ip;
}

/** As iptables prints it. */
export function showIp(ip: Ip): string {
  const bytes = ip.words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  if (ip.family === 'v4') return bytes.join('.');
  return new ipaddr.IPv6(bytes).toRFC5952String();
}

/** `10.0.0.0/8`, `10.0.0.0/255.0.255.0`, a bare IP; null where it cannot be read. */
export function parseMasked(text: string): Masked | null {
  const slash = text.indexOf('/');
  const ip = parseIp(slash === -1 ? text : text.slice(0, slash));
  if (ip === null) return null;
  const mask = slash === -1 ? prefixMask(ip.family, bitsOf(ip.family)) : parseMask(ip.family, text.slice(slash + 1));
  return mask === null ? null : { family: ip.family, words: and(ip.words, mask), mask };
}

export function isIn(ip: Ip, masked: Masked): boolean {
  if (ip.family !== masked.family) return false;
  for (let i = 0; i < masked.words.length; i++) {
    if ((((ip.words[i] ?? 0) & (masked.mask[i] ?? 0)) ^ (masked.words[i] ?? 0)) !== 0) return false;
  }
  return true;
}

/** How many bits of the mask are set: for a contiguous one, its prefix length. */
export function prefixLength(masked: Masked): number {
  let bits = 0;
  for (const word of masked.mask) for (let rest = word; rest !== 0; rest = (rest & (rest - 1)) >>> 0) bits++;
  return bits;
}

export function equalIps(a: Ip, b: Ip): boolean {
  return a.family === b.family && a.words.every((word, i) => word === b.words[i]);
}

export function isLoopback(ip: Ip): boolean {
  if (ip.family === 'v4') return (ip.words[0] ?? 0) >>> 24 === 127;
  return ip.words.every((word, i) => word === (i === 3 ? 1 : 0));
}

/** Negative where `a` is the lower one; both of one family. */
export function compareIps(a: Ip, b: Ip): number {
  for (let i = 0; i < a.words.length; i++) {
    const difference = (a.words[i] ?? 0) - (b.words[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The network part of `network`, the host part of `ip`: what NETMAP does. */
export function mapInto(network: Masked, ip: Ip): Ip {
  const words = ip.words.map((word, i) => ((word & ~(network.mask[i] ?? 0)) | (network.words[i] ?? 0)) >>> 0);
  return { family: ip.family, words };
}

export function toBigInt(ip: Ip): bigint {
  return ip.words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
}

export function fromBigInt(family: Family, value: bigint): Ip {
  const count = bitsOf(family) / 32;
  const words = Array.from({ length: count }, (_, i) => Number((value >> BigInt(32 * (count - 1 - i))) & 0xffff_ffffn));
  return { family, words };
}

/** First and last IP of a contiguous mask. */
export function rangeOf(masked: Masked): { readonly first: bigint; readonly last: bigint } {
  const first = toBigInt({ family: masked.family, words: masked.words });
  return { first, last: first + (1n << BigInt(bitsOf(masked.family) - prefixLength(masked))) - 1n };
}

function prefixMask(family: Family, length: number): readonly number[] {
  return Array.from({ length: bitsOf(family) / 32 }, (_, i) => {
    const bits = Math.min(32, Math.max(0, length - 32 * i));
    return bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
  });
}

function parseMask(family: Family, text: string): readonly number[] | null {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bitsOf(family) ? prefixMask(family, Number(text)) : null;
  const mask = parseIp(text);
  return mask?.family === family ? mask.words : null;
}

function and(words: readonly number[], mask: readonly number[]): readonly number[] {
  return words.map((word, i) => (word & (mask[i] ?? 0)) >>> 0);
}
