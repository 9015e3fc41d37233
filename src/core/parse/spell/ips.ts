/** IPs and networks: read strictly, spelled canonically (IPv6 compressed as iptables prints it). */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { isLinkLocal, type Family } from '../../../model/family.ts';
import { quoted } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

export interface Ip {
  readonly family: Family;
  readonly text: string;
}

export interface Cidr {
  readonly family: Family;
  /** The network's first IP. */
  readonly ip: string;
  readonly prefix: number;
  /** `192.168.1.0/24`, `2001:db8::1/128`. */
  readonly text: string;
}

export const bitsOf = (family: Family): number => (family === 'v4' ? 32 : 128);

/** Any IP; problem `ip`. IPv4-mapped IPv6 and zones (`%eth0`) are refused: iptables knows neither. */
export function spellIp(text: string): Spelled<Ip> {
  const kind = isIP(text);
  if (kind === 4) return { value: { family: 'v4', text } };
  if (kind !== 6 || text.includes('%')) return wrong('ip', `${quoted(text)} is not an IP`, ipHelp(text));
  const parsed = ipaddr.IPv6.parse(text);
  if (parsed.isIPv4MappedAddress()) {
    const inner = parsed.toIPv4Address().toString();
    return wrong('ip', `${quoted(text)} is an IPv4 written as IPv6`, `write ${inner}`);
  }
  const bytes = parsed.toByteArray();
  if (bytes.slice(0, 12).every((b) => b === 0) && bytes.slice(12, 15).some((b) => b !== 0))
    return wrong('ip', `${quoted(text)} is an obsolete form of an IPv4`, 'write the IPv4 or the IPv6 that is meant');
  return { value: { family: 'v6', text: parsed.toRFC5952String() } };
}

function ipHelp(text: string): string {
  if (text === '') return 'write an IPv4 such as 192.0.2.7, or a quoted IPv6 such as "2001:db8::7"';
  if (text !== text.trim()) return 'remove the blank';
  if (/^[0-9]+(\.[0-9]+){3}$/.test(text)) {
    const parts = text.split('.');
    if (parts.some((p) => Number(p) > 255)) return 'each of the four numbers goes from 0 to 255';
    const plain = parts.map(Number).join('.');
    return `write ${plain} if that is meant: with a zero in front some programs read a part as octal`;
  }
  if (/^[0-9]+(\.[0-9]+){0,4}$/.test(text)) return 'an IPv4 has four numbers from 0 to 255, such as 192.0.2.7';
  if (text.includes('/')) return 'write the IP alone, without a prefix length';
  if (text.includes('%')) return 'write the IP without its zone';
  if (/^\[.*\]$/.test(text)) return 'write it without the brackets';
  if (text.includes(':')) return 'write an IPv6 such as "2001:db8::7", in quotes';
  return 'write an IPv4 such as 192.0.2.7, or a quoted IPv6 such as "2001:db8::7"; names are not looked up';
}

/** Kinds of IP that no host can have as its own. */
const unusableKinds: Readonly<Record<string, string>> = {
  unspecified: 'means no address',
  multicast: 'is a multicast address',
  broadcast: 'is the broadcast address',
  linkLocal: 'is link-local: it is not routed',
  loopback: 'is the loopback of every host',
};

function unusable(ip: Ip): string | null {
  return unusableKinds[ipaddr.parse(ip.text).range()] ?? null;
}

/** An IP that a guest, a router or the host itself can have; problem `ip`. */
export function spellHostIp(text: string): Spelled<Ip> {
  const spelled = spellIp(text);
  if ('problem' in spelled) return spelled;
  const why = unusable(spelled.value);
  return why === null
    ? spelled
    : wrong('ip', `${spelled.value.text} ${why}`, 'write the IP that the host or guest has');
}

/** The IP of a router on a link of the host: in IPv6 each has a link-local one there. Problem `ip`. */
export function spellRouterIp(text: string): Spelled<Ip> {
  const [plain = '', zone] = text.split('%');
  const spelled = spellIp(plain);
  if ('problem' in spelled || !isLinkLocal(spelled.value.text)) return spellHostIp(text);
  return zone === undefined
    ? spelled
    : wrong('ip', `${quoted(text)} has a zone`, `write "${plain}" alone: its interface is the uplink's`);
}

/** `203.0.113.10/24` or `203.0.113.10`: an IP of the host with the prefix length, where it was written. */
export function spellAddressIp(text: string): Spelled<Ip & { readonly prefix: number | null }> {
  const slash = text.indexOf('/');
  const ip = spellHostIp(slash < 0 ? text : text.slice(0, slash));
  if ('problem' in ip) return ip;
  if (slash < 0) return { value: { ...ip.value, prefix: null } };
  const prefix = spellPrefix(text, text.slice(slash + 1), ip.value.family);
  return 'problem' in prefix ? prefix : { value: { ...ip.value, prefix: prefix.value } };
}

function spellPrefix(whole: string, text: string, family: Family): Spelled<number> {
  const most = bitsOf(family);
  if (/^(0|[1-9][0-9]{0,2})$/.test(text) && Number(text) <= most) return { value: Number(text) };
  const help = isIP(text) === 4 ? maskHelp(text) : `the prefix length goes from 0 to ${most}`;
  return wrong('cidr', `${quoted(whole)} has no good prefix length`, help);
}

function maskHelp(mask: string): string {
  const prefix = ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask();
  return prefix === null ? 'write a prefix length, such as /24' : `write /${prefix} instead of the mask`;
}

/** A network without host bits, or a single IP as its /32 or /128; problems `ip` and `cidr`. */
export function spellCidr(text: string): Spelled<Cidr> {
  const slash = text.indexOf('/');
  const ip = spellIp(slash < 0 ? text : text.slice(0, slash));
  if ('problem' in ip) return slash < 0 ? ip : wrong(ip.problem.code, ip.problem.message, ip.problem.help);
  const family = ip.value.family;
  const prefix: Spelled<number> =
    slash < 0 ? { value: bitsOf(family) } : spellPrefix(text, text.slice(slash + 1), family);
  if ('problem' in prefix) return prefix;
  const first = networkOf(ip.value, prefix.value);
  const cidr = { family, ip: first, prefix: prefix.value, text: `${first}/${prefix.value}` };
  if (first !== ip.value.text)
    return wrong(
      'cidr',
      `${ip.value.text}/${prefix.value} has bits set behind its prefix`,
      `write ${cidr.text} for the whole network, or ${ip.value.text} for the one IP`,
    );
  return { value: cidr };
}

function networkOf(ip: Ip, prefix: number): string {
  return ip.family === 'v4'
    ? ipaddr.IPv4.networkAddressFromCIDR(`${ip.text}/${prefix}`).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(`${ip.text}/${prefix}`).toRFC5952String();
}

/** A network that exists somewhere: not everything, and not a single IP's bare spelling. */
export function spellSubnet(text: string): Spelled<Cidr> {
  const cidr = spellCidr(text);
  if ('problem' in cidr) return cidr;
  if (!text.includes('/'))
    return wrong(
      'cidr',
      `${quoted(text)} is an IP, not a network`,
      'write its prefix length too, such as 192.168.1.0/24',
    );
  if (cidr.value.prefix === 0)
    return wrong('cidr', `${cidr.value.text} is every IP, not a network`, 'write the network');
  const why = unusable({ family: cidr.value.family, text: cidr.value.ip });
  if (why !== null && why !== unusableKinds['linkLocal'])
    return wrong('cidr', `${cidr.value.text}: ${cidr.value.ip} ${why}`, 'write a network that hosts can be in');
  return cidr;
}

/** A network or IP that packets may come from. */
export function spellSourceNetwork(text: string): Spelled<Cidr> {
  const cidr = spellCidr(text);
  if ('problem' in cidr) return cidr;
  if (cidr.value.prefix === 0)
    return wrong('cidr', `${cidr.value.text} is everyone`, 'remove it: a forward without `from` is open to everyone');
  const kind = ipaddr.parse(cidr.value.ip).range();
  if (
    kind === 'multicast' ||
    kind === 'broadcast' ||
    (kind === 'unspecified' && cidr.value.prefix === bitsOf(cidr.value.family))
  )
    return wrong('cidr', `nobody sends from ${cidr.value.text}`, 'write the IPs or networks that may come');
  return cidr;
}
