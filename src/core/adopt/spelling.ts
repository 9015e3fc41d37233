/** Values as they are written into a guest's file: plain where every YAML tool reads them alike, else in quotes. */
import type { Host } from '../../model/desired.ts';
import { showPorts, type Ports } from '../../model/family.ts';
import { withoutHostPrefix } from '../nat/spell.ts';
import { spellUntil } from '../parse/spell/dates.ts';
import type { Shape } from './shape.ts';

/** Keys with their written values, in the order of the schema. */
export type Fields = readonly (readonly [key: string, text: string])[];

/** Words that some YAML tool takes for something else than a text. */
const meaningful = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan)$/i;

export function writeText(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9_/-]*(?: [A-Za-z0-9_/-]+)*$/.test(text) && !meaningful.test(text);
  return plain ? text : JSON.stringify(text);
}

/** `192.0.2.77`, `198.51.100.0/25`, `"2001:db8::/48"`. */
export function writeSource(source: string): string {
  const short = withoutHostPrefix(source);
  return short.includes(':') ? JSON.stringify(short) : short;
}

/** What stands in `from:`: a group or a source, as it was written there. */
export function writeEntry(entry: string): string {
  return /^[0-9./]+$/.test(entry) ? entry : writeText(entry);
}

export function writeList(texts: readonly string[]): string {
  return `[${texts.join(', ')}]`;
}

export function writePorts(ports: Ports): string {
  return showPorts(ports);
}

/** The day where it ends with that day in the host's timezone, else the second in UTC. */
export function writeUntil(until: string, { timezone }: Pick<Host, 'timezone'>): string {
  const end = Date.parse(`${until}Z`);
  // No timezone is further than a day away from UTC.
  for (const days of [0, -1, 1]) {
    const day = new Date(end + days * 86_400_000).toISOString().slice(0, 10);
    const spelled = spellUntil(day, timezone);
    if (!('problem' in spelled) && spelled.value === until) return day;
  }
  return `${until}Z`;
}

export interface FieldWords {
  readonly host: Host;
  /** What stands in `from:` where that is not the plain sources. */
  readonly from: readonly string[] | null;
  readonly description: string | null;
}

/** A forward of its own. */
export function writeForward(shape: Shape, { host, from, description }: FieldWords): Fields {
  const { ports, to, protocol, address, sources, until } = shape;
  const entries = from?.map(writeEntry) ?? sources?.map(writeSource) ?? null;
  return [
    ['port', writePorts(ports)],
    ...(ports.first === to.first ? [] : [['to', writePorts(to)] as const]),
    ...(protocol === 'tcp' ? [] : [['protocol', protocol] as const]),
    ...(address === host.addresses[0]?.name ? [] : [['address', address] as const]),
    ...(entries === null ? [] : [['from', writeList(entries)] as const]),
    ...(until === null ? [] : [['until', writeUntil(until, host)] as const]),
    ...(description === null ? [] : [['description', writeText(description)] as const]),
  ];
}
