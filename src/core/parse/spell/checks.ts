/** The ends of a packet check: `internet`, `main:80/tcp`, `[2001:db8::9]:25/tcp`, `web:80`. */
import { isIP } from 'node:net';
import type { Protocol } from '../../../model/family.ts';
import { quoted } from '../visible.ts';
import { spellHostIp } from './ips.ts';
import type { Ip } from './ips.ts';
import { spellName } from './names.ts';
import { spellPort, spellProtocol } from './ports.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

export type Sender =
  | { readonly kind: 'internet' }
  | { readonly kind: 'guest'; readonly guest: string }
  | { readonly kind: 'ip'; readonly ip: Ip };

export interface Destination {
  readonly end: { readonly kind: 'name'; readonly name: string } | { readonly kind: 'ip'; readonly ip: Ip };
  readonly port: number;
  readonly protocol: Protocol;
}

export type Reached =
  | { readonly kind: 'host' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'guest'; readonly guest: string; readonly port: number };

const looksLikeIp = (text: string): boolean => /^[0-9.]+$/.test(text) || text.includes(':');

export function spellSender(text: string): Spelled<Sender> {
  if (text === 'internet') return { value: { kind: 'internet' } };
  if (isIP(text) > 0 || looksLikeIp(text)) {
    const ip = spellHostIp(text);
    return 'problem' in ip ? ip : { value: { kind: 'ip', ip: ip.value } };
  }
  const guest = spellName('guest', text);
  return 'problem' in guest ? guest : { value: { kind: 'guest', guest: guest.value } };
}

const destinationHelp =
  'write NAME:PORT/PROTOCOL, such as main:80/tcp, or an IP: 192.0.2.9:25/tcp, [2001:db8::9]:25/tcp';

export function spellDestination(text: string): Spelled<Destination> {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:/]*)(?:\/(.*))?$/.exec(text);
  if (parts === null) return wrong('wrong-value', `${quoted(text)} is not a destination`, destinationHelp);
  const [, bracketed, plain = '', portText = '', protocolText] = parts;
  if (protocolText === undefined)
    return wrong('wrong-value', `${quoted(text)} does not say the protocol`, `write ${text}/tcp or ${text}/udp`);
  const port = spellPort(portText);
  if ('problem' in port) return port;
  const protocol = spellProtocol(protocolText);
  if ('problem' in protocol) return protocol;
  const rest = { port: port.value, protocol: protocol.value };
  if (bracketed !== undefined || looksLikeIp(plain)) {
    const ip = spellHostIp(bracketed ?? plain);
    return 'problem' in ip ? ip : { value: { end: { kind: 'ip', ip: ip.value }, ...rest } };
  }
  const name = spellName('address', plain);
  return 'problem' in name ? name : { value: { end: { kind: 'name', name: name.value }, ...rest } };
}

export function spellReached(text: string): Spelled<Reached> {
  if (text === 'host' || text === 'nothing') return { value: { kind: text } };
  const parts = /^([^:]*):([^:]*)$/.exec(text);
  if (parts === null)
    return wrong('wrong-value', `${quoted(text)} is not an end of a packet`, 'write GUEST:PORT, host or nothing');
  const guest = spellName('guest', parts[1] ?? '');
  if ('problem' in guest) return guest;
  const portText = (parts[2] ?? '').replace(/\/(tcp|udp|sctp)$/, '');
  if (portText !== parts[2])
    return wrong('wrong-value', `${quoted(text)} says the protocol again`, `write ${String(parts[1])}:${portText}`);
  const port = spellPort(portText);
  return 'problem' in port ? port : { value: { kind: 'guest', guest: guest.value, port: port.value } };
}
