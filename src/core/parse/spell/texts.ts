/** Texts that end up in files and configs of the host: one line each, and nothing in them that could become syntax there. */
import { charactersOf, quoted, visible } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

/** One line without control or direction characters; problem `wrong-value`. */
export function spellLine(text: string): Spelled<string> {
  if (/[\r\n\u2028\u2029]/.test(text))
    return wrong('wrong-value', `${quoted(text)} has more than one line`, 'write one line');
  if (visible(text) !== text)
    return wrong('wrong-value', `${quoted(text)} has a character that cannot be seen`, 'write plain text');
  return { value: text };
}

/** A full path of plain characters: no blanks, quotes or commas, which a domU config would take for syntax. */
export function spellPath(text: string): Spelled<string> {
  if (!text.startsWith('/'))
    return wrong(
      'wrong-value',
      `${quoted(text)} is not a full path`,
      'write the path from the root on, such as /dev/vg0/lv2',
    );
  if (text.length > 255) return wrong('too-long', `the path has ${text.length} characters`, 'at most 255 are taken');
  const bad = charactersOf(text).find((c) => !/^[A-Za-z0-9._+@:/-]$/.test(c));
  if (bad !== undefined)
    return wrong(
      'wrong-value',
      `the path ${quoted(text)} has ${quoted(bad)} in it`,
      'a path has letters, digits and . _ + @ : - /',
    );
  if (text.split('/').includes('..'))
    return wrong('wrong-value', `the path ${quoted(text)} goes up with ..`, 'write the path without ..');
  return { value: text };
}

/** A device as the guest sees it: `xvda`, `sda1`, `hdc`. */
export function spellDiskName(text: string): Spelled<string> {
  if (/^(xvd[a-z]{1,2}|sd[a-z]{1,2}|hd[a-z])([1-9][0-9]?)?$/.test(text)) return { value: text };
  const short = /^\/dev\/([a-z0-9]+)$/.exec(text)?.[1];
  const help = short === undefined ? 'write a device such as xvda, or xvda1 for a partition' : `write ${short}`;
  return wrong('wrong-value', `${quoted(text)} is not a disk's name inside a guest`, help);
}

export function spellBootOrder(text: string): Spelled<string> {
  return /^[cdn]{1,3}$/.test(text)
    ? { value: text }
    : wrong(
        'wrong-value',
        `${quoted(text)} is not a boot order`,
        'write c for disk, d for CD, n for network, in order: cd',
      );
}

/** Keys of a domU config that natroute writes itself, and where they come from. */
const ownOptions: ReadonlyMap<string, string> = new Map([
  ['name', "the file's name"],
  ['memory', '`memory`'],
  ['vcpus', '`vcpus`'],
  ['type', '`type`'],
  ['builder', '`type`'],
  ['disk', '`disks`'],
  ['vif', '`interfaces`'],
  ['kernel', '`boot`'],
  ['ramdisk', '`boot`'],
  ['bootloader', '`boot`'],
  ['cmdline', '`boot`'],
  ['root', '`boot`'],
  ['extra', '`boot`'],
  ['firmware', '`boot`'],
  ['boot', '`boot`'],
]);

export function spellOptionName(text: string): Spelled<string> {
  const own = ownOptions.get(text);
  if (own !== undefined) return wrong('wrong-value', `${text} does not belong into options`, `it comes from ${own}`);
  return /^[a-z][a-z0-9_]{0,63}$/.test(text)
    ? { value: text }
    : wrong(
        'name',
        `${quoted(text)} is not a key of a domU config`,
        'write it as Xen does: small letters, digits and _',
      );
}

/** `net.ipv4.tcp_syncookies`; slashes for dots inside a name, as sysctl takes them. */
export function spellSysctlName(text: string): Spelled<string> {
  const fine = /^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+$/.test(text) && text.length <= 128;
  return fine ? { value: text } : wrong('name', `${quoted(text)} is not a sysctl`, 'write it as `sysctl -a` shows it');
}
