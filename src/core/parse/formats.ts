/**
 * The `format` words of our JSON Schemas: each one's strict reading. The generated validators call `formats`;
 * whoever explains a refusal asks `problemOf` the same question again.
 */
import { spellDestination, spellReached, spellSender } from './spell/checks.ts';
import {
  spellBranch,
  spellCron,
  spellEndpoint,
  spellMailAddress,
  spellPingTarget,
  spellRepositoryUrl,
} from './spell/config.ts';
import { spellDate, spellDuration, spellTimezone } from './spell/dates.ts';
import { spellAddressIp, spellHostIp, spellRouterIp, spellSourceNetwork, spellSubnet } from './spell/ips.ts';
import { spellMac } from './spell/macs.ts';
import { spellInterface, spellName, spellSnat } from './spell/names.ts';
import { spellListen, spellPorts, spellProtocol } from './spell/ports.ts';
import type { Problem, Spelled } from './spell/spelled.ts';
import {
  spellBootOrder,
  spellDiskName,
  spellLine,
  spellOptionName,
  spellPath,
  spellSysctlName,
} from './spell/texts.ts';

const readings = {
  'address-ip': spellAddressIp,
  'address-name': (text: string) => spellName('address', text),
  'boot-order': spellBootOrder,
  'branch': spellBranch,
  'check-from': spellSender,
  'check-reaches': spellReached,
  'check-to': spellDestination,
  'cidr': spellSubnet,
  'cron': spellCron,
  'disk-name': spellDiskName,
  'duration': spellDuration,
  'endpoint': spellEndpoint,
  'group-name': (text: string) => spellName('group', text),
  'guest-ip': spellHostIp,
  'host-name': (text: string) => spellName('host', text),
  'interface-name': spellInterface,
  'ip': spellHostIp,
  'line': spellLine,
  'listen': spellListen,
  'mac': spellMac,
  'mail-address': spellMailAddress,
  'network-name': (text: string) => spellName('network', text),
  'option-name': spellOptionName,
  'path': spellPath,
  'ping-target': spellPingTarget,
  'ports': spellPorts,
  'protocol': spellProtocol,
  'repository-url': spellRepositoryUrl,
  'router-ip': spellRouterIp,
  'snat': spellSnat,
  'source': spellSource,
  'source-network': spellSourceNetwork,
  'sysctl-name': spellSysctlName,
  'timezone': spellTimezone,
  'until': spellDate,
} as const satisfies Readonly<Record<string, (text: string) => Spelled<unknown>>>;

export type Format = keyof typeof readings;

/** Whether a source is spelled as an IP or network; everything else can only be a group's name. */
export function isNetworkSpelling(text: string): boolean {
  return /^[0-9.]+(\/.*)?$/.test(text) || text.includes(':') || text.includes('/');
}

function spellSource(text: string): Spelled<unknown> {
  return isNetworkSpelling(text) ? spellSourceNetwork(text) : spellName('group', text);
}

const fits = (format: Format) => (text: string) => !('problem' in readings[format](text));

/** What the generated validators call, by format. */
export const formats: Readonly<Record<Format, (text: string) => boolean>> = Object.fromEntries(
  Object.keys(readings).map((format) => [format, fits(format as Format)]),
) as Record<Format, (text: string) => boolean>;

export function isFormat(word: unknown): word is Format {
  return typeof word === 'string' && Object.hasOwn(readings, word);
}

/** Why this text does not fit this format, or null where it does. */
export function problemOf(format: Format, text: string): Problem | null {
  const spelled: Spelled<unknown> = readings[format](text);
  return 'problem' in spelled ? spelled.problem : null;
}
