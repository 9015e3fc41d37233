/** One entry of a domain config's `vif`. */
import { spellHostIp } from '../parse/spell/ips.ts';
import { spellMac } from '../parse/spell/macs.ts';
import type { DomuFormat } from '../render/domu.ts';

export interface DraftVif {
  /** `script` is vif-route and the guest carries the IP itself, or it is on a bridge. */
  readonly kind: 'bridge' | 'routed';
  /** Null where the config leaves it to the toolstack. */
  readonly bridge: string | null;
  readonly mac: string | null;
  readonly ip: string | null;
}

export interface ReadVif {
  /** Null where natroute has no such interface. */
  readonly vif: DraftVif | null;
  /** What is not said by it: the part of the text, and what follows "because". */
  readonly left: readonly (readonly [what: string, why: string])[];
}

/** What natroute itself gives a vif that says nothing else. */
const silent: Readonly<Record<string, readonly string[]>> = { type: ['netfront', 'vif'], devid: [] };

/** `defaultScript` is what the toolstack's own config says, `uplink` where Xen's vif-route gets its IP from. */
export function readVif(
  text: string,
  { format, defaultScript, uplink }: VifOptions & { readonly format: DomuFormat },
): ReadVif {
  const named = new Map<string, string>();
  const left: (readonly [string, string])[] = [];
  // Xl takes a blank in front of a comma for a part of the value.
  for (const part of text.split(',').map((one) => (format === 'xl' ? one.trimStart() : one.trim()))) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const [key, value] =
      equals === -1
        ? [part, null]
        : [part.slice(0, equals).trim(), format === 'xl' ? part.slice(equals + 1) : part.slice(equals + 1).trim()];
    if (value === null || named.has(key)) left.push([part, value === null ? 'it has no value' : `${key} comes twice`]);
    else named.set(key, value);
  }
  const [script = 'vif-bridge', ...words] = (named.get('script') ?? defaultScript ?? 'vif-bridge').split(/\s+/);
  const name = script.replace(/^\/etc\/xen\/scripts\//, '');
  const device = words.length === 0 ? (named.get('gatewaydev') ?? 'eth0') : words.join(' ').replace(/^netdev=/, '');
  const known = new Set(['mac', 'bridge', 'ip', 'script', 'gatewaydev']);
  for (const [key, value] of named)
    if (!known.has(key) && silent[key]?.includes(value) !== true)
      left.push([`${key}=${value}`, `natroute's interfaces have no ${key}`]);
  const mac = macOf(named.get('mac'), left);
  if (mac === null && !named.has('mac'))
    left.push(['no mac', 'natroute gives the interface a MAC that stays, where the toolstack makes up one']);
  const ip = ipOf(named.get('ip'), left);
  if (name === 'vif-route') {
    if (ip === null) return { vif: null, left: [...left, [text, 'it is routed and does not say one IP']] };
    if (device !== uplink) left.push([`the interface ${device}`, `natroute's vif-route takes the IP of ${uplink}`]);
    return { vif: { kind: 'routed', bridge: null, mac, ip }, left };
  }
  if (name !== 'vif-bridge' || (words.length > 0 && named.has('script')))
    return { vif: null, left: [...left, [text, `natroute's interfaces have no script ${script}`]] };
  if (ip !== null)
    left.push([`ip=${ip}`, 'natroute knows the IP, and does not tell the script, which would make filter rules of it']);
  return { vif: { kind: 'bridge', bridge: named.get('bridge') ?? null, mac, ip }, left };
}

export interface VifOptions {
  readonly defaultScript: string | null;
  readonly uplink: string;
}

type Told = (readonly [string, string])[];

function macOf(text: string | undefined, left: Told): string | null {
  if (text === undefined) return null;
  const mac = spellMac(text);
  if ('value' in mac) return mac.value;
  left.push([`mac=${text}`, mac.problem.message]);
  return null;
}

function ipOf(text: string | undefined, left: Told): string | null {
  if (text === undefined) return null;
  const ip = spellHostIp(text.replace(/\/32$/, ''));
  if ('value' in ip) return ip.value.text;
  left.push([`ip=${text}`, ip.problem.message]);
  return null;
}
