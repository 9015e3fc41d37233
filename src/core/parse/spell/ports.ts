/** Ports and protocols as people write them: `80`, `50000-50100`, `22/tcp`. */
import type { Ports, Protocol } from '../../../model/family.ts';
import { quoted } from '../visible.ts';
import { looksLikeNumber, spellNumber } from './numbers.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

export const protocols: readonly Protocol[] = ['tcp', 'udp', 'sctp'];
const lastPort = 65_535;
const portHelp = 'write a port from 1 to 65535, such as 80';
const rangeHelp = 'write a range such as 50000-50100';

/** One port; problems `port` and `number-spelling`. */
export function spellPort(text: string): Spelled<number> {
  if (!looksLikeNumber(text)) return wrong('port', `${quoted(text)} is not a port`, notANumberHelp(text));
  if (text.startsWith('-')) return wrong('port', `${quoted(text)} is not a port`, portHelp);
  const spelled = spellNumber(text);
  if ('problem' in spelled)
    return spelled.problem.code === 'wrong-value' ? wrong('port', `${quoted(text)} is not a port`, portHelp) : spelled;
  if (spelled.value < 1 || spelled.value > lastPort)
    return wrong('port', `${spelled.value} is not a port`, 'ports go from 1 to 65535');
  return spelled;
}

function notANumberHelp(text: string): string {
  if (/^\s|\s$/.test(text)) return 'remove the blank';
  if (/^[0-9]+\/(tcp|udp|sctp)$/.test(text)) {
    const [port, protocol] = text.split('/');
    return `the protocol has its own key: port: ${String(port)}, protocol: ${String(protocol)}`;
  }
  if (/^[0-9]+([, ]+[0-9]+)+$/.test(text)) return `write a list: [${text.split(/[, ]+/).join(', ')}]`;
  if (/^[0-9]+:[0-9]+$/.test(text)) return `write a range with a dash: ${text.replace(':', '-')}`;
  if (/^[a-z][a-z0-9-]*$/i.test(text)) return 'write the number: service names differ from host to host';
  return portHelp;
}

/** A port or a range `first-last`; problems `port`, `port-range` and `number-spelling`. */
export function spellPorts(text: string): Spelled<Ports> {
  const parts = /^([^-\s]+)\s*-\s*([^-\s]+)$/.exec(text);
  if (parts === null) {
    if (/^[0-9]+(-[0-9]*)+$/.test(text))
      return wrong('port-range', `${quoted(text)} is not a range of ports`, rangeHelp);
    const one = spellPort(text);
    return 'problem' in one ? one : { value: { first: one.value, last: one.value } };
  }
  const [, from = '', till = ''] = parts;
  if (!looksLikeNumber(from) || !looksLikeNumber(till))
    return wrong('port-range', `${quoted(text)} is not a range of ports`, rangeHelp);
  const first = spellPort(from);
  if ('problem' in first) return first;
  const last = spellPort(till);
  if ('problem' in last) return last;
  if (first.value > last.value)
    return wrong('port-range', `the range ${visibleRange(text)} runs backwards`, `write ${till}-${from}`);
  if (text !== `${from}-${till}`)
    return wrong('port-range', `${quoted(text)} has blanks in the range`, `write ${from}-${till}`);
  return { value: { first: first.value, last: last.value } };
}

const visibleRange = (text: string): string => text.replaceAll(/\s/g, '');

export function spellProtocol(text: string): Spelled<Protocol> {
  const known = protocols.find((p) => p === text);
  if (known !== undefined) return { value: known };
  const lower = protocols.find((p) => p === text.toLowerCase());
  const help = lower === undefined ? 'write tcp, udp or sctp' : `write ${lower} in lower case`;
  return wrong('wrong-value', `${quoted(text)} is not a protocol that can be forwarded`, help);
}

/** `22/tcp` or `60000-61000/udp`. */
export function spellListen(text: string): Spelled<{ readonly ports: Ports; readonly protocol: Protocol }> {
  const parts = /^([^/]*)\/([^/]*)$/.exec(text);
  if (parts === null)
    return wrong('port', `${quoted(text)} is not PORT/PROTOCOL`, 'write the protocol too, such as 22/tcp');
  const [, portText = '', protocolText = ''] = parts;
  const ports = spellPorts(portText);
  if ('problem' in ports) return ports;
  const protocol = spellProtocol(protocolText);
  if ('problem' in protocol) return protocol;
  return { value: { ports: ports.value, protocol: protocol.value } };
}
