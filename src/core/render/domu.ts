/** A guest as a domU config, for xl and in the older form that xend's xm reads. */
import type { Guest, GuestInterface, Host } from '../../model/desired.ts';
import { steadyMac } from '../../model/mac.ts';

export type DomuFormat = 'xl' | 'xm';

type Value = string | number | readonly (string | number)[];
type Line = readonly [key: string, value: Value];

/** Why xm cannot have this guest; null where it can. */
export function xmProblem(guest: Guest): string | null {
  return guest.type === 'pvh' ? `${guest.name} is a pvh guest, which xm does not know` : null;
}

/** One `key = value` a line, without a header. */
export function renderDomu(host: Host, guest: Guest, format: DomuFormat): string {
  const lines: readonly Line[] = [
    ['name', guest.name],
    ...typeLines(guest, format),
    ...bootLines(guest, format),
    ...(guest.memory === null ? [] : [['memory', guest.memory] as const]),
    ...(guest.vcpus === null ? [] : [['vcpus', guest.vcpus] as const]),
    ['disk', guest.disks.map((disk) => diskText(disk, format))],
    ['vif', guest.interfaces.map((entry, index) => vifText(host, guest, { entry, index, format }))],
    ...Object.entries(guest.options).map(([key, value]): Line => [key, valueOf(key, value)]),
  ];
  return lines.map(([key, value]) => `${key} = ${literal(value, format)}\n`).join('');
}

function typeLines({ type }: Guest, format: DomuFormat): readonly Line[] {
  if (type === null) return [];
  if (format === 'xl') return [['type', type]];
  // Xend knows a guest that is not paravirtual by its builder and the firmware that it loads.
  if (type !== 'hvm') return [];
  return [
    ['builder', 'hvm'],
    ['kernel', 'hvmloader'],
  ];
}

/** What `boot` calls them, and what each format does; null: it has no word for it. */
const bootKeys: readonly (readonly [key: string, xl: string, xm: string | null])[] = [
  ['bootloader', 'bootloader', 'bootloader'],
  ['kernel', 'kernel', 'kernel'],
  ['ramdisk', 'ramdisk', 'ramdisk'],
  ['cmdline', 'cmdline', 'extra'],
  ['root', 'root', 'root'],
  ['extra', 'extra', 'extra'],
  ['firmware', 'firmware', null],
  ['order', 'boot', 'boot'],
];

function bootLines({ boot, type }: Guest, format: DomuFormat): readonly Line[] {
  const lines = new Map<string, string>();
  for (const [key, xl, xm] of bootKeys) {
    const value = boot?.[key];
    const name = format === 'xl' ? xl : xm;
    if (typeof value !== 'string' || name === null) continue;
    if (format === 'xm' && type === 'hvm' && name === 'kernel') continue;
    // A boot loader would look for a kernel inside the guest, where this guest names its own or has a firmware.
    if (key === 'bootloader' && (boot?.['kernel'] !== undefined || type === 'hvm')) continue;
    // Xm has one key for the whole command line.
    const before = lines.get(name);
    lines.set(name, before === undefined ? value : `${before} ${value}`);
  }
  return [...lines];
}

/** A disk and a vif as xl takes them on its command line. */
export function renderDisk(disk: Guest['disks'][number]): string {
  return diskText(disk, 'xl');
}

export function renderVif(host: Host, guest: Guest, index: number): string {
  const entry = guest.interfaces[index];
  if (entry === undefined) throw new Error(`invariant: ${guest.name} has no interface ${index}`);
  return vifText(host, guest, { entry, index, format: 'xl' });
}

/** The path comes last, where xl takes it whole whatever is in it; xm's form needs a path without commas, which lint sees to. */
function diskText({ path, as, mode }: Guest['disks'][number], format: DomuFormat): string {
  if (format === 'xl') return `format=raw,vdev=${as},access=${mode === 'w' ? 'rw' : 'ro'},target=${path}`;
  return `${path.startsWith('/dev/') ? 'phy' : 'file'}:${path},${as},${mode}`;
}

interface Vif {
  readonly entry: GuestInterface;
  readonly index: number;
  readonly format: DomuFormat;
}

function vifText(host: Host, guest: Guest, { entry, index, format }: Vif): string {
  switch (entry.kind) {
    case 'nat': {
      const bridge = host.networks.find(({ name }) => name === entry.network)?.bridge;
      if (bridge === undefined) throw new Error(`invariant: there is no network ${entry.network}`);
      return `mac=${entry.mac ?? steadyMac(guest.name, index)},bridge=${bridge}`;
    }
    case 'routed': {
      const address = host.addresses.find(({ name }) => name === entry.address);
      if (address === undefined) throw new Error(`invariant: there is no address ${entry.address}`);
      const mac = entry.mac ?? address.mac ?? steadyMac(guest.name, index);
      // The script would give an IPv6 an IPv4 source, fail, and with it the guest.
      const ip = address.ips.v4 === undefined ? '' : `,ip=${address.ips.v4}`;
      return `mac=${mac},${routeScript(host.uplink.interface, format)}${ip}`;
    }
    default:
      return entry satisfies never;
  }
}

/** Xen's script gives the vif the address that dom0 has on eth0, unless it is told of another interface. */
function routeScript(uplink: string, format: DomuFormat): string {
  if (uplink === 'eth0') return 'script=vif-route';
  return format === 'xl' ? `script=vif-route,gatewaydev=${uplink}` : `script=vif-route netdev=${uplink}`;
}

function valueOf(key: string, value: unknown): Value {
  const plain = (one: unknown): one is string | number => typeof one === 'string' || typeof one === 'number';
  if (plain(value)) return value;
  if (Array.isArray(value) && value.every(plain)) return value;
  throw new Error(`invariant: the option ${key} is neither a number nor a text nor a list of these`);
}

function literal(value: Value, format: DomuFormat): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value, format);
  // Both read a number in quotes as they read one without.
  return `[${value.map((one) => quote(String(one), format)).join(', ')}]`;
}

/**
 * A text that reads back as itself. Xl knows the escapes of a quote and a backslash, and loses bytes that are written as
 * numbers; xm reads its configs as Python does, where a file of plain ASCII needs no word about its encoding.
 */
function quote(text: string, format: DomuFormat): string {
  if (/[\u0000-\u001f\u007f]/.test(text))
    throw new Error('invariant: a control character came as far as a domU config');
  const escaped = text.replace(/["\\]/g, '\\$&');
  if (format === 'xl') return `"${escaped}"`;
  const octal = (character: string): string =>
    [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `"${escaped.replace(/[^\u0020-\u007e]/gu, octal)}"`;
}
