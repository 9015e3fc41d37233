/** Ports as iptables writes them: `80`, `1024:65535`, lists of both. */
import type { Ports } from '../../model/family.ts';

export type PortRange = Ports;

/** Null where anything in it is no port. */
export function parsePortRanges(text: string | undefined): readonly PortRange[] | null {
  if (text === undefined) return null;
  const ranges: PortRange[] = [];
  for (const part of text.split(',')) {
    const [, low, colon, high] = /^(\d*)(:?)(\d*)$/.exec(part) ?? [];
    if (low === undefined || (colon === '' && low === '')) return null;
    const first = low === '' ? 0 : Number(low);
    const last = colon === '' ? first : high === '' ? 65_535 : Number(high);
    if (first > 65_535 || last > 65_535) return null;
    ranges.push({ first, last });
  }
  return ranges;
}
