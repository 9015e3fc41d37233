/**
 * The wall: what a commit may name where it becomes root's doing. A domU config makes dom0 run and open things, and a
 * sysctl can name a program; whoever may push is not always whoever may do that. Denied unless the local config allows it.
 */
import type { Allow, Allowed } from '../../model/allow.ts';
import type { Desired, Guest } from '../../model/desired.ts';
import type { Diagnostic, Position } from '../../model/diagnostic.ts';
import { domuGuests } from '../render/files.ts';
import { finding, placeOf, type LintOptions } from './finding.ts';

/** Something that a commit names, and where. */
export interface Named {
  readonly what: Allowed;
  readonly value: string;
  readonly who: string;
  readonly at: Position;
}

export function lintWall(desired: Desired, allow: Allow, options: LintOptions): readonly Diagnostic[] {
  return namedBy(desired, options)
    .filter(({ what, value }) => !isAllowed(allow, what, value))
    .map(refusal);
}

/** Also for what turns out to be another file than its path says: `value` as it would have to be allowed. */
export function refusal({ what, value, who, at }: Named): Diagnostic {
  return finding(
    'not-allowed',
    at,
    `${who} names ${singular[what]} ${value}, which this host's local config does not allow`,
    `if it may, add it on the host itself, in /etc/natroute/config.yaml: allow: {${what}: [${JSON.stringify(value)}]}`,
  );
}

const singular: Readonly<Record<Allowed, string>> = {
  disks: 'the disk',
  bootloaders: 'the boot loader',
  kernels: 'the kernel or ramdisk',
  scripts: 'the script',
  bridges: 'the bridge',
  options: 'the option',
  sysctls: 'the kernel setting',
};

export function isAllowed(allow: Allow, what: Allowed, value: string): boolean {
  const normal = what === 'sysctls' ? value : normalPath(value);
  // Up from what is allowed leads anywhere.
  if (normal.split('/').includes('..')) return false;
  return allow[what].some((pattern) => patternOf(pattern, what === 'sysctls').test(normal));
}

function patternOf(pattern: string, slashes: boolean): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join(slashes ? '.*' : '[^/]*')}$`);
}

function normalPath(path: string): string {
  return path.startsWith('/')
    ? `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`
    : path;
}

export function namedBy(desired: Desired, options: LintOptions): readonly Named[] {
  const { host } = desired;
  const guests = domuGuests(desired);
  const used = new Set(
    guests.flatMap(({ interfaces }) => interfaces.flatMap((i) => (i.kind === 'nat' ? i.network : []))),
  );
  const bridges = host.networks
    // The first is the default that xl.conf gives to everybody's guests.
    .filter(
      ({ name }, index) => host.hostNetwork === 'ifupdown' || used.has(name) || (index === 0 && guests.length > 0),
    )
    .map((network): Named => ({
      what: 'bridges',
      value: network.bridge,
      who: `the network ${network.name}`,
      at: placeOf(options, network, 'bridge'),
    }));
  const sysctls = host.sysctl.map(({ key, at }): Named => ({ what: 'sysctls', value: key, who: 'host.yaml', at }));
  return [...sysctls, ...bridges, ...guests.flatMap((guest) => namedByGuest(guest, options))];
}

function namedByGuest(guest: Guest, options: LintOptions): readonly Named[] {
  const who = guest.name;
  const inBoot = (key: string): Position => options.where?.(guest, 'boot', key) ?? guest.at;
  const boot = (what: Allowed, key: string): readonly Named[] => {
    const value = guest.boot?.[key];
    return typeof value === 'string' ? [{ what, value, who, at: inBoot(key) }] : [];
  };
  return [
    ...guest.disks.map(({ path, at }): Named => ({ what: 'disks', value: path, who, at })),
    ...boot('bootloaders', 'bootloader'),
    ...boot('kernels', 'kernel'),
    ...boot('kernels', 'ramdisk'),
    ...guest.interfaces.map((entry): Named => {
      const value = entry.kind === 'routed' ? 'vif-route' : 'vif-bridge';
      return { what: 'scripts', value, who, at: entry.at };
    }),
    ...Object.keys(guest.options).map((key): Named => ({
      what: 'options',
      value: key,
      who,
      at: options.where?.(guest, 'options', key) ?? guest.at,
    })),
  ];
}
